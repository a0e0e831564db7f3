; westmere.profile - Westmere, 2010. Agesen, Mattson, Rugina and Sheldon, "Software Techniques for Avoiding
; Hardware Virtualization Exits", USENIX ATC 2012, called [AM] below, give the round trip of a VM exit, and
; that alone. A line that says `derived:` has no published figure; its formula follows. Figures without a
; source in a formula are those of pentium4-672.profile and core2.profile.
; Left as on the ideal machine, for want of a figure: simple, branch, multiply, divide, float_simple,
; float_multiply, float_divide, float_transcendental, float_decimal, float_state, string_setup,
; string_iteration, locked, segment_load, far_transfer, gate_transfer, task_switch, descriptor_table,
; cpuid, rdtsc, msr, invlpg, cache_flush, walk_reference, simd, simd_float, simd_divide.
name = westmere

; Intel's product table: Xeon X5680, a processor of this generation
frequency = 3330000000

; ---- the processor ----

; Ring crossings and writes to privileged registers: the Pentium 4's, shrunk as the round trip of a VM exit
; shrank from Prescott (3963 cycles) to Westmere (761), [AM] table 1.
; derived: 485 * 761 / 3963
interrupt_delivery = 93
; derived: 404 * 761 / 3963
interrupt_return = 78
; derived: 121 * 761 / 3963
fast_system_call = 23
; derived: 150 * 761 / 3963
control_register = 29
; derived: 60 * 761 / 3963
flag_change = 12

; An off-chip read takes as long as on the Pentium 4, whatever the clock: 3209 cycles at 3800 MHz
; derived: 3209 * 3330 / 3800
port_access = 2812

; ---- a VMM that deprivileges ----

; derived: as interrupt_delivery, for an exit is an exception and its return
monitor_entry = 93
; derived: as interrupt_return
monitor_return = 78

; The VMM's code: no figure for this generation; Core 2's cycles, unchanged.
; derived: as core2
monitor_save = 264
; derived: as core2
emulate_decode = 211
; derived: as core2
emulate_execute = 141
; derived: as core2
inject = 264
; derived: as core2
shadow_walk_reference = 21
; derived: as core2
shadow_fill = 211
; derived: as core2
shadow_flush = 351
; derived: as core2
shadow_trace = 264
; derived: as core2
shadow_root = 527
; derived: as core2
descriptor_shadow = 106
; derived: as core2
interpret = 70

; ---- a translator: as on Core 2 ----

; derived: as core2
translate = 1239
; derived: as core2
callout = 535
; derived: as core2
chain = 70
; derived: as core2
unit_lookup = 176
; derived: as core2
unit_drop = 106

; ---- hardware assist ----

; [AM] table 1: round trip 761 cycles, split as on Core 2 (entry 937, exit 1186: 2123)
; derived: 937 * 761 / 2123
vm_entry = 336
; derived: 1186 * 761 / 2123
vm_exit = 425
; Core 2's, shrunk as the round trip shrank from Merom (1579 cycles), [AM] table 1
; derived: 52 * 761 / 1579
vmcs_read = 25
; derived: 44 * 761 / 1579
vmcs_write = 21
; From Nehalem on TLBs are tagged, and a VMM finds its own entries in them: not the Pentium 4's fitted price, but
; 60 cycles of the ideal machine, as much dearer as the VMM's other code (196 on the Pentium 4)
; derived: 196 * 54264 / 100700
exit_dispatch = 106
; derived: as core2
nested_fill = 264

; ---- hypercalls: as on Core 2 ----

; derived: as core2
hypercall = 316
; derived: as core2
hypercall_item = 53
; derived: as core2
hypercall_pin = 4
