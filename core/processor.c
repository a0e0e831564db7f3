/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/processor.c - reads MODEL[,+feature,-feature...] against the tables of cpu/models.h, and lists what they have.
 */
#include "core/processor.h"

#include "core/nearest.h"
#include "core/refuse.h"

#include <inttypes.h>
#include <string.h>

enum { WORD = 32 };

static bool refuse_model(const char *name, char *error, size_t error_size)
{
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; cpu_model(i); i++)
		nearest_offer(&nearest, cpu_model(i)->name);
	if (nearest.name)
		return refuse(error, error_size, "cpu: there is no model '%s'; did you mean '%s'?", name, nearest.name);
	return refuse(error, error_size, "cpu: there is no model '%s'; --cpu help lists them", name);
}

static bool refuse_feature(const char *name, char *error, size_t error_size)
{
	struct nearest nearest = nearest_to(name);

	for (unsigned i = 0; i < CPU_FEATURES; i++)
		nearest_offer(&nearest, cpu_feature_rows[i].name);
	if (nearest.name)
		return refuse(error, error_size, "cpu: there is no feature '%s'; did you mean '%s'?", name, nearest.name);
	return refuse(error, error_size, "cpu: there is no feature '%s'; --cpu help lists them", name);
}

static enum cpu_feature find_feature(const char *name)
{
	unsigned i = 0;

	while (i < CPU_FEATURES && strcmp(cpu_feature_rows[i].name, name) != 0)
		i++;
	return (enum cpu_feature)i;
}

/* One "+feature" or "-feature". */
static bool take_feature(const char *word, feature_set *set, char *error, size_t error_size)
{
	enum cpu_feature feature = find_feature(word + 1);

	if (word[0] != '+' && word[0] != '-')
		return refuse(error, error_size, "cpu: '%s' does not say whether it shall be there; write +%s or -%s", word, word,
		              word);
	if (feature == CPU_FEATURES)
		return refuse_feature(word + 1, error, error_size);
	if (word[0] == '+' && !cpu_feature_rows[feature].here)
		return refuse(error, error_size, "cpu: this build has no %s (%s); leave +%s out", word + 1,
		              cpu_feature_rows[feature].text, word + 1);
	*set = word[0] == '+' ? *set | feature_bit(feature) : *set & ~feature_bit(feature);
	return true;
}

static bool check(feature_set set, char *error, size_t error_size)
{
	enum cpu_feature lacked, lacking = features_lacking(set, &lacked);
	const char *one, *other;

	if (lacking == CPU_FEATURES)
		return true;
	one = cpu_feature_rows[lacking].name;
	other = cpu_feature_rows[lacked].name;
	return refuse(error, error_size, "cpu: %s needs %s; write +%s, or -%s too", one, other, other, one);
}

/* The next word of a list, or false at its end. Too long a word is cut, and will not be found. */
static bool next_word(const char **rest, char word[WORD])
{
	size_t length = strcspn(*rest, ","), kept = length < WORD ? length : WORD - 1;

	if (!**rest)
		return false;
	memcpy(word, *rest, kept);
	word[kept] = '\0';
	*rest += length + ((*rest)[length] == ',');
	return true;
}

bool processor_parse(const char *text, struct cpu_features *features, char *error, size_t error_size)
{
	const struct cpu_model *model;
	char word[WORD];
	feature_set set;

	if (!next_word(&text, word))
		return refuse(error, error_size, "cpu: the model's name is missing; --cpu help lists them");
	model = cpu_model_find(word);
	if (!model)
		return refuse_model(word, error, error_size);
	set = cpu_model_features(model);
	while (next_word(&text, word))
		if (!take_feature(word, &set, error, error_size))
			return false;
	if (!check(set, error, error_size))
		return false;
	cpu_features_of(features, model, set);
	return true;
}

void processor_drop(struct cpu_features *features, enum cpu_feature feature)
{
	features->cpuid_edx &= ~(1u << cpu_feature_rows[feature].bit);
}

/* ---- lists ---- */

static void list_features(FILE *out, feature_set set)
{
	enum { LEFT = 14, WIDTH = 79 };
	unsigned column = LEFT;

	fprintf(out, "%*s", LEFT, "");
	for (unsigned i = 0; i < CPU_FEATURES; i++) {
		unsigned length = (unsigned)strlen(cpu_feature_rows[i].name) + 1;

		if (!(set >> i & 1))
			continue;
		if (column + length > WIDTH) {
			fprintf(out, "\n%*s", LEFT, "");
			column = LEFT;
		}
		fprintf(out, " %s", cpu_feature_rows[i].name);
		column += length;
	}
	fputc('\n', out);
}

void processor_list(FILE *out)
{
	fputs("Models (--cpu MODEL):\n", out);
	for (size_t i = 0; cpu_model(i); i++) {
		const struct cpu_model *model = cpu_model(i);

		fprintf(out, "  %-12s %s; signature %" PRIx32 "%s\n", model->name, model->text, model->version,
		        strcmp(model->name, CPU_MODEL_DEFAULT) == 0 ? "; the default" : "");
		list_features(out, cpu_model_features(model));
	}
	fputs("\nFeatures (--cpu MODEL,+feature,-feature):\n", out);
	for (unsigned i = 0; i < CPU_FEATURES; i++)
		fprintf(out, "  %-12s %s%s\n", cpu_feature_rows[i].name, cpu_feature_rows[i].text,
		        cpu_feature_rows[i].here ? "" : " (not in this build)");
}
