/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/grade/judge_translator.h - for the two files of the judge `translator`: what the guest of lab 5 tells by its ports, and where two
 * runs of it part.
 */
#ifndef RINGSIDE_LABS_GRADE_JUDGE_TRANSLATOR_H
#define RINGSIDE_LABS_GRADE_JUDGE_TRANSLATOR_H

#include "labs/grade/machine.h"

/* The number of the program that begins goes out by this port, its checksum by the next (labs/05-translate/guest/main.c). */
enum { PORT_PROGRAM = 0xed };

/* A port access, in one number that is another one for another access. */
uint64_t port_access_of(const struct event *event);
bool port_access_begins_program(uint64_t access);

/* The interpreter: what each program is compared with. */
bool interpreter_config(const struct judgement *judgement, struct config *config, char *error, size_t error_size);

/* Runs both up to program number *program (from 0; -1: from the beginning), and from there instruction by instruction, to the first
 * that leaves them in different states; or from before it, and then so does *program, if they are so already. Fills result->divergence
 * if there is one; result->message if the piece has failed there. False: `error`. */
bool find_difference(const struct judgement *judgement, int64_t *program, struct test_result *result, char *error, size_t error_size);

#endif
