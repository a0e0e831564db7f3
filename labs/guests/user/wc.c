/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/wc.c - counts the lines, words and bytes that it is given.
 */
#include "user/user.h"

int main(void)
{
	uint32_t lines = 0, words = 0, bytes = 0;
	bool inside = false;
	char buffer[128];
	int count;

	while ((count = read(INPUT, buffer, sizeof(buffer))) > 0) {
		for (int i = 0; i < count; i++) {
			bool blank = buffer[i] == ' ' || buffer[i] == '\n';
			lines += buffer[i] == '\n';
			words += !blank && !inside;
			inside = !blank;
		}
		bytes += (uint32_t)count;
	}
	print("%u %u %u\n", lines, words, bytes);
	return 0;
}
