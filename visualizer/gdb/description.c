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

static const struct flag mxcsr_flags[] = {
	{ "IE", 0, 0 }, { "DE", 1, 0 }, { "ZE", 2, 0 }, { "OE", 3, 0 }, { "UE", 4, 0 }, { "PE", 5, 0 },
	{ "DAZ", 6, 0 }, { "IM", 7, 0 }, { "DM", 8, 0 }, { "ZM", 9, 0 }, { "OM", 10, 0 }, { "UM", 11, 0 },
	{ "PM", 12, 0 }, { "RC", 13, 14 }, { "FZ", 15, 0 }, { 0 },
};

enum { IN_CORE = 1 << GDB_CORE, IN_SSE = 1 << GDB_SSE, IN_OWN = 1 << GDB_GUEST | 1 << GDB_HARDWARE };

/* A feature knows no types but its own and GDB's. */
static const struct flags_type {
	const char *name;
	const struct flag *flag;
	unsigned features;
} flags_types[] = {
	{ "eflags", eflags_flags, IN_CORE | IN_OWN }, { "cr0", cr0_flags, IN_OWN }, { "cr4", cr4_flags, IN_OWN },
	{ "i386_mxcsr", mxcsr_flags, IN_SSE },
};

/* An XMM register in all the ways that instructions take it. */
static const struct {
	const char *name, *type;
	unsigned count;
} vectors[] = {
	{ "v4_float", "ieee_single", 4 }, { "v2_double", "ieee_double", 2 }, { "v16_int8", "int8", 16 },
	{ "v8_int16", "int16", 8 }, { "v4_int32", "int32", 4 }, { "v2_int64", "int64", 2 },
};

static const char *const features[GDB_FEATURES] = {
	[GDB_CORE] = "org.gnu.gdb.i386.core",
	[GDB_SSE] = "org.gnu.gdb.i386.sse",
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

static void write_vectors(FILE *out)
{
	enum { VECTORS = sizeof(vectors) / sizeof(vectors[0]) };

	for (size_t i = 0; i < VECTORS; i++)
		fprintf(out, "<vector id=\"%s\" type=\"%s\" count=\"%u\"/>\n", vectors[i].name, vectors[i].type,
		        vectors[i].count);
	fputs("<union id=\"vec128\">\n", out);
	for (size_t i = 0; i < VECTORS; i++)
		fprintf(out, "<field name=\"%s\" type=\"%s\"/>\n", vectors[i].name, vectors[i].name);
	fputs("<field name=\"uint128\" type=\"uint128\"/>\n</union>\n", out);
}

static void write_types(FILE *out, enum gdb_feature feature)
{
	if (feature == GDB_SSE)
		write_vectors(out);
	for (size_t i = 0; i < sizeof(flags_types) / sizeof(flags_types[0]); i++)
		if (flags_types[i].features >> feature & 1)
			write_type(out, &flags_types[i]);
}

/* GDB keeps those of the core over the calls of functions that its user asks for, and leaves others alone: the floats come
 * back from a call as the function left them, for one by one they could not be put back under another top of stack. */
static void write_feature(FILE *out, enum gdb_feature feature)
{
	fprintf(out, "<feature name=\"%s\">\n", features[feature]);
	write_types(out, feature);
	for (size_t i = 0; i < gdb_register_count(); i++) {
		const struct gdb_register *reg = gdb_register_at(i);

		if (reg->feature == feature)
			fprintf(out, "<reg name=\"%s\" bitsize=\"%u\" type=\"%s\" regnum=\"%zu\"%s/>\n", reg->name,
			        reg->bits, reg->type, i, feature == GDB_CORE && !reg->floats ? "" : " save-restore=\"no\"");
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
