/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/shared/console.h - how a lab guest says something, byte by byte at port E9H, and how it ends, by a byte at port F4H: the ports
 * that Bochs and QEMU have for this.
 */
#ifndef SHARED_CONSOLE_H
#define SHARED_CONSOLE_H

#include <stdint.h>

static inline void port_write(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void text(const char *words)
{
	while (*words)
		port_write(0xe9, (uint8_t)*words++);
}

/* Eight hexadecimal digits. */
static inline void number(uint32_t value)
{
	for (int shift = 28; shift >= 0; shift -= 4)
		port_write(0xe9, (uint8_t) "0123456789abcdef"[value >> shift & 15]);
}

/* 0: all is well. */
static inline void __attribute__((noreturn)) end(uint8_t code)
{
	port_write(0xf4, code);
	for (;;)
		;
}

#endif
