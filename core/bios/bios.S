/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/bios/bios.S - a small BIOS for boot sectors: real-mode code at F000:D000 that drives the board's
 * devices through their ports as any BIOS does. `core/bios/build` assembles it into core/bios_image.c.
 * Services after IBM's Personal System/2 and Personal Computer BIOS Interface Technical Reference and the
 * BIOS Enhanced Disk Drive specification (INT 13h, 41h to 48h).
 *
 *   00400  BIOS data area        9fc00  extended data area: disks from +10h, a sector's buffer at +200h
 *
 * A service saves all registers in one frame and finds the caller's values in it, relative to BP.
 */
#define R_EDI   dword ptr [bp]
#define R_DI    word ptr [bp]
#define R_SI    word ptr [bp + 4]
#define R_BP    word ptr [bp + 8]
#define R_EBX   dword ptr [bp + 16]
#define R_BX    word ptr [bp + 16]
#define R_BL    byte ptr [bp + 16]
#define R_BH    byte ptr [bp + 17]
#define R_EDX   dword ptr [bp + 20]
#define R_DX    word ptr [bp + 20]
#define R_DL    byte ptr [bp + 20]
#define R_DH    byte ptr [bp + 21]
#define R_ECX   dword ptr [bp + 24]
#define R_CX    word ptr [bp + 24]
#define R_CL    byte ptr [bp + 24]
#define R_CH    byte ptr [bp + 25]
#define R_EAX   dword ptr [bp + 28]
#define R_AX    word ptr [bp + 28]
#define R_AL    byte ptr [bp + 28]
#define R_AH    byte ptr [bp + 29]
#define R_ES    word ptr [bp + 32]
#define R_DS    word ptr [bp + 34]
#define R_IP    word ptr [bp + 36]
#define R_CS    word ptr [bp + 38]
#define R_FLAGS byte ptr [bp + 40]

#define CARRY 0x01
#define ZERO  0x40

/* BIOS data area, segment 40. */
#define EQUIPMENT   word ptr ds:[0x10]
#define MEMORY_KIB  word ptr ds:[0x13]
#define SHIFTS      byte ptr ds:[0x17]
#define KEY_HEAD    word ptr ds:[0x1a]
#define KEY_TAIL    word ptr ds:[0x1c]
#define VIDEO_MODE  byte ptr ds:[0x49]
#define CURSOR      word ptr ds:[0x50]
#define CURSOR_FORM word ptr ds:[0x60]
#define TICKS       dword ptr ds:[0x6c]
#define MIDNIGHT    byte ptr ds:[0x70]
#define DISK_STATUS byte ptr ds:[0x74]
#define DISK_COUNT  byte ptr ds:[0x75]
#define KEY_PREFIX  byte ptr ds:[0x96]
#define KEYS        0x1e
#define KEYS_END    0x3e

/* Extended data area, segment 9FC0: what IDENTIFY DEVICE said of a disk, 16 bytes each. */
#define EXTENDED     0x9fc0
#define DISKS        0x10
#define DISK_SECTORS 0
#define DISK_HEADS   4
#define DISK_TRACK   6
#define DISK_CYLINDERS 8
#define SECTOR_BUFFER 0x200

#define COLUMNS 80
#define ROWS 25

	.intel_syntax noprefix
	.code16
	.text

	.macro SERVICE
	push ds
	push es
	pushad
	mov bp, sp
	cld
	.endm

	.macro SERVICE_DATA segment
	push \segment
	pop ds
	.endm

/* ---- from reset to the boot sector ---- */

post:
	cli
	cld
	xor ax, ax
	mov ss, ax
	mov sp, 0x7000
	call set_vectors
	call set_data
	call clear_screen
	call find_disks
	call set_ticks
	mov al, 0xf8		/* timer, keyboard, cascade */
	out 0x21, al
	sti
	int 0x19

set_vectors:
	xor di, di
	mov es, di
	mov cx, 256
1:	mov ax, offset ignore
	stosw
	mov ax, 0xf000
	stosw
	loop 1b
	mov si, offset vectors
2:	mov di, cs:[si]
	cmp di, -1
	je 3f
	mov ax, cs:[si + 2]
	stosw
	add si, 4
	jmp 2b
3:	ret

vectors:
	.word 0x00 * 4, failure, 0x06 * 4, failure
	.word 0x08 * 4, timer, 0x09 * 4, keyboard
	.word 0x0a * 4, line_low, 0x0b * 4, line_low, 0x0c * 4, line_low, 0x0d * 4, line_low
	.word 0x0e * 4, line_low, 0x0f * 4, line_low
	.word 0x70 * 4, line_high, 0x71 * 4, line_high, 0x72 * 4, line_high, 0x73 * 4, line_high
	.word 0x74 * 4, line_high, 0x75 * 4, line_high, 0x76 * 4, line_high, 0x77 * 4, line_high
	.word 0x10 * 4, video, 0x11 * 4, equipment, 0x12 * 4, memory_size, 0x13 * 4, disk
	.word 0x14 * 4, serial, 0x15 * 4, system, 0x16 * 4, keys, 0x17 * 4, printer
	.word 0x18 * 4, no_boot, 0x19 * 4, boot, 0x1a * 4, clock
	.word -1

set_data:
	mov ax, 0x40
	mov ds, ax
	mov es, ax
	xor di, di
	xor ax, ax
	mov cx, 128
	rep stosw
	mov word ptr ds:[0x00], 0x3f8
	mov word ptr ds:[0x02], 0x2f8
	mov word ptr ds:[0x0e], EXTENDED
	mov EQUIPMENT, 0x0420	/* two serial ports, 80 columns in colour */
	mov MEMORY_KIB, 639
	mov KEY_HEAD, KEYS
	mov KEY_TAIL, KEYS
	mov word ptr ds:[0x80], KEYS
	mov word ptr ds:[0x82], KEYS_END
	mov VIDEO_MODE, 3
	mov word ptr ds:[0x4a], COLUMNS
	mov word ptr ds:[0x4c], 0x1000
	mov CURSOR_FORM, 0x0d0e
	mov word ptr ds:[0x63], 0x3d4
	mov byte ptr ds:[0x84], ROWS - 1
	mov byte ptr ds:[0x85], 16
	ret

/* A sector that boots ends in 55 AA. */
boot:
	xor ax, ax
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov sp, 0x7c00
	mov ax, 0x0201
	mov bx, 0x7c00
	mov cx, 1
	mov dx, 0x80
	int 0x13
	jc no_boot
	cmp word ptr ds:[0x7dfe], 0xaa55
	jne no_boot
	xor ax, ax
	xor bx, bx
	mov dx, 0x80
	.byte 0xea		/* JMP 0000:7C00 */
	.word 0x7c00, 0

no_boot:
	mov si, offset text_no_boot
	call print
	jmp stop

/* An exception that nobody handles. */
failure:
	SERVICE
	mov si, offset text_failure
	call print
	mov ax, R_CS
	call print_word
	mov al, ':'
	call print_letter
	mov ax, R_IP
	call print_word
stop:
	cli
	hlt
	jmp stop

print:
	mov al, cs:[si]
	inc si
	test al, al
	jz 1f
	call print_letter
	jmp print
1:	ret

print_letter:
	pusha
	mov ah, 0x0e
	mov bx, 7
	int 0x10
	popa
	ret

print_word:
	mov cx, 4
1:	rol ax, 4
	push ax
	and al, 0x0f
	cmp al, 10
	sbb al, 0x69		/* the digit in ASCII, by a trick as old as the 8080 */
	das
	call print_letter
	pop ax
	loop 1b
	ret

text_no_boot:
	.asciz "No disk that boots.\r\n"
text_failure:
	.asciz "An exception that nobody handles at "

/* ---- calling one of many functions by AH ---- */

/* CS:SI: rows of a function's number and its code, then FF and what AH says of all others. */
dispatch:
	mov al, cs:[si]
	cmp al, 0xff
	je 1f
	cmp al, R_AH
	je 2f
	add si, 3
	jmp dispatch
1:	mov al, cs:[si + 1]
	mov R_AH, al
	stc
	ret
2:	jmp word ptr cs:[si + 1]

leave_carry:
	jc 1f
	and R_FLAGS, 0xff - CARRY
	jmp leave
1:	or R_FLAGS, CARRY
	jmp leave

#include "core/bios/keyboard.S"
#include "core/bios/video.S"
#include "core/bios/disk.S"
#include "core/bios/system.S"
