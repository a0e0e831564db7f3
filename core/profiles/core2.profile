; core2.profile - Core 2 Duo, 2.66 GHz (Merom, 2006), from Adams and Agesen, ASPLOS 2006, called [AA]
; below. Of this generation the switch between guest and VMM was published for VT-x alone; its prices
; stand in for those of leaving and entering a deprivileged guest. What is not named here costs what it
; does on the ideal machine.
name = core2

; [AA] the second test machine
frequency = 2660000000

; [AA] table of VT-x prices: page-fault VM exit 1186 cycles
monitor_entry = 1186

; [AA] table of VT-x prices: VM entry 937 cycles
monitor_return = 937

; [AA] table of VT-x prices: VMCS read 52 cycles; a typical exit does about ten
monitor_save = 520
