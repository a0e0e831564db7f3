/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/bios/disk.S - INT 13h: ATA disks by programmed I/O, addressed by cylinder, head and sector or by
 * number; and finding them at start.
 */
/* ---- INT 13h: ATA disks by programmed I/O ---- */

disk:
	SERVICE
	sti
	SERVICE_DATA EXTENDED
	mov si, offset disk_functions
	call dispatch
	pushf
	push 0x40
	pop ds
	mov al, R_AH
	cmp al, 3
	je 1f			/* function 15 says "a disk" so: no status */
	mov DISK_STATUS, al
1:	popf
	jmp leave_carry

disk_functions:
	.byte 0x00
	.word disk_done
	.byte 0x01
	.word disk_last_status
	.byte 0x02
	.word disk_chs
	.byte 0x03
	.word disk_chs
	.byte 0x04
	.word disk_chs
	.byte 0x08
	.word disk_geometry
	.byte 0x09
	.word disk_done
	.byte 0x0c
	.word disk_done
	.byte 0x0d
	.word disk_done
	.byte 0x10
	.word disk_done
	.byte 0x11
	.word disk_done
	.byte 0x15
	.word disk_type
	.byte 0x41
	.word disk_extensions
	.byte 0x42
	.word disk_packet
	.byte 0x43
	.word disk_packet
	.byte 0x44
	.word disk_packet
	.byte 0x47
	.word disk_done
	.byte 0x48
	.word disk_parameters
	.byte 0xff, 0x01

/* BX: the disk's row for drive DL, and AL its unit. CF: no such disk; AH says so. */
select_disk:
	mov al, R_DL
	sub al, 0x80
	cmp al, 2
	jae 1f
	movzx bx, al
	shl bx, 4
	add bx, DISKS
	cmp dword ptr [bx + DISK_SECTORS], 0
	je 1f
	clc
	ret
1:	mov R_AH, 0x01
	stc
	ret

disk_done:
	call select_disk
	jc 1f
	mov R_AH, 0
1:	ret

disk_last_status:
	push ds
	push 0x40
	pop ds
	mov al, DISK_STATUS
	pop ds
	mov R_AH, al
	cmp al, 1
	cmc
	ret

/* Cylinder, head, sector of CX and DH become a sector's number. */
disk_chs:
	call select_disk
	jc 9f
	movzx esi, al
	mov ax, R_CX
	movzx ecx, al
	and cl, 0x3f
	jz 8f
	cmp cx, [bx + DISK_TRACK]
	ja 8f
	xchg al, ah
	shr ah, 6
	movzx eax, ax
	movzx edx, word ptr [bx + DISK_HEADS]
	mul edx
	movzx edx, R_DH
	cmp dx, [bx + DISK_HEADS]
	jae 8f
	add eax, edx
	movzx edx, word ptr [bx + DISK_TRACK]
	mul edx
	dec ecx
	add eax, ecx
	movzx cx, R_AL
	jcxz 8f
	mov di, R_BX
	mov dx, R_ES
	call transfer
	ret
8:	mov R_AH, 0x01
	stc
9:	ret

/* The packet at DS:SI: size, 0, count, offset, segment, sector's number in 64 bits. */
disk_packet:
	call select_disk
	jc 9f
	push ds
	mov di, R_SI
	mov ds, R_DS
	cmp byte ptr [di], 16
	jb 7f
	cmp dword ptr [di + 12], 0
	jne 7f
	movzx esi, al
	mov eax, [di + 8]
	mov cx, [di + 2]
	mov dx, [di + 6]
	mov di, [di + 4]
	pop ds
	jcxz 6f
	cmp cx, 127
	ja 8f
	call transfer
	ret
6:	mov R_AH, 0
	clc
	ret
7:	pop ds
8:	mov R_AH, 0x01
	stc
9:	ret

/*
 * EAX: first sector, CX: how many, DX:DI: memory, SI: unit, BX: the disk's row. What to do follows from
 * the function's number, whose low two bits are read (2), write (3) and verify (0) in both families.
 */
transfer:
	movzx ecx, cx
	add ecx, eax
	jc 8f
	cmp ecx, [bx + DISK_SECTORS]
	ja 8f
	sub ecx, eax
	mov ebx, eax
	mov ax, di		/* a buffer that ends in the next 64 KiB must not wrap */
	shr ax, 4
	add ax, dx
	mov es, ax
	and di, 15
	mov al, R_AH
	and al, 3
	mov ah, 0x20
	cmp al, 2
	je 3f
	mov ah, 0x30
	cmp al, 3
	je 3f
	mov ah, 0x40
3:	mov al, 0
	or si, ax
4:	call one_sector
	jc 7f
	inc ebx
	mov ax, es
	add ax, 0x20
	mov es, ax
	loop 4b
	mov R_AH, 0
	clc
	ret
7:	mov R_AH, 0x20		/* the controller failed */
	stc
	ret
8:	mov R_AH, 0x04		/* sector not found */
	stc
	ret

/* EBX: the sector, SI: unit and command, ES:DI: memory. CF: it failed. Keeps BX, CX, SI, DI. */
one_sector:
	push cx
	push di
	call wait_ready
	jc 9f
	mov eax, ebx
	shr eax, 24
	and al, 0x0f
	mov cx, si
	shl cl, 4
	or al, cl
	or al, 0xe0
	mov dx, 0x1f6
	out dx, al
	call wait_ready
	jc 9f
	mov dx, 0x1f2
	mov al, 1
	out dx, al
	inc dx
	mov al, bl
	out dx, al
	inc dx
	mov al, bh
	out dx, al
	inc dx
	mov eax, ebx
	shr eax, 16
	out dx, al
	mov dx, 0x1f7
	mov al, ch
	out dx, al
	call wait_done
	jc 9f
	cmp ch, 0x40
	je 8f
	test al, 0x08		/* DRQ */
	stc
	jz 9f
	mov al, ch
	mov dx, 0x1f0
	mov cx, 256
	cmp al, 0x30
	je 5f
	rep insw
	jmp 8f
5:	push ds
	push si
	push es
	pop ds
	mov si, di
	rep outsw
	pop si
	pop ds
	call wait_done
	jc 9f
8:	clc
9:	pop di
	pop cx
	ret

/* Until BSY is clear; AL: status. CF: it never was. */
wait_ready:
	push ecx
	mov ecx, 0x400000
	mov dx, 0x1f7
1:	in al, dx
	test al, 0x80
	jz 2f
	dec ecx
	jnz 1b
	stc
2:	pop ecx
	ret

/* The same; CF, too, when the drive reports an error. */
wait_done:
	call wait_ready
	jc 1f
	test al, 0x21		/* DF, ERR */
	jz 1f
	stc
1:	ret

disk_geometry:
	call select_disk
	jc 1f
	mov cx, [bx + DISK_CYLINDERS]
	dec cx
	xchg cl, ch
	shl cl, 6
	or cl, [bx + DISK_TRACK]
	mov R_CX, cx
	mov al, [bx + DISK_HEADS]
	dec al
	mov R_DH, al
	push ds
	push 0x40
	pop ds
	mov al, DISK_COUNT
	pop ds
	mov R_DL, al
	mov R_AX, 0
	mov R_BL, 0
	clc
1:	ret

disk_type:
	call select_disk
	jc 1f
	mov R_AH, 3
	mov ax, [bx + DISK_SECTORS]
	mov R_DX, ax
	mov ax, [bx + DISK_SECTORS + 2]
	mov R_CX, ax
	ret
1:	mov R_AH, 0
	clc
	ret

disk_extensions:
	call select_disk
	jc 2f
	cmp R_BX, 0x55aa
	jne 1f
	mov R_BX, 0xaa55
	mov R_AH, 0x21
	mov R_CX, 0x0001	/* extended disk access */
	clc
	ret
1:	mov R_AH, 0x01
	stc
2:	ret

disk_parameters:
	call select_disk
	jc 2f
	mov di, R_SI
	mov es, R_DS
	cmp word ptr es:[di], 26
	jb 1f
	mov ax, 26
	stosw
	xor ax, ax
	stosw
	movzx eax, word ptr [bx + DISK_CYLINDERS]
	stosd
	movzx eax, word ptr [bx + DISK_HEADS]
	stosd
	movzx eax, word ptr [bx + DISK_TRACK]
	stosd
	mov eax, [bx + DISK_SECTORS]
	stosd
	xor eax, eax
	stosd
	mov ax, 512
	stosw
	mov R_AH, 0
	clc
	ret
1:	mov R_AH, 0x01
	stc
2:	ret

/* Asks both drives of the first channel who they are. */
find_disks:
	push ds
	mov ax, EXTENDED
	mov ds, ax
	mov es, ax
	xor cx, cx
	mov bx, DISKS
1:	call find_disk
	add bx, 16
	inc cl
	cmp cl, 2
	jb 1b
	pop ds
	mov DISK_COUNT, ch
	ret

/* CL: the unit, BX: its row; CH counts those found. */
find_disk:
	mov dword ptr [bx + DISK_SECTORS], 0
	mov dx, 0x1f6
	mov al, cl
	shl al, 4
	or al, 0xa0
	out dx, al
	inc dx
	in al, dx
	inc al
	jz 9f			/* nobody drives the bus */
	mov al, 0xec		/* IDENTIFY DEVICE */
	out dx, al
	in al, dx
	test al, al
	jz 9f
	call wait_done
	jc 9f
	test al, 0x08
	jz 9f
	push cx
	mov di, SECTOR_BUFFER
	mov dx, 0x1f0
	mov cx, 256
	rep insw
	pop cx
	inc ch
	mov eax, ds:[SECTOR_BUFFER + 2 * 60]
	mov [bx + DISK_SECTORS], eax
	call set_geometry
9:	ret

/* What the drive says while that has at most 1024 cylinders; else 255 heads of 63 sectors. */
set_geometry:
	movzx esi, word ptr ds:[SECTOR_BUFFER + 2 * 55]
	movzx edi, word ptr ds:[SECTOR_BUFFER + 2 * 56]
	test si, si
	jz 1f
	test di, di
	jz 1f
	call count_cylinders
	cmp eax, 1024
	jbe 2f
1:	mov si, 255
	mov di, 63
	call count_cylinders
	cmp eax, 1024
	jbe 2f
	mov ax, 1024
2:	mov [bx + DISK_HEADS], si
	mov [bx + DISK_TRACK], di
	mov [bx + DISK_CYLINDERS], ax
	ret

count_cylinders:
	mov eax, esi
	mul edi
	push ecx
	mov ecx, eax
	xor edx, edx
	mov eax, [bx + DISK_SECTORS]
	div ecx
	pop ecx
	test eax, eax
	jnz 1f
	inc ax			/* a disk of less than one cylinder has one */
1:	ret
