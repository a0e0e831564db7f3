/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/guest_file.h - which file the guest is, what it looks like, and its symbols.
 */
#ifndef RINGSIDE_VISUALIZER_GUEST_FILE_H
#define RINGSIDE_VISUALIZER_GUEST_FILE_H

#include "core/config.h"
#include "core/symbols.h"

struct options;

/* Takes the words from `first` on as guest and kernel command line. False after a message. */
bool guest_from_words(struct config *config, const struct options *options, int first);

/* The kernel's symbols, the caller's to free; NULL when it has none. */
struct symbols *guest_symbols(const struct config *config);

#endif
