# SPDX-License-Identifier: GPL-3.0-or-later
#
# Ringside's one Makefile. `make help` lists what it can do.
#
# A variant of the build has a folder of its own, so that they never mix:
#   make SANITIZE=1    build/sanitize   AddressSanitizer and UndefinedBehaviorSanitizer
#   make HOSTILE=1     build/hostile    every limit as small as it goes, which brings bugs out
#   make NO_EVENTS=1   build/noevents   without the event stream, to measure what it costs
#   make FUZZ=1        build/fuzz       libFuzzer's targets (with clang)
#   make CC=clang      any of them with another compiler

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
# As many compilers as there are processors, where nobody said how many.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += --jobs=$(shell nproc 2>/dev/null || echo 1)
endif
SHELL := /bin/sh

CC ?= cc
ifeq ($(origin CC),default)
CC := cc
endif
prefix ?= /usr/local
DESTDIR ?=
VERSION := $(shell cat docs/VERSION 2>/dev/null || echo unknown)

# ---- variants ----

VARIANT := $(strip $(if $(SANITIZE),sanitize) $(if $(HOSTILE),hostile) $(if $(NO_EVENTS),noevents) $(if $(FUZZ),fuzz))
ifneq ($(word 2,$(VARIANT)),)
$(error one variant at a time, not: $(VARIANT))
endif
BUILD := build$(if $(VARIANT),/$(VARIANT))

CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Werror
VARIANT_FLAGS :=
VARIANT_LDFLAGS :=
ifdef SANITIZE
VARIANT_FLAGS += -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
VARIANT_LDFLAGS += -fsanitize=address,undefined
endif
ifdef HOSTILE
# Rooms shrink their own limits under RINGSIDE_HOSTILE; the TLB's size is a macro of its own.
VARIANT_FLAGS += -DRINGSIDE_HOSTILE -DTLB_ENTRIES=2
endif
ifdef FUZZ
CC := clang
VARIANT_FLAGS += -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
VARIANT_LDFLAGS += -fsanitize=fuzzer,address,undefined
endif
ifdef NO_EVENTS
VARIANT_FLAGS += -DRINGSIDE_NO_EVENTS
endif

# `make V=1` shows whole commands.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-4s %s\n' $(1) '$(2)')

# ---- libraries ----

# A library counts as there when its header can be read: needs nothing but the compiler.
have = $(shell printf '\043include <stdio.h>\n\043include <$(1)>\n' | $(CC) -E -o /dev/null - 2>/dev/null && echo yes)

BUILDING := $(filter-out setup demo test clean help tour dist format guests uninstall,$(or $(MAKECMDGOALS),all))
ifneq ($(BUILDING),)
MISSING := $(if $(call have,Zydis/Zydis.h),,libzydis-dev) $(if $(call have,ini.h),,libinih-dev)
HAVE_READLINE := $(call have,readline/readline.h)
HAVE_NCURSES := $(call have,curses.h)
HAVE_ZSTD := $(call have,zstd.h)
HAVE_ZLIB := $(call have,zlib.h)
HAVE_LZMA := $(call have,lzma.h)
endif

FEATURES := $(if $(HAVE_READLINE),-DHAVE_READLINE) $(if $(HAVE_NCURSES),-DHAVE_NCURSES) \
	$(if $(HAVE_ZSTD),-DHAVE_ZSTD) $(if $(HAVE_ZLIB),-DHAVE_ZLIB) $(if $(HAVE_LZMA),-DHAVE_LZMA)
LIBS := -Wl,--as-needed -lZydis -linih $(if $(HAVE_ZSTD),-lzstd) $(if $(HAVE_ZLIB),-lz) $(if $(HAVE_LZMA),-llzma) -lm -lpthread
SCREEN_LIBS := $(if $(HAVE_READLINE),-lreadline) $(if $(HAVE_NCURSES),-lncursesw -ltinfo)
TEST_LIBS := -lcunit -ljansson

CPPFLAGS += -I. -I$(BUILD) -D_POSIX_C_SOURCE=200809L -DRINGSIDE_VERSION='"$(VERSION)"' \
	-DRINGSIDE_DATADIR='"$(prefix)/share/ringside"' $(FEATURES) $(VARIANT_FLAGS)
# cpu/fast_transfer.c lets blocks enter one another by calls in tail position: jumps at every level.
COMPILE = $(CC) -std=c17 $(CFLAGS) -foptimize-sibling-calls $(WARNINGS) $(CPPFLAGS)
LINK = $(CC) $(CFLAGS) $(LDFLAGS) $(VARIANT_LDFLAGS)

# ---- sources: a file that lies in a room is built ----

ROOMS := cpu core core/devices shadowpt trap bt labs/plugin labs/quiz labs/grade
LIBRARY_SOURCES := $(wildcard $(ROOMS:%=%/*.c))
SCREEN_ROOMS := visualizer visualizer/compare visualizer/debugger visualizer/flame visualizer/screen visualizer/remote visualizer/gdb
SCREEN_SOURCES := $(filter-out visualizer/main.c,$(wildcard $(SCREEN_ROOMS:%=%/*.c)))
# What runs in the process of a lab's piece (labs/piece/piece.h): of the program alone.
PIECE_SOURCES := $(wildcard labs/piece/*.c)
TEST_ROOMS := cpu core shadowpt trap bt visualizer oracle
TEST_SOURCES := $(wildcard $(TEST_ROOMS:%=tests/%/test_*.c))
TEST_HELPERS := tests/harness.c $(filter-out $(TEST_SOURCES),$(wildcard $(TEST_ROOMS:%=tests/%/*.c)))
FUZZ_SOURCES := $(wildcard tests/fuzz/fuzz_*.c)

object = $(patsubst %.c,$(BUILD)/%.o,$(1))
LIBRARY_OBJECTS := $(call object,$(LIBRARY_SOURCES))
SCREEN_OBJECTS := $(call object,$(SCREEN_SOURCES))
PIECE_OBJECTS := $(call object,$(PIECE_SOURCES))
# A sanitizer's runtime makes system calls where a crash is told, which that process must not.
$(PIECE_OBJECTS): VARIANT_FLAGS += $(if $(SANITIZE),-fno-sanitize=all)
HELPER_OBJECTS := $(call object,$(TEST_HELPERS))
TESTS := $(TEST_SOURCES:%.c=$(BUILD)/%)
RULES := $(wildcard labs/guests/rules.mk labs/experiments/rules.mk labs/rules.mk tests/*/rules.mk)

.PHONY: all programs tests setup demo test check bench soak install uninstall dist clean tour guests \
	format tidy fuzz fuzzers help sources-complete

all: programs

programs: sources-complete $(BUILD)/ringside

# Rules of rooms with programs of another kind (guests, 32-bit oracles): they add to `all` or `tests`.
include $(RULES)

sources-complete:
ifneq ($(strip $(MISSING)),)
	@echo "ringside: missing here: $(strip $(MISSING)). \`make setup\` installs what is needed," \
	      "or: apt install $(strip $(MISSING))" >&2; exit 1
endif

$(BUILD)/ringside: $(BUILD)/visualizer/main.o $(PIECE_OBJECTS) $(BUILD)/libvisualizer.a $(BUILD)/libringside.a
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(LIBS) $(SCREEN_LIBS)

$(BUILD)/libringside.a: $(LIBRARY_OBJECTS)
$(BUILD)/libvisualizer.a: $(SCREEN_OBJECTS)
$(BUILD)/libtests.a: $(HELPER_OBJECTS)
# Made anew, so that the object of a file that was removed does not stay in it; rooms may have files of the same name.
$(BUILD)/%.a:
	@mkdir -p $(@D) && rm -f $@
	$(Q)$(AR) qcs $@ $(filter %.o,$^)

$(BUILD)/%.o: %.c $(BUILD)/flags | sources-complete
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

# The suites: one program each. Rules of test rooms may add helpers to `tests`.
tests: sources-complete $(TESTS)
$(filter $(BUILD)/tests/visualizer/%,$(TESTS)): $(BUILD)/libvisualizer.a
$(TESTS): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/libtests.a $(BUILD)/libringside.a
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $(filter %.o,$^) $(filter %/libtests.a,$^) $(filter %/libvisualizer.a,$^) \
		$(filter %/libringside.a,$^) $(TEST_LIBS) $(LIBS) $(SCREEN_LIBS)

# libFuzzer's targets: it brings their main.
FUZZERS := $(FUZZ_SOURCES:%.c=$(BUILD)/%)
fuzzers: sources-complete $(FUZZERS)
$(FUZZERS): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/libringside.a
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(LIBS)

# Changes only when the command line of the compiler does; then everything is compiled again.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(COMPILE))' | cmp -s - $@ || echo '$(subst ','\'',$(COMPILE))' > $@
FORCE:

-include $(patsubst %.o,%.d,$(LIBRARY_OBJECTS) $(SCREEN_OBJECTS) $(PIECE_OBJECTS) $(HELPER_OBJECTS) \
	$(TESTS:%=%.o) $(FUZZERS:%=%.o) $(BUILD)/visualizer/main.o)

# ---- what people type ----

setup:
	@scripts/setup

demo: setup
	@$(MAKE) --no-print-directory all
	@scripts/demo

test: setup
	@tests/run all

check:
	@tests/run check

bench: setup
	@scripts/bench

soak:
	@tests/run soak

fuzz:
	@scripts/fuzz

tour:
	@scripts/tour

guests:
	@scripts/fetch-guests

format:
	@scripts/format

tidy: sources-complete
	@clang-tidy --quiet $(LIBRARY_SOURCES) $(SCREEN_SOURCES) -- -std=c17 $(CPPFLAGS)

install: all
	@DESTDIR='$(DESTDIR)' prefix='$(prefix)' BUILD='$(BUILD)' scripts/install

uninstall:
	@DESTDIR='$(DESTDIR)' prefix='$(prefix)' scripts/install --remove

dist:
	@mkdir -p build
	git archive --format=tar.gz --prefix=ringside-$(VERSION)/ -o build/ringside-$(VERSION).tar.gz HEAD
	@echo build/ringside-$(VERSION).tar.gz

clean:
	rm -rf build

help:
	@awk '/^#:/ { sub(/^#: ?/, ""); print }' Makefile

#: make            build/ringside
#: make setup      installs by apt what is missing here (sudo where not root)
#: make demo       watch a guest kernel run deprivileged, trap by trap (about a minute)
#: make test       every test: suites, oracles, guests, interface, sanitizers, hostile build
#: make check      the short form of it: under a minute
#: make bench      instructions per second beside QEMU and Bochs; the cost of events and of going back in time
#: make soak       random tests, round after round, for as long as RINGSIDE_SOAK says (seconds; an hour)
#: make fuzz       libFuzzer on everything that reads a file (needs clang)
#: make guests     fetches real guests from your distribution into guests/
#: make tour       the source's own walk: one trap, one shadow fault, decoded code, one translated unit
#: make install    DESTDIR and prefix as usual; make uninstall
#: make dist       build/ringside-VERSION.tar.gz
#: make tidy       clang-tidy; make format: clang-format
#: make clean      removes build/
#:
#: Variants: SANITIZE=1, HOSTILE=1, NO_EVENTS=1, CC=clang. V=1 shows whole commands.
