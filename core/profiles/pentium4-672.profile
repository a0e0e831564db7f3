; pentium4-672.profile - Pentium 4 672, 3.8 GHz (Prescott, 2005): the machine of most measurements in
; Adams and Agesen, "A Comparison of Software and Hardware Techniques for x86 Virtualization",
; ASPLOS 2006, called [AA] below. Prices are those of single operations. What the paper measured as a
; whole (page faults, page-table changes, forkwait) sets no price: it is there to hold results against.
; A line that says `derived:` has no published figure; its formula follows, with the figures it comes from.
; Left as on the ideal machine, for want of one: simple, multiply, divide, float_simple, float_multiply,
; float_divide, float_transcendental, float_decimal, float_state, string_setup, string_iteration, locked,
; segment_load, far_transfer, gate_transfer, task_switch, descriptor_table, cpuid, rdtsc, msr, invlpg,
; cache_flush, walk_reference, simd, simd_float, simd_divide.
name = pentium4-672

; [AA] the test machine
frequency = 3800000000

; ---- the processor ----

; [AA] nanobenchmarks, native: call/ret pair 11 cycles; half of it each, rounded down
branch = 5

; [AA] nanobenchmarks, native: divzero 889 cycles from the fault through the handler's return
; derived: 889 * 120 / 220, the share of the delivery on the ideal machine
interrupt_delivery = 485
; derived: 889 * 100 / 220, the share of IRET
interrupt_return = 404

; [AA] nanobenchmarks, native: syscall and return 242 cycles; half of it each
fast_system_call = 121

; [AA] nanobenchmarks, native: cr8wr 150 cycles, the only write to a control register measured
control_register = 150

; [AA] section on the translator: native CLI takes 60 cycles
flag_change = 60

; [AA] nanobenchmarks, native: IN from port 80h 3209 cycles, an off-chip read
port_access = 3209

; ---- a VMM that deprivileges ----

; derived: as interrupt_delivery, for an exit is an exception and its return
monitor_entry = 485
; derived: as interrupt_return
monitor_return = 404

; [AA] RDTSC by trap-and-emulate takes 2030 cycles. The hardware's part is 889 (divzero above); the rest,
; 1141, is the VMM's, and is split as on the ideal machine (150 to 120 to 80: 350).
; derived: 150 * 1141 / 350
monitor_save = 489
; derived: 120 * 1141 / 350
emulate_decode = 391
; derived: 80 * 1141 / 350
emulate_execute = 261

; What else the VMM's own code does was not published by itself. It is as much dearer than on the ideal
; machine as those three.
; derived: 150 * 1141 / 350
inject = 489
; derived: 12 * 1141 / 350
shadow_walk_reference = 39
; derived: 120 * 1141 / 350
shadow_fill = 391
; derived: 200 * 1141 / 350
shadow_flush = 652
; derived: 150 * 1141 / 350
shadow_trace = 489
; derived: 300 * 1141 / 350
shadow_root = 978
; derived: 60 * 1141 / 350
descriptor_shadow = 196
; derived: 40 * 1141 / 350
interpret = 130

; ---- a translator ----

; [AA] section on the translator: about 2300 cycles an instruction translated
translate = 2300
; [AA] RDTSC by a callout takes 1254 cycles, of which emulate_execute above is the emulation
; derived: 1254 - 261
callout = 993
; derived: 40 * 1141 / 350
chain = 130
; derived: 100 * 1141 / 350
unit_lookup = 326
; derived: 60 * 1141 / 350
unit_drop = 196

; ---- hardware assist ----

; [AA] table of VT-x prices: VM entry 2409 cycles. Agesen and others (USENIX ATC 2012, table 1) measured
; 3963 for the round trip of a Prescott; here stand the two figures for this very machine.
vm_entry = 2409
; [AA] table of VT-x prices: page-fault VM exit 1931 cycles
vm_exit = 1931
; [AA] table of VT-x prices: VMCS read 178 cycles
vmcs_read = 178
; [AA] table of VT-x prices: VMCS write 171 cycles
vmcs_write = 171
; [AA] nanobenchmarks under VT: in 15826 cycles and a page fault 11242, one exit each, of which hardware and VMCS
; accesses are 4340 and some ten times 175. No price fits both; with this one the first comes out a fifth too
; cheap, the second a quarter too dear.
exit_dispatch = 7240
; derived: 150 * 1141 / 350
nested_fill = 489

; ---- hypercalls ----

; derived: 180 * 1141 / 350
hypercall = 587
; derived: 30 * 1141 / 350
hypercall_item = 98
; derived: 2 * 1141 / 350
hypercall_pin = 7
