/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/vmx.h - hardware assist: a VMX-like extension of the processor. Root operation is the VMM, in C, so
 * the VMX instructions are functions here; non-root operation is a guest that cpu_run runs until a VM
 * exit. Intel SDM volume 3, chapters 24 to 28 (VMX non-root operation, VMCS, entries, exits, EPT and VPID)
 * and 30 (the instructions and their error numbers).
 *
 * The processor has 32-bit guests and a C host: host-state fields are kept and checked as far as a 32-bit
 * host has them, and loaded at an exit, but no host code runs from them.
 */
#ifndef RINGSIDE_CPU_VMX_H
#define RINGSIDE_CPU_VMX_H

#include "cpu/cpu.h"

/*
 * VMCS(name, encoding, text). Encodings are those of SDM vol. 3, appendix B: bits 14:13 width (0: 16 bits,
 * 1: 64, 2: 32, 3: natural), 11:10 type (0 control, 1 exit information, read-only, 2 guest, 3 host).
 */
#define VMCS_LIST(VMCS)                                                                            \
	VMCS(VPID, 0x0000, "virtual-processor identifier")                                          \
	VMCS(GUEST_ES_SELECTOR, 0x0800, "guest ES selector")                                        \
	VMCS(GUEST_CS_SELECTOR, 0x0802, "guest CS selector")                                        \
	VMCS(GUEST_SS_SELECTOR, 0x0804, "guest SS selector")                                        \
	VMCS(GUEST_DS_SELECTOR, 0x0806, "guest DS selector")                                        \
	VMCS(GUEST_FS_SELECTOR, 0x0808, "guest FS selector")                                        \
	VMCS(GUEST_GS_SELECTOR, 0x080a, "guest GS selector")                                        \
	VMCS(GUEST_LDTR_SELECTOR, 0x080c, "guest LDTR selector")                                    \
	VMCS(GUEST_TR_SELECTOR, 0x080e, "guest TR selector")                                        \
	VMCS(HOST_ES_SELECTOR, 0x0c00, "host ES selector")                                          \
	VMCS(HOST_CS_SELECTOR, 0x0c02, "host CS selector")                                          \
	VMCS(HOST_SS_SELECTOR, 0x0c04, "host SS selector")                                          \
	VMCS(HOST_DS_SELECTOR, 0x0c06, "host DS selector")                                          \
	VMCS(HOST_FS_SELECTOR, 0x0c08, "host FS selector")                                          \
	VMCS(HOST_GS_SELECTOR, 0x0c0a, "host GS selector")                                          \
	VMCS(HOST_TR_SELECTOR, 0x0c0c, "host TR selector")                                          \
	VMCS(IO_BITMAP_A, 0x2000, "address of I/O bitmap A (ports 0 to 7FFFH)")                     \
	VMCS(IO_BITMAP_B, 0x2002, "address of I/O bitmap B (ports 8000H to FFFFH)")                 \
	VMCS(MSR_BITMAP, 0x2004, "address of the MSR bitmaps")                                      \
	VMCS(TSC_OFFSET, 0x2010, "TSC offset")                                                      \
	VMCS(EPT_POINTER, 0x201a, "EPT pointer")                                                    \
	VMCS(GUEST_PHYSICAL_ADDRESS, 0x2400, "guest-physical address of an EPT violation")          \
	VMCS(LINK_POINTER, 0x2800, "VMCS link pointer")                                             \
	VMCS(GUEST_DEBUGCTL, 0x2802, "guest IA32_DEBUGCTL")                                         \
	VMCS(GUEST_PAT, 0x2804, "guest IA32_PAT")                                                   \
	VMCS(GUEST_EFER, 0x2806, "guest IA32_EFER")                                                 \
	VMCS(GUEST_PDPTE0, 0x280a, "guest PDPTE0")                                                  \
	VMCS(GUEST_PDPTE1, 0x280c, "guest PDPTE1")                                                  \
	VMCS(GUEST_PDPTE2, 0x280e, "guest PDPTE2")                                                  \
	VMCS(GUEST_PDPTE3, 0x2810, "guest PDPTE3")                                                  \
	VMCS(HOST_PAT, 0x2c00, "host IA32_PAT")                                                     \
	VMCS(HOST_EFER, 0x2c02, "host IA32_EFER")                                                   \
	VMCS(PIN_CONTROLS, 0x4000, "pin-based VM-execution controls")                               \
	VMCS(PRIMARY_CONTROLS, 0x4002, "primary processor-based VM-execution controls")             \
	VMCS(EXCEPTION_BITMAP, 0x4004, "exception bitmap")                                          \
	VMCS(PAGE_FAULT_MASK, 0x4006, "page-fault error-code mask")                                 \
	VMCS(PAGE_FAULT_MATCH, 0x4008, "page-fault error-code match")                               \
	VMCS(CR3_TARGET_COUNT, 0x400a, "CR3-target count")                                          \
	VMCS(EXIT_CONTROLS, 0x400c, "VM-exit controls")                                             \
	VMCS(ENTRY_CONTROLS, 0x4012, "VM-entry controls")                                           \
	VMCS(ENTRY_INTERRUPTION, 0x4016, "VM-entry interruption-information field")                 \
	VMCS(ENTRY_ERROR_CODE, 0x4018, "VM-entry exception error code")                             \
	VMCS(ENTRY_INSTRUCTION_LENGTH, 0x401a, "VM-entry instruction length")                       \
	VMCS(SECONDARY_CONTROLS, 0x401e, "secondary processor-based VM-execution controls")         \
	VMCS(INSTRUCTION_ERROR, 0x4400, "VM-instruction error")                                     \
	VMCS(EXIT_REASON, 0x4402, "exit reason")                                                    \
	VMCS(EXIT_INTERRUPTION, 0x4404, "VM-exit interruption information")                         \
	VMCS(EXIT_ERROR_CODE, 0x4406, "VM-exit interruption error code")                            \
	VMCS(IDT_VECTORING, 0x4408, "IDT-vectoring information field")                              \
	VMCS(IDT_VECTORING_ERROR_CODE, 0x440a, "IDT-vectoring error code")                          \
	VMCS(EXIT_INSTRUCTION_LENGTH, 0x440c, "VM-exit instruction length")                         \
	VMCS(EXIT_INSTRUCTION_INFORMATION, 0x440e, "VM-exit instruction information")               \
	VMCS(GUEST_ES_LIMIT, 0x4800, "guest ES limit")                                              \
	VMCS(GUEST_CS_LIMIT, 0x4802, "guest CS limit")                                              \
	VMCS(GUEST_SS_LIMIT, 0x4804, "guest SS limit")                                              \
	VMCS(GUEST_DS_LIMIT, 0x4806, "guest DS limit")                                              \
	VMCS(GUEST_FS_LIMIT, 0x4808, "guest FS limit")                                              \
	VMCS(GUEST_GS_LIMIT, 0x480a, "guest GS limit")                                              \
	VMCS(GUEST_LDTR_LIMIT, 0x480c, "guest LDTR limit")                                          \
	VMCS(GUEST_TR_LIMIT, 0x480e, "guest TR limit")                                              \
	VMCS(GUEST_GDTR_LIMIT, 0x4810, "guest GDTR limit")                                          \
	VMCS(GUEST_IDTR_LIMIT, 0x4812, "guest IDTR limit")                                          \
	VMCS(GUEST_ES_ACCESS, 0x4814, "guest ES access rights")                                     \
	VMCS(GUEST_CS_ACCESS, 0x4816, "guest CS access rights")                                     \
	VMCS(GUEST_SS_ACCESS, 0x4818, "guest SS access rights")                                     \
	VMCS(GUEST_DS_ACCESS, 0x481a, "guest DS access rights")                                     \
	VMCS(GUEST_FS_ACCESS, 0x481c, "guest FS access rights")                                     \
	VMCS(GUEST_GS_ACCESS, 0x481e, "guest GS access rights")                                     \
	VMCS(GUEST_LDTR_ACCESS, 0x4820, "guest LDTR access rights")                                 \
	VMCS(GUEST_TR_ACCESS, 0x4822, "guest TR access rights")                                     \
	VMCS(GUEST_INTERRUPTIBILITY, 0x4824, "guest interruptibility state")                        \
	VMCS(GUEST_ACTIVITY, 0x4826, "guest activity state")                                        \
	VMCS(GUEST_SYSENTER_CS, 0x482a, "guest IA32_SYSENTER_CS")                                   \
	VMCS(PREEMPTION_TIMER, 0x482e, "VMX-preemption timer value")                                \
	VMCS(HOST_SYSENTER_CS, 0x4c00, "host IA32_SYSENTER_CS")                                     \
	VMCS(CR0_MASK, 0x6000, "CR0 guest/host mask")                                               \
	VMCS(CR4_MASK, 0x6002, "CR4 guest/host mask")                                               \
	VMCS(CR0_SHADOW, 0x6004, "CR0 read shadow")                                                 \
	VMCS(CR4_SHADOW, 0x6006, "CR4 read shadow")                                                 \
	VMCS(CR3_TARGET0, 0x6008, "CR3-target value 0")                                             \
	VMCS(CR3_TARGET1, 0x600a, "CR3-target value 1")                                             \
	VMCS(CR3_TARGET2, 0x600c, "CR3-target value 2")                                             \
	VMCS(CR3_TARGET3, 0x600e, "CR3-target value 3")                                             \
	VMCS(EXIT_QUALIFICATION, 0x6400, "exit qualification")                                      \
	VMCS(GUEST_LINEAR_ADDRESS, 0x640a, "guest-linear address")                                  \
	VMCS(GUEST_CR0, 0x6800, "guest CR0")                                                        \
	VMCS(GUEST_CR3, 0x6802, "guest CR3")                                                        \
	VMCS(GUEST_CR4, 0x6804, "guest CR4")                                                        \
	VMCS(GUEST_ES_BASE, 0x6806, "guest ES base")                                                \
	VMCS(GUEST_CS_BASE, 0x6808, "guest CS base")                                                \
	VMCS(GUEST_SS_BASE, 0x680a, "guest SS base")                                                \
	VMCS(GUEST_DS_BASE, 0x680c, "guest DS base")                                                \
	VMCS(GUEST_FS_BASE, 0x680e, "guest FS base")                                                \
	VMCS(GUEST_GS_BASE, 0x6810, "guest GS base")                                                \
	VMCS(GUEST_LDTR_BASE, 0x6812, "guest LDTR base")                                            \
	VMCS(GUEST_TR_BASE, 0x6814, "guest TR base")                                                \
	VMCS(GUEST_GDTR_BASE, 0x6816, "guest GDTR base")                                            \
	VMCS(GUEST_IDTR_BASE, 0x6818, "guest IDTR base")                                            \
	VMCS(GUEST_DR7, 0x681a, "guest DR7")                                                        \
	VMCS(GUEST_RSP, 0x681c, "guest ESP")                                                        \
	VMCS(GUEST_RIP, 0x681e, "guest EIP")                                                        \
	VMCS(GUEST_RFLAGS, 0x6820, "guest EFLAGS")                                                  \
	VMCS(GUEST_PENDING_DEBUG, 0x6822, "guest pending debug exceptions")                         \
	VMCS(GUEST_SYSENTER_ESP, 0x6824, "guest IA32_SYSENTER_ESP")                                 \
	VMCS(GUEST_SYSENTER_EIP, 0x6826, "guest IA32_SYSENTER_EIP")                                 \
	VMCS(HOST_CR0, 0x6c00, "host CR0")                                                          \
	VMCS(HOST_CR3, 0x6c02, "host CR3")                                                          \
	VMCS(HOST_CR4, 0x6c04, "host CR4")                                                          \
	VMCS(HOST_FS_BASE, 0x6c06, "host FS base")                                                  \
	VMCS(HOST_GS_BASE, 0x6c08, "host GS base")                                                  \
	VMCS(HOST_TR_BASE, 0x6c0a, "host TR base")                                                  \
	VMCS(HOST_GDTR_BASE, 0x6c0c, "host GDTR base")                                              \
	VMCS(HOST_IDTR_BASE, 0x6c0e, "host IDTR base")                                              \
	VMCS(HOST_SYSENTER_ESP, 0x6c10, "host IA32_SYSENTER_ESP")                                   \
	VMCS(HOST_SYSENTER_EIP, 0x6c12, "host IA32_SYSENTER_EIP")                                   \
	VMCS(HOST_RSP, 0x6c14, "host ESP")                                                          \
	VMCS(HOST_RIP, 0x6c16, "host EIP")

enum vmcs_field {
#define VMCS(name, encoding, text) VMCS_##name = (encoding),
	VMCS_LIST(VMCS)
#undef VMCS
};

/* Pin-based controls (SDM vol. 3, table 24-5). */
enum {
	PIN_EXTERNAL_INTERRUPT = 1u << 0,
	PIN_NMI = 1u << 3,
	PIN_VIRTUAL_NMI = 1u << 5,
	PIN_PREEMPTION_TIMER = 1u << 6,
};

/* Primary processor-based controls (table 24-6). */
enum {
	PRIMARY_INTERRUPT_WINDOW = 1u << 2,
	PRIMARY_TSC_OFFSET = 1u << 3,
	PRIMARY_HLT = 1u << 7,
	PRIMARY_INVLPG = 1u << 9,
	PRIMARY_RDPMC = 1u << 11,
	PRIMARY_RDTSC = 1u << 12,
	PRIMARY_CR3_LOAD = 1u << 15,
	PRIMARY_CR3_STORE = 1u << 16,
	PRIMARY_NMI_WINDOW = 1u << 22,
	PRIMARY_MOV_DR = 1u << 23,
	PRIMARY_IO = 1u << 24,
	PRIMARY_IO_BITMAPS = 1u << 25,
	PRIMARY_MONITOR_TRAP = 1u << 27,
	PRIMARY_MSR_BITMAPS = 1u << 28,
	PRIMARY_PAUSE = 1u << 30,
	PRIMARY_SECONDARY = 1u << 31,
};

/* Secondary controls (table 24-7). */
enum {
	SECONDARY_EPT = 1u << 1,
	SECONDARY_DESCRIPTOR_TABLES = 1u << 2,
	SECONDARY_VPID = 1u << 5,
	SECONDARY_WBINVD = 1u << 6,
	SECONDARY_UNRESTRICTED = 1u << 7,
};

/* Exit and entry controls that exist here (tables 24-11 and 24-13). */
enum {
	EXIT_SAVE_DEBUG = 1u << 2,
	EXIT_ACKNOWLEDGE = 1u << 15,
	EXIT_SAVE_PAT = 1u << 18,
	EXIT_LOAD_PAT = 1u << 19,
	EXIT_SAVE_EFER = 1u << 20,
	EXIT_LOAD_EFER = 1u << 21,
	EXIT_SAVE_TIMER = 1u << 22,
	ENTRY_LOAD_DEBUG = 1u << 2,
	ENTRY_LOAD_PAT = 1u << 14,
	ENTRY_LOAD_EFER = 1u << 15,
};

/*
 * This processor's capability MSRs (appendix A) would say: every control may be 0, those named above may be
 * 1, and no other one. CR0.PE, NE and PG must be 1 in VMX operation (PE and PG need not with
 * SECONDARY_UNRESTRICTED). VM entry and exit leave CR0.CD, NW and ET as they are (26.3.2.1): a VMM that moves a
 * guest about keeps them in its mask and read shadow.
 * Simplification: CR4.VMXE does not exist, for nothing but C executes VMXON.
 */
#define VMX_CR0_FIXED (CR0_PE | CR0_NE | CR0_PG)

/*
 * Interruption information: VM entry's, VM exit's and IDT-vectoring (24.8.3, 24.9.2, 24.9.3)
 *
 *  31    30..13 12             11         10..8 7..0
 *  valid 0      NMI unblocking error code type  vector
 */
enum {
	INTERRUPTION_VECTOR = 0xff,
	INTERRUPTION_TYPE = 7u << 8,
	INTERRUPTION_EXTERNAL = 0u << 8,
	INTERRUPTION_NMI = 2u << 8,
	INTERRUPTION_EXCEPTION = 3u << 8,
	INTERRUPTION_SOFTWARE = 4u << 8,            /* INT n */
	INTERRUPTION_PRIVILEGED_EXCEPTION = 5u << 8, /* INT1 */
	INTERRUPTION_SOFTWARE_EXCEPTION = 6u << 8,  /* INT3, INTO */
	INTERRUPTION_OTHER = 7u << 8,               /* entry only, vector 0: a pending monitor trap */
	INTERRUPTION_ERROR_CODE = 1u << 11,
	INTERRUPTION_NMI_UNBLOCKED = 1u << 12, /* by an IRET that then met this fault */
	INTERRUPTION_VALID = 1u << 31,
};

/* Interruptibility state (24.4.2). The activity state's numbers are those of enum activity. */
enum {
	INTERRUPTIBILITY_STI = 1u << 0,
	INTERRUPTIBILITY_MOV_SS = 1u << 1,
	INTERRUPTIBILITY_SMI = 1u << 2,
	INTERRUPTIBILITY_NMI = 1u << 3,
};

/* Bit 16 of a segment's access rights in a VMCS; the others are those of state.h (24.4.1). */
enum { ACCESS_UNUSABLE = 1u << 16 };

/* Qualification of an EPT violation (27.2.1, table 27-7): 2:0 the access, 5:3 what the entries permit. */
enum {
	VIOLATION_READ = 1 << 0,
	VIOLATION_WRITE = 1 << 1,
	VIOLATION_EXECUTE = 1 << 2,
	VIOLATION_PERMITTED_SHIFT = 3,
	VIOLATION_LINEAR = 1 << 7,         /* the guest-linear address field is valid */
	VIOLATION_FINAL = 1 << 8,          /* of that address's translation; clear: of a paging entry on the way */
	VIOLATION_NMI_UNBLOCKED = 1 << 12,
};

/* The preemption timer counts down by one each 32 cycles, when bit 5 of the clock changes (25.5.1, IA32_VMX_MISC). */
enum { VMX_TIMER_SHIFT = 5 };

/* REASON(identifier, number, name): basic exit reasons (SDM vol. 3, appendix C). */
#define EXIT_REASON_LIST(REASON)                                                                   \
	REASON(EXCEPTION, 0, "exception or NMI")                                                    \
	REASON(EXTERNAL_INTERRUPT, 1, "external interrupt")                                         \
	REASON(TRIPLE_FAULT, 2, "triple fault")                                                     \
	REASON(INTERRUPT_WINDOW, 7, "interrupt window")                                             \
	REASON(NMI_WINDOW, 8, "NMI window")                                                         \
	REASON(TASK_SWITCH, 9, "task switch")                                                       \
	REASON(CPUID, 10, "cpuid")                                                                  \
	REASON(HLT, 12, "hlt")                                                                      \
	REASON(INVD, 13, "invd")                                                                    \
	REASON(INVLPG, 14, "invlpg")                                                                \
	REASON(RDPMC, 15, "rdpmc")                                                                  \
	REASON(RDTSC, 16, "rdtsc")                                                                  \
	REASON(VMCALL, 18, "vmcall")                                                                \
	REASON(CONTROL_REGISTER, 28, "control-register access")                                     \
	REASON(MOV_DR, 29, "mov dr")                                                                \
	REASON(IO, 30, "I/O instruction")                                                           \
	REASON(RDMSR, 31, "rdmsr")                                                                  \
	REASON(WRMSR, 32, "wrmsr")                                                                  \
	REASON(INVALID_GUEST_STATE, 33, "VM-entry failure: invalid guest state")                    \
	REASON(MONITOR_TRAP, 37, "monitor trap flag")                                               \
	REASON(PAUSE, 40, "pause")                                                                  \
	REASON(GDTR_IDTR, 46, "GDTR or IDTR access")                                                \
	REASON(LDTR_TR, 47, "LDTR or TR access")                                                    \
	REASON(EPT_VIOLATION, 48, "EPT violation")                                                  \
	REASON(EPT_MISCONFIGURATION, 49, "EPT misconfiguration")                                    \
	REASON(PREEMPTION_TIMER, 52, "VMX-preemption timer expired")                                \
	REASON(WBINVD, 54, "wbinvd")

enum exit_reason {
#define REASON(identifier, number, name) REASON_##identifier = (number),
	EXIT_REASON_LIST(REASON)
#undef REASON
	REASON_COUNT = 64,
	REASON_ENTRY_FAILURE = 1u << 31, /* bit of the exit-reason field */
};
/* NULL: no such reason here. */
const char *vmx_reason_name(unsigned basic_reason);

/* VM-instruction errors (SDM vol. 3, 30.4). */
enum vmx_error {
	VMX_ERROR_VMCLEAR_ADDRESS = 2,
	VMX_ERROR_LAUNCH_NOT_CLEAR = 4,
	VMX_ERROR_RESUME_NOT_LAUNCHED = 5,
	VMX_ERROR_CONTROLS = 7,
	VMX_ERROR_HOST_STATE = 8,
	VMX_ERROR_VMPTRLD_ADDRESS = 9,
	VMX_ERROR_FIELD = 12,
	VMX_ERROR_READ_ONLY = 13,
	VMX_ERROR_IN_ROOT = 15,
	VMX_ERROR_ENTRY_MOV_SS = 26,
	VMX_ERROR_INVALIDATION = 28,
};

enum vmx_result {
	VMX_SUCCEED,
	VMX_FAIL_INVALID,  /* there is no current VMCS to write an error number into (or not in VMX operation) */
	VMX_FAIL_VALID,    /* the current VMCS's VM-instruction error field says why */
	VMX_ENTRY_FAILURE, /* of VMLAUNCH, VMRESUME: a VM exit with bit 31 of the exit reason (26.7); in root */
};

/* A VMCS region. The caller frees it after VMCLEAR (or after the processor). NULL: no memory. */
struct vmcs;
struct vmcs *vmcs_new(struct arena *arena);
void vmcs_free(struct arena *arena, struct vmcs *vmcs);

/*
 * The instructions of root operation (chapter 30). cpu_vmread, cpu_vmwrite and an entry whose controls and
 * host state are right charge their price; INVEPT and INVVPID that of INVLPG. Outside of root operation (a
 * processor that CPU_STOP_TIME left in non-root operation is outside) each gives VMX_FAIL_INVALID and does
 * nothing. VMX operation and `monitored` exclude each other: VMXON ends the latter.
 */
enum vmx_result cpu_vmxon(struct cpu *cpu);
enum vmx_result cpu_vmxoff(struct cpu *cpu);
enum vmx_result cpu_vmclear(struct cpu *cpu, struct vmcs *vmcs);
enum vmx_result cpu_vmptrld(struct cpu *cpu, struct vmcs *vmcs);
enum vmx_result cpu_vmread(struct cpu *cpu, uint32_t field, uint64_t *value);
enum vmx_result cpu_vmwrite(struct cpu *cpu, uint32_t field, uint64_t value);
/* Enters the guest: checks (26.2, 26.3), loads its state, delivers an injected event. VMX_SUCCEED: the processor is
 * in non-root operation, and cpu_run or cpu_step runs it until CPU_STOP_VMEXIT; CPU_STOP_TIME and
 * CPU_STOP_REQUEST come back with the processor still in non-root operation: call cpu_run again, or
 * cpu_vmx_interrupt. An exit during the delivery of the injected event comes from the next cpu_run. */
enum vmx_result cpu_vmlaunch(struct cpu *cpu);
enum vmx_result cpu_vmresume(struct cpu *cpu);
/* The rule that an entry with the current VMCS would break, in words, its section of SDM vol. 3 first: for people. NULL: none. */
const char *cpu_vmx_entry_rule(const struct cpu *cpu);
/* An interrupt of the host's own hardware (a device model's moment has come): the exit that it causes, with
 * external-interrupt exiting; the processor is in root operation when it comes back. An exit that was pending
 * already comes instead. Nothing happens outside non-root operation or without that control. */
void cpu_vmx_interrupt(struct cpu *cpu);
bool cpu_vmx_non_root(const struct cpu *cpu);

/*
 * The TLB holds what one VPID and EPT pointer have translated; another pair, or VM entry and exit without VPID,
 * flush it. With VPID it stays across entries whatever the VMM changed in the VMCS or in tables: a VMM that
 * changes GUEST_CR3, CR0.PG, CR4 or a table says INVVPID or INVEPT, as on hardware (28.3.3).
 */
enum vmx_invalidation { INVALIDATE_ADDRESS, INVALIDATE_SINGLE, INVALIDATE_ALL };
enum vmx_result cpu_invept(struct cpu *cpu, enum vmx_invalidation type, uint64_t ept_pointer);
enum vmx_result cpu_invvpid(struct cpu *cpu, enum vmx_invalidation type, uint16_t vpid, uint32_t linear);

/*
 * For a VMM that keeps a virtual CPU beside the VMCS: the guest-state area as a cpu_state, without a price.
 * Control registers in it are the real ones (masks and shadows not applied). The general registers, CR2, DR0 to DR3
 * and DR6 are not part of a VMCS: they are the processor's own (cpu_state), which an exit leaves as the guest
 * had them and an entry takes as they are. ESP is the exception: it is in the VMCS, the processor's is HOST_RSP
 * after an exit, and vmcs_get_guest sets it in `state`. vmcs_get_guest leaves all that no VMCS has as it is.
 * With EPT the PDPTE fields are not used unless cpu_features.pdpte_registers_nested is set: read them at CR3 when
 * the guest goes where they are. DR7, EFER and PAT are saved at an exit and loaded at an entry only with
 * their controls.
 */
void vmcs_get_guest(const struct vmcs *vmcs, struct cpu_state *state);
void vmcs_set_guest(struct vmcs *vmcs, const struct cpu_state *state);

/*
 * EPT entries (SDM vol. 3, 28.2.2), four levels of 512:   ... 51:12 address, 9 D, 8 A, 7 large, 2 X, 1 W, 0 R
 * EPT pointer: 51:12 address, 6 A and D are used, 5:3 levels - 1, 2:0 memory type (6: write-back).
 * Extension of this model: a walk length of 2 or 3 levels is allowed too, for nested tables with fewer levels.
 */
enum { EPT_READ = 1, EPT_WRITE = 2, EPT_EXECUTE = 4, EPT_LARGE = 1 << 7, EPT_A = 1 << 8, EPT_D = 1 << 9 };
enum { EPT_POINTER_AD = 1 << 6, EPT_WRITE_BACK = 6 };

/* A reference of a nested walk: to a guest's entry (ma, once translated) or a nested one. */
struct nested_step {
	uint64_t entry_address; /* ma */
	uint64_t entry;
	bool nested;
	uint8_t level;      /* of its own tables; a guest's PDPTE is 3 */
	uint64_t gpa;       /* guest's entry: its guest-physical address. Nested: the address under translation */
	uint8_t permitted;  /* guest's entry: EPT_READ, EPT_WRITE, EPT_EXECUTE as the nested tables allow there */
};
struct nested_walk {
	struct nested_step step[24];
	unsigned steps;
	struct walk walk;       /* what the guest's tables say; `physical` is a gpa */
	bool violation;         /* ended by an EPT violation at gpa `violated` */
	bool misconfiguration;  /* ended by an EPT misconfiguration at gpa `violated` */
	uint64_t violated;
	uint32_t qualification; /* of the violation, as the exit would have it */
	uint64_t ma;            /* when walk.ok, no violation and no misconfiguration */
	uint32_t page_size;     /* of the nested entry that maps it */
	uint8_t permitted;      /* EPT_READ, EPT_WRITE, EPT_EXECUTE, as the levels together allow at `ma` */
	bool nested_dirty;      /* the nested entry that maps `ma` needs no D for a store */
};
/* Walks guest tables over nested ones, reading only: what a TLB miss would refer to, in order.
 * n guest levels on m nested ones: nm + n + m references (Bhargava et al. 2008). */
void cpu_nested_walk(const struct cpu *cpu, const struct cpu_state *guest, uint64_t ept_pointer, uint32_t linear,
                     enum access access, bool user, struct nested_walk *walk);

#endif
