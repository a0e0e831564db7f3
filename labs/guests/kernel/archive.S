/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel/archive.S - the built-in files: user programs and labs/guests/files, as a ustar archive.
 */
	.section .rodata
	.align 4
	.globl builtin_archive, builtin_archive_end
builtin_archive:
	.incbin ARCHIVE
builtin_archive_end:
