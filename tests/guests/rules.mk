# SPDX-License-Identifier: GPL-3.0-or-later
# tests/guests/rules.mk - guests that are tests themselves. Included by the top Makefile.
include $(wildcard tests/guests/*/rules.mk)
