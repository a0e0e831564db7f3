/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/bench/bench.c - integer work under 4 KiB paging, the same instructions on every engine.
 * Says `begin NAME` and `end NAME CHECKSUM` on port 0xE9; scripts/bench takes the time in between. The
 * checksums show that every engine has done the same. No interrupts, no devices, nothing to wait for.
 */
#include <stddef.h>
#include <stdint.h>

void bench_main(void);

/* ---- the host ---- */

static inline void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void say(const char *text)
{
	while (*text)
		out8(0xe9, (uint8_t)*text++);
}

static void say_hex(uint32_t value)
{
	for (int shift = 28; shift >= 0; shift -= 4)
		out8(0xe9, (uint8_t)"0123456789abcdef"[value >> shift & 15]);
}

/* isa-debug-exit for QEMU and Ringside, Bochs' own port for Bochs. */
static void leave(void)
{
	out8(0xf4, 0);
	for (const char *text = "Shutdown"; *text; text++)
		out8(0x8900, (uint8_t)*text);
}

/* ---- paging: 16 MiB, one to one, 4 KiB pages ---- */

enum { PAGE = 4096, ENTRIES = 1024, TABLES = 4 };

static uint32_t directory[ENTRIES] __attribute__((aligned(PAGE)));
static uint32_t tables[TABLES][ENTRIES] __attribute__((aligned(PAGE)));

static void enable_paging(void)
{
	for (uint32_t i = 0; i < TABLES * ENTRIES; i++)
		tables[i / ENTRIES][i % ENTRIES] = i * PAGE | 3; /* present, writable */
	for (uint32_t i = 0; i < TABLES; i++)
		directory[i] = (uint32_t)tables[i] | 3;
	__asm__ volatile("movl %0, %%cr3\n\tmovl %%cr0, %%eax\n\torl $0x80010000, %%eax\n\tmovl %%eax, %%cr0"
	                 : : "r"(directory) : "eax", "memory");
}

/* ---- the kernels ---- */

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Memory that they share: 2 MiB, more than any first-level cache or TLB holds. */
static union {
	uint8_t bytes[2 << 20];
	uint32_t words[1 << 19];
} arena;

enum { SIEVE = 1 << 20 };

static uint32_t run_sieve(void)
{
	uint32_t primes = 0;

	for (uint32_t round = 0; round < 4; round++) {
		for (uint32_t i = 0; i < SIEVE; i++)
			arena.bytes[i] = 1;
		for (uint32_t i = 2; i * i < SIEVE; i++)
			if (arena.bytes[i])
				for (uint32_t j = i * i; j < SIEVE; j += i)
					arena.bytes[j] = 0;
		for (uint32_t i = 2; i < SIEVE; i++)
			primes += arena.bytes[i];
	}
	return primes;
}

enum { SIDE = 160 };

static uint32_t run_matrix(void)
{
	uint32_t *a = arena.words, *b = a + SIDE * SIDE, *c = b + SIDE * SIDE, sum = 0;

	for (uint32_t i = 0; i < SIDE * SIDE; i++) {
		a[i] = i * 7 + 3;
		b[i] = i ^ 0x55;
	}
	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t row = 0; row < SIDE; row++)
			for (uint32_t column = 0; column < SIDE; column++) {
				uint32_t dot = round;
				for (uint32_t k = 0; k < SIDE; k++)
					dot += a[row * SIDE + k] * b[k * SIDE + column];
				c[row * SIDE + column] = dot;
			}
	for (uint32_t i = 0; i < SIDE * SIDE; i++)
		sum = sum * 31 + c[i];
	return sum;
}

static uint32_t run_crc(void)
{
	uint32_t table[256], crc = 0xffffffff, state = 1;

	for (uint32_t i = 0; i < 256; i++) {
		uint32_t value = i;
		for (int bit = 0; bit < 8; bit++)
			value = value >> 1 ^ (value & 1 ? 0xedb88320 : 0);
		table[i] = value;
	}
	for (uint32_t i = 0; i < 1 << 20; i++)
		arena.bytes[i] = (uint8_t)next_random(&state);
	for (uint32_t round = 0; round < 5; round++)
		for (uint32_t i = 0; i < 1 << 20; i++)
			crc = crc >> 8 ^ table[(crc ^ arena.bytes[i]) & 0xff];
	return ~crc;
}

static void quicksort(uint32_t *low, uint32_t *high)
{
	while (low < high) {
		uint32_t pivot = low[(high - low) / 2], *left = low, *right = high;
		while (left <= right) {
			while (*left < pivot)
				left++;
			while (*right > pivot)
				right--;
			if (left <= right) {
				uint32_t kept = *left;
				*left++ = *right;
				*right-- = kept;
			}
		}
		quicksort(low, right);
		low = left;
	}
}

enum { SORTED = 1 << 17 };

static uint32_t run_sort(void)
{
	uint32_t state = 7, sum = 0;

	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < SORTED; i++)
			arena.words[i] = next_random(&state);
		quicksort(arena.words, arena.words + SORTED - 1);
		for (uint32_t i = 0; i < SORTED; i += 64)
			sum = sum * 31 + arena.words[i];
	}
	return sum;
}

struct node {
	struct node *next;
	uint32_t value;
};

enum { NODES = 1 << 16 };

/* A cycle through all nodes in an order that no cache line or TLB entry foresees. */
static uint32_t run_list(void)
{
	struct node *nodes = (struct node *)arena.words, *node = nodes;
	uint32_t sum = 0;

	for (uint32_t i = 0; i < NODES; i++) {
		nodes[i].next = &nodes[(i * 40503u + 12829u) % NODES];
		nodes[i].value = i;
	}
	for (uint32_t step = 0; step < 10000000; step++) {
		sum = (sum << 1 | sum >> 31) ^ node->value;
		node = node->next;
	}
	return sum;
}

static uint32_t copy_string(char *to, const char *from)
{
	uint32_t length = 0;

	while ((to[length] = from[length]))
		length++;
	return length;
}

static int compare_strings(const char *left, const char *right)
{
	while (*left && *left == *right) {
		left++;
		right++;
	}
	return *left - *right;
}

static uint32_t run_strings(void)
{
	static const char *const words[] = {
		"virtual", "privileged", "sensitive", "innocuous", "descriptor cache", "shadow page table",
		"trap", "hidden fault",
	};
	char *text = (char *)arena.bytes;
	uint32_t sum = 0;

	for (uint32_t round = 0; round < 500000; round++) {
		const char *word = words[round & 7];
		char *slot = text + (round & 0x3fff) * 32;
		sum += copy_string(slot, word);
		if (compare_strings(slot, words[round >> 3 & 7]) < 0)
			sum ^= round;
	}
	return sum;
}

enum { BUCKETS = 65521 };

static uint32_t run_hash(void)
{
	uint32_t state = 99, found = 0;

	for (uint32_t i = 0; i < BUCKETS; i++)
		arena.words[i] = 0;
	for (uint32_t i = 0; i < 1000000; i++) {
		uint32_t key = next_random(&state) & 0xffff, place = key * 2654435761u % BUCKETS;
		while (arena.words[place] && arena.words[place] != key + 1)
			place = (place + 1) % BUCKETS;
		found += arena.words[place] != 0;
		if (i < 40000)
			arena.words[place] = key + 1;
	}
	return found;
}

static __attribute__((noinline)) uint32_t fibonacci(uint32_t n)
{
	return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static uint32_t run_calls(void)
{
	return fibonacci(31);
}

/* ---- */

static const struct {
	const char *name;
	uint32_t (*run)(void);
} kernels[] = {
	{"sieve", run_sieve}, {"matrix", run_matrix}, {"crc", run_crc}, {"sort", run_sort},
	{"list", run_list}, {"strings", run_strings}, {"hash", run_hash}, {"calls", run_calls},
};

void bench_main(void)
{
	enable_paging();
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		say("begin ");
		say(kernels[i].name);
		say("\n");
		uint32_t sum = kernels[i].run();
		say("end ");
		say(kernels[i].name);
		say(" ");
		say_hex(sum);
		say("\n");
	}
	say("done\n");
	leave();
}
