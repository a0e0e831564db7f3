/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/fast_transfer.c - fast forms of near transfers, and how one block enters the next.
 */
#include "cpu/block.h"
#include "cpu/fast.h"

/* ---- from block to block ---- */

/*
 * A compiler that makes a jump of a call in tail position (-foptimize-sibling-calls) lets one block enter the
 * next by itself; without that the stack would grow, so the run loop does it.
 */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(SANITIZED)
#define CHAIN 1
#else
#define CHAIN 0
#endif

INLINE bool chain_holds(const struct cpu *cpu, const struct chain *chain, uint32_t eip)
{
	return chain->block && chain->linear == cpu->state.segment[CS].base + eip && chain->key == block_key(cpu) &&
	       chain->block->valid && !cpu->attention &&
	       *cpu->clock + chain->block->worst < cpu->block_deadline && block_fits(cpu, chain->block, eip);
}

/* Leaves the block for `eip`, and enters the block that was there the last time if nothing is due. */
INLINE void go_on(struct cpu *cpu, const struct insn *insn, uint32_t eip, bool taken)
{
	struct chain *chain = &insn->chain[taken];

	leave_block(cpu, insn, eip);
	if (!CHAIN || !chain_holds(cpu, chain, eip)) {
		cpu->open_chain = chain;
		return;
	}
	cpu->block_eip = eip;
	chain->block->insn[0].execute(cpu, chain->block->insn);
}

/* ---- near transfers: `displacement` is the offset of the next instruction in the block ---- */

INLINE bool target_fits(const struct cpu *cpu, uint32_t target)
{
	return __builtin_expect(target <= cpu->state.segment[CS].limit, 1);
}

INLINE void run_jcc(struct cpu *cpu, const struct insn *insn, unsigned code)
{
	uint32_t next = cpu->block_eip + insn->displacement;

	if (!condition(cpu, code))
		go_on(cpu, insn, next, false);
	else if (target_fits(cpu, next + insn->immediate))
		go_on(cpu, insn, next + insn->immediate, true);
	else
		end_row(cpu, insn);
}

#define JCC(code)                                                                                   \
	static void jcc_##code(struct cpu *cpu, const struct insn *insn)                             \
	{                                                                                           \
		run_jcc(cpu, insn, 0x##code);                                                        \
	}
JCC(0) JCC(1) JCC(2) JCC(3) JCC(4) JCC(5) JCC(6) JCC(7)
JCC(8) JCC(9) JCC(a) JCC(b) JCC(c) JCC(d) JCC(e) JCC(f)

static insn_execute *const jcc[16] = {jcc_0, jcc_1, jcc_2, jcc_3, jcc_4, jcc_5, jcc_6, jcc_7,
                                      jcc_8, jcc_9, jcc_a, jcc_b, jcc_c, jcc_d, jcc_e, jcc_f};

INLINE void go_to(struct cpu *cpu, const struct insn *insn, uint32_t target)
{
	if (target_fits(cpu, target))
		go_on(cpu, insn, target, true);
	else
		end_row(cpu, insn);
}

static void jmp_near(struct cpu *cpu, const struct insn *insn)
{
	go_to(cpu, insn, cpu->block_eip + insn->displacement + insn->immediate);
}

static void jmp_r4(struct cpu *cpu, const struct insn *insn)
{
	go_to(cpu, insn, cpu->state.gpr[insn->to]);
}

static void jmp_m4(struct cpu *cpu, const struct insn *insn)
{
	uint8_t *host = operand_host(cpu, insn, 4, false);

	if (host)
		go_to(cpu, insn, host_load(host, 4));
	else
		end_row(cpu, insn);
}

INLINE void run_call(struct cpu *cpu, const struct insn *insn, uint32_t target)
{
	uint8_t *slot = push_host(cpu);

	if (!slot || !target_fits(cpu, target)) {
		end_row(cpu, insn);
		return;
	}
	host_store(slot, 4, cpu->block_eip + insn->offset + insn->length);
	cpu->state.gpr[ESP] -= 4;
	go_on(cpu, insn, target, true);
}

static void call_near(struct cpu *cpu, const struct insn *insn)
{
	run_call(cpu, insn, cpu->block_eip + insn->displacement + insn->immediate);
}

static void call_r4(struct cpu *cpu, const struct insn *insn)
{
	run_call(cpu, insn, cpu->state.gpr[insn->to]);
}

static void call_m4(struct cpu *cpu, const struct insn *insn)
{
	uint8_t *host = operand_host(cpu, insn, 4, false);

	if (host)
		run_call(cpu, insn, host_load(host, 4));
	else
		end_row(cpu, insn);
}

static void ret_4(struct cpu *cpu, const struct insn *insn)
{
	uint8_t *slot = pop_host(cpu, cpu->state.gpr[ESP]);
	uint32_t target;

	if (!slot || !target_fits(cpu, target = host_load(slot, 4))) {
		end_row(cpu, insn);
		return;
	}
	cpu->state.gpr[ESP] += 4 + insn->immediate;
	go_on(cpu, insn, target, true);
}

/* ---- the table ---- */

insn_execute *fast_condition(const struct insn *insn)
{
	return insn->row->perform == perform_jcc ? jcc[insn->opcode & 15] : NULL;
}

const struct fast_row fast_transfers[] = {
	{perform_jmp_near, FORM_I, 4, jmp_near},
	{perform_call_near, FORM_I, 4, call_near},
	{perform_jmp_indirect, FORM_R, 4, jmp_r4},
	{perform_jmp_indirect, FORM_M, 4, jmp_m4},
	{perform_call_indirect, FORM_R, 4, call_r4},
	{perform_call_indirect, FORM_M, 4, call_m4},
	{perform_ret, FORM_NONE, 4, ret_4},
	{perform_ret, FORM_I, 4, ret_4},
	{0},
};
