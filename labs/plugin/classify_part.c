/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * labs/plugin/classify_part.c - the table `classify`: questions about instructions, without a machine to ask them of.
 */
#include "core/refuse.h"
#include "cpu/insn.h"
#include "labs/plugin/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void lab_close(struct lab *lab)
{
	if (!lab)
		return;
	lab_process_end(&lab->process);
	if (lab->file >= 0)
		close(lab->file);
	free(lab);
}

static bool start(struct lab *lab, const char *piece, char *error, size_t error_size)
{
	lab->file = open(piece, O_RDONLY | O_CLOEXEC);
	if (lab->file < 0)
		return refuse(error, error_size, "lab: cannot read '%s': %s; `make -C labs/NAME` builds one", piece, strerror(errno));
	return lab_process_start(&lab->process, lab->file) ||
	       refuse(error, error_size, "the piece cannot be loaded: %s", lab->process.why);
}

struct lab *lab_open(const char *piece, const struct lab_observer *observer, char *error, size_t error_size)
{
	struct lab *lab = calloc(1, sizeof *lab);

	if (!lab) {
		refuse(error, error_size, "not enough memory; close other programs");
		return NULL;
	}
	lab->file = -1;
	lab->observer = *observer;
	if (start(lab, piece, error, error_size))
		return lab;
	lab_close(lab);
	return NULL;
}

bool lab_has(const struct lab *lab, enum handler handler)
{
	return lab->process.has >> handler & 1;
}

/* Only what stands behind `hardware` is the handler's to fill. */
static bool same_question(struct lab *lab, const struct exchange *call)
{
	const struct call_frame *given = &call->given, *back = &call->back;

	return exchange_same(lab, call, &given->vm.insn, &back->vm.insn, sizeof given->vm.insn, "vm->insn") &&
	       exchange_same(lab, call, &given->request.classify, &back->request.classify, offsetof(struct lab_classify, insn_class),
	                     "the question");
}

bool lab_ask(struct lab *lab, enum handler handler, const struct insn *insn, const uint8_t *bytes, struct lab_classify *question)
{
	struct exchange call;

	exchange_begin(&call, handler);
	lab_decoded_of(&call.given.vm.insn, insn);
	memcpy(call.given.vm.insn.bytes, bytes, insn->length);
	call.given.request.classify = *question;
	if (!exchange_call(lab, &call) || !same_question(lab, &call))
		return false;
	if (call.result != LAB_DONE)
		return lab_fails(lab, "%s did not give LAB_DONE: it has no answer to %s", lab_handler_name(handler), question->text);
	*question = call.back.request.classify;
	return true;
}
