# SPDX-License-Identifier: GPL-3.0-or-later
# The bench kernel (32-bit, freestanding) and the disk that holds it behind a boot sector of its own.

BENCH := build/bench
BENCH_FLAGS := -m32 -march=i686 -std=c17 -O2 -ffreestanding -fno-pic -fno-stack-protector \
	-fcf-protection=none -fno-asynchronous-unwind-tables -fno-builtin -fno-tree-vectorize \
	-fno-tree-loop-distribute-patterns -mno-sse -mno-mmx -mno-80387 -Wall -Wextra -Werror
BENCH_CC := gcc

.PHONY: bench-guest
bench-guest: $(BENCH)/bench.elf $(BENCH)/bench.img

$(BENCH)/%.o: tests/bench/%.c
	@mkdir -p $(@D)
	$(Q)$(BENCH_CC) $(BENCH_FLAGS) -c -o $@ $<
$(BENCH)/start.o: tests/bench/start.S
	@mkdir -p $(@D)
	$(Q)$(BENCH_CC) -m32 -c -o $@ $<

$(BENCH)/bench.elf: tests/bench/bench.ld $(BENCH)/start.o $(BENCH)/bench.o
	$(Q)ld -m elf_i386 -T tests/bench/bench.ld -o $@ $(filter %.o,$^)

$(BENCH)/bench.bin: $(BENCH)/bench.elf
	$(Q)objcopy -O binary $< $@

# A disk of 20 cylinders, 16 heads, 63 sectors: what scripts/bench tells Bochs.
$(BENCH)/bench.img: tests/bench/disk.S $(BENCH)/bench.bin
	$(Q)$(BENCH_CC) -m32 -c -DSECTORS=$$(($$(wc -c < $(BENCH)/bench.bin) / 512 + 1)) -o $(BENCH)/disk.o $<
	$(Q)ld -m elf_i386 --oformat binary -Ttext 0x7c00 -e _start -o $@ $(BENCH)/disk.o
	$(Q)cat $(BENCH)/bench.bin >> $@ && truncate -s $$((20 * 16 * 63 * 512)) $@

bench-guest: $(BENCH)/count
$(BENCH)/count: $(BUILD)/tests/bench/count.o $(BUILD)/libringside.a
	@mkdir -p $(@D)
	$(Q)$(LINK) -o $@ $^ $(LIBS)
-include $(BUILD)/tests/bench/count.d

bench-guest: $(BENCH)/back
$(BENCH)/back: $(BUILD)/tests/bench/back.o $(BUILD)/libringside.a
	@mkdir -p $(@D)
	$(Q)$(LINK) -o $@ $^ $(LIBS)
-include $(BUILD)/tests/bench/back.d
