# SPDX-License-Identifier: GPL-3.0-or-later
# labs/lab.mk - what every lab's Makefile includes: `make` builds the piece, `make grade` grades it.
#
#   make                 build/NAME.so of skeleton/NAME.c: what `ringside run --lab` takes
#   make grade           all tests; make grade ARGS='-v cli': those with "cli" in their names, with what the piece logs
#   make check           skeleton and solution, for whoever has the solution
#   make guest           guest.elf of guest/, for who changes it to try something; the grader of the course has its own

LAB_HERE := $(dir $(abspath $(firstword $(MAKEFILE_LIST))))
LABS := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
# Ringside as it was built here, else the installed one.
RINGSIDE ?= $(firstword $(wildcard $(LABS)../build/ringside) ringside)
CC = gcc
PIECE_FLAGS := -std=c17 -O1 -g -Wall -Wextra -fPIC -shared -nostdlib -ffreestanding -fcf-protection=none -I$(LABS)

build/%.so: skeleton/%.c $(LABS)ringside_lab.h
	@mkdir -p build
	$(CC) $(PIECE_FLAGS) -o $@ $<

GUEST_COMPILE := $(CC) -m32 -march=i686 -O2 -g -std=c17 -ffreestanding -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -mgeneral-regs-only -Wall -Wextra -Wa,--noexecstack -nostdlib -I$(LABS)
GUEST_FILE := $(addprefix skeleton/,$(shell sed -n 's/^guest-file *= *//p' tests.ini))

guest:
	$(GUEST_COMPILE) -r -o guest.o $(wildcard guest/*.c guest/*.S)
	$(GUEST_COMPILE) -static -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Iguest -T guest/guest.ld -o guest.elf guest.o $(GUEST_FILE)

grade:
	@$(RINGSIDE) grade $(ARGS) $(LAB_HERE) skeleton $(TESTS)

check:
	@$(RINGSIDE) lab check $(LAB_HERE)

clean:
	rm -rf build *.recording

.PHONY: all guest grade check clean
