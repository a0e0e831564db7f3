/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/mode.h - a way to run a guest, as people write it: a technique, and what can be chosen with it.
 *
 *   trap  trap/3  bt  bt/3  emulate  native  hvm/shadow  hvm/nested  pv  pv/direct
 */
#ifndef RINGSIDE_CORE_MODE_H
#define RINGSIDE_CORE_MODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct technique;

/* Which tables the processor walks while the guest runs. */
enum vm_paging {
	PAGING_GUEST,  /* the guest's own, which hold gpa: native, and emulate in software */
	PAGING_SHADOW, /* the VMM's, made from the guest's */
	PAGING_NESTED, /* the guest's, and the VMM's nested tables under them */
	PAGING_DIRECT, /* the guest's own, which hold ma, each update of which the VMM validates */
	PAGING_COUNT,
};
const char *paging_name(enum vm_paging paging);

struct vm_mode {
	const struct technique *technique;
	enum vm_paging paging;
	unsigned ring; /* deprivileged ring: 1 or 3 */
};

/* The paging that a technique uses when it is asked for `name` ("auto", "shadow", "nested", "direct"). False: it cannot;
 * `error` says what it can. */
bool mode_paging(const struct technique *technique, const char *name, enum vm_paging *paging, char *error,
                 size_t error_size);

/* Reads "technique[/ring][/paging]" against a list of techniques that ends with NULL. False: `error` says what is wrong
 * and lists what there is. */
bool mode_parse(const struct technique *const *list, const char *text, struct vm_mode *mode, char *error,
                size_t error_size);

bool mode_same(const struct vm_mode *a, const struct vm_mode *b);

/* The modes that a list of techniques offers, in its order: gives how many, of which the first `room` are in `modes`. */
size_t mode_list(const struct technique *const *list, struct vm_mode *modes, size_t room);

/* Writes it in the same form, with only what the technique leaves open. Gives `text`. */
const char *mode_text(const struct vm_mode *mode, char *text, size_t size);

#endif
