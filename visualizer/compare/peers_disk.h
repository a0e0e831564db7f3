/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers_disk.h - a disk that boots any guest which begins in protected mode, for peers that have no loader
 * for its form: the guest's memory as Ringside's own loader leaves it, behind a boot sector that puts it back.
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_PEERS_DISK_H
#define RINGSIDE_VISUALIZER_COMPARE_PEERS_DISK_H

#include "core/config.h"

enum { PEERS_SECTOR = 512 };

extern const uint8_t peers_boot_image[PEERS_SECTOR];

/* By which protocol the guest is loaded: struct loaded's form. NULL: `error` says why it cannot be. */
const char *peers_form(const struct config *config, char *error, size_t error_size);

/* Writes the disk to a new file. False: `error` says why there can be none. */
bool peers_make_disk(const struct config *config, const char *path, char *error, size_t error_size);

#endif
