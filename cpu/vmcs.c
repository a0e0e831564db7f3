/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/vmcs.c - the VMCS: its fields, and its guest-state area as a cpu_state. Intel SDM volume 3, 24.4, 24.11 and
 * appendix B.
 */
#include "cpu/vmcs.h"

#include <stdlib.h>
#include <string.h>

/* ---- fields by encoding ---- */

/* The fields that exist, by slot. */
static const struct {
	bool exists;
	uint16_t encoding;
} rows[VMCS_SLOTS] = {
#define VMCS(name, encoding, text) [VMCS_SLOT(encoding)] = {true, encoding},
	VMCS_LIST(VMCS)
#undef VMCS
};

enum field_width { WIDTH_16, WIDTH_64, WIDTH_32, WIDTH_NATURAL };
enum field_type { TYPE_CONTROL, TYPE_EXIT_INFORMATION, TYPE_GUEST, TYPE_HOST };

static enum field_width width_of(uint32_t encoding)
{
	return (enum field_width)(encoding >> 13 & 3);
}

static enum field_type type_of(uint32_t encoding)
{
	return (enum field_type)(encoding >> 10 & 3);
}

/* The natural width of this processor is 32 bits. */
static uint64_t width_mask(uint32_t encoding)
{
	static const uint64_t masks[] = {
		[WIDTH_16] = UINT16_MAX, [WIDTH_64] = UINT64_MAX, [WIDTH_32] = UINT32_MAX, [WIDTH_NATURAL] = UINT32_MAX,
	};

	return masks[width_of(encoding)];
}

static bool is_high_half(uint32_t encoding)
{
	return encoding & 1;
}

static bool field_exists(uint32_t encoding)
{
	unsigned slot = VMCS_SLOT(encoding);

	if (is_high_half(encoding) && width_of(encoding) != WIDTH_64)
		return false;
	return rows[slot].exists && rows[slot].encoding == (encoding & ~1u);
}

enum vmx_error vmcs_read_field(const struct vmcs *vmcs, uint32_t encoding, uint64_t *value)
{
	if (!field_exists(encoding))
		return VMX_ERROR_FIELD;
	*value = vmcs->value[VMCS_SLOT(encoding)];
	if (is_high_half(encoding))
		*value >>= 32;
	return 0;
}

enum vmx_error vmcs_write_field(struct vmcs *vmcs, uint32_t encoding, uint64_t value)
{
	uint64_t *field;

	if (!field_exists(encoding))
		return VMX_ERROR_FIELD;
	if (type_of(encoding) == TYPE_EXIT_INFORMATION)
		return VMX_ERROR_READ_ONLY;
	field = &vmcs->value[VMCS_SLOT(encoding)];
	*field = is_high_half(encoding) ? (*field & UINT32_MAX) | value << 32 : value & width_mask(encoding);
	return 0;
}

/* ---- regions ---- */

struct vmcs *vmcs_new(struct arena *arena)
{
	return arena_take(arena, sizeof(struct vmcs));
}

void vmcs_free(struct arena *arena, struct vmcs *vmcs)
{
	arena_give(arena, vmcs);
}

/* ---- the guest-state area as a cpu_state ---- */

#define SEGMENT_FIELDS(name)                                                                        \
	[name] = {VMCS_GUEST_##name##_SELECTOR, VMCS_GUEST_##name##_LIMIT, VMCS_GUEST_##name##_ACCESS, \
	          VMCS_GUEST_##name##_BASE}

const struct vmcs_segment vmcs_segments[] = {
	SEGMENT_FIELDS(ES), SEGMENT_FIELDS(CS), SEGMENT_FIELDS(SS),   SEGMENT_FIELDS(DS),
	SEGMENT_FIELDS(FS), SEGMENT_FIELDS(GS), SEGMENT_FIELDS(LDTR), SEGMENT_FIELDS(TR),
};

/* Registers that a field holds as they are. */
struct kept_register {
	uint16_t field; /* enum vmcs_field */
	uint16_t offset;
	uint8_t size;
};

#define KEPT(field, member)                                                                         \
	{                                                                                           \
		VMCS_GUEST_##field, offsetof(struct cpu_state, member),                              \
			sizeof((struct cpu_state *)0)->member                                        \
	}

static const struct kept_register kept_registers[] = {
	KEPT(CR0, cr0),
	KEPT(CR3, cr3),
	KEPT(CR4, cr4),
	KEPT(DR7, dr[7]),
	KEPT(RSP, gpr[ESP]),
	KEPT(RIP, eip),
	KEPT(RFLAGS, eflags),
	KEPT(GDTR_BASE, gdtr.base),
	KEPT(GDTR_LIMIT, gdtr.limit),
	KEPT(IDTR_BASE, idtr.base),
	KEPT(IDTR_LIMIT, idtr.limit),
	KEPT(SYSENTER_CS, sysenter_cs),
	KEPT(SYSENTER_ESP, sysenter_esp),
	KEPT(SYSENTER_EIP, sysenter_eip),
	KEPT(EFER, efer),
	KEPT(PAT, pat),
	KEPT(PDPTE0, pae_pointer[0]),
	KEPT(PDPTE1, pae_pointer[1]),
	KEPT(PDPTE2, pae_pointer[2]),
	KEPT(PDPTE3, pae_pointer[3]),
};

enum { KEPT_COUNT = sizeof kept_registers / sizeof *kept_registers };

/*
 * Pending debug exceptions (24.4.2). The state has them as the bits of DR6 that they will set; here bit 12 says
 * that one of the breakpoints is enabled.
 */
enum { PENDING_BREAKPOINTS = 0xf, PENDING_ENABLED = 1 << 12, PENDING_STEP = 1 << 14 };

static uint32_t pending_field(uint32_t dr6)
{
	return (dr6 & (PENDING_BREAKPOINTS | PENDING_STEP)) | (dr6 & PENDING_BREAKPOINTS ? PENDING_ENABLED : 0);
}

static uint32_t pending_dr6(uint32_t field)
{
	if (!(field & (PENDING_ENABLED | PENDING_STEP)))
		return 0;
	return field & (PENDING_BREAKPOINTS | PENDING_STEP);
}

static uint8_t shadow_of(uint32_t interruptibility)
{
	if (interruptibility & INTERRUPTIBILITY_MOV_SS)
		return SHADOW_MOV_SS;
	return interruptibility & INTERRUPTIBILITY_STI ? SHADOW_STI : SHADOW_NONE;
}

static uint32_t interruptibility_of(const struct cpu_state *state)
{
	static const uint32_t shadows[] = {
		[SHADOW_NONE] = 0, [SHADOW_STI] = INTERRUPTIBILITY_STI, [SHADOW_MOV_SS] = INTERRUPTIBILITY_MOV_SS,
	};

	return shadows[state->interrupt_shadow] | (state->nmi_blocked ? INTERRUPTIBILITY_NMI : 0);
}

static void get_segment(const struct vmcs *vmcs, enum segment_register reg, struct segment *segment)
{
	const struct vmcs_segment *fields = &vmcs_segments[reg];
	uint32_t access = vmcs_get32(vmcs, fields->access);

	*segment = (struct segment){
		.base = vmcs_get32(vmcs, fields->base),
		.limit = vmcs_get32(vmcs, fields->limit),
		.selector = (uint16_t)vmcs_get(vmcs, fields->selector),
		.access = (uint16_t)(access & ACCESS_UNUSABLE ? 0 : access),
	};
}

/* SS.DPL is the CPL, even where SS cannot be used (24.4.1). */
static void set_segment(struct vmcs *vmcs, enum segment_register reg, const struct cpu_state *state)
{
	const struct vmcs_segment *fields = &vmcs_segments[reg];
	const struct segment *segment = &state->segment[reg];
	uint32_t access = segment->access & ACCESS_PRESENT ? segment->access : ACCESS_UNUSABLE;

	if (reg == SS)
		access = (access & ~(uint32_t)ACCESS_DPL) | (uint32_t)state->cpl << ACCESS_DPL_SHIFT;
	vmcs_put(vmcs, fields->base, segment->base);
	vmcs_put(vmcs, fields->limit, segment->limit);
	vmcs_put(vmcs, fields->selector, segment->selector);
	vmcs_put(vmcs, fields->access, access);
}

static uint8_t cpl_of(const struct vmcs *vmcs, const struct cpu_state *state)
{
	if (state_v86(state))
		return 3;
	if (!state_protected(state))
		return 0;
	return vmcs_get32(vmcs, VMCS_GUEST_SS_ACCESS) >> ACCESS_DPL_SHIFT & 3;
}

void vmcs_get_guest(const struct vmcs *vmcs, struct cpu_state *state)
{
	uint32_t interruptibility = vmcs_get32(vmcs, VMCS_GUEST_INTERRUPTIBILITY);

	for (unsigned i = 0; i < KEPT_COUNT; i++) {
		const struct kept_register *kept = &kept_registers[i];
		uint64_t value = vmcs_get(vmcs, kept->field);

		memcpy((char *)state + kept->offset, &value, kept->size);
	}
	for (enum segment_register reg = ES; reg <= TR; reg++)
		get_segment(vmcs, reg, &state->segment[reg]);
	state->cpl = cpl_of(vmcs, state);
	state->activity = (uint8_t)vmcs_get(vmcs, VMCS_GUEST_ACTIVITY);
	state->interrupt_shadow = shadow_of(interruptibility);
	state->nmi_blocked = (interruptibility & INTERRUPTIBILITY_NMI) != 0;
	state->pending_debug = pending_dr6(vmcs_get32(vmcs, VMCS_GUEST_PENDING_DEBUG));
}

void vmcs_set_guest(struct vmcs *vmcs, const struct cpu_state *state)
{
	for (unsigned i = 0; i < KEPT_COUNT; i++) {
		const struct kept_register *kept = &kept_registers[i];
		uint64_t value = 0;

		memcpy(&value, (const char *)state + kept->offset, kept->size);
		vmcs_put(vmcs, kept->field, value);
	}
	for (enum segment_register reg = ES; reg <= TR; reg++)
		set_segment(vmcs, reg, state);
	vmcs_put(vmcs, VMCS_GUEST_ACTIVITY, state->activity);
	vmcs_put(vmcs, VMCS_GUEST_INTERRUPTIBILITY, interruptibility_of(state));
	vmcs_put(vmcs, VMCS_GUEST_PENDING_DEBUG, pending_field(state->pending_debug));
}
