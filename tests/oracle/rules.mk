# SPDX-License-Identifier: GPL-3.0-or-later
# The real-CPU oracle's helper: a 32-bit program without a C library. Where the compiler cannot make
# one it is left out, and the test says that it skips.

NATIVE32 := $(BUILD)/tests/oracle/native32
NATIVE32_FLAGS := -m32 -march=i686 -std=c17 -O2 -ffreestanding -nostdlib -static -fno-pie \
	-fno-stack-protector -fno-builtin -fcf-protection=none -fno-asynchronous-unwind-tables \
	-Wall -Wextra -Werror -I. -Wl,-z,noexecstack

tests: $(NATIVE32)

$(NATIVE32): tests/oracle/native/native.c tests/oracle/native/cases.h
	@mkdir -p $(@D)
	$(call say,CC32,$@)
	$(Q)$(CC) $(NATIVE32_FLAGS) -o $@ $< 2>$@.log || { cat $@.log; \
		echo "no 32-bit helper: the real-CPU oracle will skip"; }
