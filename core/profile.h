/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/profile.h - cost profiles: text files that price the model's time as one processor generation
 * would. Names are those of cpu/cost.h; what a file leaves out costs what it does on the ideal machine.
 *
 *   name = pentium4-672
 *   frequency = 3800000000
 *   ; source of the figure below
 *   port_access = 3209
 */
#ifndef RINGSIDE_CORE_PROFILE_H
#define RINGSIDE_CORE_PROFILE_H

#include "cpu/cost.h"

#include <stdbool.h>
#include <stddef.h>

/* "ideal" is built in; another name is looked for beside the program, where it is installed, and in
 * core/profiles; what has a slash or ends in .profile is a file. */
bool profile_load(struct cost_profile *profile, const char *name, char *error, size_t error_size);
/* The same, where `files` may hold the profile of this name (core/file_set.h); NULL: none are held. */
struct file_set;
bool profile_load_from(const struct file_set *files, struct cost_profile *profile, const char *name, char *error,
                       size_t error_size);
/* The file that a name stands for. False: it is built in, or unknown. */
bool profile_path(const char *name, char *path, size_t size);

/* From bytes; `path` is for messages. */
bool profile_read_text(struct cost_profile *profile, const char *path, const char *text, size_t size,
                       char *error, size_t error_size);

/* The profiles that come with the program, for help and completion: NULL past the end. */
const char *profile_known(size_t index);

#endif
