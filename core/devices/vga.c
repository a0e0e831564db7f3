/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/devices/vga.c - the registers of a VGA, by IBM's PS/2 hardware reference: enough for text modes.
 * Text memory at B8000 is plain RAM and belongs to core/memory. The beam is where model time says:
 * 900 dots a line at 28.322 MHz, 449 lines a frame (70 frames a second), 720 by 400 of them shown.
 */
#include "core/devices/device.h"

#include <stdio.h>

enum {
	DOT_HZ = 28322000,
	DOTS = 900,
	DOTS_SHOWN = 720,
	LINES = 449,
	LINES_SHOWN = 400,
	RETRACE = 412,
	RETRACE_END = 414
};
enum { STATUS_BLANK = 0x01, STATUS_RETRACE = 0x08, MISC_COLOUR = 0x01, CRTC_PROTECT = 0x80 };
enum {
	CRTC_DISPLAY_END = 0x01,
	CRTC_OVERFLOW = 0x07,
	CRTC_SCAN_LINE = 0x09,
	CRTC_CURSOR_START = 0x0a,
	CRTC_CURSOR_END = 0x0b,
	CRTC_START = 0x0c,
	CRTC_CURSOR = 0x0e,
	CRTC_RETRACE_END = 0x11,
	CRTC_VERTICAL_END = 0x12,
};

static uint8_t beam(const struct board *board)
{
	uint64_t dot = time_ticks(board, board->state.now, DOT_HZ);
	unsigned x = (unsigned)(dot % DOTS), line = (unsigned)(dot / DOTS % LINES);
	uint8_t status = 0;

	if (x >= DOTS_SHOWN || line >= LINES_SHOWN)
		status |= STATUS_BLANK;
	if (line >= RETRACE && line < RETRACE_END)
		status |= STATUS_RETRACE;
	return status;
}

/* The CRTC answers at 3Dx or at 3Bx, as the miscellaneous register says. */
static bool hidden(const struct vga_state *vga, uint16_t port)
{
	bool colour = vga->misc & MISC_COLOUR;

	return (port >= 0x3d0 && !colour) || (port < 0x3c0 && colour);
}

static void write_crtc(struct vga_state *vga, uint8_t value)
{
	uint8_t index = vga->crtc_index;

	if (index >= sizeof vga->crtc)
		return;
	if (index <= 7 && vga->crtc[CRTC_RETRACE_END] & CRTC_PROTECT) {
		if (index == CRTC_OVERFLOW) /* its line compare bit is not protected */
			vga->crtc[index] = (uint8_t)((vga->crtc[index] & ~0x10) | (value & 0x10));
		return;
	}
	vga->crtc[index] = value;
}

static void write_attribute(struct vga_state *vga, uint8_t value)
{
	uint8_t index = vga->attribute_index & 0x1f;

	if (!vga->attribute_data)
		vga->attribute_index = value & 0x3f;
	else if (index < sizeof vga->attribute)
		vga->attribute[index] = value;
	vga->attribute_data ^= 1;
}

static void write_dac(struct vga_state *vga, uint8_t value)
{
	vga->dac[vga->dac_write][vga->dac_component] = value & 0x3f;
	if (++vga->dac_component == 3) {
		vga->dac_component = 0;
		vga->dac_write++;
	}
}

static uint8_t read_dac(struct vga_state *vga)
{
	uint8_t value = vga->dac[vga->dac_read][vga->dac_component];

	if (++vga->dac_component == 3) {
		vga->dac_component = 0;
		vga->dac_read++;
	}
	return value;
}

static void vga_write(struct board *board, unsigned unit, uint16_t port, unsigned size,
		      uint32_t value)
{
	struct vga_state *vga = &board->state.vga;
	uint8_t byte = (uint8_t)value;

	(void)unit, (void)size;
	if (hidden(vga, port))
		return;
	switch (port) {
	case 0x3b4: case 0x3d4:
		vga->crtc_index = byte & 0x3f;
		break;
	case 0x3b5: case 0x3d5:
		write_crtc(vga, byte);
		break;
	case 0x3ba: case 0x3da:
		vga->feature = byte;
		break;
	case 0x3c0:
		write_attribute(vga, byte);
		break;
	case 0x3c2:
		vga->misc = byte;
		break;
	case 0x3c4:
		vga->sequencer_index = byte & 7;
		break;
	case 0x3c5:
		if (vga->sequencer_index < sizeof vga->sequencer)
			vga->sequencer[vga->sequencer_index] = byte;
		break;
	case 0x3c6:
		vga->dac_mask = byte;
		break;
	case 0x3c7:
		vga->dac_read = byte;
		vga->dac_component = 0;
		vga->dac_reading = 1;
		break;
	case 0x3c8:
		vga->dac_write = byte;
		vga->dac_component = 0;
		vga->dac_reading = 0;
		break;
	case 0x3c9:
		write_dac(vga, byte);
		break;
	case 0x3ce:
		vga->graphics_index = byte & 15;
		break;
	case 0x3cf:
		if (vga->graphics_index < sizeof vga->graphics)
			vga->graphics[vga->graphics_index] = byte;
		break;
	default:
		break;
	}
}

static uint8_t indexed(const uint8_t *registers, size_t count, uint8_t index)
{
	return index < count ? registers[index] : 0;
}

static uint32_t vga_read(struct board *board, unsigned unit, uint16_t port, unsigned size)
{
	struct vga_state *vga = &board->state.vga;

	(void)unit, (void)size;
	if (hidden(vga, port))
		return 0xff;
	switch (port) {
	case 0x3b4: case 0x3d4:
		return vga->crtc_index;
	case 0x3b5: case 0x3d5:
		return indexed(vga->crtc, sizeof vga->crtc, vga->crtc_index);
	case 0x3ba: case 0x3da:
		vga->attribute_data = 0; /* the next write to 3C0 is an index */
		return beam(board);
	case 0x3c0:
		return vga->attribute_index;
	case 0x3c1:
		return indexed(vga->attribute, sizeof vga->attribute, vga->attribute_index & 0x1f);
	case 0x3c2:
		return 0x10; /* a display is there */
	case 0x3c4:
		return vga->sequencer_index;
	case 0x3c5:
		return indexed(vga->sequencer, sizeof vga->sequencer, vga->sequencer_index);
	case 0x3c6:
		return vga->dac_mask;
	case 0x3c7:
		return vga->dac_reading ? 3 : 0;
	case 0x3c8:
		return vga->dac_write;
	case 0x3c9:
		return read_dac(vga);
	case 0x3ca:
		return vga->feature;
	case 0x3cc:
		return vga->misc;
	case 0x3ce:
		return vga->graphics_index;
	case 0x3cf:
		return indexed(vga->graphics, sizeof vga->graphics, vga->graphics_index);
	default:
		return 0xff;
	}
}

static uint16_t crtc_pair(const struct vga_state *vga, unsigned high)
{
	return (uint16_t)(vga->crtc[high] << 8 | vga->crtc[high + 1]);
}

struct board_text_screen board_text_screen(const struct board *board)
{
	const struct vga_state *vga = &board->state.vga;
	const uint8_t *crtc = vga->crtc;
	unsigned lines = crtc[CRTC_VERTICAL_END] + 1u, height = (crtc[CRTC_SCAN_LINE] & 0x1f) + 1u;
	unsigned first = crtc[CRTC_CURSOR_START] & 0x1f, last = crtc[CRTC_CURSOR_END] & 0x1f;

	/* Bits 8 and 9 of the last line stand in the overflow register. */
	lines += (crtc[CRTC_OVERFLOW] >> 1 & 1u) << 8 | (crtc[CRTC_OVERFLOW] >> 6 & 1u) << 9;
	if (crtc[CRTC_SCAN_LINE] & 0x80)
		lines /= 2;
	return (struct board_text_screen){
		.columns = (uint16_t)(crtc[CRTC_DISPLAY_END] + 1),
		.rows = (uint16_t)(lines / height ? lines / height : 1),
		.start = crtc_pair(vga, CRTC_START),
		.cursor = crtc_pair(vga, CRTC_CURSOR),
		.cursor_visible =
			!(crtc[CRTC_CURSOR_START] & 0x20) && first <= last && first < height,
	};
}

static void vga_reset(struct board *board, unsigned unit)
{
	struct vga_state *vga = &board->state.vga;

	(void)unit;
	memset(vga, 0, sizeof *vga);
	vga->misc = MISC_COLOUR;
	vga->dac_mask = 0xff;
}

static bool vga_valid(const struct board_state *state, unsigned unit)
{
	const struct vga_state *vga = &state->vga;

	(void)unit;
	return vga->dac_component < 3;
}

static void vga_describe(const struct board *board, unsigned unit, char *text, size_t size)
{
	struct board_text_screen screen = board_text_screen(board);

	(void)unit;
	snprintf(text, size, "text %ux%u from cell %u, cursor at %u%s%s", screen.columns,
		 screen.rows, screen.start, screen.cursor, screen.cursor_visible ? "" : " (hidden)",
		 beam(board) & STATUS_RETRACE ? ", vertical retrace" : "");
}

const struct device vga_device = {
	.name = "vga",
	.ranges = 5,
	.range = {{0x3b4, 0x3b5, false},
		  {0x3ba, 0x3ba, false},
		  {0x3c0, 0x3cf, false},
		  {0x3d4, 0x3d5, false},
		  {0x3da, 0x3da, false}},
	.reset = vga_reset,
	.read = vga_read,
	.write = vga_write,
	.valid = vga_valid,
	.describe = vga_describe,
};
