; SPDX-License-Identifier: GPL-3.0-or-later
; level.profile - a machine on which virtualization costs nothing: every technique takes as many cycles
; as the bare processor, so that runs can be compared moment by moment. An exit's emulation takes what
; the port takes; ports are slow, as on an old bus, and so a guest that polls them is soon simulated.
name = level
frequency = 20000000
port_access = 500
interrupt_delivery = 0
gate_transfer = 0
walk_reference = 0
monitor_entry = 0
monitor_return = 0
monitor_save = 0
emulate_decode = 0
emulate_execute = 500
inject = 0
shadow_walk_reference = 0
shadow_fill = 0
shadow_flush = 0
shadow_trace = 0
shadow_root = 0
descriptor_shadow = 0
interpret = 0
invlpg = 0
vm_entry = 0
vm_exit = 0
vmcs_read = 0
vmcs_write = 0
exit_dispatch = 0
nested_fill = 0
