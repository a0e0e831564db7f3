/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/expression_parse.c - text to tree by precedence climbing (Richards and Whitby-Strevens, BCPL, 1979;
 * operators and their order are C's, C17 6.5). Names are resolved here, so that a mistyped one is told at once.
 */
#include "visualizer/debugger/expression_inside.h"

#include "core/refuse.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parser {
	const struct debugger *debugger;
	struct expression *expression;
	const char *text, *at;
	bool addresses; /* numbers are hexadecimal */
	bool failed;
	unsigned depth;
	char *error;
	size_t error_size;
};

enum { NO_NODE = UINT16_MAX };

/* ---- errors: a sentence, the text, and a caret under the place ---- */

enum { SHOWN_BEFORE = 50, SHOWN = 70 };

/* Whatever a file or a paste may hold: nothing of it breaks the line or commands the terminal. */
static void copy_printable(char *copy, const char *text, size_t size)
{
	size_t i = 0;

	for (; i + 1 < size && text[i]; i++)
		copy[i] = isprint((unsigned char)text[i]) ? text[i] : '?';
	copy[i] = '\0';
}

__attribute__((format(printf, 3, 4)))
static unsigned fail(struct parser *parser, const char *place, const char *format, ...)
{
	size_t column = (size_t)(place - parser->text);
	size_t skipped = column > SHOWN_BEFORE ? column - SHOWN_BEFORE : 0;
	char shown[SHOWN + 1];
	va_list arguments;
	int length;

	if (parser->failed)
		return NO_NODE;
	parser->failed = true;
	va_start(arguments, format);
	length = vsnprintf(parser->error, parser->error_size, format, arguments);
	va_end(arguments);
	copy_printable(shown, parser->text + skipped, sizeof(shown));
	if (length >= 0 && (size_t)length < parser->error_size)
		snprintf(parser->error + length, parser->error_size - (size_t)length, "\n    %s\n    %*s^", shown,
		         (int)(column - skipped), "");
	return NO_NODE;
}

/* ---- nodes ---- */

static unsigned add_node(struct parser *parser, const char *place, const struct node *node)
{
	struct expression *expression = parser->expression;

	if (expression->count == EXPRESSION_NODES)
		return fail(parser, place, "the expression is too long; %d names, numbers and operators are the most",
		            EXPRESSION_NODES);
	expression->node[expression->count] = *node;
	return expression->count++;
}

static void skip_blanks(struct parser *parser)
{
	while (isspace((unsigned char)*parser->at))
		parser->at++;
}

static bool take(struct parser *parser, const char *token)
{
	skip_blanks(parser);
	if (strncmp(parser->at, token, strlen(token)) != 0)
		return false;
	parser->at += strlen(token);
	return true;
}

static unsigned parse_choice(struct parser *parser);
static unsigned parse_unary(struct parser *parser);

/* ---- numbers ---- */

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '$' || c == '@';
}

static bool digit_of(char c, unsigned base, unsigned *digit)
{
	if (!isxdigit((unsigned char)c))
		return false;
	*digit = isdigit((unsigned char)c) ? (unsigned)(c - '0') : (unsigned)(tolower((unsigned char)c) - 'a' + 10);
	return *digit < base;
}

static uint64_t unit_of(char c)
{
	switch (c) {
	case 'k': case 'K': return 1000;
	case 'm': case 'M': return 1000000;
	case 'g': case 'G': return 1000000000;
	default: return 0;
	}
}

static unsigned parse_number(struct parser *parser)
{
	const char *begin = parser->at;
	unsigned base = parser->addresses ? 16 : 10, digit;
	struct node node = { .kind = NODE_NUMBER, .number = 0 };
	bool any = false;

	if (begin[0] == '0' && strchr("xXbB", begin[1]) && begin[1]) {
		if (tolower((unsigned char)begin[1]) == 'x' || !parser->addresses) {
			base = tolower((unsigned char)begin[1]) == 'x' ? 16 : 2;
			parser->at += 2;
		}
	}
	for (; digit_of(*parser->at, base, &digit); parser->at++, any = true)
		if (__builtin_mul_overflow(node.number, base, &node.number) ||
		    __builtin_add_overflow(node.number, digit, &node.number))
			return fail(parser, begin, "the number does not fit in 64 bits");
	if (base == 10 && unit_of(*parser->at)) {
		if (__builtin_mul_overflow(node.number, unit_of(*parser->at), &node.number))
			return fail(parser, begin, "the number does not fit in 64 bits");
		parser->at++;
	}
	if (!any || is_word(*parser->at))
		return fail(parser, begin, "this is no number; write it like 10, 20k, 3M, 0x1f or 0b101");
	return add_node(parser, begin, &node);
}

/* 'a' */
static unsigned parse_character(struct parser *parser)
{
	const char *begin = parser->at;
	struct node node = { .kind = NODE_NUMBER };

	if (!begin[1] || begin[2] != '\'')
		return fail(parser, begin, "a character is written like 'a'");
	node.number = (uint8_t)begin[1];
	parser->at += 3;
	return add_node(parser, begin, &node);
}

/* ---- memory ---- */

static unsigned parse_memory(struct parser *parser, enum stop_space space, unsigned size)
{
	const char *begin = parser->at;
	struct node node = { .kind = NODE_MEMORY, .space = (uint8_t)space, .size = (uint8_t)size };

	parser->at++;
	node.operand[0] = (uint16_t)parse_choice(parser);
	if (!take(parser, "]"))
		return fail(parser, parser->at, "a ] is missing, for the [ of the memory to be read");
	return add_node(parser, begin, &node);
}

/* "byte", "phys.word", "machine": what may stand before [. */
static bool memory_word(const char *word, enum stop_space *space, unsigned *size)
{
	static const struct {
		const char *name;
		unsigned size;
	} sizes[] = { { "byte", 1 }, { "word", 2 }, { "dword", 4 }, { "qword", 8 } };
	bool physical = strncmp(word, "phys", 4) == 0 && (!word[4] || word[4] == '.');
	bool machine = strncmp(word, "machine", 7) == 0 && (!word[7] || word[7] == '.');

	*space = physical ? SPACE_PHYSICAL : machine ? SPACE_MACHINE : SPACE_LINEAR;
	*size = 4;
	word += physical ? 4 : machine ? 7 : 0;
	if ((physical || machine) && !*word)
		return true;
	word += physical || machine;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (strcmp(word, sizes[i].name) == 0) {
			*size = sizes[i].size;
			return true;
		}
	return false;
}

/* ---- names ---- */

/* A reason may hold hyphens ("hidden-fault"): one between letters belongs to it. */
static size_t word_length(const char *text)
{
	bool counted = strncmp(text, "exits.", 6) == 0 || strncmp(text, "cycles.", 7) == 0 ||
	               strncmp(text, "events.", 7) == 0;
	size_t length = text[0] == '&' || text[0] == '$';

	while (is_word(text[length]) || (counted && text[length] == '-' && isalpha((unsigned char)text[length + 1])))
		length++;
	return length;
}

static bool hexadecimal(const char *word)
{
	return strspn(word, "0123456789abcdefABCDEF") == strlen(word);
}

static unsigned refuse_name(struct parser *parser, const char *begin, const char *word, const char *near)
{
	parser->at = begin;
	if (near)
		return fail(parser, begin, "nothing is called '%s'; did you mean '%s'?", word, near);
	if (hexadecimal(word))
		return fail(parser, begin, "nothing is called '%s'; a hexadecimal number begins with 0x", word);
	return fail(parser, begin, "nothing is called '%s': it is no register, counter or symbol of the guest", word);
}

static unsigned parse_name(struct parser *parser)
{
	const char *begin = parser->at, *near;
	size_t length = word_length(begin);
	struct node node = { .kind = NODE_NAME };
	enum stop_space space;
	char word[EXPRESSION_NAME] = "";
	unsigned size;

	if (length >= sizeof(word))
		return fail(parser, begin, "a name of more than %d letters", EXPRESSION_NAME - 1);
	memcpy(word, begin, length);
	word[length] = '\0';
	parser->at += length;
	if (memory_word(word, &space, &size)) {
		skip_blanks(parser);
		if (*parser->at == '[')
			return parse_memory(parser, space, size);
	}
	if (name_resolve(parser->debugger, word[0] == '$' ? word + 1 : word, &node.name, &near))
		return add_node(parser, begin, &node);
	if (parser->addresses && hexadecimal(word)) {
		parser->at = begin;
		return parse_number(parser);
	}
	return refuse_name(parser, begin, word, near);
}

/* ---- the grammar ---- */

static unsigned parse_group(struct parser *parser)
{
	unsigned inside;

	parser->at++;
	inside = parse_choice(parser);
	if (!take(parser, ")"))
		return fail(parser, parser->at, "a ) is missing");
	return inside;
}

static unsigned parse_primary(struct parser *parser)
{
	char c;

	skip_blanks(parser);
	c = *parser->at;
	if (c == '(')
		return parse_group(parser);
	if (c == '[')
		return parse_memory(parser, SPACE_LINEAR, 4);
	if (c == '\'')
		return parse_character(parser);
	if (isdigit((unsigned char)c))
		return parse_number(parser);
	if (is_word(c) || c == '&')
		return parse_name(parser);
	if (!c)
		return fail(parser, parser->at, "the expression ends where a number, a name or ( should be");
	return fail(parser, parser->at, "a number, a name or ( should stand here");
}

static unsigned add_unary(struct parser *parser, const char *begin, enum operator operator)
{
	struct node node = { .kind = NODE_UNARY, .operator = (uint8_t)operator };

	node.operand[0] = (uint16_t)parse_unary(parser);
	return add_node(parser, begin, &node);
}

static unsigned parse_star(struct parser *parser, const char *begin)
{
	struct node node = { .kind = NODE_MEMORY, .space = SPACE_LINEAR, .size = 4 };

	node.operand[0] = (uint16_t)parse_unary(parser);
	return add_node(parser, begin, &node);
}

static unsigned parse_unary(struct parser *parser)
{
	const char *begin;
	unsigned node;

	skip_blanks(parser);
	begin = parser->at;
	if (parser->depth == EXPRESSION_DEPTH)
		return fail(parser, begin, "nested more than %d deep", EXPRESSION_DEPTH);
	parser->depth++;
	if (take(parser, "-"))
		node = add_unary(parser, begin, OP_NEGATIVE);
	else if (take(parser, "~"))
		node = add_unary(parser, begin, OP_COMPLEMENT);
	else if (take(parser, "!"))
		node = add_unary(parser, begin, OP_NOT);
	else if (take(parser, "*"))
		node = parse_star(parser, begin);
	else
		node = parse_primary(parser);
	parser->depth--;
	return node;
}

/* Longer spellings first. */
static const struct {
	const char *text;
	uint8_t operator, level;
} operators[] = {
	{ "||", OP_OR, 1 }, { "&&", OP_AND, 2 }, { "==", OP_EQUAL, 6 }, { "!=", OP_UNEQUAL, 6 },
	{ "<=", OP_BELOW_EQUAL, 7 }, { ">=", OP_ABOVE_EQUAL, 7 }, { "<<", OP_LEFT, 8 }, { ">>", OP_RIGHT, 8 },
	{ "|", OP_BIT_OR, 3 }, { "^", OP_BIT_XOR, 4 }, { "&", OP_BIT_AND, 5 }, { "<", OP_BELOW, 7 }, { ">", OP_ABOVE, 7 },
	{ "+", OP_ADD, 9 }, { "-", OP_SUBTRACT, 9 }, { "*", OP_MULTIPLY, 10 }, { "/", OP_DIVIDE, 10 },
	{ "%", OP_REMAINDER, 10 },
};

static bool take_operator(struct parser *parser, unsigned least, enum operator *operator, unsigned *level)
{
	skip_blanks(parser);
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (strncmp(parser->at, operators[i].text, strlen(operators[i].text)) != 0)
			continue;
		if (operators[i].level < least)
			return false;
		parser->at += strlen(operators[i].text);
		*operator = (enum operator)operators[i].operator;
		*level = operators[i].level;
		return true;
	}
	return false;
}

static unsigned parse_binary(struct parser *parser, unsigned least)
{
	unsigned left = parse_unary(parser), level;
	enum operator operator;

	while (!parser->failed) {
		const char *begin = parser->at;
		struct node node = { .kind = NODE_BINARY };

		if (!take_operator(parser, least, &operator, &level))
			break;
		node.operator = (uint8_t)operator;
		node.operand[0] = (uint16_t)left;
		node.operand[1] = (uint16_t)parse_binary(parser, level + 1);
		left = add_node(parser, begin, &node);
	}
	return left;
}

static unsigned parse_choice(struct parser *parser)
{
	struct node node = { .kind = NODE_CHOICE };
	const char *begin;
	unsigned condition = parse_binary(parser, 1);

	skip_blanks(parser);
	begin = parser->at;
	if (parser->failed || !take(parser, "?"))
		return condition;
	if (parser->depth == EXPRESSION_DEPTH)
		return fail(parser, begin, "nested more than %d deep", EXPRESSION_DEPTH);
	parser->depth++;
	node.operand[0] = (uint16_t)condition;
	node.operand[1] = (uint16_t)parse_choice(parser);
	if (!take(parser, ":"))
		return fail(parser, parser->at, "a : is missing, for the ? of a choice");
	node.operand[2] = (uint16_t)parse_choice(parser);
	parser->depth--;
	return add_node(parser, begin, &node);
}

/* A word on what people try. */
static void refuse_rest(struct parser *parser)
{
	if (*parser->at == '=')
		fail(parser, parser->at, "expressions change nothing: == compares, and the command `set` changes");
	else if (*parser->at == ')' || *parser->at == ']')
		fail(parser, parser->at, "this %c closes nothing", *parser->at);
	else
		fail(parser, parser->at, "an operator should stand here, or the end");
}

static struct expression *parse(struct parser *parser)
{
	struct expression *shorter;

	parser->expression = malloc(sizeof(*parser->expression));
	if (!parser->expression) {
		refuse(parser->error, parser->error_size, "not enough memory for an expression; close other programs");
		return NULL;
	}
	parser->expression->count = 0;
	parser->at = parser->text;
	parser->expression->root = parse_choice(parser);
	skip_blanks(parser);
	if (!parser->failed && *parser->at)
		refuse_rest(parser);
	if (parser->failed) {
		free(parser->expression);
		return NULL;
	}
	shorter = realloc(parser->expression, offsetof(struct expression, node) +
	                  parser->expression->count * sizeof(struct node));
	return shorter ? shorter : parser->expression;
}

struct expression *expression_parse(const struct debugger *debugger, const char *text, char *error, size_t error_size)
{
	struct parser parser = { .debugger = debugger, .text = text, .error = error, .error_size = error_size };

	return parse(&parser);
}

struct expression *expression_parse_address(const struct debugger *debugger, const char *text, char *error,
                                            size_t error_size)
{
	struct parser parser = {
		.debugger = debugger, .text = text, .error = error, .error_size = error_size, .addresses = true,
	};

	return parse(&parser);
}

void expression_free(struct expression *expression)
{
	free(expression);
}
