# SPDX-License-Identifier: GPL-3.0-or-later
# labs/rules.mk - the guests of labs, Multiboot ELF files for 32-bit x86: labs/NAME/guest/ becomes build/labs/NAME/guest.elf. Included
# by the top Makefile behind labs/guests/rules.mk, whose compiler and flags it uses.

LAB_FOLDERS := $(patsubst %/guest/guest.ld,%,$(wildcard labs/*/guest/guest.ld))

lab-guests: $(LAB_FOLDERS:%=build/%/guest.elf)

define lab_guest
build/$(1)/guest.elf: $(wildcard $(1)/guest/*) labs/rules.mk
	$$(call say,LINK,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(GUEST_LINK) $$(filter-out -MMD -MP,$$(GUEST_FLAGS)) -T $(1)/guest/guest.ld -o $$@ $$(filter %.c %.S,$$^)
endef
$(foreach folder,$(LAB_FOLDERS),$(eval $(call lab_guest,$(folder))))
