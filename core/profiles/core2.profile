; core2.profile - Core 2 Duo, 2.66 GHz (Merom, 2006): the second machine of Adams and Agesen, "A Comparison
; of Software and Hardware Techniques for x86 Virtualization", ASPLOS 2006, called [AA] below. [AM] is Agesen,
; Mattson, Rugina and Sheldon, "Software Techniques for Avoiding Hardware Virtualization Exits", USENIX
; ATC 2012. A line that says `derived:` has no published figure; its formula follows. Figures without a
; source in a formula are those of pentium4-672.profile.
; Left as on the ideal machine, for want of a figure: simple, branch, multiply, divide, float_simple,
; float_multiply, float_divide, float_transcendental, float_decimal, float_state, string_setup,
; string_iteration, locked, segment_load, far_transfer, gate_transfer, task_switch, descriptor_table,
; cpuid, rdtsc, msr, invlpg, cache_flush, walk_reference, simd, simd_float, simd_divide.
name = core2

; [AA] the second test machine
frequency = 2660000000

; ---- the processor ----

; Ring crossings and writes to privileged registers: the Pentium 4's, shrunk as the round trip of a VM exit
; shrank from Prescott (3963 cycles) to Merom (1579), [AM] table 1.
; derived: 485 * 1579 / 3963
interrupt_delivery = 193
; derived: 404 * 1579 / 3963
interrupt_return = 161
; derived: 121 * 1579 / 3963
fast_system_call = 48
; derived: 150 * 1579 / 3963
control_register = 60
; derived: 60 * 1579 / 3963
flag_change = 24

; An off-chip read takes as long as on the Pentium 4, whatever the clock: 3209 cycles at 3800 MHz
; derived: 3209 * 2660 / 3800
port_access = 2246

; ---- a VMM that deprivileges ----

; derived: as interrupt_delivery, for an exit is an exception and its return
monitor_entry = 193
; derived: as interrupt_return
monitor_return = 161

; The VMM's code: the Pentium 4's cycles, shrunk as those of a native kernel compile shrank ([AA]: 265 s at
; 3.80 GHz, 204 s at 2.66 GHz: 100700 to 54264 in units of ten million cycles).
; derived: 489 * 54264 / 100700
monitor_save = 264
; derived: 391 * 54264 / 100700
emulate_decode = 211
; derived: 261 * 54264 / 100700
emulate_execute = 141
; derived: 489 * 54264 / 100700
inject = 264
; derived: 39 * 54264 / 100700
shadow_walk_reference = 21
; derived: 391 * 54264 / 100700
shadow_fill = 211
; derived: 652 * 54264 / 100700
shadow_flush = 351
; derived: 489 * 54264 / 100700
shadow_trace = 264
; derived: 978 * 54264 / 100700
shadow_root = 527
; derived: 196 * 54264 / 100700
descriptor_shadow = 106
; derived: 130 * 54264 / 100700
interpret = 70

; ---- a translator ----

; derived: 2300 * 54264 / 100700
translate = 1239
; derived: 993 * 54264 / 100700
callout = 535
; derived: 130 * 54264 / 100700
chain = 70
; derived: 326 * 54264 / 100700
unit_lookup = 176
; derived: 196 * 54264 / 100700
unit_drop = 106

; ---- hardware assist ----

; [AA] table of VT-x prices: VM entry 937 cycles. [AM] table 1 has 1579 for the round trip of a Merom;
; here stand the two figures for this very machine.
vm_entry = 937
; [AA] table of VT-x prices: page-fault VM exit 1186 cycles
vm_exit = 1186
; [AA] table of VT-x prices: VMCS read 52 cycles
vmcs_read = 52
; [AA] table of VT-x prices: VMCS write 44 cycles
vmcs_write = 44
; derived: 7240 * 54264 / 100700
exit_dispatch = 3901
; derived: 489 * 54264 / 100700
nested_fill = 264

; ---- hypercalls ----

; derived: 587 * 54264 / 100700
hypercall = 316
; derived: 98 * 54264 / 100700
hypercall_item = 53
; derived: 7 * 54264 / 100700
hypercall_pin = 4
