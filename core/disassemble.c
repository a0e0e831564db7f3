/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core/disassemble.c - Zydis asked for lower-case Intel syntax.
 * A few settings make Zydis decode as a Pentium III does: prefixes that later gave old opcodes new
 * meanings (TZCNT, LZCNT, MPX, CET) are ignored, as that processor ignores them.
 */
#include "core/disassemble.h"

#include <Zydis/Zydis.h>
#include <stdio.h>

static void init_decoder(ZydisDecoder *decoder, bool big)
{
	static const ZydisDecoderMode newer[] = {
		ZYDIS_DECODER_MODE_MPX, ZYDIS_DECODER_MODE_CET, ZYDIS_DECODER_MODE_LZCNT,
		ZYDIS_DECODER_MODE_TZCNT, ZYDIS_DECODER_MODE_CLDEMOTE,
	};

	ZydisDecoderInit(decoder, big ? ZYDIS_MACHINE_MODE_LEGACY_32 : ZYDIS_MACHINE_MODE_LEGACY_16,
	                 big ? ZYDIS_STACK_WIDTH_32 : ZYDIS_STACK_WIDTH_16);
	for (size_t i = 0; i < sizeof newer / sizeof newer[0]; i++)
		ZydisDecoderEnableMode(decoder, newer[i], ZYAN_FALSE);
}

/* Addresses and immediates as "0x1f", displacements with their sign. */
static void init_formatter(ZydisFormatter *formatter)
{
	ZydisFormatterInit(formatter, ZYDIS_FORMATTER_STYLE_INTEL);
	ZydisFormatterSetProperty(formatter, ZYDIS_FORMATTER_PROP_HEX_UPPERCASE, ZYAN_FALSE);
	ZydisFormatterSetProperty(formatter, ZYDIS_FORMATTER_PROP_ADDR_PADDING_ABSOLUTE,
	                          ZYDIS_PADDING_DISABLED);
	ZydisFormatterSetProperty(formatter, ZYDIS_FORMATTER_PROP_ADDR_PADDING_RELATIVE,
	                          ZYDIS_PADDING_DISABLED);
	ZydisFormatterSetProperty(formatter, ZYDIS_FORMATTER_PROP_DISP_PADDING, ZYDIS_PADDING_DISABLED);
	ZydisFormatterSetProperty(formatter, ZYDIS_FORMATTER_PROP_IMM_PADDING, ZYDIS_PADDING_DISABLED);
}

static bool format(const ZydisDecodedInstruction *instruction, const ZydisDecodedOperand *operands,
                   uint32_t address, char *text, size_t text_size)
{
	ZydisFormatter formatter;
	char whole[256];

	init_formatter(&formatter);
	if (!ZYAN_SUCCESS(ZydisFormatterFormatInstruction(
	            &formatter, instruction, operands, instruction->operand_count_visible, whole,
	            sizeof whole, address, NULL)))
		return false;
	snprintf(text, text_size, "%s", whole);
	return true;
}

/* Branches wrap at 4 GiB; Zydis adds in 64 bits. */
static void wrap_target(const ZydisDecodedInstruction *instruction, ZydisDecodedOperand *operand,
                        uint32_t address)
{
	uint64_t next = (uint64_t)address + instruction->length;

	if (operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE && operand->imm.is_relative)
		operand->imm.value.u = (uint32_t)(next + operand->imm.value.u) - next;
}

size_t disassemble(const uint8_t *bytes, size_t size, uint32_t address, bool big, char *text,
                   size_t text_size)
{
	ZydisDecoder decoder;
	ZydisDecodedInstruction instruction;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	ZyanStatus status;

	init_decoder(&decoder, big);
	status = ZydisDecoderDecodeFull(&decoder, bytes, size, &instruction, operands);
	for (unsigned i = 0; ZYAN_SUCCESS(status) && i < instruction.operand_count_visible; i++)
		wrap_target(&instruction, &operands[i], address);
	if (ZYAN_SUCCESS(status) && format(&instruction, operands, address, text, text_size))
		return instruction.length;
	snprintf(text, text_size, "%s",
	         status == ZYDIS_STATUS_NO_MORE_DATA ? "(incomplete)" : "(bad)");
	return 0;
}
