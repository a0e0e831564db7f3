/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/uart_registers.h - the bits of a 16550A's registers, by National's data sheet (PC16550D, 1995, table II).
 */
#ifndef RINGSIDE_CORE_DEVICES_UART_REGISTERS_H
#define RINGSIDE_CORE_DEVICES_UART_REGISTERS_H

#include <stdint.h>

enum { UART_HZ = 115200 }; /* 1.8432 MHz through the fixed divider of 16 */
enum { IER_RX = 0x01, IER_THRE = 0x02, IER_LSR = 0x04, IER_MSR = 0x08 };
enum { IIR_MSR = 0x00, IIR_NONE = 0x01, IIR_THRE = 0x02, IIR_RX = 0x04, IIR_LSR = 0x06, IIR_TIMEOUT = 0x0c, IIR_FIFO = 0xc0 };
enum { FCR_ENABLE = 0x01, FCR_CLEAR_RX = 0x02, FCR_CLEAR_TX = 0x04 };
enum { LCR_TWO_STOP = 0x04, LCR_PARITY = 0x08, LCR_BREAK = 0x40, LCR_DLAB = 0x80 };
enum { MCR_DTR = 0x01, MCR_RTS = 0x02, MCR_OUT1 = 0x04, MCR_OUT2 = 0x08, MCR_LOOP = 0x10 };
enum { LSR_DR = 0x01, LSR_OE = 0x02, LSR_BI = 0x10, LSR_THRE = 0x20, LSR_TEMT = 0x40 };
enum { MSR_DCTS = 0x01, MSR_DDSR = 0x02, MSR_TERI = 0x04, MSR_DDCD = 0x08, MSR_CTS = 0x10, MSR_DSR = 0x20, MSR_RI = 0x40, MSR_DCD = 0x80 };

/* The upper half of MSR: a ready terminal outside, or our own outputs in the loop. */
static inline uint8_t uart_modem_lines(uint8_t mcr)
{
	if (!(mcr & MCR_LOOP))
		return MSR_CTS | MSR_DSR | MSR_DCD;
	return (uint8_t)((mcr & MCR_RTS ? MSR_CTS : 0) | (mcr & MCR_DTR ? MSR_DSR : 0) | (mcr & MCR_OUT1 ? MSR_RI : 0) |
	                 (mcr & MCR_OUT2 ? MSR_DCD : 0));
}

/* The lower half: what has changed; of RI the end alone. */
static inline uint8_t uart_modem_changes(uint8_t before, uint8_t after)
{
	uint8_t changed = before ^ after;

	return (uint8_t)((changed & MSR_CTS ? MSR_DCTS : 0) | (changed & MSR_DSR ? MSR_DDSR : 0) |
	                 (changed & before & MSR_RI ? MSR_TERI : 0) | (changed & MSR_DCD ? MSR_DDCD : 0));
}

#endif
