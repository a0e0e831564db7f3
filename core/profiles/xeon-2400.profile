; xeon-2400.profile - Xeon, 2.4 GHz (Prestonia, 2002): the machine of Barham and others, "Xen and the Art of
; Virtualization", SOSP 2003. The paper has whole operations in microseconds and no price of a single one: it is there
; to hold results against. So this is the Pentium 4 of Adams and Agesen, called [AA] in its profile, at another clock: an
; older core of the same microarchitecture, in cycles. A line that says `derived:` has no published figure of this machine.
; Left as on the ideal machine, for want of one: simple, multiply, divide, float_simple, float_multiply,
; float_divide, float_transcendental, float_decimal, float_state, string_setup, string_iteration, locked,
; segment_load, far_transfer, gate_transfer, task_switch, descriptor_table, cpuid, rdtsc, msr, invlpg,
; cache_flush, walk_reference, simd, simd_float, simd_divide.
name = xeon-2400

; Barham and others: dual Xeon 2.4 GHz
frequency = 2400000000

; ---- the processor ----

; derived: as pentium4-672
branch = 5
; derived: as pentium4-672
interrupt_delivery = 485
; derived: as pentium4-672
interrupt_return = 404
; derived: as pentium4-672
fast_system_call = 121
; derived: as pentium4-672
control_register = 150
; derived: as pentium4-672
flag_change = 60
; An off-chip read takes as long, whatever the clock: 3209 cycles at 3800 MHz
; derived: 3209 * 2400 / 3800
port_access = 2027

; ---- a VMM that deprivileges ----

; derived: as pentium4-672
monitor_entry = 485
; derived: as pentium4-672
monitor_return = 404
; derived: as pentium4-672
monitor_save = 489
; derived: as pentium4-672
emulate_decode = 391
; derived: as pentium4-672
emulate_execute = 261
; derived: as pentium4-672
inject = 489
; derived: as pentium4-672
shadow_walk_reference = 39
; derived: as pentium4-672
shadow_fill = 391
; derived: as pentium4-672
shadow_flush = 652
; derived: as pentium4-672
shadow_trace = 489
; derived: as pentium4-672
shadow_root = 978
; derived: as pentium4-672
descriptor_shadow = 196
; derived: as pentium4-672
interpret = 130

; ---- a translator ----

; derived: as pentium4-672
translate = 2300
; derived: as pentium4-672
callout = 993
; derived: as pentium4-672
chain = 130
; derived: as pentium4-672
unit_lookup = 326
; derived: as pentium4-672
unit_drop = 196

; ---- hardware assist, which this processor does not have: for comparison ----

; derived: as pentium4-672
vm_entry = 2409
; derived: as pentium4-672
vm_exit = 1931
; derived: as pentium4-672
vmcs_read = 178
; derived: as pentium4-672
vmcs_write = 171
; derived: as pentium4-672
exit_dispatch = 7240
; derived: as pentium4-672
nested_fill = 489

; ---- hypercalls ----

; derived: as pentium4-672
hypercall = 587
; derived: as pentium4-672
hypercall_item = 98
; derived: as pentium4-672
hypercall_pin = 7
