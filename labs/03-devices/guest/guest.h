/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 03-devices/guest/guest.h - the lab guest: a small kernel that drives a serial port at 3F8H. With run=device it does made-up things to
 * it (device.c), with run=console it writes a text through the driver in console.c, which is yours to write.
 */
#ifndef LAB_GUEST_H
#define LAB_GUEST_H

#include <stdbool.h>
#include <stdint.h>

/* ---- what console.c offers the kernel ---- */

/* The port's line is set (divisor, 8 data bits), its FIFOs and interrupts are off; the PIC lets interrupt request 4 through. */
void console_begin(void);
/* Called with interrupts off. May come back while characters are still on their way; `text` is the caller's and may change then. */
void console_write(const char *text, uint32_t size);
/* Comes back when the last character has left the transmitter. */
void console_flush(void);
/* Interrupt request 4. The kernel tells the PIC that it is over. */
void console_interrupt(void);

/* ---- what the kernel offers console.c ---- */

enum { UART = 0x3f8, UART_IER = UART + 1, UART_IIR, UART_LCR, UART_MCR, UART_LSR, UART_MSR, UART_SCRATCH, UART_FCR = UART_IIR };

static inline void port_write(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint8_t port_read(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

/* `count` bytes to one port, by one REP OUTSB. */
static inline void port_write_string(uint16_t port, const void *bytes, uint32_t count)
{
	__asm__ volatile("rep outsb" : "+S"(bytes), "+c"(count) : "d"(port) : "memory");
}

/* Called with interrupts off, and comes back so: the processor rests until one interrupt has been served. */
static inline void wait_for_interrupt(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

/* ---- main.c ---- */

uint32_t random_number(void);
static inline uint32_t below(uint32_t bound)
{
	return random_number() % bound;
}
/* The number behind `name` ("size=") on the command line, or `usual`. */
uint32_t option(const char *name, uint32_t usual);
/* Is `word` in the list behind `name` ("ops=")? An absent list has all words in it. */
bool listed(const char *name, const char *word);
/* Interrupts by the timer after so many of its ticks (1.193182 MHz, up to 65535); rests until then. Others are served meanwhile. */
void sleep(uint32_t ticks);
/* Opens or shuts the PIC for interrupt request 4. */
void let_uart_interrupt(bool open);

/* ---- device.c ---- */

void exercise_device(void);
void exercise_interrupt(void);

#endif
