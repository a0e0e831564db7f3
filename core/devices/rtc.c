/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/rtc.c - MC146818 real time clock with the CMOS memory of an AT, by Motorola's data sheet
 * and IBM's AT reference. The registers are the truth; an update adds the whole seconds that passed on
 * the model clock, so the clock shows start_time plus model time and never the host's.
 *
 *   |<-------------------- one second -------------------->|     UIP: 244 + 1984 us before the update
 *   ____________________________________________/~~~~UIP~~~\____ time registers change, UF
 */
#include "core/devices/device.h"

#include <stdio.h>

enum {
	SECOND,
	SECOND_ALARM,
	MINUTE,
	MINUTE_ALARM,
	HOUR,
	HOUR_ALARM,
	WEEKDAY,
	DAY,
	MONTH,
	YEAR,
	REG_A,
	REG_B,
	REG_C,
	REG_D,
	CENTURY = 0x32
};
enum { A_UIP = 0x80, A_DIVIDER = 0x70, A_32768 = 0x20, A_RATE = 0x0f };
enum { B_SET = 0x80, B_PIE = 0x40, B_AIE = 0x20, B_UIE = 0x10, B_BINARY = 0x04, B_24 = 0x02 };
enum { C_IRQF = 0x80, C_PF = 0x40, C_AF = 0x20, C_UF = 0x10 };
enum { RTC_HZ = 32768, UIP_US = 2228, HOUR_PM = 0x80, ALARM_ANY = 0xc0 };

/* ---- registers as numbers ---- */

static unsigned decode(const struct rtc_state *rtc, uint8_t value)
{
	return rtc->cmos[REG_B] & B_BINARY ? value : (unsigned)((value >> 4) * 10 + (value & 15));
}

static uint8_t encode(const struct rtc_state *rtc, unsigned n)
{
	return (uint8_t)(rtc->cmos[REG_B] & B_BINARY ? n : n / 10 % 10 << 4 | n % 10);
}

static unsigned decode_hour(const struct rtc_state *rtc, uint8_t value)
{
	unsigned hour;

	if (rtc->cmos[REG_B] & B_24)
		return decode(rtc, value);
	hour = decode(rtc, value & 0x7f) % 12;
	return value & HOUR_PM ? hour + 12 : hour;
}

static uint8_t encode_hour(const struct rtc_state *rtc, unsigned hour)
{
	uint8_t half;

	if (rtc->cmos[REG_B] & B_24)
		return encode(rtc, hour);
	half = encode(rtc, hour % 12 ? hour % 12 : 12);
	return hour >= 12 ? half | HOUR_PM : half;
}

/* The century byte belongs to the firmware's CMOS layout and is BCD always. */
static unsigned century(const struct rtc_state *rtc)
{
	return (rtc->cmos[CENTURY] >> 4) * 10u + (rtc->cmos[CENTURY] & 15);
}

static unsigned month_length(unsigned month, unsigned year)
{
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month == 2)
		return leap ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static void add_days(struct rtc_state *rtc, uint64_t days)
{
	unsigned day = decode(rtc, rtc->cmos[DAY]), month = decode(rtc, rtc->cmos[MONTH]);
	unsigned year = century(rtc) * 100 + decode(rtc, rtc->cmos[YEAR]) % 100;
	unsigned weekday = decode(rtc, rtc->cmos[WEEKDAY]);

	rtc->cmos[WEEKDAY] = encode(rtc, (unsigned)((weekday + 6 + days) % 7 + 1));
	/* The calendar repeats after 400 years. */
	year = (unsigned)((year + days / 146097 * 400) % 10000);
	for (days %= 146097; days; days--) {
		if (++day <= month_length(month, year))
			continue;
		day = 1;
		if (++month <= 12)
			continue;
		month = 1;
		year = (year + 1) % 10000;
	}
	rtc->cmos[DAY] = encode(rtc, day);
	rtc->cmos[MONTH] = encode(rtc, month);
	rtc->cmos[YEAR] = encode(rtc, year % 100);
	rtc->cmos[CENTURY] = (uint8_t)(year / 1000 << 4 | year / 100 % 10);
}

static unsigned second_of_day(const struct rtc_state *rtc)
{
	return decode_hour(rtc, rtc->cmos[HOUR]) * 3600 + decode(rtc, rtc->cmos[MINUTE]) * 60 +
	       decode(rtc, rtc->cmos[SECOND]);
}

static void add_seconds(struct rtc_state *rtc, uint64_t seconds)
{
	uint64_t total = second_of_day(rtc) + seconds;
	unsigned rest = (unsigned)(total % 86400);

	if (total >= 86400)
		add_days(rtc, total / 86400);
	rtc->cmos[HOUR] = encode_hour(rtc, rest / 3600);
	rtc->cmos[MINUTE] = encode(rtc, rest / 60 % 60);
	rtc->cmos[SECOND] = encode(rtc, rest % 60);
}

/* ---- alarm ---- */

static bool any(uint8_t alarm)
{
	return (alarm & ALARM_ANY) == ALARM_ANY;
}

/* Does the alarm fit the second of the day? */
static bool alarm_fits(const struct rtc_state *rtc, unsigned second)
{
	const uint8_t *cmos = rtc->cmos;

	return (any(cmos[HOUR_ALARM]) || decode_hour(rtc, cmos[HOUR_ALARM]) == second / 3600) &&
	       (any(cmos[MINUTE_ALARM]) || decode(rtc, cmos[MINUTE_ALARM]) == second / 60 % 60) &&
	       (any(cmos[SECOND_ALARM]) || decode(rtc, cmos[SECOND_ALARM]) == second % 60);
}

/* Seconds from now to the next alarm, 1 ... limit; 0: none until then. Whole hours and minutes that
 * cannot fit are skipped. */
static uint64_t alarm_distance(const struct rtc_state *rtc, uint64_t limit)
{
	const uint8_t *cmos = rtc->cmos;
	unsigned start = second_of_day(rtc) % 86400;
	uint64_t distance = 1;

	if (limit > 86400)
		limit = 86400;
	while (distance <= limit) {
		unsigned second = (unsigned)((start + distance) % 86400);

		if (alarm_fits(rtc, second))
			return distance;
		if (!any(cmos[HOUR_ALARM]) && decode_hour(rtc, cmos[HOUR_ALARM]) != second / 3600)
			distance += 3600 - second % 3600;
		else if (!any(cmos[MINUTE_ALARM]) &&
			 decode(rtc, cmos[MINUTE_ALARM]) != second / 60 % 60)
			distance += 60 - second % 60;
		else
			distance++;
	}
	return 0;
}

/* ---- time ---- */

static bool running(const struct rtc_state *rtc)
{
	return (rtc->cmos[REG_A] & A_DIVIDER) == A_32768;
}

static bool updating(const struct rtc_state *rtc)
{
	return running(rtc) && !(rtc->cmos[REG_B] & B_SET);
}

/* Ticks of 32.768 kHz between periodic interrupts; 0: none. Rates 1 and 2 are 256 and 128 Hz again. */
static uint64_t period(const struct rtc_state *rtc)
{
	unsigned rate = rtc->cmos[REG_A] & A_RATE;

	if (!rate || !running(rtc))
		return 0;
	return UINT64_C(1) << (rate <= 2 ? rate + 6 : rate - 1);
}

static void update_line(struct board *board)
{
	uint8_t *cmos = board->state.rtc.cmos;
	bool active = cmos[REG_C] & cmos[REG_B] & (C_PF | C_AF | C_UF);

	cmos[REG_C] = (uint8_t)((cmos[REG_C] & ~C_IRQF) | (active ? C_IRQF : 0));
	line_set(board, IRQ_RTC, active);
}

static void catch_up_periodic(struct board *board)
{
	struct rtc_state *rtc = &board->state.rtc;
	uint64_t tick = time_ticks(board, board->state.now, RTC_HZ), every = period(rtc);

	if (every && tick / every != rtc->tick / every)
		rtc->cmos[REG_C] |= C_PF;
	rtc->tick = tick;
}

static void rtc_act(struct board *board, unsigned unit)
{
	struct rtc_state *rtc = &board->state.rtc;
	uint64_t seconds = (board->state.now - rtc->updated) / board->frequency;

	(void)unit;
	catch_up_periodic(board);
	rtc->updated += seconds * board->frequency;
	if (seconds && updating(rtc)) {
		if (alarm_distance(rtc, seconds))
			rtc->cmos[REG_C] |= C_AF;
		add_seconds(rtc, seconds);
		rtc->cmos[REG_C] |= C_UF;
	}
	update_line(board);
}

static uint64_t rtc_next(const struct board *board, unsigned unit)
{
	const struct rtc_state *rtc = &board->state.rtc;
	uint64_t next = BOARD_NEVER, every = period(rtc), seconds = 0, at;
	uint8_t enabled = rtc->cmos[REG_B];

	(void)unit;
	if (rtc->cmos[REG_C] & C_IRQF || line_masked(board, IRQ_RTC))
		return BOARD_NEVER;
	if (enabled & B_PIE && every)
		next = time_cycles(board, (rtc->tick / every + 1) * every, RTC_HZ);
	if (!updating(rtc))
		return next;
	if (enabled & B_UIE)
		seconds = 1;
	else if (enabled & B_AIE)
		seconds = alarm_distance(rtc, 86400);
	at = rtc->updated + seconds * board->frequency;
	return seconds && at < next ? at : next;
}

/* ---- ports ---- */

static bool update_in_progress(const struct board *board)
{
	const struct rtc_state *rtc = &board->state.rtc;
	uint64_t left = rtc->updated + board->frequency - board->state.now;

	return updating(rtc) && left <= time_cycles(board, UIP_US, 1000000);
}

static uint8_t read_cmos(struct board *board, unsigned index)
{
	struct rtc_state *rtc = &board->state.rtc;
	uint8_t value = rtc->cmos[index];

	if (index == REG_A)
		return value | (update_in_progress(board) ? A_UIP : 0);
	if (index == REG_C) {
		rtc->cmos[REG_C] = 0;
		update_line(board);
	}
	return value;
}

static void write_reg_a(struct board *board, uint8_t value)
{
	struct rtc_state *rtc = &board->state.rtc;
	bool was_running = running(rtc);

	rtc->cmos[REG_A] = value & (A_DIVIDER | A_RATE);
	/* The first update comes half a second after the divider is let go. */
	if (!was_running && running(rtc)) {
		uint64_t half = board->frequency / 2;

		rtc->updated = board->state.now > half ? board->state.now - half : 0;
	}
}

static void write_cmos(struct board *board, unsigned index, uint8_t value)
{
	struct rtc_state *rtc = &board->state.rtc;

	switch (index) {
	case REG_A:
		write_reg_a(board, value);
		break;
	case REG_B:
		rtc->cmos[REG_B] = value & B_SET ? value & (uint8_t)~B_UIE : value;
		break;
	case REG_C:
	case REG_D:
		break;
	default:
		rtc->cmos[index] = value;
	}
	update_line(board);
}

static uint32_t rtc_read(struct board *board, unsigned unit, uint16_t port, unsigned size)
{
	(void)unit, (void)size;
	return port == 0x70 ? 0xff : read_cmos(board, board->state.rtc.index & 0x7f);
}

static void rtc_write(struct board *board, unsigned unit, uint16_t port, unsigned size,
		      uint32_t value)
{
	(void)unit, (void)size;
	if (port == 0x70)
		board->state.rtc.index = (uint8_t)value;
	else
		write_cmos(board, board->state.rtc.index & 0x7f, (uint8_t)value);
}

static void rtc_reset(struct board *board, unsigned unit)
{
	struct rtc_state *rtc = &board->state.rtc;

	(void)unit;
	/* The battery keeps time and memory over a reset of the machine: only the first one sets them. */
	if (rtc->cmos[REG_D]) {
		rtc_act(board, unit);
		rtc->cmos[REG_B] &= (uint8_t)~(B_PIE | B_AIE | B_UIE);
		rtc->cmos[REG_C] = 0;
		rtc->index = 0;
		update_line(board);
		return;
	}
	rtc->cmos[REG_A] = A_32768 | 6; /* 1024 Hz */
	rtc->cmos[REG_B] = B_24;
	rtc->cmos[REG_D] = 0x80; /* the battery is good */
	rtc->cmos[CENTURY] = 0x19;
	rtc->cmos[YEAR] = 0x70;
	rtc->cmos[MONTH] = rtc->cmos[DAY] = 1;
	rtc->cmos[WEEKDAY] = 5; /* 1 January 1970 was a Thursday; Sunday is 1 */
	add_seconds(rtc, board->start_time);
}

static bool rtc_valid(const struct board_state *state, unsigned unit)
{
	(void)unit;
	return state->rtc.updated <= state->now;
}

static void rtc_describe(const struct board *board, unsigned unit, char *text, size_t size)
{
	const struct rtc_state *rtc = &board->state.rtc;
	const uint8_t *cmos = rtc->cmos;

	(void)unit;
	snprintf(text, size, "%02u%02u-%02u-%02u %02u:%02u:%02u, A %02x B %02x C %02x, index %02x",
		 century(rtc), decode(rtc, cmos[YEAR]), decode(rtc, cmos[MONTH]),
		 decode(rtc, cmos[DAY]), decode_hour(rtc, cmos[HOUR]), decode(rtc, cmos[MINUTE]),
		 decode(rtc, cmos[SECOND]), cmos[REG_A], cmos[REG_B], cmos[REG_C], rtc->index);
}

const struct device rtc_device = {
	.name = "rtc",
	.ranges = 1,
	.range = { { 0x70, 0x71, false } },
	.reset = rtc_reset,
	.read = rtc_read,
	.write = rtc_write,
	.act = rtc_act,
	.next = rtc_next,
	.valid = rtc_valid,
	.describe = rtc_describe,
};
