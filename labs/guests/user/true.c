/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * user/true.c - ends well.
 */
int main(void)
{
	return 0;
}
