/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/gdb/description.c - the target description (GDB manual, appendix G): the rows of registers.c as XML, and the
 * flags of their types.
 */
#include "visualizer/gdb/registers.h"

#include <stdio.h>
#include <stdlib.h>

struct flag {
	const char *name;
	uint8_t bit, last; /* last: of a field of several bits; 0: one bit */
};

/* SDM vol. 1, 3.4.3; vol. 3, 2.5. */
static const struct flag eflags_flags[] = {
	{ "CF", 0, 0 }, { "", 1, 0 }, { "PF", 2, 0 }, { "AF", 4, 0 }, { "ZF", 6, 0 }, { "SF", 7, 0 },
	{ "TF", 8, 0 }, { "IF", 9, 0 }, { "DF", 10, 0 }, { "OF", 11, 0 }, { "IOPL", 12, 13 }, { "NT", 14, 0 },
	{ "RF", 16, 0 }, { "VM", 17, 0 }, { "AC", 18, 0 }, { "VIF", 19, 0 }, { "VIP", 20, 0 }, { "ID", 21, 0 }, { 0 },
};
static const struct flag cr0_flags[] = {
	{ "PE", 0, 0 }, { "MP", 1, 0 }, { "EM", 2, 0 }, { "TS", 3, 0 }, { "ET", 4, 0 }, { "NE", 5, 0 },
	{ "WP", 16, 0 }, { "AM", 18, 0 }, { "NW", 29, 0 }, { "CD", 30, 0 }, { "PG", 31, 0 }, { 0 },
};
static const struct flag cr4_flags[] = {
	{ "VME", 0, 0 }, { "PVI", 1, 0 }, { "TSD", 2, 0 }, { "DE", 3, 0 }, { "PSE", 4, 0 }, { "PAE", 5, 0 },
	{ "MCE", 6, 0 }, { "PGE", 7, 0 }, { "PCE", 8, 0 }, { "OSFXSR", 9, 0 }, { "OSXMMEXCPT", 10, 0 },
	{ "UMIP", 11, 0 }, { 0 },
};

static const struct flags_type {
	const char *name;
	const struct flag *flag;
	bool core; /* of the features: the core has its own */
} flags_types[] = {
	{ "eflags", eflags_flags, true }, { "cr0", cr0_flags, false }, { "cr4", cr4_flags, false },
};

static const char *const features[GDB_FEATURES] = {
	[GDB_CORE] = "org.gnu.gdb.i386.core",
	[GDB_GUEST] = "org.ringside.guest",
	[GDB_HARDWARE] = "org.ringside.hardware",
};

static void write_type(FILE *out, const struct flags_type *type)
{
	fprintf(out, "<flags id=\"%s\" size=\"4\">\n", type->name);
	for (const struct flag *flag = type->flag; flag->name; flag++)
		fprintf(out, "<field name=\"%s\" start=\"%u\" end=\"%u\"/>\n", flag->name, flag->bit,
		        flag->last ? flag->last : flag->bit);
	fputs("</flags>\n", out);
}

static void write_types(FILE *out, enum gdb_feature feature)
{
	for (size_t i = 0; i < sizeof(flags_types) / sizeof(flags_types[0]); i++)
		if (flags_types[i].core || feature != GDB_CORE)
			write_type(out, &flags_types[i]);
}

/* GDB keeps those of the core over the calls of functions that its user asks for, and leaves others alone. */
static void write_feature(FILE *out, enum gdb_feature feature)
{
	fprintf(out, "<feature name=\"%s\">\n", features[feature]);
	write_types(out, feature);
	for (size_t i = 0; i < gdb_register_count(); i++) {
		const struct gdb_register *reg = gdb_register_at(i);

		if (reg->feature == feature)
			fprintf(out, "<reg name=\"%s\" bitsize=\"%u\" type=\"%s\" regnum=\"%zu\"%s/>\n", reg->name,
			        reg->bits, reg->type, i, feature == GDB_CORE ? "" : " save-restore=\"no\"");
	}
	fputs("</feature>\n", out);
}

char *gdb_description(size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out)
		return NULL;
	fputs("<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target version=\"1.0\">\n"
	      "<architecture>i386</architecture>\n", out);
	for (unsigned feature = 0; feature < GDB_FEATURES; feature++)
		write_feature(out, (enum gdb_feature)feature);
	fputs("</target>\n", out);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
