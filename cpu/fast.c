/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cpu/fast.c - specialized forms of the instructions that run most. Each serves the usual case only
 * (32-bit stack, memory that the TLB reaches at once, targets inside CS) and hands every other one to
 * the row's `perform`, which is the truth: a form may be deleted and nothing changes but the speed.
 */
#include "cpu/access.h"
#include "cpu/block.h"
#include "cpu/perform.h"

#define INLINE static inline __attribute__((always_inline))
#define NEXT insn[1].execute(cpu, insn + 1)

/* Where the two operands are: R register, M memory, I immediate; the first is the destination. */
enum form { FORM_RR, FORM_RM, FORM_MR, FORM_RI, FORM_MI, FORM_R, FORM_M, FORM_I, FORM_NONE };

/* Host address of the memory operand when the fast path reaches it; NULL. */
INLINE uint8_t *fast_host(const struct cpu *cpu, unsigned segment, uint32_t offset, unsigned size, bool write)
{
	const struct tlb_tags *entry;
	uint32_t linear;

	if (__builtin_expect(offset >= cpu->fast[segment].top[write], 0))
		return NULL;
	linear = cpu->fast[segment].base + offset;
	entry = fast_entry(cpu, linear, size, write);
	return __builtin_expect(entry != NULL, 1) ? (uint8_t *)(entry->addend + linear) : NULL;
}

INLINE uint8_t *operand_host(const struct cpu *cpu, const struct insn *insn, unsigned size, bool write)
{
	return fast_host(cpu, insn->segment, effective_offset(cpu, insn), size, write);
}

/* ---- two operands: arithmetic and moves ---- */

enum operation { ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST, MOV, IMUL };

INLINE uint32_t compute(struct cpu *cpu, enum operation operation, unsigned size, uint32_t a, uint32_t b)
{
	uint32_t result;

	switch (operation) {
	case ADD: result = a + b; set_flags_add(cpu, size, a, b, result); return result;
	case ADC: result = a + b + flag_cf(cpu); set_flags_add(cpu, size, a, b, result); return result;
	case SUB:
	case CMP: result = a - b; set_flags_sub(cpu, size, a, b, result); return result;
	case SBB: result = a - b - flag_cf(cpu); set_flags_sub(cpu, size, a, b, result); return result;
	case AND:
	case TEST: result = a & b; set_flags_logic(cpu, size, result); return result;
	case OR: result = a | b; set_flags_logic(cpu, size, result); return result;
	case XOR: result = a ^ b; set_flags_logic(cpu, size, result); return result;
	default: return b;
	}
}

/*
 * tour 3.3: Executing, many times
 * One of these for each operation, form and size: the compiler folds the questions away and what is left
 * ends in a jump to the next instruction's. The flags are not computed, only what they follow from.
 */
INLINE void run_binary(struct cpu *cpu, const struct insn *insn, enum operation operation, enum form form,
                       unsigned size)
{
	bool to_memory = form == FORM_MR || form == FORM_MI, stores = operation != CMP && operation != TEST;
	uint32_t a = 0, b, result;
	uint8_t *host = NULL;

	if (to_memory || form == FORM_RM) {
		host = operand_host(cpu, insn, size, to_memory && stores);
		if (!host) {
			run_row(cpu, insn);
			return;
		}
	}
	if (operation != MOV)
		a = to_memory ? host_load(host, size) : get_register(cpu, insn->to, size);
	b = form == FORM_RM                        ? host_load(host, size)
	    : form == FORM_RI || form == FORM_MI   ? insn->immediate
	                                           : get_register(cpu, insn->from, size);
	result = compute(cpu, operation, size, a, b);
	if (stores && to_memory)
		host_store(host, size, result);
	else if (stores)
		set_register(cpu, insn->to, size, result);
	NEXT;
}

#define BINARY(name, operation, form, size)                                                         \
	static void name(struct cpu *cpu, const struct insn *insn)                                   \
	{                                                                                           \
		run_binary(cpu, insn, operation, form, size);                                        \
	}
#define BINARY_FORMS(name, operation, size)                                                         \
	BINARY(name##_rr##size, operation, FORM_RR, size)                                            \
	BINARY(name##_rm##size, operation, FORM_RM, size)                                            \
	BINARY(name##_mr##size, operation, FORM_MR, size)                                            \
	BINARY(name##_ri##size, operation, FORM_RI, size)                                            \
	BINARY(name##_mi##size, operation, FORM_MI, size)
#define BINARY_SIZES(name, operation)                                                               \
	BINARY_FORMS(name, operation, 1) BINARY_FORMS(name, operation, 2) BINARY_FORMS(name, operation, 4)

BINARY_SIZES(add, ADD)
BINARY_SIZES(or, OR)
BINARY_SIZES(adc, ADC)
BINARY_SIZES(sbb, SBB)
BINARY_SIZES(and, AND)
BINARY_SIZES(sub, SUB)
BINARY_SIZES(xor, XOR)
BINARY_SIZES(cmp, CMP)
BINARY_SIZES(test, TEST)
BINARY_SIZES(mov, MOV)

/* ---- one operand ---- */

/* INC and DEC leave CF alone. */
INLINE uint32_t step(struct cpu *cpu, uint32_t value, bool up, unsigned size)
{
	bool carry = flag_cf(cpu);
	uint32_t result = up ? value + 1 : value - 1;

	if (up)
		set_flags_add(cpu, size, value, 1, result);
	else
		set_flags_sub(cpu, size, value, 1, result);
	set_cf(cpu, carry);
	return result;
}

static void inc_r4(struct cpu *cpu, const struct insn *insn)
{
	cpu->state.gpr[insn->to] = step(cpu, cpu->state.gpr[insn->to], true, 4);
	NEXT;
}

static void dec_r4(struct cpu *cpu, const struct insn *insn)
{
	cpu->state.gpr[insn->to] = step(cpu, cpu->state.gpr[insn->to], false, 4);
	NEXT;
}

INLINE void step_memory(struct cpu *cpu, const struct insn *insn, bool up)
{
	uint8_t *host = operand_host(cpu, insn, 4, true);

	if (!host) {
		run_row(cpu, insn);
		return;
	}
	host_store(host, 4, step(cpu, host_load(host, 4), up, 4));
	NEXT;
}

static void inc_m4(struct cpu *cpu, const struct insn *insn) { step_memory(cpu, insn, true); }
static void dec_m4(struct cpu *cpu, const struct insn *insn) { step_memory(cpu, insn, false); }

static void neg_r4(struct cpu *cpu, const struct insn *insn)
{
	uint32_t value = cpu->state.gpr[insn->to];

	set_flags_sub(cpu, 4, 0, value, -value);
	cpu->state.gpr[insn->to] = -value;
	NEXT;
}

static void not_r4(struct cpu *cpu, const struct insn *insn)
{
	cpu->state.gpr[insn->to] = ~cpu->state.gpr[insn->to];
	NEXT;
}

/* ---- shifts of a 32-bit register by 1 to 31: CF is the last bit out, OF as the manual has it for 1 ---- */

INLINE void set_flags_shift(struct cpu *cpu, uint32_t result, bool carry, bool overflow)
{
	cpu->flag_result = result;
	cpu->flag_aux = (uint32_t)carry << 31 | (uint32_t)(carry != overflow) << 30;
}

INLINE void shift(struct cpu *cpu, const struct insn *insn, unsigned count, char kind)
{
	uint32_t value = cpu->state.gpr[insn->to], result;

	if (kind == 'l') {
		bool carry = value >> (32 - count) & 1;
		result = value << count;
		set_flags_shift(cpu, result, carry, (result >> 31) != carry);
	} else if (kind == 'r') {
		result = value >> count;
		set_flags_shift(cpu, result, value >> (count - 1) & 1, (result ^ result << 1) >> 31);
	} else {
		result = (uint32_t)((int32_t)value >> count);
		set_flags_shift(cpu, result, (uint32_t)((int32_t)value >> (count - 1)) & 1, false);
	}
	cpu->state.gpr[insn->to] = result;
	NEXT;
}

/* A count of 0 changes nothing at all. */
INLINE void shift_by(struct cpu *cpu, const struct insn *insn, unsigned count, char kind)
{
	count &= 31;
	if (count)
		shift(cpu, insn, count, kind);
	else
		NEXT;
}

#define SHIFTS(name, kind)                                                                          \
	static void name##_ri4(struct cpu *cpu, const struct insn *insn)                             \
	{                                                                                           \
		shift_by(cpu, insn, insn->immediate, kind);                                          \
	}                                                                                           \
	static void name##_r4(struct cpu *cpu, const struct insn *insn)                              \
	{                                                                                           \
		shift(cpu, insn, 1, kind);                                                           \
	}                                                                                           \
	static void name##_rr4(struct cpu *cpu, const struct insn *insn)                             \
	{                                                                                           \
		shift_by(cpu, insn, cpu->state.gpr[ECX], kind);                                      \
	}

SHIFTS(shl, 'l')
SHIFTS(shr, 'r')
SHIFTS(sar, 'a')

#define ROTATE(name, left)                                                                          \
	static void name##_ri4(struct cpu *cpu, const struct insn *insn)                             \
	{                                                                                           \
		rotate_by(cpu, insn, insn->immediate & 31, left);                                    \
	}

/* CF and OF alone are written: the bit that went round, and for counts of 1 the change of sign. */
INLINE void rotate_by(struct cpu *cpu, const struct insn *insn, unsigned count, bool left)
{
	uint32_t value = cpu->state.gpr[insn->to], result;
	bool carry;

	if (!count) {
		NEXT;
		return;
	}
	result = left ? value << count | value >> (32 - count) : value >> count | value << (32 - count);
	carry = left ? result & 1 : result >> 31;
	set_cf(cpu, carry);
	set_of(cpu, left ? carry != result >> 31 : (result ^ result << 1) >> 31);
	cpu->state.gpr[insn->to] = result;
	NEXT;
}

ROTATE(rol, true)
ROTATE(ror, false)

/* ---- products of 32 bits: flags as exec_multiply.c sets them ---- */

INLINE void set_flags_product(struct cpu *cpu, uint32_t low, bool significant)
{
	cpu->flag_result = low;
	cpu->flag_aux = significant ? AUX_CF : 0; /* OF as CF */
}

INLINE void multiply(struct cpu *cpu, const struct insn *insn, uint32_t a, uint32_t b)
{
	int64_t product = (int64_t)(int32_t)a * (int32_t)b;

	cpu->state.gpr[insn->to] = (uint32_t)product;
	set_flags_product(cpu, (uint32_t)product, product != (int32_t)product);
	NEXT;
}

static void imul_two_rr4(struct cpu *cpu, const struct insn *insn)
{
	multiply(cpu, insn, cpu->state.gpr[insn->to], cpu->state.gpr[insn->from]);
}

static void imul_three_rr4(struct cpu *cpu, const struct insn *insn)
{
	multiply(cpu, insn, cpu->state.gpr[insn->from], insn->immediate);
}

INLINE void multiply_memory(struct cpu *cpu, const struct insn *insn, bool three)
{
	uint8_t *host = operand_host(cpu, insn, 4, false);

	if (host)
		multiply(cpu, insn, host_load(host, 4), three ? insn->immediate : cpu->state.gpr[insn->to]);
	else
		run_row(cpu, insn);
}

static void imul_two_rm4(struct cpu *cpu, const struct insn *insn) { multiply_memory(cpu, insn, false); }
static void imul_three_rm4(struct cpu *cpu, const struct insn *insn) { multiply_memory(cpu, insn, true); }

static void mul_r4(struct cpu *cpu, const struct insn *insn)
{
	uint64_t product = (uint64_t)cpu->state.gpr[EAX] * cpu->state.gpr[insn->to];

	cpu->state.gpr[EAX] = (uint32_t)product;
	cpu->state.gpr[EDX] = (uint32_t)(product >> 32);
	set_flags_product(cpu, (uint32_t)product, product >> 32);
	NEXT;
}

/* ---- moves of other kinds ---- */

static void lea_4(struct cpu *cpu, const struct insn *insn)
{
	cpu->state.gpr[insn->reg] = effective_offset(cpu, insn);
	NEXT;
}

#define EXTEND(name, size, conversion)                                                              \
	static void name##_rr##size(struct cpu *cpu, const struct insn *insn)                        \
	{                                                                                           \
		cpu->state.gpr[insn->to] = conversion get_register(cpu, insn->from, size);           \
		NEXT;                                                                               \
	}                                                                                           \
	static void name##_rm##size(struct cpu *cpu, const struct insn *insn)                        \
	{                                                                                           \
		uint8_t *host = operand_host(cpu, insn, size, false);                                \
		if (!host) {                                                                        \
			run_row(cpu, insn);                                                          \
			return;                                                                     \
		}                                                                                   \
		cpu->state.gpr[insn->to] = conversion host_load(host, size);                         \
		NEXT;                                                                               \
	}

EXTEND(movzx, 1, (uint32_t))
EXTEND(movzx, 2, (uint32_t))
EXTEND(movsx, 1, (uint32_t)(int8_t))
EXTEND(movsx, 2, (uint32_t)(int16_t))

static void cwd_4(struct cpu *cpu, const struct insn *insn)
{
	cpu->state.gpr[EDX] = (uint32_t)((int32_t)cpu->state.gpr[EAX] >> 31);
	NEXT;
}

static void set_r1(struct cpu *cpu, const struct insn *insn)
{
	set_byte_register(cpu, insn->to, condition(cpu, insn->opcode & 15));
	NEXT;
}

static void cmov_rr4(struct cpu *cpu, const struct insn *insn)
{
	if (condition(cpu, insn->opcode & 15))
		cpu->state.gpr[insn->to] = cpu->state.gpr[insn->from];
	NEXT;
}

static void nop(struct cpu *cpu, const struct insn *insn)
{
	NEXT;
}

/* ---- the stack, 32 bits wide, by a 32-bit ESP ---- */

/* The slot of the next push; NULL: not by the fast path. */
INLINE uint8_t *push_host(const struct cpu *cpu)
{
	if (__builtin_expect(cpu->stack_mask != UINT32_MAX, 0))
		return NULL;
	return fast_host(cpu, SS, cpu->state.gpr[ESP] - 4, 4, true);
}

INLINE uint8_t *pop_host(const struct cpu *cpu, uint32_t pointer)
{
	if (__builtin_expect(cpu->stack_mask != UINT32_MAX, 0))
		return NULL;
	return fast_host(cpu, SS, pointer, 4, false);
}

INLINE void run_push(struct cpu *cpu, const struct insn *insn, enum form form)
{
	uint8_t *source = form == FORM_M ? operand_host(cpu, insn, 4, false) : NULL, *slot = push_host(cpu);

	if (!slot || (form == FORM_M && !source)) {
		run_row(cpu, insn);
		return;
	}
	host_store(slot, 4,
	           form == FORM_M   ? host_load(source, 4)
	           : form == FORM_I ? insn->immediate
	                            : cpu->state.gpr[insn->to]);
	cpu->state.gpr[ESP] -= 4;
	NEXT;
}

static void push_r4(struct cpu *cpu, const struct insn *insn) { run_push(cpu, insn, FORM_R); }
static void push_m4(struct cpu *cpu, const struct insn *insn) { run_push(cpu, insn, FORM_M); }
static void push_i4(struct cpu *cpu, const struct insn *insn) { run_push(cpu, insn, FORM_I); }

static void pop_r4(struct cpu *cpu, const struct insn *insn)
{
	uint8_t *slot = pop_host(cpu, cpu->state.gpr[ESP]);

	if (!slot) {
		run_row(cpu, insn);
		return;
	}
	cpu->state.gpr[ESP] += 4;
	cpu->state.gpr[insn->to] = host_load(slot, 4); /* POP ESP: the popped value stays */
	NEXT;
}

static void leave_4(struct cpu *cpu, const struct insn *insn)
{
	uint8_t *slot = pop_host(cpu, cpu->state.gpr[EBP]);

	if (!slot) {
		run_row(cpu, insn);
		return;
	}
	cpu->state.gpr[ESP] = cpu->state.gpr[EBP] + 4;
	cpu->state.gpr[EBP] = host_load(slot, 4);
	NEXT;
}

/* ---- from block to block ---- */

/*
 * A compiler that makes a jump of a call in tail position lets one block enter the next by itself; without
 * that the stack would grow, so the run loop does it.
 */
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(RINGSIDE_NO_TAIL_CALLS)
#define CHAIN 1
#else
#define CHAIN 0
#endif

INLINE bool chain_holds(const struct cpu *cpu, const struct chain *chain, uint32_t eip)
{
	return chain->block && chain->linear == cpu->state.segment[CS].base + eip && chain->key == block_key(cpu) &&
	       chain->block->valid && !cpu->attention &&
	       *cpu->clock + chain->block->worst < cpu->deadline && block_fits(cpu, chain->block, eip);
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

/* ---- choosing ---- */

struct fast_row {
	insn_perform *perform;
	uint8_t form; /* enum form */
	uint8_t size; /* operand size, bytes */
	insn_execute *execute;
};

#define FORMS(name, size)                                                                           \
	{perform_##name, FORM_RR, size, name##_rr##size}, {perform_##name, FORM_RM, size, name##_rm##size}, \
	{perform_##name, FORM_MR, size, name##_mr##size}, {perform_##name, FORM_RI, size, name##_ri##size}, \
	{perform_##name, FORM_MI, size, name##_mi##size}
#define SIZES(name) FORMS(name, 1), FORMS(name, 2), FORMS(name, 4)

static const struct fast_row rows[] = {
	SIZES(mov), SIZES(cmp), SIZES(add), SIZES(sub), SIZES(test), SIZES(and), SIZES(or), SIZES(xor),
	SIZES(adc), SIZES(sbb),
	{perform_inc, FORM_R, 4, inc_r4},
	{perform_inc, FORM_M, 4, inc_m4},
	{perform_dec, FORM_R, 4, dec_r4},
	{perform_dec, FORM_M, 4, dec_m4},
	{perform_neg, FORM_R, 4, neg_r4},
	{perform_not, FORM_R, 4, not_r4},
	{perform_shl, FORM_RI, 4, shl_ri4},
	{perform_shr, FORM_RI, 4, shr_ri4},
	{perform_sar, FORM_RI, 4, sar_ri4},
	{perform_shl, FORM_R, 4, shl_r4},
	{perform_shr, FORM_R, 4, shr_r4},
	{perform_sar, FORM_R, 4, sar_r4},
	{perform_shl, FORM_RR, 4, shl_rr4},
	{perform_shr, FORM_RR, 4, shr_rr4},
	{perform_sar, FORM_RR, 4, sar_rr4},
	{perform_rol, FORM_RI, 4, rol_ri4},
	{perform_ror, FORM_RI, 4, ror_ri4},
	{perform_imul_two, FORM_RR, 4, imul_two_rr4},
	{perform_imul_two, FORM_RM, 4, imul_two_rm4},
	{perform_imul_three, FORM_RR, 4, imul_three_rr4},
	{perform_imul_three, FORM_RM, 4, imul_three_rm4},
	{perform_mul, FORM_R, 4, mul_r4},
	{perform_cwd, FORM_NONE, 4, cwd_4},
	{perform_set, FORM_R, 1, set_r1},
	{perform_cmov, FORM_RR, 4, cmov_rr4},
	{perform_nop, FORM_NONE, 4, nop},
	{perform_push, FORM_R, 4, push_r4},
	{perform_push, FORM_M, 4, push_m4},
	{perform_push, FORM_I, 4, push_i4},
	{perform_pop, FORM_R, 4, pop_r4},
	{perform_leave, FORM_NONE, 4, leave_4},
	{perform_jmp_near, FORM_I, 4, jmp_near},
	{perform_call_near, FORM_I, 4, call_near},
	{perform_jmp_indirect, FORM_R, 4, jmp_r4},
	{perform_jmp_indirect, FORM_M, 4, jmp_m4},
	{perform_call_indirect, FORM_R, 4, call_r4},
	{perform_call_indirect, FORM_M, 4, call_m4},
	{perform_ret, FORM_NONE, 4, ret_4},
	{perform_ret, FORM_I, 4, ret_4},
};

/* One operand as 'R' (and which register), 'M', 'I' or 0: no fast form knows it. */
static char operand_place(const struct insn *insn, unsigned n, uint8_t *reg)
{
	switch (insn->row->operand[n]) {
	case OP_Eb:
	case OP_Ew:
	case OP_Ev:
		*reg = insn->rm;
		return insn->memory ? 'M' : 'R';
	case OP_Ob:
	case OP_Ov:
		return 'M';
	case OP_Gb:
	case OP_Gw:
	case OP_Gv:
	case OP_Zb:
	case OP_Zv:
		*reg = insn->reg;
		return 'R';
	case OP_AL:
	case OP_rAX:
		*reg = EAX;
		return 'R';
	case OP_CL:
		*reg = ECX;
		return 'R';
	case OP_Ib:
	case OP_Ibs:
	case OP_Iw:
	case OP_Iz:
	case OP_Iv:
	case OP_Jb:
	case OP_Jz:
		return 'I';
	case OP_1:
		return '1';
	case OP_NONE:
		return ' ';
	default:
		return 0;
	}
}

static enum form form_of(struct insn *insn)
{
	char place[3] = {operand_place(insn, 0, &insn->to), operand_place(insn, 1, &insn->from), 0};

	if (place[0] == 'R')
		return place[1] == 'R' ? FORM_RR : place[1] == 'M' ? FORM_RM : place[1] == 'I' ? FORM_RI : FORM_R;
	if (place[0] == 'M')
		return place[1] == 'R' ? FORM_MR : place[1] == 'I' ? FORM_MI : FORM_M;
	return place[0] == 'I' ? FORM_I : FORM_NONE;
}

/* LEA and the extensions have an operand that is not of operand size, or not really memory. */
static insn_execute *fast_special(const struct insn *insn, enum form form)
{
	bool byte = insn->row->operand[1] == OP_Eb;

	if (insn->operand_size != 4)
		return NULL;
	if (insn->row->perform == perform_jcc)
		return jcc[insn->opcode & 15];
	if (insn->row->perform == perform_lea)
		return lea_4;
	if (insn->row->perform == perform_movzx)
		return form == FORM_RR ? (byte ? movzx_rr1 : movzx_rr2) : byte ? movzx_rm1 : movzx_rm2;
	if (insn->row->perform == perform_movsx)
		return form == FORM_RR ? (byte ? movsx_rr1 : movsx_rr2) : byte ? movsx_rm1 : movsx_rm2;
	return NULL;
}

insn_execute *fast_execute(struct insn *insn)
{
	enum form form = form_of(insn);
	insn_execute *execute = fast_special(insn, form);

	if (insn->lock)
		return NULL;
	for (size_t i = 0; !execute && i < sizeof rows / sizeof *rows; i++)
		if (rows[i].perform == insn->row->perform && rows[i].form == form &&
		    rows[i].size == insn->operand_size)
			execute = rows[i].execute;
	if (execute && form == FORM_I && insn_ends_block(insn))
		insn->displacement = insn->offset + (uint32_t)insn->length;
	return execute;
}
