/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/mode.c - ways to run a guest, read and written.
 */
#include "core/mode.h"

#include "core/refuse.h"
#include "core/vm.h"

#include <stdio.h>
#include <string.h>

static const char *const names[PAGING_COUNT] = {
	[PAGING_GUEST] = "guest",
	[PAGING_SHADOW] = "shadow",
	[PAGING_NESTED] = "nested",
	[PAGING_DIRECT] = "direct",
};

const char *paging_name(enum vm_paging paging)
{
	return names[paging];
}

static bool can(const struct technique *technique, enum vm_paging paging)
{
	return technique->pagings >> paging & 1;
}

static bool refuse_paging(const struct technique *technique, const char *name, char *error, size_t error_size)
{
	char list[64] = "";

	for (enum vm_paging paging = PAGING_SHADOW; paging < PAGING_COUNT; paging++)
		if (can(technique, paging))
			snprintf(list + strlen(list), sizeof list - strlen(list), " %s", names[paging]);
	if (!*list)
		return refuse(error, error_size, "%s has no '%.20s' paging: it makes no page tables of its own; leave it out",
		              technique->name, name);
	return refuse(error, error_size, "%s has no '%.20s' paging; there is:%s", technique->name, name, list);
}

bool mode_paging(const struct technique *technique, const char *name, enum vm_paging *paging, char *error,
                 size_t error_size)
{
	if (strcmp(name, "auto") == 0) {
		*paging = technique->paging;
		return true;
	}
	for (*paging = PAGING_SHADOW; *paging < PAGING_COUNT; (*paging)++)
		if (strcmp(name, names[*paging]) == 0 && can(technique, *paging))
			return true;
	return refuse_paging(technique, name, error, error_size);
}

static bool refuse_technique(const struct technique *const *list, const char *name, char *error, size_t error_size)
{
	char known[128] = "";

	for (; *list; list++)
		snprintf(known + strlen(known), sizeof known - strlen(known), " %s", (*list)->name);
	return refuse(error, error_size, "there is no technique '%.20s'; there are:%s", name, known);
}

/* What stands behind the technique's name: a ring or a paging. */
static bool read_choice(struct vm_mode *mode, const char *word, char *error, size_t error_size)
{
	if (strcmp(word, "1") != 0 && strcmp(word, "3") != 0)
		return mode_paging(mode->technique, word, &mode->paging, error, error_size);
	if (!mode->technique->deprivileges)
		return refuse(error, error_size, "%s deprivileges nothing: no ring can be chosen; leave '/%s' out",
		              mode->technique->name, word);
	mode->ring = (unsigned)(*word - '0');
	return true;
}

/* Ends a word at its slash; gives what follows, or NULL. */
static char *cut(char *word)
{
	char *slash = strchr(word, '/');

	if (!slash)
		return NULL;
	*slash = '\0';
	return slash + 1;
}

bool mode_parse(const struct technique *const *list, const char *text, struct vm_mode *mode, char *error,
                size_t error_size)
{
	char copy[64], *word = copy, *rest;

	if (strlen(text) >= sizeof copy)
		return refuse(error, error_size, "'%.20s...' is no technique; write one like bt, trap/3 or hvm/shadow", text);
	strcpy(copy, text);
	rest = cut(word);
	*mode = (struct vm_mode){.technique = technique_find(list, word), .ring = 1};
	if (!mode->technique)
		return refuse_technique(list, word, error, error_size);
	mode->paging = mode->technique->paging;
	for (word = rest; word; word = rest) {
		rest = cut(word);
		if (!read_choice(mode, word, error, error_size))
			return false;
	}
	return true;
}

bool mode_same(const struct vm_mode *a, const struct vm_mode *b)
{
	return a->technique == b->technique && a->paging == b->paging &&
	       (a->ring == b->ring || !a->technique->deprivileges);
}

/* The modes of one technique: each of its pagings, in each ring that can be chosen. */
static size_t list_one(const struct technique *technique, struct vm_mode *modes, size_t room)
{
	size_t count = 0;

	for (unsigned ring = 1; ring <= (technique->deprivileges ? 3 : 1); ring += 2)
		for (enum vm_paging paging = PAGING_GUEST; paging < PAGING_COUNT; paging++) {
			if (!can(technique, paging))
				continue;
			if (count < room)
				modes[count] = (struct vm_mode){.technique = technique, .paging = paging, .ring = ring};
			count++;
		}
	return count;
}

size_t mode_list(const struct technique *const *list, struct vm_mode *modes, size_t room)
{
	size_t count = 0;

	for (; *list; list++)
		count += list_one(*list, modes + (count < room ? count : room), count < room ? room - count : 0);
	return count;
}

const char *mode_text(const struct vm_mode *mode, char *text, size_t size)
{
	unsigned pagings = mode->technique->pagings;

	snprintf(text, size, "%s%s%s%s", mode->technique->name,
	         mode->technique->deprivileges && mode->ring != 1 ? "/3" : "", pagings & (pagings - 1) ? "/" : "",
	         pagings & (pagings - 1) ? names[mode->paging] : "");
	return text;
}
