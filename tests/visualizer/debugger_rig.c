/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/visualizer/debugger_rig.c - see debugger_rig.h.
 */
#include "tests/visualizer/debugger_rig.h"

#include "tests/harness.h"
#include "trap/techniques.h"
#include "visualizer/command.h"
#include "visualizer/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *rig_mode(size_t index)
{
	static const char *const modes[] = {
#if SLOW_BUILD
		"native", "trap/3", "bt", "pv/direct", "hvm/shadow",
#else
		"native", "emulate", "trap", "trap/3", "bt", "bt/3", "pv/shadow", "pv/direct", "hvm/shadow", "hvm/nested",
#endif
	};

	return index < sizeof(modes) / sizeof(modes[0]) ? modes[index] : NULL;
}

static void choose_mode(struct config *config, const char *text)
{
	struct vm_mode mode;
	char error[256];

	CU_ASSERT_FATAL(mode_parse(technique_list(), text, &mode, error, sizeof(error)));
	strcpy(config->technique, mode.technique->name);
	strcpy(config->paging, mode.paging == PAGING_GUEST ? "auto" : paging_name(mode.paging));
	config->ring = mode.ring;
	config->memory = 16 << 20;
}

static void open_guest(struct rig *rig, const char *mode)
{
	rig->options.command = command_find("run");
	rig->options.words = rig->words;
	choose_mode(&rig->options.config, mode);
	CU_ASSERT_FATAL(debugger_open(&rig->debugger, &rig->options, 0) == STATUS_OK);
}

static void choose_guest(struct rig *rig, const char *mode, const char *guest, const char *word, const char *word2)
{
	bool pv = strncmp(mode, "pv", 2) == 0;

	memset(rig, 0, sizeof(*rig));
	config_default(&rig->options.config);
	rig->words[0] = (char *)(guest ? guest : pv ? "build/guests/kernel-pv.elf" : "build/guests/kernel.elf");
	rig->words[1] = (char *)word;
	rig->words[2] = (char *)word2;
	rig->options.word_count = 1 + (word != NULL) + (word2 != NULL);
}

void rig_open(struct rig *rig, const char *mode, const char *guest, const char *word, const char *word2)
{
	choose_guest(rig, mode, guest, word, word2);
	open_guest(rig, mode);
}

void rig_open_history(struct rig *rig, const char *mode, uint64_t bytes, const char *word, const char *word2)
{
	choose_guest(rig, mode, NULL, word, word2);
	rig->options.history = (struct number){ .given = true, .value = bytes };
	open_guest(rig, mode);
}

void rig_open_flat(struct rig *rig, const char *mode, const uint8_t *code, size_t size)
{
	rig_open_flat_keys(rig, mode, code, size, NULL, NULL);
}

void rig_open_flat_keys(struct rig *rig, const char *mode, const uint8_t *code, size_t size, const char *keys,
                        const char *moves)
{
	char path[] = "/tmp/ringside-test-XXXXXX";
	int file = mkstemp(path);

	CU_ASSERT_FATAL(file >= 0 && write(file, code, size) == (ssize_t)size);
	close(file);
	memset(rig, 0, sizeof(*rig));
	config_default(&rig->options.config);
	strcpy(rig->options.config.boot, "flat");
	rig->options.keys = keys;
	rig->options.switch_at = moves;
	rig->words[0] = path;
	rig->options.word_count = 1;
	open_guest(rig, mode);
	rig->words[0] = NULL;
	unlink(path);
}

void rig_close(struct rig *rig)
{
	debugger_close(&rig->debugger);
}

static enum stop_kind move(struct rig *rig, const struct goal *goal)
{
	if (!debugger_move(&rig->debugger, goal, NULL, NULL))
		return STOP_BEGIN;
	return rig->debugger.stop.kind;
}

enum stop_kind rig_move(struct rig *rig, enum goal_kind kind, enum direction direction, uint64_t count)
{
	return move(rig, &(struct goal){ .kind = kind, .direction = direction, .count = count });
}

enum stop_kind rig_go(struct rig *rig, uint64_t clock)
{
	return move(rig, &(struct goal){ .kind = GOAL_CLOCK, .clock = clock });
}

uint32_t rig_symbol(const struct rig *rig, const char *name)
{
	uint32_t address = 0;

	CU_ASSERT_FATAL(symbols_find(rig->debugger.symbols, name, &address));
	return address;
}

enum stop_kind rig_to(struct rig *rig, const char *symbol, enum direction direction)
{
	return move(rig, &(struct goal){
		.kind = GOAL_ADDRESS, .direction = direction, .address = rig_symbol(rig, symbol) });
}

unsigned rig_break(struct rig *rig, const struct break_point *point)
{
	struct break_point like = *point;
	const struct break_point *made;

	like.enabled = true;
	made = breaks_add(&rig->debugger, &like);
	if (!made)
		puts(rig->debugger.message);
	CU_ASSERT_FATAL(made != NULL);
	return made->number;
}

unsigned rig_break_at(struct rig *rig, const char *symbol, const char *condition)
{
	struct break_point like = { .kind = BREAK_PLACE };

	like.place = (struct stop_place){ .access = STOP_EXECUTE, .address = rig_symbol(rig, symbol), .size = 1 };
	if (condition)
		strcpy(like.condition_text, condition);
	return rig_break(rig, &like);
}

unsigned rig_watch(struct rig *rig, uint32_t gla, uint32_t size, uint8_t access)
{
	struct break_point like = { .kind = BREAK_PLACE };

	like.place = (struct stop_place){ .access = access, .address = gla, .size = size };
	return rig_break(rig, &like);
}

uint64_t rig_clock(const struct rig *rig)
{
	return rig->debugger.vm->clock;
}

uint32_t rig_eip(const struct rig *rig)
{
	return debugger_linear_eip(&rig->debugger);
}

uint32_t rig_esp(const struct rig *rig)
{
	return vm_guest_state(rig->debugger.vm)->gpr[ESP];
}

static uint64_t mix(uint64_t digest, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		digest = (digest ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
	return digest;
}

/* A stop before an instruction lies between the way into the guest, which is told, and the first cycle there: the same moment with
 * and without it. */
static uint64_t mix_kinds(uint64_t digest, const struct counters *counters)
{
	for (unsigned kind = 0; kind < EV_KIND_COUNT; kind++)
		if (kind != EV_WORLD_SWITCH)
			digest = mix(digest, &counters->kind[kind], sizeof(counters->kind[kind]));
	return digest;
}

uint64_t rig_digest(const struct rig *rig)
{
	const struct debugger *debugger = &rig->debugger;
	const struct counters *counters = debugger->counters;
	uint64_t digest = vm_digest(debugger->vm), kept = debugger->console->written;

	digest = mix(digest, &debugger->vm->clock, sizeof(debugger->vm->clock));
	digest = mix(digest, &kept, sizeof(kept));
	digest = mix(digest, debugger->console->text, kept < CONSOLE_BYTES ? kept : CONSOLE_BYTES);
	digest = mix(digest, counters->row, counters->rows * sizeof(counters->row[0]));
	return mix_kinds(digest, counters);
}
