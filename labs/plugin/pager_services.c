/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/pager_services.c - what a piece's shadow pager asks for: each request goes to shadowpt/lent_frames.c, which checks it. A
 * request that could lead the guest out of its memory is the end of the piece, and is told as what it was.
 */
#include "labs/plugin/inside.h"
#include "shadowpt/lent.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* b and c of the message are its arguments, and its answer. False: `why`, if there is anything to say. */
typedef bool pager_function(struct shadow *shadow, struct message *message, uint32_t third, char *why);

static bool word(struct shadow *shadow, struct message *message, uint32_t third, char *why)
{
	uint32_t gpa = message->b;

	(void)third;
	if (gpa % 4)
		return snprintf(why, LENT_WHY, "guest_word: gpa %08" PRIx32 " is no multiple of 4", gpa), false;
	message->a = lent_read(shadow, gpa, &message->b);
	return true;
}

static bool mark(struct shadow *shadow, struct message *message, uint32_t third, char *why)
{
	bool stored;

	(void)third;
	if (!lent_mark(shadow, message->b, message->c, &stored, why))
		return false;
	message->a = stored;
	return true;
}

static bool frame(struct shadow *shadow, struct message *message, uint32_t third, char *why)
{
	uint32_t mfn = 0;
	bool writable = false;

	(void)third, (void)why;
	message->a = lent_frame(shadow, message->b, &mfn, &writable);
	message->b = mfn;
	message->c = writable;
	return true;
}

static bool page(struct shadow *shadow, struct message *message, uint32_t third, char *why)
{
	(void)third;
	if (message->b != LAB_TABLE && message->b != LAB_DIRECTORY)
		return snprintf(why, LENT_WHY, "shadow_page: level %" PRIu32 "; it is LAB_TABLE or LAB_DIRECTORY", message->b), false;
	message->b = lent_take(shadow, message->b);
	return true;
}

static bool free_page(struct shadow *shadow, struct message *message, uint32_t third, char *why)
{
	(void)third;
	return lent_give(shadow, message->b, why);
}

static bool reset(struct shadow *shadow, struct message *message, uint32_t third, char *why)
{
	(void)message, (void)third, (void)why;
	lent_reset(shadow);
	return true;
}

static bool set(struct shadow *shadow, struct message *message, uint32_t third, char *why)
{
	return lent_set(shadow, message->b, message->c, third, why);
}

static bool get(struct shadow *shadow, struct message *message, uint32_t third, char *why)
{
	uint32_t mfn = message->b;

	(void)third;
	return lent_get(shadow, mfn, message->c, &message->b, why);
}

static bool trace(struct shadow *shadow, struct message *message, uint32_t third, char *why)
{
	(void)third;
	return lent_trace(shadow, message->b, message->c & 1, why);
}

static bool flush(struct shadow *shadow, struct message *message, uint32_t third, char *why)
{
	(void)message, (void)third, (void)why;
	lent_flush(shadow);
	return true;
}

static bool flush_page(struct shadow *shadow, struct message *message, uint32_t third, char *why)
{
	(void)third, (void)why;
	lent_flush_page(shadow, message->b);
	return true;
}

static pager_function *const functions[PAGER_SERVICES] = {
	[PAGER_WORD] = word, [PAGER_MARK] = mark, [PAGER_FRAME] = frame, [PAGER_PAGE] = page, [PAGER_FREE] = free_page,
	[PAGER_RESET] = reset, [PAGER_SET] = set, [PAGER_GET] = get, [PAGER_TRACE] = trace, [PAGER_TLB] = flush,
	[PAGER_TLB_PAGE] = flush_page,
};

bool pager_service(struct lab *lab, struct message *message)
{
	uint32_t what = message->a, third;
	char why[LENT_WHY] = "";

	if (!lab->shadow)
		return lab_process_condemn(&lab->process, "it asked for a service of the pager's in a handler of another table");
	if (what >= PAGER_SERVICES || message->size != sizeof third)
		return false;
	memcpy(&third, message->bytes, sizeof third);
	message->a = true;
	message->size = 0;
	return functions[what](lab->shadow, message, third, why) || (why[0] && lab_process_condemn(&lab->process, "%s", why));
}
