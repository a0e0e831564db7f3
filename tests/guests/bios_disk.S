/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/guests/bios_disk.S - a disk whose boot sector calls the BIOS and says on the first serial port what
 * came of it: only what any BIOS must answer alike. One digit 0 or 1 is a carry flag. Ends by isa-debug-exit.
 */
	.intel_syntax noprefix
	.code16
start:
	cli
	xor ax, ax
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov sp, 0x7c00
	sti
	mov si, offset hello
1:	lodsb
	test al, al
	jz 2f
	mov ah, 0x0e
	mov bx, 7
	int 0x10
	call out
	jmp 1b
2:	mov ah, 0x03		/* the cursor is behind what was written, in the same row */
	xor bx, bx
	int 0x10
	mov al, dl
	call hex
	mov ah, 0x41		/* extensions */
	mov bx, 0x55aa
	mov dl, 0x80
	int 0x13
	mov ax, bx
	call hex
	mov si, offset packet	/* the second sector by its number */
	mov ah, 0x42
	mov dl, 0x80
	int 0x13
	call carry
	mov si, 0x8000
	call two
	mov ax, 0x0201		/* the third by cylinder, head, sector */
	mov bx, 0x8200
	mov cx, 0x0003
	mov dx, 0x0080
	int 0x13
	call carry
	mov si, 0x8200
	call two
	mov ax, 0x0301		/* the fourth becomes what the second is */
	mov bx, 0x8000
	mov cx, 0x0004
	mov dx, 0x0080
	int 0x13
	call carry
	mov ax, 0x0201
	mov bx, 0x8400
	mov cx, 0x0004
	mov dx, 0x0080
	int 0x13
	call carry
	mov si, 0x8400
	call two
	mov ax, 0x0201		/* past the disk */
	mov bx, 0x8400
	mov cx, 0xffff
	mov dx, 0xff80
	int 0x13
	call carry
	mov ah, 0x08		/* sectors of a track, disks */
	mov dl, 0x80
	int 0x13
	mov al, cl
	mov ah, dl
	and al, 0x3f
	call hex
	int 0x12
	call hex
	xor ebx, ebx		/* the first range of memory */
	mov eax, 0xe820
	mov edx, 0x534d4150
	mov ecx, 20
	mov di, 0x8600
	int 0x15
	call carry
	mov ax, ds:[0x8608]
	call hex
	mov ax, 0x2401
	int 0x15
	call carry
	mov ah, 0
	int 0x1a
	mov si, dx
3:	hlt			/* until the clock has ticked */
	mov ah, 0
	int 0x1a
	cmp dx, si
	je 3b
	mov ah, 1		/* no key */
	int 0x16
	setz al
	add al, '0'
	call out
	mov ah, 0x77		/* no such function */
	mov dl, 0x80
	int 0x13
	call carry
	mov al, '\n'
	call out
	mov al, 5
	out 0xf4, al
4:	cli
	hlt
	jmp 4b

carry:
	setc al
	add al, '0'
	jmp out
two:
	lodsb
	call out
	lodsb
out:
	push dx
	push ax
	mov ah, al
	mov dx, 0x3fd
1:	in al, dx
	test al, 0x20
	jz 1b
	mov al, ah
	mov dx, 0x3f8
	out dx, al
	pop ax
	pop dx
	ret
hex:
	mov cx, 4
1:	rol ax, 4
	push ax
	and al, 15
	add al, '0'
	cmp al, '9'
	jbe 2f
	add al, 7
2:	call out
	pop ax
	loop 1b
	mov al, ' '
	jmp out

hello:
	.asciz "\rHello"
	.balign 4
packet:
	.byte 16, 0
	.word 1, 0x8000, 0
	.quad 1
	.org 510
	.byte 0x55, 0xaa
	.ascii "A1"
	.org 1024
	.ascii "B2"
	.org 1536
	.ascii "C3"
	.org 16 * 63 * 512 * 4
