/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bt/bt.h - what this room offers: binary translation (Adams and Agesen 2006). Guest kernel code is translated on
 * demand, user code runs directly. The technique itself, technique_bt, is in trap/techniques.h with the others.
 */
#ifndef RINGSIDE_BT_BT_H
#define RINGSIDE_BT_BT_H

#include "bt/unit.h"
#include "core/vm.h"

struct translator_counters;

/* All below: NULL or false when the VM's technique is not bt. */
const struct translator_counters *translator_counters(const struct vm *vm);

/* The units that are in the cache now, in the order in which they were made: from NULL to NULL. */
const struct unit *translator_next_unit(const struct vm *vm, const struct unit *after);
/* A unit's translated bytes, and the window address that they run at. */
const uint8_t *translator_code(const struct vm *vm, const struct unit *unit, uint32_t *address);
/* How often a unit has been entered; false without unit counters. */
bool translator_hits(const struct vm *vm, const struct unit *unit, uint32_t *hits);
/* "identical", "in cache", "callout", ... */
const char *treatment_name(enum treatment treatment);

#endif
