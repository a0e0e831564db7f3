/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/translator_check.h - for translator_part.c: may this code stand in the translation cache?
 */
#ifndef RINGSIDE_LABS_PLUGIN_TRANSLATOR_CHECK_H
#define RINGSIDE_LABS_PLUGIN_TRANSLATOR_CHECK_H

#include "bt/piece.h"
#include "labs/ringside_lab.h"

/* False: `why` says which of its instructions may not, and why not. */
bool translator_check(const struct lab_unit_insn *given, const struct emission *emission, char *why, size_t size);

#endif
