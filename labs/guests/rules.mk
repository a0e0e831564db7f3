# SPDX-License-Identifier: GPL-3.0-or-later
# labs/guests/rules.mk - the lab guests, Multiboot ELF files for 32-bit x86. Included by the top Makefile.
# By itself, from the root: make -f labs/guests/rules.mk lab-guests
#
#   build/guests/kernel.elf       lab kernel that keeps clear of what does not trap
#   build/guests/kernel-popf.elf  the same sources, saving interrupts by PUSHF and POPF
#   build/guests/kernel-pv.elf    the same and kernel/pv/: speaks to a hypervisor where there is one
#   build/guests/nano.elf         one operation many times: what does it cost?
#   build/guests/hello.elf        a few instructions: UART, VGA, CLI, STI, HLT
#   build/guests/walk.elf, walk-pae.elf   nothing but TLB misses

GUEST_CC ?= gcc
GUEST_SOURCE := labs/guests
GUEST_BUILD := build/guests
GUEST_FLAGS := -m32 -march=i686 -O2 -g -std=c17 -ffreestanding -fno-pic -fno-pie -fno-stack-protector \
	-fcf-protection=none -fno-asynchronous-unwind-tables -mno-sse -mno-mmx -mno-80387 -msoft-float \
	-Wall -Wextra -Werror -I$(GUEST_SOURCE) -MMD -MP
GUEST_LINK := $(GUEST_CC) -m32 -nostdlib -static -Wl,--build-id=none -Wl,-z,noexecstack \
	-Wl,-z,max-page-size=4096

GUEST_LIB := $(addprefix $(GUEST_SOURCE)/lib/,string.c format.c)
GUEST_KERNEL_SOURCES := $(wildcard $(GUEST_SOURCE)/kernel/*.[cS]) $(GUEST_LIB)
GUEST_PV_SOURCES := $(wildcard $(GUEST_SOURCE)/kernel/pv/*.[cS])
GUEST_NANO_SOURCES := $(wildcard $(GUEST_SOURCE)/nano/*.[cS]) $(GUEST_LIB) \
	$(addprefix $(GUEST_SOURCE)/kernel/,boot.S console.c options.c gdt.c trap.S frames.c paging.c space.c)
GUEST_USER_SOURCES := $(addprefix $(GUEST_SOURCE)/user/,start.S user.c) $(GUEST_LIB)
GUEST_PROGRAMS := $(filter-out user,$(notdir $(basename $(wildcard $(GUEST_SOURCE)/user/*.c))))
GUEST_FILES := $(wildcard $(GUEST_SOURCE)/files/*)

.PHONY: lab-guests
all: lab-guests
lab-guests: $(addprefix $(GUEST_BUILD)/,kernel.elf kernel-popf.elf kernel-pv.elf nano.elf hello.elf walk.elf walk-pae.elf)

# Objects of the sources $(2) as built for $(1): kernel, kernel-popf or user.
guest_objects = $(patsubst $(GUEST_SOURCE)/%,$(GUEST_BUILD)/$(1)/%.o,$(2))

define guest_compile
$(GUEST_BUILD)/$(1)/%.o: $(GUEST_SOURCE)/% $(GUEST_SOURCE)/rules.mk
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(GUEST_CC) $$(GUEST_FLAGS) $(2) -c -o $$@ $$<
endef
$(eval $(call guest_compile,kernel,-DAVOID_HOLES -DARCHIVE='"$(GUEST_BUILD)/files.tar"'))
$(eval $(call guest_compile,kernel-popf,-DARCHIVE='"$(GUEST_BUILD)/files.tar"'))
$(eval $(call guest_compile,kernel-pv,-DAVOID_HOLES -DPARAVIRTUAL -I. -DARCHIVE='"$(GUEST_BUILD)/files.tar"'))
$(eval $(call guest_compile,nano,-DAVOID_HOLES -I.))
$(eval $(call guest_compile,user,))

# $(1).elf of the kernel's sources and $(2).
define guest_kernel
$(GUEST_BUILD)/$(1)/kernel/archive.S.o: $(GUEST_BUILD)/files.tar
$(GUEST_BUILD)/$(1).elf: $(call guest_objects,$(1),$(GUEST_KERNEL_SOURCES) $(2)) $(GUEST_SOURCE)/kernel/kernel.ld
	$$(call say,LINK,$$@)
	$$(Q)$$(GUEST_LINK) -T $(GUEST_SOURCE)/kernel/kernel.ld -o $$@ $$(filter %.o,$$^)
endef
$(eval $(call guest_kernel,kernel))
$(eval $(call guest_kernel,kernel-popf))
$(eval $(call guest_kernel,kernel-pv,$(GUEST_PV_SOURCES)))

$(GUEST_BUILD)/nano.elf: $(call guest_objects,nano,$(GUEST_NANO_SOURCES)) $(GUEST_SOURCE)/kernel/kernel.ld
	$(call say,LINK,$@)
	$(Q)$(GUEST_LINK) -T $(GUEST_SOURCE)/kernel/kernel.ld -o $@ $(filter %.o,$^)

# User programs, and the archive that the kernel carries.
.SECONDARY: $(call guest_objects,user,$(GUEST_PROGRAMS:%=$(GUEST_SOURCE)/user/%.c) $(GUEST_USER_SOURCES))
$(GUEST_BUILD)/files/bin/%: $(GUEST_BUILD)/user/user/%.c.o \
		$(call guest_objects,user,$(GUEST_USER_SOURCES)) $(GUEST_SOURCE)/user/user.ld
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_LINK) -Wl,--strip-all -T $(GUEST_SOURCE)/user/user.ld -o $@ $(filter %.o,$^)

$(GUEST_BUILD)/files.tar: $(GUEST_PROGRAMS:%=$(GUEST_BUILD)/files/bin/%) $(GUEST_FILES)
	$(call say,TAR,$@)
	$(Q)cp $(GUEST_FILES) $(GUEST_BUILD)/files/
	$(Q)tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=a+rX,u+w,go-w \
		-C $(GUEST_BUILD)/files -cf $@ $(GUEST_PROGRAMS:%=bin/%) $(notdir $(GUEST_FILES))

$(GUEST_BUILD)/hello.elf: $(call guest_objects,user,$(GUEST_SOURCE)/hello/hello.S) $(GUEST_SOURCE)/hello/hello.ld
	$(call say,LINK,$@)
	$(Q)$(GUEST_LINK) -T $(GUEST_SOURCE)/hello/hello.ld -o $@ $(filter %.o,$^)

$(eval $(call guest_compile,walk,))
$(eval $(call guest_compile,walk-pae,-DWITH_PAE))
$(addprefix $(GUEST_BUILD)/,walk.elf walk-pae.elf): $(GUEST_BUILD)/%.elf: $(GUEST_BUILD)/%/walk/walk.S.o $(GUEST_SOURCE)/hello/hello.ld
	$(call say,LINK,$@)
	$(Q)$(GUEST_LINK) -T $(GUEST_SOURCE)/hello/hello.ld -o $@ $(filter %.o,$^)

-include $(wildcard $(GUEST_BUILD)/*/*/*.d $(GUEST_BUILD)/*/*/*/*.d)
