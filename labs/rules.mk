# SPDX-License-Identifier: GPL-3.0-or-later
# labs/rules.mk - the guests of labs, Multiboot ELF files for 32-bit x86: labs/NAME/guest/ becomes build/labs/NAME/guest.elf. Where
# students write a part of the guest (`guest-file` in tests.ini) guest.elf has the skeleton's, and guest.o is all the rest, with which
# the grader links theirs. Included by the top Makefile behind labs/guests/rules.mk, whose compiler and flags it uses. What
# guests have in common is in the headers of labs/shared/.

LAB_FOLDERS := $(patsubst %/guest/guest.ld,%,$(wildcard labs/*/guest/guest.ld))
LAB_GUEST_FLAGS := $(filter-out -MMD -MP,$(GUEST_FLAGS)) -Ilabs

# Of the lab $(1): the file of its guest that students write; none.
lab_guest_file = $(addprefix $(1)/skeleton/,$(shell sed -n 's/^guest-file *= *//p' $(1)/tests.ini))

lab-guests: $(LAB_FOLDERS:%=build/%/guest.elf)

define lab_guest
build/$(1)/guest.o: $(wildcard $(1)/guest/* labs/shared/*.h) labs/rules.mk
	$$(call say,LINK,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(GUEST_CC) $$(LAB_GUEST_FLAGS) -Wa,--noexecstack -nostdlib -r -o $$@ $$(filter %.c %.S,$$^)

build/$(1)/guest.elf: build/$(1)/guest.o $(call lab_guest_file,$(1)) $(1)/guest/guest.ld
	$$(call say,LINK,$$@)
	$$(Q)$$(GUEST_LINK) $$(filter-out -Werror,$$(LAB_GUEST_FLAGS)) -Wa,--noexecstack -I$(1)/guest -T $(1)/guest/guest.ld -o $$@ $$(filter %.o %.c,$$^)
endef
$(foreach folder,$(LAB_FOLDERS),$(eval $(call lab_guest,$(folder))))

# Lab 7 has two more: a domain that attacks its VMM, and the guest with the reference's port, by whose exits others are judged.
define lab_attacker
lab-guests: build/$(1)/attacker.elf
build/$(1)/attacker.elf: $(wildcard $(1)/attacker/* $(1)/guest/*.h)
	$$(call say,LINK,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(GUEST_LINK) $$(LAB_GUEST_FLAGS) -T $(1)/attacker/attacker.ld -o $$@ $$(filter %.c %.S,$$^)
endef
define lab_reference
lab-guests: build/$(1)/reference.elf
build/$(1)/reference.elf: build/$(1)/guest.o $(2) $(1)/guest/guest.ld
	$$(call say,LINK,$$@)
	$$(Q)$$(GUEST_LINK) $$(LAB_GUEST_FLAGS) -s -I$(1)/guest -T $(1)/guest/guest.ld -o $$@ $$(filter %.o %.c,$$^)
endef
$(foreach folder,$(patsubst %/attacker/attacker.ld,%,$(wildcard labs/*/attacker/attacker.ld)),$(eval $(call lab_attacker,$(folder))))
$(foreach port,$(wildcard labs/solutions/*/port.c),\
	$(eval $(call lab_reference,$(patsubst labs/solutions/%/port.c,labs/%,$(port)),$(port))))
