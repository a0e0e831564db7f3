/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen_text.c - the VGA text screen as characters. The table is IBM's code page 437 with
 * the pictures that its first 32 codes have on a screen.
 */
#include "visualizer/screen_text.h"

#include <assert.h>
#include <string.h>

enum { TEXT_MEMORY = 0xb8000, TEXT_SIZE = 0x8000 };

static const char code_page[256][4] = {
	" ", "☺", "☻", "♥", "♦", "♣", "♠", "•", "◘", "○", "◙", "♂", "♀", "♪", "♫", "☼",
	"►", "◄", "↕", "‼", "¶", "§", "▬", "↨", "↑", "↓", "→", "←", "∟", "↔", "▲", "▼",
	" ", "!", "\"", "#", "$", "%", "&", "'", "(", ")", "*", "+", ",", "-", ".", "/",
	"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", ":", ";", "<", "=", ">", "?",
	"@", "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O",
	"P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z", "[", "\\", "]", "^", "_",
	"`", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o",
	"p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z", "{", "|", "}", "~", "⌂",
	"Ç", "ü", "é", "â", "ä", "à", "å", "ç", "ê", "ë", "è", "ï", "î", "ì", "Ä", "Å",
	"É", "æ", "Æ", "ô", "ö", "ò", "û", "ù", "ÿ", "Ö", "Ü", "¢", "£", "¥", "₧", "ƒ",
	"á", "í", "ó", "ú", "ñ", "Ñ", "ª", "º", "¿", "⌐", "¬", "½", "¼", "¡", "«", "»",
	"░", "▒", "▓", "│", "┤", "╡", "╢", "╖", "╕", "╣", "║", "╗", "╝", "╜", "╛", "┐",
	"└", "┴", "┬", "├", "─", "┼", "╞", "╟", "╚", "╔", "╩", "╦", "╠", "═", "╬", "╧",
	"╨", "╤", "╥", "╙", "╘", "╒", "╓", "╫", "╪", "┘", "┌", "█", "▄", "▌", "▐", "▀",
	"α", "ß", "Γ", "π", "Σ", "σ", "µ", "τ", "Φ", "Θ", "Ω", "δ", "∞", "φ", "ε", "∩",
	"≡", "±", "≥", "≤", "⌠", "⌡", "÷", "≈", "°", "∙", "·", "√", "ⁿ", "²", "■", " ",
};

/* What comes nearest where a terminal has ASCII alone. */
static const char plain[] =
	" @@vdcsoo0ooomm*><|!PS_|^v><L-^v"
	" !\"#$%&'()*+,-./0123456789:;<=>?"
	"@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"
	"`abcdefghijklmnopqrstuvwxyz{|}~^"
	"CueaaaaceeeiiiAAEaAooouuyOUc$YPf"
	"aiounNao?--24!<>###|++++++|+++++"
	"++++-++++++++=+++++++++++++#_||~"
	"abGpSsmtFTOd8oen=+><fj/~o..vn2# ";

void screen_read(struct screen *screen, const struct vm *vm)
{
	struct board_text_screen shown = board_text_screen(vm->board);

	*screen = (struct screen){ .columns = shown.columns, .rows = shown.rows };
	if (screen->columns == 0 || screen->columns > SCREEN_COLUMNS_MOST)
		screen->columns = SCREEN_COLUMNS;
	if (screen->rows == 0 || screen->rows > SCREEN_ROWS_MOST)
		screen->rows = SCREEN_ROWS;
	for (unsigned row = 0; row < screen->rows; row++)
		for (unsigned column = 0; column < screen->columns; column++) {
			uint32_t cell = shown.start + row * screen->columns + column;
			uint64_t gpa = TEXT_MEMORY + cell * 2 % TEXT_SIZE; /* the window wraps */

			memory_read(vm->memory, gpa, &screen->cell[row][column], 2);
		}
	unsigned offset = (uint16_t)(shown.cursor - shown.start);
	assert(screen->columns);
	screen->cursor_row = offset / screen->columns;
	screen->cursor_column = offset % screen->columns;
	screen->cursor_visible = shown.cursor_visible && screen->cursor_row < screen->rows;
}

static const char *plain_character(uint8_t character)
{
	/* One-character texts for those that need another look; the table itself has no terminators. */
	for (unsigned i = 0x20; i < 0x7f; i++)
		if (code_page[i][0] == plain[character])
			return code_page[i];
	return "?";
}

const char *screen_character(uint8_t character, bool utf8)
{
	return utf8 ? code_page[character] : plain_character(character);
}

static bool blank(const struct screen_cell *cell)
{
	return code_page[cell->character][0] == ' ';
}

static unsigned row_length(const struct screen *screen, unsigned row)
{
	unsigned length = screen->columns;

	while (length > 0 && blank(&screen->cell[row][length - 1]))
		length--;
	return length;
}

void screen_print(FILE *out, const struct screen *screen, bool utf8)
{
	unsigned rows = screen->rows;

	while (rows > 0 && row_length(screen, rows - 1) == 0)
		rows--;
	for (unsigned row = 0; row < rows; row++) {
		unsigned length = row_length(screen, row);

		for (unsigned column = 0; column < length; column++)
			fputs(screen_character(screen->cell[row][column].character, utf8), out);
		fputc('\n', out);
	}
}
