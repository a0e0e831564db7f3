; pentium4-672.profile - Pentium 4 672, 3.8 GHz (Prescott, 2005): the machine of most measurements in
; Adams and Agesen, "A Comparison of Software and Hardware Techniques for x86 Virtualization",
; ASPLOS 2006, called [AA] below. What is not named here costs what it does on the ideal machine.
name = pentium4-672

; [AA] the test machine
frequency = 3800000000

; [AA] nanobenchmarks, native: call/ret pair 11 cycles; half of it each, rounded down
branch = 5

; [AA] nanobenchmarks, native: divzero 889 cycles from the fault through the handler's return. Split
; between delivery and IRET as on the ideal machine (120 to 100).
interrupt_delivery = 485
interrupt_return = 404

; [AA] nanobenchmarks, native: syscall and return 242 cycles; half of it each
fast_system_call = 121

; [AA] nanobenchmarks, native: cr8wr 150 cycles, the only write to a control register measured
control_register = 150

; [AA] section on the translator: native CLI takes 60 cycles
flag_change = 60

; [AA] nanobenchmarks, native: IN from port 80h 3209 cycles, an off-chip read
port_access = 3209

; [AA] RDTSC by trap-and-emulate takes 2030 cycles. The hardware's part is an exception and its return,
; 889 (divzero above); the rest, 1141, is split between saving, decoding and emulating as on the ideal
; machine (150 to 120 to 80).
monitor_entry = 485
monitor_return = 404
monitor_save = 489
emulate_decode = 391
emulate_execute = 261
