# SPDX-License-Identifier: GPL-3.0-or-later
# tests/guests/privileged/rules.mk - the guest that tries the privileged side of a processor, a Multiboot ELF
# file. Included by the top Makefile (by tests/guests/rules.mk).

PRIVILEGED_SOURCE := tests/guests/privileged
PRIVILEGED_BUILD := build/guests/privileged
PRIVILEGED_FLAGS := -m32 -march=i686 -O1 -g -std=gnu17 -ffreestanding -fno-tree-loop-distribute-patterns -fno-pic -fno-pie -fno-stack-protector \
	-fcf-protection=none -fno-asynchronous-unwind-tables -fno-inline -fno-ipa-icf -mno-sse -mno-mmx -mno-80387 \
	-msoft-float -Wall -Wextra -Werror -Wno-main -MMD -MP
PRIVILEGED_OBJECTS := $(patsubst $(PRIVILEGED_SOURCE)/%,$(PRIVILEGED_BUILD)/%.o,$(wildcard $(PRIVILEGED_SOURCE)/*.[cS]))

all: $(PRIVILEGED_BUILD).elf

$(PRIVILEGED_BUILD)/%.o: $(PRIVILEGED_SOURCE)/% $(PRIVILEGED_SOURCE)/rules.mk
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(PRIVILEGED_FLAGS) -c -o $@ $<

$(PRIVILEGED_BUILD).elf: $(PRIVILEGED_OBJECTS) $(PRIVILEGED_SOURCE)/kit.ld
	$(call say,LINK,$@)
	$(Q)$(GUEST_LINK) -T $(PRIVILEGED_SOURCE)/kit.ld -o $@ $(filter %.o,$^)

-include $(wildcard $(PRIVILEGED_BUILD)/*.d)
