# SPDX-License-Identifier: GPL-3.0-or-later
# labs/experiments/rules.mk - programs that experiments bring along for the lab kernel, in an archive of their own, so that the
# kernel stays what it is. Included by the top Makefile behind labs/guests/rules.mk, whose functions it uses.
#
#   build/guests/experiments.tar  a Multiboot module: --module=build/guests/experiments.tar
#   build/guests/NAME.elf         a guest by itself, without the lab kernel, of bare/NAME.c

EXPERIMENT_SOURCE := labs/experiments
EXPERIMENT_PROGRAMS := $(notdir $(basename $(wildcard $(EXPERIMENT_SOURCE)/*.c)))

EXPERIMENT_GUESTS := $(notdir $(basename $(wildcard $(EXPERIMENT_SOURCE)/bare/*.c)))

lab-guests: $(GUEST_BUILD)/experiments.tar $(EXPERIMENT_GUESTS:%=$(GUEST_BUILD)/%.elf)

$(GUEST_BUILD)/experiments/%.c.o: $(EXPERIMENT_SOURCE)/%.c $(GUEST_SOURCE)/rules.mk $(EXPERIMENT_SOURCE)/rules.mk
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_FLAGS) -c -o $@ $<

.SECONDARY: $(EXPERIMENT_PROGRAMS:%=$(GUEST_BUILD)/experiments/%.c.o)
$(GUEST_BUILD)/experiments/bin/%: $(GUEST_BUILD)/experiments/%.c.o \
		$(call guest_objects,user,$(GUEST_USER_SOURCES)) $(GUEST_SOURCE)/user/user.ld
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(GUEST_LINK) -Wl,--strip-all -T $(GUEST_SOURCE)/user/user.ld -o $@ $(filter %.o,$^)

$(GUEST_BUILD)/experiments.tar: $(EXPERIMENT_PROGRAMS:%=$(GUEST_BUILD)/experiments/bin/%)
	$(call say,TAR,$@)
	$(Q)tar --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=a+rX,u+w,go-w \
		-C $(GUEST_BUILD)/experiments -cf $@ $(EXPERIMENT_PROGRAMS:%=bin/%)

$(EXPERIMENT_GUESTS:%=$(GUEST_BUILD)/%.elf): $(GUEST_BUILD)/%.elf: $(GUEST_BUILD)/experiments/bare/%.c.o \
		$(GUEST_SOURCE)/hello/hello.ld
	$(call say,LINK,$@)
	$(Q)$(GUEST_LINK) -T $(GUEST_SOURCE)/hello/hello.ld -o $@ $(filter %.o,$^)

-include $(wildcard $(GUEST_BUILD)/experiments/*.d $(GUEST_BUILD)/experiments/bare/*.d)
