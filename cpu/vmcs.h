/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/vmcs.h - a VMCS from inside the processor. A field's encoding is its place: width, type and index packed into
 * nine bits (SDM vol. 3, 24.11.2), so that neither a search nor a switch is needed.
 *
 *   encoding  14:13 width  11:10 type  9:1 index  0 high half of a 64-bit field
 *   slot       8:7          6:5         4:0
 */
#ifndef RINGSIDE_CPU_VMCS_H
#define RINGSIDE_CPU_VMCS_H

#include "cpu/vmx.h"

enum { VMCS_SLOTS = 512 };

#define VMCS_SLOT(encoding)                                                                         \
	(((encoding) >> 13 & 3) << 7 | ((encoding) >> 10 & 3) << 5 | ((encoding) >> 1 & 31))

struct vmcs {
	bool launched;
	uint64_t value[VMCS_SLOTS];
};

static inline uint64_t vmcs_get(const struct vmcs *vmcs, enum vmcs_field field)
{
	return vmcs->value[VMCS_SLOT(field)];
}

static inline uint32_t vmcs_get32(const struct vmcs *vmcs, enum vmcs_field field)
{
	return (uint32_t)vmcs->value[VMCS_SLOT(field)];
}

/* `value` must fit the field. */
static inline void vmcs_put(struct vmcs *vmcs, enum vmcs_field field, uint64_t value)
{
	vmcs->value[VMCS_SLOT(field)] = value;
}

/* VMREAD and VMWRITE without their price. 0: done; else a VM-instruction error. */
enum vmx_error vmcs_read_field(const struct vmcs *vmcs, uint32_t encoding, uint64_t *value);
enum vmx_error vmcs_write_field(struct vmcs *vmcs, uint32_t encoding, uint64_t value);

/* The fields of a guest segment. */
struct vmcs_segment {
	uint16_t selector, limit, access, base; /* enum vmcs_field */
};
extern const struct vmcs_segment vmcs_segments[]; /* by enum segment_register */

#endif
