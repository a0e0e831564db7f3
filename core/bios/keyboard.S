/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/bios/keyboard.S - hardware interrupts (timer, keyboard, the rest) and INT 16h, which hands on the
 * keys that IRQ 1 has put into the ring at 0040:001E.
 */
/* ---- hardware interrupts ---- */

ignore:
	iret

/* Vectors 08 to 0F are exceptions, too: when no line is in service, it was one. */
line_low:
	push ax
	mov al, 0x0b
	out 0x20, al
	in al, 0x20
	test al, al
	pop ax
	jz failure
	push ax
	jmp end_low

line_high:
	push ax
	mov al, 0x20
	out 0xa0, al
end_low:
	mov al, 0x20
	out 0x20, al
	pop ax
	iret

timer:
	SERVICE
	SERVICE_DATA 0x40
	inc TICKS
	cmp TICKS, 0x1800b0	/* ticks of a day */
	jb 1f
	mov TICKS, 0
	mov MIDNIGHT, 1
1:	int 0x1c
	mov al, 0x20
	out 0x20, al
	jmp leave

keyboard:
	SERVICE
	SERVICE_DATA 0x40
	in al, 0x60
	call take_scan_code
	mov al, 0x20
	out 0x20, al
leave:
	popad
	pop es
	pop ds
	iret

take_scan_code:
	cmp al, 0xe0
	jne 1f
	or KEY_PREFIX, 2
	ret
1:	mov ah, al
	call modifier
	jc 9f
	test ah, 0x80
	jnz 9f
	cmp ah, 0x53
	ja 9f
	call letter_of_key
	jc 9f
	mov bx, KEY_TAIL
	mov si, bx
	call next_key
	cmp bx, KEY_HEAD
	je 9f			/* full: the key is lost */
	mov [si], ax
	mov KEY_TAIL, bx
9:	and KEY_PREFIX, 0xfd
	ret

/* BX goes on to the next place in the ring of keys. */
next_key:
	add bx, 2
	cmp bx, KEYS_END
	jb 1f
	mov bx, KEYS
1:	ret

/* CF: AH was a key that only changes SHIFTS. */
modifier:
	mov al, ah
	and al, 0x7f
	cmp al, 0x3a
	je 4f
	mov si, offset modifiers
1:	cmp byte ptr cs:[si], 0
	je 3f
	cmp al, cs:[si]
	je 2f
	add si, 2
	jmp 1b
2:	mov al, cs:[si + 1]
	cmp al, 3		/* shift after E0 is the keyboard's own invention */
	ja 5f
	test KEY_PREFIX, 2
	jnz 7f
5:	test ah, 0x80
	jnz 6f
	or SHIFTS, al
	jmp 7f
6:	not al
	and SHIFTS, al
7:	stc
	ret
4:	test ah, 0x80
	jnz 7b
	xor SHIFTS, 0x40
	jmp 7b
3:	clc
	ret

modifiers:
	.byte 0x2a, 0x02, 0x36, 0x01, 0x1d, 0x04, 0x38, 0x08, 0

/* AH: scan code; gives AX as INT 16h does. CF: no key of interest. */
letter_of_key:
	cmp ah, 0x45
	je 8f
	cmp ah, 0x46
	je 8f
	movzx bx, ah
	test KEY_PREFIX, 2
	jz 1f
	xor al, al
	cmp ah, 0x1c
	je 1f
	cmp ah, 0x35
	jne 9f
1:	test SHIFTS, 3
	mov al, cs:[bx + plain]
	jz 2f
	mov al, cs:[bx + shifted]
2:	test SHIFTS, 8
	jz 3f
	xor al, al
	jmp 9f
3:	mov cl, al
	or cl, 0x20
	cmp cl, 'a'
	jb 9f
	cmp cl, 'z'
	ja 9f
	test SHIFTS, 0x40
	jz 4f
	xor al, 0x20
4:	test SHIFTS, 4
	jz 9f
	and al, 0x1f
9:	clc
	ret
8:	stc
	ret

/* Scan code set 1 on a US keyboard, 00 to 53; the keypad moves the cursor. */
plain:
	.ascii "\0\0331234567890-=\010\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 \0"
	.zero 0x54 - (. - plain)
shifted:
	.ascii "\0\033!@#$%^&*()_+\010\0QWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 \0"
	.zero 0x54 - (. - shifted)

/* ---- INT 16h: keys ---- */

keys:
	SERVICE
	SERVICE_DATA 0x40
	mov al, R_AH
	and al, 0xef		/* 10 to 12 are 00 to 02 for keyboards with more keys */
	jz key_wait
	cmp al, 1
	je key_peek
	cmp al, 2
	jne leave
	mov al, SHIFTS
	mov R_AL, al
	jmp leave

key_wait:
	cli
	mov bx, KEY_HEAD
	cmp bx, KEY_TAIL
	jne 1f
	sti
	hlt
	jmp key_wait
1:	mov ax, [bx]
	mov R_AX, ax
	call next_key
	mov KEY_HEAD, bx
	jmp leave

key_peek:
	mov bx, KEY_HEAD
	cmp bx, KEY_TAIL
	je 1f
	mov ax, [bx]
	mov R_AX, ax
	and R_FLAGS, 0xff - ZERO
	jmp 2f
1:	or R_FLAGS, ZERO
2:	or byte ptr [bp + 41], 2	/* who polls with interrupts off would wait for ever */
	jmp leave
