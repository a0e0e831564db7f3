# SPDX-License-Identifier: GPL-3.0-or-later
# tests/guests/apic_kernel/rules.mk - a disk of 1 MiB with a boot sector and a kernel that drives the APICs. Included by
# ../rules.mk.
APIC_KERNEL := tests/guests/apic_kernel
APIC_KERNEL_BUILD := build/guests/apic_kernel
APIC_KERNEL_OBJECTS := $(patsubst $(APIC_KERNEL)/%,$(APIC_KERNEL_BUILD)/%.o,\
	$(addprefix $(APIC_KERNEL)/,entry.S) $(wildcard $(APIC_KERNEL)/*.c))

tests: build/guests/apic-kernel.img

$(APIC_KERNEL_BUILD)/%.o: $(APIC_KERNEL)/% $(wildcard $(APIC_KERNEL)/*.h)
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(filter-out -MMD -MP,$(GUEST_FLAGS)) -Os -Wno-array-bounds -c -o $@ $<

$(APIC_KERNEL_BUILD)/boot.bin: $(APIC_KERNEL_BUILD)/boot.S.o
	$(Q)ld -m elf_i386 -Ttext 0x7c00 -e start --oformat binary -o $@ $<

$(APIC_KERNEL_BUILD)/kernel.bin: $(APIC_KERNEL_OBJECTS) $(APIC_KERNEL)/kernel.ld
	$(call say,LINK,$@)
	$(Q)$(GUEST_LINK) -T $(APIC_KERNEL)/kernel.ld -Wl,--oformat=binary -o $@ $(filter %.o,$^)

build/guests/apic-kernel.img: $(APIC_KERNEL_BUILD)/boot.bin $(APIC_KERNEL_BUILD)/kernel.bin
	$(Q)cat $^ > $@.new && [ $$(wc -c < $@.new) -le 33280 ] && truncate -s 1M $@.new && mv $@.new $@
