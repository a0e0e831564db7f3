/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/screen/prompt.c - the keys of a line being typed: those of readline's usual (Emacs) mode that people use
 * most.
 */
#include "visualizer/screen/prompt.h"

#include <string.h>

enum { CTRL_A = 1, CTRL_B, CTRL_C, CTRL_D, CTRL_E, CTRL_F, CTRL_G, CTRL_H, CTRL_K = 11, CTRL_N = 14, CTRL_P = 16, CTRL_U = 21, CTRL_W = 23 };

void prompt_begin(struct prompt *prompt, const char *text)
{
	prompt->open = true;
	prompt->back = 0;
	prompt_replace(prompt, text);
}

void prompt_replace(struct prompt *prompt, const char *text)
{
	snprintf(prompt->text, sizeof(prompt->text), "%s", text);
	prompt->at = strlen(prompt->text);
}

static bool continues(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static size_t before(const struct prompt *prompt, size_t at)
{
	if (at > 0)
		at--;
	while (at > 0 && continues(prompt->text[at]))
		at--;
	return at;
}

static size_t behind(const struct prompt *prompt, size_t at)
{
	if (prompt->text[at])
		at++;
	while (continues(prompt->text[at]))
		at++;
	return at;
}

static size_t word_before(const struct prompt *prompt)
{
	size_t at = prompt->at;

	while (at > 0 && prompt->text[at - 1] == ' ')
		at--;
	while (at > 0 && prompt->text[at - 1] != ' ')
		at--;
	return at;
}

/* Takes out the bytes from..to; the cursor stands there then. */
static void cut(struct prompt *prompt, size_t from, size_t to)
{
	memmove(prompt->text + from, prompt->text + to, strlen(prompt->text + to) + 1);
	prompt->at = from;
}

static void insert(struct prompt *prompt, enum key key)
{
	char character[5];
	size_t length = glyph_encode((uint32_t)key, character), all = strlen(prompt->text);

	if (all + length >= sizeof(prompt->text))
		return;
	memmove(prompt->text + prompt->at + length, prompt->text + prompt->at, all - prompt->at + 1);
	memcpy(prompt->text + prompt->at, character, length);
	prompt->at += length;
}

/* ---- lines typed before ---- */

static const char *typed_before(const struct prompt *prompt, unsigned back)
{
	return back ? prompt->line[(prompt->typed - back) % PROMPT_LINES] : "";
}

static void remember(struct prompt *prompt)
{
	if (!prompt->text[0] || (prompt->typed && strcmp(typed_before(prompt, 1), prompt->text) == 0))
		return;
	strcpy(prompt->line[prompt->typed % PROMPT_LINES], prompt->text);
	prompt->typed++;
}

static void show_line(struct prompt *prompt, int further)
{
	unsigned kept = prompt->typed < PROMPT_LINES ? prompt->typed : PROMPT_LINES;

	if ((further < 0 && prompt->back == 0) || (further > 0 && prompt->back == kept))
		return;
	prompt->back = further < 0 ? prompt->back - 1 : prompt->back + 1;
	prompt_replace(prompt, typed_before(prompt, prompt->back));
}

/* ---- keys ---- */

static bool move(struct prompt *prompt, int key)
{
	if (key == K_LEFT || key == CTRL_B)
		prompt->at = before(prompt, prompt->at);
	else if (key == K_RIGHT || key == CTRL_F)
		prompt->at = behind(prompt, prompt->at);
	else if (key == K_HOME || key == CTRL_A)
		prompt->at = 0;
	else if (key == K_END || key == CTRL_E)
		prompt->at = strlen(prompt->text);
	else if (key == K_UP || key == CTRL_P)
		show_line(prompt, 1);
	else if (key == K_DOWN || key == CTRL_N)
		show_line(prompt, -1);
	else
		return false;
	return true;
}

static void edit(struct prompt *prompt, int key)
{
	if (key == K_BACKSPACE || key == CTRL_H)
		cut(prompt, before(prompt, prompt->at), prompt->at);
	else if (key == K_DELETE || key == CTRL_D)
		cut(prompt, prompt->at, behind(prompt, prompt->at));
	else if (key == CTRL_U)
		cut(prompt, 0, prompt->at);
	else if (key == CTRL_K)
		prompt->text[prompt->at] = '\0';
	else if (key == CTRL_W)
		cut(prompt, word_before(prompt), prompt->at);
	else if (key >= ' ' && key < K_UP)
		insert(prompt, (enum key)key);
}

enum prompt_answer prompt_key(struct prompt *prompt, enum key key)
{
	int code = (int)key;
	bool emptied = !prompt->text[0] && (code == K_BACKSPACE || code == CTRL_H || code == CTRL_D);

	if (code == K_ENTER || code == '\n') {
		remember(prompt);
		prompt->open = false;
		return PROMPT_ENTERED;
	}
	if (code == K_ESCAPE || code == CTRL_C || code == CTRL_G || emptied) {
		prompt->open = false;
		return PROMPT_LEFT;
	}
	if (!move(prompt, code))
		edit(prompt, code);
	return PROMPT_GOES_ON;
}

/* ---- drawing ---- */

int prompt_draw(const struct prompt *prompt, const struct area *area, int x, int y)
{
	struct area line = area_inside(area, x, y, area->width - x, 1);
	size_t from = 0;
	int column = 0, end;

	/* Columns before the cursor; the first ones go when there are too many. */
	for (size_t at = 0; at < prompt->at; at = behind(prompt, at))
		column++;
	for (; column >= line.width && from < prompt->at; column--)
		from = behind(prompt, from);
	end = area_text(&line, 0, 0, ROLE_STRONG, prompt->text + from);
	if (line.width > 0 && line.height > 0) {
		area->grid->cursor_x = line.x + column;
		area->grid->cursor_y = line.y;
	}
	return x + end;
}
