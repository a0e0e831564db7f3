/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visualizer/debugger/expression_inside.h - an expression as a tree in an array, between the file that parses it, the one that
 * knows names and the one that works out its value.
 */
#ifndef RINGSIDE_VISUALIZER_DEBUGGER_EXPRESSION_INSIDE_H
#define RINGSIDE_VISUALIZER_DEBUGGER_EXPRESSION_INSIDE_H

#include "visualizer/debugger/debugger.h"
#include "visualizer/debugger/expression.h"

/* A tree of the first size is worked out with little stack; text nested deeper than the second is refused. */
enum { EXPRESSION_NODES = 256, EXPRESSION_DEPTH = 40, EXPRESSION_NAME = 64 };

enum name_kind {
	NAME_STATE,   /* part of the guest's state, or with `hardware` of the processor's */
	NAME_MACHINE, /* told by a function of the debugger */
	NAME_EVENT,   /* of the event that is told */
	NAME_EXITS,   /* how often this reason was counted */
	NAME_CYCLES,  /* what it cost */
	NAME_KIND,    /* events of this kind */
	NAME_NUMBER,  /* a symbol's address */
};

struct name {
	enum name_kind kind;
	bool hardware;
	unsigned row; /* of the table of its kind; the kind of event */
	uint64_t number;
	char reason[COUNTER_NAME];
};

enum node_kind { NODE_NUMBER, NODE_NAME, NODE_MEMORY, NODE_UNARY, NODE_BINARY, NODE_CHOICE };

enum operator {
	OP_NEGATIVE, OP_COMPLEMENT, OP_NOT,
	OP_OR, OP_AND, OP_BIT_OR, OP_BIT_XOR, OP_BIT_AND, OP_EQUAL, OP_UNEQUAL,
	OP_BELOW, OP_BELOW_EQUAL, OP_ABOVE, OP_ABOVE_EQUAL, OP_LEFT, OP_RIGHT, OP_ADD, OP_SUBTRACT,
	OP_MULTIPLY, OP_DIVIDE, OP_REMAINDER,
};

struct node {
	uint8_t kind;            /* enum node_kind */
	uint8_t operator;        /* enum operator */
	uint8_t space, size;     /* NODE_MEMORY: enum stop_space, bytes */
	uint16_t operand[3];     /* nodes */
	union {
		uint64_t number;
		struct name name;
	};
};

struct expression {
	unsigned root, count;
	struct node node[EXPRESSION_NODES];
};

/* What `text` names. False: nothing; `near` is then the nearest name, or NULL. */
bool name_resolve(const struct debugger *debugger, const char *text, struct name *name, const char **near);
/* Whose names an expression's are. */
struct subject {
	const struct debugger *debugger;
	const struct event *event; /* NULL: none is told */
};
/* False: `error`. */
bool name_value(const struct name *name, const struct subject *subject, uint64_t *value, char *error, size_t error_size);

#endif
