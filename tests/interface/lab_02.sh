#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Lab 2, trap and emulate: skeleton and solution, submissions that are wrong or mean no good, the handout's commands.
# shellcheck source=lib.bash
. "$(dirname "$0")/lib.bash"
# shellcheck source=lab.bash
. "$(dirname "$0")/lab.bash"
suite interface/lab_02
lab 02

lab_check 0/120
lab_wrong
lab_hostile trap.c
lab_handout
finish
