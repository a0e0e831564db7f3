/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * 01-classify/guest/guest.h - the lab guest: a kernel whose tables, selectors and flags are made up from a seed, which then calls one
 * function of detect.c.
 */
#ifndef LAB_GUEST_H
#define LAB_GUEST_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What the kernel reports, by doublewords to a port that nothing is at: where its own code begins and ends; CALL; RETURN and what the
 * function has given; or FAULT, vector and EIP. The grader looks at who writes.
 */
enum { REPORT_PORT = 0x2e0, REPORT_CALL = 0xca11, REPORT_RETURN = 0x4e70, REPORT_FAULT = 0xfa17 };

#endif
