/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/bios/video.S - INT 10h: text with 80 columns in the memory of a VGA at B800:0000.
 */
/* ---- INT 10h: text on the VGA ---- */

video:
	SERVICE
	SERVICE_DATA 0x40
	push 0xb800
	pop es
	cmp R_AH, 0x0e
	jne 1f
	mov al, R_AL
	call teletype
	jmp leave
1:	mov ah, R_AH		/* an unknown function changes nothing */
	push ax
	mov si, offset video_functions
	call dispatch
	pop ax
	jnc leave
	mov R_AH, ah
	jmp leave

video_functions:
	.byte 0x00
	.word video_mode
	.byte 0x01
	.word video_cursor_form
	.byte 0x02
	.word video_set_cursor
	.byte 0x03
	.word video_get_cursor
	.byte 0x06
	.word video_scroll_up
	.byte 0x07
	.word video_scroll_down
	.byte 0x08
	.word video_read
	.byte 0x09
	.word video_write
	.byte 0x0a
	.word video_write_letters
	.byte 0x0f
	.word video_get_mode
	.byte 0x12
	.word video_alternate
	.byte 0x13
	.word video_string
	.byte 0x1a
	.word video_display
	.byte 0xff, 0

/* Any mode is text with 80 columns here. */
video_mode:
	mov CURSOR, 0
	test R_AL, 0x80
	jnz place_cursor
clear_screen:
	push 0xb800
	pop es
	xor di, di
	mov ax, 0x0720
	mov cx, COLUMNS * ROWS
	rep stosw
	mov CURSOR, 0
/* The CRTC's cursor goes where CURSOR says. */
place_cursor:
	mov dx, CURSOR
	call cell
	shr di, 1
	mov dx, 0x3d4
	mov al, 0x0e
	mov cx, di
	mov ah, ch
	out dx, ax
	inc al
	mov ah, cl
	out dx, ax
	clc
	ret

/* DI: offset of the cell in row DH, column DL. Keeps AX. */
cell:
	push ax
	mov al, COLUMNS
	mul dh
	add al, dl
	adc ah, 0
	shl ax, 1
	mov di, ax
	pop ax
	ret

video_cursor_form:
	mov cx, R_CX
	mov CURSOR_FORM, cx
	mov dx, 0x3d4
	mov al, 0x0a
	mov ah, ch
	out dx, ax
	inc al
	mov ah, cl
	out dx, ax
	clc
	ret

video_set_cursor:
	mov dx, R_DX
	mov CURSOR, dx
	jmp place_cursor

video_get_cursor:
	mov ax, CURSOR
	mov R_DX, ax
	mov ax, CURSOR_FORM
	mov R_CX, ax
	clc
	ret

video_get_mode:
	mov al, VIDEO_MODE
	mov ah, COLUMNS
	mov R_AX, ax
	mov R_BH, 0
	clc
	ret

/* BL 10: an EGA's memory and switches. */
video_alternate:
	cmp R_BL, 0x10
	jne 1f
	mov R_BX, 0x0003
	mov R_CX, 0x0009
1:	clc
	ret

video_display:
	cmp R_AL, 0
	jne 1f
	mov R_AL, 0x1a
	mov R_BX, 0x0008	/* a VGA in colour, alone */
1:	clc
	ret

video_read:
	mov dx, CURSOR
	call cell
	mov ax, es:[di]
	mov R_AX, ax
	clc
	ret

video_write:
	mov dx, CURSOR
	call cell
	mov al, R_AL
	mov ah, R_BL
	mov cx, R_CX
	rep stosw
	clc
	ret

video_write_letters:
	mov dx, CURSOR
	call cell
	mov al, R_AL
	mov cx, R_CX
	jcxz 2f
1:	stosb
	inc di
	loop 1b
2:	clc
	ret

/* AL: bit 0 moves the cursor, bit 1 says that attributes stand in the string. */
video_string:
	push CURSOR
	mov dx, R_DX
	mov CURSOR, dx
	mov si, R_BP
	mov cx, R_CX
	jcxz 3f
1:	push ds
	mov ds, R_ES
	lodsb
	mov ah, R_BL
	test R_AL, 2
	jz 2f
	mov ah, [si]
	inc si
2:	pop ds
	push cx
	push si
	cmp al, 13
	jbe 4f			/* control characters have no attribute (8 to 13 are of interest) */
	mov dx, CURSOR
	call cell
	mov es:[di + 1], ah
4:	call teletype
	pop si
	pop cx
	loop 1b
3:	pop dx
	test R_AL, 1
	jnz 5f
	mov CURSOR, dx
	call place_cursor
5:	clc
	ret

/* AL at the cursor, in the attribute that is there. */
teletype:
	mov dx, CURSOR
	cmp al, 7
	je 9f
	cmp al, 8
	je 5f
	cmp al, 10
	je 2f
	cmp al, 13
	je 4f
	call cell
	mov es:[di], al
	inc dl
	cmp dl, COLUMNS
	jb 3f
	xor dl, dl
2:	inc dh
	cmp dh, ROWS
	jb 3f
	mov dh, ROWS - 1
	call scroll_screen
3:	mov CURSOR, dx
	jmp place_cursor
4:	xor dl, dl
	jmp 3b
5:	test dl, dl
	jz 3b
	dec dl
	jmp 3b
9:	ret

scroll_screen:
	push ds
	push es
	pop ds
	mov si, 2 * COLUMNS
	xor di, di
	mov cx, COLUMNS * (ROWS - 1)
	rep movsw
	pop ds
	mov ax, 0x0720
	mov cx, COLUMNS
	rep stosw
	ret

/* A window from row CH, column CL to row DH, column DL, by AL rows (0: all of it), filled with BH. */
video_scroll_up:
	call window
	jc 4f
	mov bl, R_CH
1:	mov al, bl
	add al, bh
	cmp al, R_DH
	jbe 2f
	call fill_row
	jmp 3f
2:	call copy_row
3:	inc bl
	cmp bl, R_DH
	jbe 1b
4:	clc
	ret

video_scroll_down:
	call window
	jc 4f
	mov bl, R_DH
1:	mov al, bl
	sub al, bh
	jb 2f
	cmp al, R_CH
	jb 2f
	call copy_row
	jmp 3f
2:	call fill_row
3:	cmp bl, R_CH
	je 4f
	dec bl
	jmp 1b
4:	clc
	ret

/* Cuts the window to the screen; BH: by how many rows. CF: nothing is left. */
window:
	cmp R_DH, ROWS - 1
	jbe 1f
	mov R_DH, ROWS - 1
1:	cmp R_DL, COLUMNS - 1
	jbe 2f
	mov R_DL, COLUMNS - 1
2:	mov bh, R_AL
	cmp bh, ROWS
	ja 3f
	test bh, bh
	jnz 4f
3:	mov bh, ROWS
4:	mov al, R_DH
	cmp al, R_CH
	jb 5f
	mov al, R_DL
	cmp al, R_CL
5:	ret

/* Row AL of the window goes to row BL. */
copy_row:
	call row_start
	mov si, ax
	mov al, bl
	call row_start
	mov di, ax
	push ds
	push es
	pop ds
	rep movsw
	pop ds
	ret

fill_row:
	mov al, bl
	call row_start
	mov di, ax
	mov al, ' '
	mov ah, R_BH
	rep stosw
	ret

/* AX: offset of row AL's first cell in the window; CX: cells. */
row_start:
	mov ah, COLUMNS
	mul ah
	movzx cx, R_CL
	add ax, cx
	shl ax, 1
	sub cl, R_DL
	neg cl
	inc cx
	ret
