name = one
frequency = 3800000000
; source
port_access = 3209
