/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/compute.c - workload: integer work in user mode, n rounds (n=COUNT). No system call while it
 * works. quiet=1 leaves the results out, for measurements.
 */
#include "user/user.h"

enum { SIEVE = 8192, SIDE = 24, ITEMS = 1024 };

static uint8_t composite[SIEVE];
static uint32_t left[SIDE][SIDE], right[SIDE][SIDE], product[SIDE][SIDE];
static uint32_t items[ITEMS], crc_table[256];

static uint32_t random_next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static uint32_t count_primes(void)
{
	uint32_t primes = 0;

	memset(composite, 0, sizeof(composite));
	for (uint32_t i = 2; i < SIEVE; i++) {
		if (composite[i])
			continue;
		primes++;
		for (uint32_t multiple = i * 2; multiple < SIEVE; multiple += i)
			composite[multiple] = 1;
	}
	return primes;
}

static uint32_t multiply(uint32_t seed)
{
	uint32_t sum = 0;

	for (int i = 0; i < SIDE * SIDE; i++) {
		left[i / SIDE][i % SIDE] = random_next(&seed);
		right[i / SIDE][i % SIDE] = random_next(&seed);
	}
	for (int i = 0; i < SIDE; i++) {
		for (int j = 0; j < SIDE; j++) {
			uint32_t cell = 0;
			for (int k = 0; k < SIDE; k++)
				cell += left[i][k] * right[k][j];
			product[i][j] = cell;
			sum = sum * 31 + cell;
		}
	}
	return sum;
}

static void crc_prepare(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t value = i;
		for (int bit = 0; bit < 8; bit++)
			value = value & 1 ? value >> 1 ^ 0xEDB88320 : value >> 1;
		crc_table[i] = value;
	}
}

static uint32_t crc32(const void *data, size_t size)
{
	const uint8_t *bytes = data;
	uint32_t crc = 0xFFFFFFFF;

	for (size_t i = 0; i < size; i++)
		crc = crc >> 8 ^ crc_table[(crc ^ bytes[i]) & 0xFF];
	return ~crc;
}

static void sift(uint32_t root, uint32_t count)
{
	for (uint32_t child; (child = root * 2 + 1) < count; root = child) {
		uint32_t value = items[root];
		if (child + 1 < count && items[child + 1] > items[child])
			child++;
		if (items[child] <= value)
			return;
		items[root] = items[child];
		items[child] = value;
	}
}

static void heap_sort(uint32_t seed)
{
	for (uint32_t i = 0; i < ITEMS; i++)
		items[i] = random_next(&seed);
	for (uint32_t i = ITEMS / 2; i-- > 0;)
		sift(i, ITEMS);
	for (uint32_t count = ITEMS - 1; count > 0; count--) {
		uint32_t largest = items[0];
		items[0] = items[count];
		items[count] = largest;
		sift(0, count);
	}
}

static uint32_t collatz(uint32_t limit)
{
	uint32_t steps = 0;

	for (uint32_t i = 1; i < limit; i++) {
		for (uint32_t n = i; n != 1; steps++)
			n = n & 1 ? n * 3 + 1 : n / 2;
	}
	return steps;
}

int main(int argc, char **argv)
{
	uint32_t rounds = number_option(argv, "n", 10);
	uint32_t primes = 0, matrix = 0, sorted = 0, steps = 0;

	(void)argc;
	crc_prepare();
	for (uint32_t i = 0; i < rounds; i++) {
		primes += count_primes();
		matrix = matrix * 7 + multiply(i + 1);
		heap_sort(i + 1);
		sorted = sorted * 7 + crc32(items, sizeof(items));
		steps += collatz(300 + i % 16);
	}
	if (!number_option(argv, "quiet", 0))
		print("compute: %u rounds, primes %u, matrix %08x, sorted %08x, steps %u\n", rounds, primes,
		      matrix, sorted, steps);
	return 0;
}
