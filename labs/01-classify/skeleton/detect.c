/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * detect.c - lab 1, part C: a kernel asks whether it is alone. Your name:
 *
 * This is code of a guest's kernel, compiled for 32 bits and linked with guest/. Each function says 1 when the kernel runs deprivileged, 0
 * when it has ring 0 for itself, and leaves everything as it was. See guest/detect.h and the handout.
 */
#include "detect.h"

int by_flags(void)
{
	return 0; /* to do */
}

int by_selector(void)
{
	return 0; /* to do */
}

int by_store(void)
{
	return 0; /* to do */
}
