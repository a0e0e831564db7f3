# SPDX-License-Identifier: GPL-3.0-or-later
# labs/guests/guests.mk - the lab guests, Multiboot ELF files for 32-bit x86. Included by the top Makefile;
# stand-alone from the root: make -f labs/guests/guests.mk
#
#   build/guests/kernel.elf       lab kernel that keeps clear of what does not trap
#   build/guests/kernel-popf.elf  the same, saving interrupts by PUSHF and POPF
#   build/guests/hello.elf        a few instructions: UART, VGA, CLI, STI, HLT

GUEST_CC ?= gcc
GUEST_SOURCE = labs/guests
GUEST_BUILD = build/guests
GUEST_FLAGS = -m32 -march=i686 -O2 -g -std=c17 -ffreestanding -fno-pic -fno-pie -fno-stack-protector \
	-fno-asynchronous-unwind-tables -mno-sse -mno-mmx -mno-80387 -msoft-float -Wall -Wextra -Werror \
	-I$(GUEST_SOURCE) -MMD -MP
GUEST_LINK = -m32 -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096

GUEST_KERNELS = kernel kernel-popf
GUEST_KERNEL_C = $(wildcard $(GUEST_SOURCE)/kernel/*.c) $(GUEST_SOURCE)/lib/string.c $(GUEST_SOURCE)/lib/format.c
GUEST_KERNEL_S = $(wildcard $(GUEST_SOURCE)/kernel/*.S)
GUEST_PROGRAMS = $(filter-out user,$(notdir $(basename $(wildcard $(GUEST_SOURCE)/user/*.c))))
GUEST_FILES = $(wildcard $(GUEST_SOURCE)/files/*)
GUEST_ALL = $(GUEST_KERNELS:%=$(GUEST_BUILD)/%.elf) $(GUEST_BUILD)/hello.elf

guest_objects = $(patsubst $(GUEST_SOURCE)/%.c,$(GUEST_BUILD)/$(1)/%.o,$(filter %.c,$(2))) \
	$(patsubst $(GUEST_SOURCE)/%.S,$(GUEST_BUILD)/$(1)/%.S.o,$(filter %.S,$(2)))

GUEST_LIBRARY = $(call guest_objects,user,$(GUEST_SOURCE)/user/start.S $(GUEST_SOURCE)/user/user.c \
	$(GUEST_SOURCE)/lib/string.c $(GUEST_SOURCE)/lib/format.c)

.PHONY: lab-guests
lab-guests: $(GUEST_ALL)

define guest_build_rules
$(GUEST_BUILD)/$(1)/%.o: $(GUEST_SOURCE)/%.c
	@mkdir -p $$(@D)
	$$(GUEST_CC) $$(GUEST_FLAGS) $(2) -c -o $$@ $$<
$(GUEST_BUILD)/$(1)/%.S.o: $(GUEST_SOURCE)/%.S
	@mkdir -p $$(@D)
	$$(GUEST_CC) $$(GUEST_FLAGS) $(2) -c -o $$@ $$<
endef
$(eval $(call guest_build_rules,kernel,-DAVOID_HOLES -DARCHIVE='"$(GUEST_BUILD)/files.tar"'))
$(eval $(call guest_build_rules,kernel-popf,-DARCHIVE='"$(GUEST_BUILD)/files.tar"'))
$(eval $(call guest_build_rules,user,))

define guest_kernel_rules
$(GUEST_BUILD)/$(1)/kernel/archive.S.o: $(GUEST_BUILD)/files.tar
$(GUEST_BUILD)/$(1).elf: $(call guest_objects,$(1),$(GUEST_KERNEL_C) $(GUEST_KERNEL_S)) $(GUEST_SOURCE)/kernel/kernel.ld
	$$(GUEST_CC) $$(GUEST_LINK) -T $(GUEST_SOURCE)/kernel/kernel.ld -o $$@ $$(filter %.o,$$^)
endef
$(foreach kernel,$(GUEST_KERNELS),$(eval $(call guest_kernel_rules,$(kernel))))

$(GUEST_BUILD)/files/bin/%: $(GUEST_BUILD)/user/user/%.o $(GUEST_LIBRARY) $(GUEST_SOURCE)/user/user.ld
	@mkdir -p $(@D)
	$(GUEST_CC) $(GUEST_LINK) -Wl,--strip-all -T $(GUEST_SOURCE)/user/user.ld -o $@ $(filter %.o,$^)

$(GUEST_BUILD)/files.tar: $(GUEST_PROGRAMS:%=$(GUEST_BUILD)/files/bin/%) $(GUEST_FILES)
	cp $(GUEST_FILES) $(GUEST_BUILD)/files/
	tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=a+rX,u+w,go-w \
		-C $(GUEST_BUILD)/files -cf $@ bin $(notdir $(GUEST_FILES))

$(GUEST_BUILD)/hello.elf: $(GUEST_BUILD)/user/hello/hello.S.o $(GUEST_SOURCE)/hello/hello.ld
	$(GUEST_CC) $(GUEST_LINK) -T $(GUEST_SOURCE)/hello/hello.ld -o $@ $<

.SECONDARY:
-include $(wildcard $(GUEST_BUILD)/*/*/*.d)
