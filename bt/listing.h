/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/listing.h - a unit's source and translation, line by line, for people: what the command `translate` prints and the
 * expected files of tests/bt hold.
 */
#ifndef RINGSIDE_BT_LISTING_H
#define RINGSIDE_BT_LISTING_H

#include "bt/bt.h"

enum { LISTING_TEXT = 96 };

/* One translated instruction, with the guest's when it is the first that became of that. */
struct listing_line {
	const struct record *record; /* NULL: the unit's head, or a stub */
	bool first;                  /* of its record: the guest's part is there */
	uint32_t guest_address;      /* EIP */
	char guest_text[LISTING_TEXT];
	uint32_t address;            /* in the window */
	const uint8_t *bytes;
	unsigned size;
	char text[LISTING_TEXT];
	char note[LISTING_TEXT];     /* the field of the virtual page, or where a jump leads; may be empty */
};

typedef void listing_visit(void *owner, const struct listing_line *line);

/* Calls `visit` for each line, in the order of addresses in the cache. */
void list_unit(const struct vm *vm, const struct unit *unit, listing_visit *visit, void *owner);

/* The name of the virtual page's field at this offset, or NULL. */
const char *virtual_field_name(uint32_t offset);
/* One letter for columns: "=" identical, "v" in cache, "C" callout, "A" adapted, "T" transfer, "L" lookup. */
const char *treatment_mark(enum treatment treatment);

#endif
