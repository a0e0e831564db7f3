; nehalem.profile - Nehalem, 2009. Agesen, Mattson, Rugina and Sheldon, "Software Techniques for Avoiding
; Hardware Virtualization Exits", USENIX ATC 2012, called [AM] below, give the round trip of a VM exit
; alone; it stands in for leaving and entering a deprivileged guest. What is not named here costs what it
; does on the ideal machine.
name = nehalem

; Intel's product table: Core i7-920, a processor of this generation
frequency = 2660000000

; [AM] table 1: round trip 1009 cycles; split as on Core 2 (exit 1186 to entry 937, see core2.profile)
monitor_entry = 564
monitor_return = 445
