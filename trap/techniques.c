/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trap/techniques.c - the list of techniques: what configuration and command line can name. */
#include "trap/techniques.h"

static const struct technique *const techniques[] = {
	&technique_native,
	&technique_emulate,
	&technique_trap,
	&technique_bt,
	&technique_pv,
	&technique_hvm,
	NULL,
};

const struct technique *const *technique_list(void)
{
	return techniques;
}
