/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/compare/peers_boot.h - the second sector of a disk that peers_disk.c makes, as peers_boot.S reads it. Included by
 * assembly too.
 *
 *   sector 0   peers_boot.S
 *          1   what stands below, then a row a piece: gpa, sectors, first sector on the disk (0: zeros); sectors 0: the end
 *          n   the pieces
 */
#ifndef RINGSIDE_VISUALIZER_COMPARE_PEERS_BOOT_H
#define RINGSIDE_VISUALIZER_COMPARE_PEERS_BOOT_H

#define BOOT_HOME 0x1f4        /* in sector 0: the gpa that the loader moves to, out of the guest's way */
#define BOOT_TABLE_SECTORS 0x1f8 /* in sector 0: of the table, from sector 1 on */

/* From sector 1 on. */
#define BOOT_FRAME 0        /* EDI ESI EBP - EBX EDX ECX EAX EFLAGS EIP CS, as they leave the stack */
#define BOOT_DATA 44        /* selector for all other segments */
#define BOOT_GDT_POINTER 48 /* limit, base */
#define BOOT_GDT 56         /* four descriptors */
#define BOOT_PIECES 88
#define BOOT_PIECE_SIZE 12

#define BOOT_HOME_SIZE 0x4000 /* sector 0, the table, a stack */

#endif
