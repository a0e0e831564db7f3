/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/create.h - a new lab: the folder that an instructor begins with, which builds and can be checked at once.
 */
#ifndef RINGSIDE_LABS_GRADE_CREATE_H
#define RINGSIDE_LABS_GRADE_CREATE_H

#include <stdbool.h>
#include <stddef.h>

/* Makes `folder`/NAME and `folder`/solutions/NAME; name: "NN-some-words". Nothing that exists is written to. False: `error`. */
bool lab_create(const char *folder, const char *name, char *error, size_t error_size);

#endif
