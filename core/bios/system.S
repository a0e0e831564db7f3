/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/bios/system.S - equipment, memory, serial ports, A20, moving memory, time.
 */
/* ---- INT 11h, 12h, 14h, 17h ---- */

equipment:
	push ds
	SERVICE_DATA 0x40
	mov ax, EQUIPMENT
	pop ds
	iret

memory_size:
	push ds
	SERVICE_DATA 0x40
	mov ax, MEMORY_KIB
	pop ds
	iret

/* The ports are set to 115200 baud already, and stay so. */
serial:
	SERVICE
	SERVICE_DATA 0x40
	mov ah, R_AH
	mov R_AH, 0x80		/* time out, until it went well */
	cmp R_DX, 1
	ja leave
	mov bx, R_DX
	shl bx, 1
	mov dx, [bx]
	add dx, 5
	cmp ah, 1
	je 1f
	cmp ah, 2
	je 2f
	in al, dx
	mov R_AH, al
	inc dx
	in al, dx
	mov R_AL, al
	jmp leave
1:	mov ah, 0x20		/* transmitter empty */
	call serial_wait
	jz leave
	mov R_AH, al
	mov al, R_AL
	sub dx, 5
	out dx, al
	jmp leave
2:	mov ah, 0x01		/* data ready */
	call serial_wait
	jz leave
	and al, 0x1e
	mov R_AH, al
	sub dx, 5
	in al, dx
	mov R_AL, al
	jmp leave

/* Until the line status has bit AH. ZF: it never had. */
serial_wait:
	mov cx, 0xffff
1:	in al, dx
	test al, ah
	loopz 1b
	ret

printer:
	mov ah, 1		/* no printer: time out */
	iret

/* ---- INT 15h: memory, A20 ---- */

system:
	SERVICE
	cmp R_AX, 0xe820
	je memory_map
	mov si, offset system_functions
	call dispatch
	jmp leave_carry

system_functions:
	.byte 0x24
	.word system_a20
	.byte 0x86
	.word system_wait
	.byte 0x87
	.word system_move
	.byte 0x88
	.word system_extended
	.byte 0xe8
	.word system_large
	.byte 0xff, 0x86

/* Word of the CMOS at index AL. */
cmos_word:
	push dx
	mov ah, al
	inc al
	out 0x70, al
	in al, 0x71
	mov dl, al
	mov al, ah
	out 0x70, al
	in al, 0x71
	mov ah, dl
	pop dx
	ret

system_a20:
	in al, 0x92
	mov R_AH, 0
	cmp R_AL, 1
	je 1f
	jb 2f
	cmp R_AL, 2
	je 3f
	mov R_BX, 2		/* port 92 does it */
	clc
	ret
1:	or al, 2
	out 0x92, al
	clc
	ret
2:	and al, 0xfd
	out 0x92, al
	clc
	ret
3:	shr al, 1
	and al, 1
	mov R_AL, al
	clc
	ret

/* CX:DX microseconds, in ticks of 54.9 milliseconds, never too short. */
system_wait:
	sti
	SERVICE_DATA 0x40
	mov ax, R_CX
	shl eax, 16
	mov ax, R_DX
	xor edx, edx
	mov ecx, 54925
	div ecx
	inc eax
	mov ecx, TICKS
1:	hlt
	mov edx, TICKS
	sub edx, ecx
	cmp edx, eax
	jb 1b
	mov R_AH, 0
	clc
	ret

/* Moves CX words above 1 MiB: source and target are descriptors 2 and 3 of the table at ES:SI. */
system_move:
	mov si, R_SI
	mov ds, R_ES
	mov eax, [si + 0x12]
	and eax, 0xffffff
	movzx ebx, byte ptr [si + 0x17]
	shl ebx, 24
	or eax, ebx
	mov edi, [si + 0x1a]
	and edi, 0xffffff
	movzx ebx, byte ptr [si + 0x1f]
	shl ebx, 24
	or edi, ebx
	mov esi, eax
	movzx ecx, R_CX
	mov ax, EXTENDED
	mov ds, ax
	cli
	sgdt ds:[0]
	lgdt cs:[flat_table]
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp 1f
1:	mov bx, 8		/* limits of 4 GiB stay in the descriptor caches */
	mov ds, bx
	mov es, bx
	and al, 0xfe
	mov cr0, eax
	jmp 2f
2:	mov ax, EXTENDED
	mov ds, ax
	lgdt ds:[0]
	xor ax, ax
	mov ds, ax
	mov es, ax
	rep movs word ptr es:[edi], word ptr ds:[esi]
	mov R_AH, 0
	clc
	ret

	.balign 8
flat_entries:
	.quad 0, 0x00cf93000000ffff
flat_table:
	.word 15
	.long 0xf0000 + flat_entries

/* KiB above 1 MiB, as far as 64 MiB. */
system_extended:
	mov al, 0x17
	call cmos_word
	cmp ax, 0xfc00
	jb 1f
	mov ax, 0xfc00
1:	mov R_AX, ax
	clc
	ret

/* E801: KiB from 1 to 16 MiB, and 64 KiB blocks above. */
system_large:
	cmp R_AL, 0x01
	jne 2f
	mov al, 0x17
	call cmos_word
	cmp ax, 0x3c00
	jb 1f
	mov ax, 0x3c00
1:	mov R_AX, ax
	mov R_CX, ax
	mov al, 0x34
	call cmos_word
	mov R_BX, ax
	mov R_DX, ax
	clc
	ret
2:	mov R_AH, 0x86
	stc
	ret

/* EAX: the end of memory. */
memory_end:
	mov al, 0x34
	call cmos_word
	movzx eax, ax
	test ax, ax
	jz 1f
	shl eax, 16
	add eax, 0x1000000
	ret
1:	mov al, 0x17
	call cmos_word
	movzx eax, ax
	shl eax, 10
	add eax, 0x100000
	ret

/* E820: entry EBX of four; the last one's end is the end of memory. */
memory_map:
	cmp R_EDX, 0x534d4150
	jne 8f
	cmp R_ECX, 20
	jb 8f
	mov ebx, R_EBX
	cmp ebx, 3
	ja 8f
	mov si, bx
	imul si, si, 12
	add si, offset ranges
	mov di, R_DI
	mov es, R_ES
	mov eax, cs:[si]
	stosd
	mov edx, eax
	xor eax, eax
	stosd
	call memory_end
	cmp bx, 3
	je 1f
	mov eax, cs:[si + 4]
1:	sub eax, edx
	stosd
	xor eax, eax
	stosd
	mov eax, cs:[si + 8]
	stosd
	inc bx
	and bx, 3
	movzx ebx, bx
	mov R_EBX, ebx
	mov R_ECX, 20
	mov R_EAX, 0x534d4150
	clc
	jmp leave_carry
8:	mov R_AH, 0x86
	stc
	jmp leave_carry

ranges:
	.long 0, 0x9fc00, 1
	.long 0x9fc00, 0xa0000, 2
	.long 0xf0000, 0x100000, 2
	.long 0x100000, 0, 1

/* ---- INT 1Ah: ticks since midnight, and the real-time clock ---- */

clock:
	SERVICE
	SERVICE_DATA 0x40
	mov si, offset clock_functions
	call dispatch
	jmp leave_carry

clock_functions:
	.byte 0x00
	.word clock_ticks
	.byte 0x01
	.word clock_set_ticks
	.byte 0x02
	.word clock_time
	.byte 0x04
	.word clock_date
	.byte 0xff, 0x86

clock_ticks:
	cli
	mov ax, word ptr ds:[0x6c]
	mov R_DX, ax
	mov ax, word ptr ds:[0x6e]
	mov R_CX, ax
	mov al, MIDNIGHT
	mov MIDNIGHT, 0
	mov R_AL, al
	mov R_AH, 0
	clc
	ret

clock_set_ticks:
	cli
	mov ax, R_DX
	mov word ptr ds:[0x6c], ax
	mov ax, R_CX
	mov word ptr ds:[0x6e], ax
	mov MIDNIGHT, 0
	clc
	ret

/* Register AL of the clock, while it is not being updated. */
clock_register:
	mov ah, al
1:	mov al, 0x0a
	out 0x70, al
	in al, 0x71
	test al, 0x80
	jnz 1b
	mov al, ah
	out 0x70, al
	in al, 0x71
	ret

clock_time:
	mov al, 4
	call clock_register
	mov R_CH, al
	mov al, 2
	call clock_register
	mov R_CL, al
	mov al, 0
	call clock_register
	mov R_DH, al
	mov R_DL, 0
	clc
	ret

clock_date:
	mov al, 0x32
	call clock_register
	mov R_CH, al
	mov al, 9
	call clock_register
	mov R_CL, al
	mov al, 8
	call clock_register
	mov R_DH, al
	mov al, 7
	call clock_register
	mov R_DL, al
	clc
	ret

/* Ticks of the day so far, from the clock: seconds times 1193182 / 65536. */
set_ticks:
	mov al, 4
	call clock_binary
	imul ecx, eax, 3600
	mov al, 2
	call clock_binary
	imul eax, eax, 60
	add ecx, eax
	mov al, 0
	call clock_binary
	add eax, ecx
	mov ecx, 1193182
	mul ecx
	shrd eax, edx, 16
	mov TICKS, eax
	ret

/* The register in EAX, from BCD. */
clock_binary:
	call clock_register
	mov ah, al
	shr ah, 4
	and al, 0x0f
	aad
	movzx eax, al
	ret
