; sandybridge.profile - Sandy Bridge, 2011. Agesen, Mattson, Rugina and Sheldon, "Software Techniques for
; Avoiding Hardware Virtualization Exits", USENIX ATC 2012, called [AM] below, give the round trip of a VM
; exit, and that alone. A line that says `derived:` has no published figure; its formula follows. Figures without a
; source in a formula are those of pentium4-672.profile and core2.profile.
; Left as on the ideal machine, for want of a figure: simple, branch, multiply, divide, float_simple,
; float_multiply, float_divide, float_transcendental, float_decimal, float_state, string_setup,
; string_iteration, locked, segment_load, far_transfer, gate_transfer, task_switch, descriptor_table,
; cpuid, rdtsc, msr, invlpg, cache_flush, walk_reference, simd, simd_float, simd_divide.
name = sandybridge

; Intel's product table: Core i7-2600, a processor of this generation
frequency = 3400000000

; ---- the processor ----

; Ring crossings and writes to privileged registers: the Pentium 4's, shrunk as the round trip of a VM exit
; shrank from Prescott (3963 cycles) to Sandy Bridge (784), [AM] table 1.
; derived: 485 * 784 / 3963
interrupt_delivery = 96
; derived: 404 * 784 / 3963
interrupt_return = 80
; derived: 121 * 784 / 3963
fast_system_call = 24
; derived: 150 * 784 / 3963
control_register = 30
; derived: 60 * 784 / 3963
flag_change = 12

; An off-chip read takes as long as on the Pentium 4, whatever the clock: 3209 cycles at 3800 MHz
; derived: 3209 * 3400 / 3800
port_access = 2871

; ---- a VMM that deprivileges ----

; derived: as interrupt_delivery, for an exit is an exception and its return
monitor_entry = 96
; derived: as interrupt_return
monitor_return = 80

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

; [AM] table 1: round trip 784 cycles, split as on Core 2 (entry 937, exit 1186: 2123)
; derived: 937 * 784 / 2123
vm_entry = 346
; derived: 1186 * 784 / 2123
vm_exit = 438
; Core 2's, shrunk as the round trip shrank from Merom (1579 cycles), [AM] table 1
; derived: 52 * 784 / 1579
vmcs_read = 26
; derived: 44 * 784 / 1579
vmcs_write = 22
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
