# SPDX-License-Identifier: GPL-2.0-only
#
#   make                 everything: build/vexvm, build/vexvm-agent, build/mkfs.vexfs
#   make lab             build/vexvm and build/vexvm-agent alone
#   make test            the gate; the last line is "N passed, N failed"
#   make unit cli vm     one kind of test (SUITE=test-NAME for one program)
#   make debug-kernel-test  builds the debug kernel if there is none, then tests with it
#   make check           layer rule, headers compile alone, banned calls, shellcheck
#   make bench           measures and prints a table
#   make fuzz            the parsers of untrusted bytes under libFuzzer, RUNS= times (clang)
#   make bench-explain   what the detectors see in the console logs in CORPUS=DIR, and how fast
#   make install         to PREFIX (/usr/local), DESTDIR is honoured
#   make deps            installs the packages that building and running need
#   make clean
#
#   SANITIZE=1           with ASan and UBSan, into build/sanitize
#   V=1                  shows the commands
#   WERROR=0             warnings do not stop the build
#   RUSTC=               the Rust compiler, instead of /usr/bin/rustc

B ?= build$(if $(SANITIZE),/sanitize)
PREFIX ?= /usr/local
CC = gcc
AR = gcc-ar
Q = $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

PACKAGES = glib-2.0 gio-unix-2.0 json-glib-1.0 libcurl libarchive libelf libdw
ifneq ($(MAKECMDGOALS),deps)
ifneq ($(MAKECMDGOALS),clean)
missing := $(shell pkg-config --exists $(PACKAGES) 2>/dev/null && \
	     test -e /usr/include/libiberty/demangle.h || echo yes)
ifneq ($(missing),)
$(error libraries are missing; run 'make deps' (or scripts/install-deps) first)
endif
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES))
# libiberty is a static library that pkg-config does not know.
PKG_LIBS := $(shell pkg-config --libs $(PACKAGES)) -liberty
endif
endif

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
       -Wold-style-definition -Wundef -Wformat=2 -Wvla -Wpointer-arith \
       -Wno-missing-field-initializers -Wno-unused-parameter -Wno-sign-compare \
       $(if $(filter 0,$(WERROR)),,-Werror)
SAN = $(if $(SANITIZE),-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
VERSION = 0.1
# A guest keeps the agent it was set up with: another one's version has to differ.
AGENT_SOURCES = $(sort $(wildcard agent/*.c agent/*.h))
AGENT_VERSION := $(VERSION)+$(shell cat $(AGENT_SOURCES) | sha1sum | cut -c1-10)
CFLAGS = -O2 -g
BASE_CFLAGS = -std=gnu11 -I. $(WARN) $(CFLAGS) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 \
	      -DVEXVM_VERSION='"$(VERSION)"' -DVEXVM_AGENT_VERSION='"$(AGENT_VERSION)"' \
	      -include lib/banned.h -MMD -MP
ALL_CFLAGS = $(BASE_CFLAGS) $(SAN) $(PKG_CFLAGS)
# The agent runs in any guest: static, no library of ours, no sanitizer.
AGENT_CFLAGS = $(BASE_CFLAGS) -Os -static

# Objects lie apart: build/vexvm is a program and vexvm/ a folder.
objects = $(patsubst %.c,$(B)/obj/%.o,$(wildcard $(1)/*.c))

.DELETE_ON_ERROR:
.PHONY: all lab
all: programs

-include libvexfs/build.mk mkfs/build.mk tests/ffi/build.mk tests/fuzz/build.mk

lab: $(B)/vexvm $(B)/vexvm-agent
PROGRAMS += $(B)/vexvm $(B)/vexvm-agent
.PHONY: programs
programs: $(PROGRAMS)

$(B)/vexvm: $(call objects,vexvm) $(B)/libvm.a $(B)/lib.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(SAN) -o $@ $^ $(PKG_LIBS) $(LDFLAGS)

$(B)/lib.a: $(call objects,lib)
$(B)/libvm.a: $(call objects,libvm)
%.a:
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $^

$(B)/vexvm-agent: $(AGENT_SOURCES)
	$(call say,STATIC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(AGENT_CFLAGS)) -o $@ $(filter %.c,$^)

$(B)/obj/%.o: %.c
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# The one that the tests talk to.
$(B)/tests/vexvm-agent: $(AGENT_SOURCES)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(BASE_CFLAGS)) $(SAN) -o $@ $(filter %.c,$^)
$(addprefix $(B)/tests/unit/,test-agent test-agent-audit test-agent-files test-guest test-wire-agent): | $(B)/tests/vexvm-agent

$(B)/obj/libvm/guest.o $(B)/obj/libvm/plan.o $(B)/obj/tests/unit/test-agent.o \
	$(B)/obj/tests/unit/test-plan.o: $(AGENT_SOURCES)

# Embedded in the program.
$(B)/obj/libvm/seed.o: agent/vexvm-agent.service agent/99-vexvm-agent.rules
$(B)/obj/libvm/ffi-toolchain.o: libvm/toolchain.sh
$(B)/obj/libvm/kernel-build.o: libvm/debug-kernel.config libvm/kernel-harvest.sh
$(B)/obj/libvm/benign.o: libvm/benign.list
$(B)/obj/libvm/report-html.o: libvm/report.css
$(B)/obj/libvm/stage-load.o $(B)/obj/libvm/stage-deliver.o: libvm/modules.sh libvm/load.sh

$(B)/tests/%: $(B)/obj/tests/%.o $(B)/tests/lib.a $(B)/libvm.a $(B)/lib.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(SAN) -o $@ $^ $(TEST_LIBS_$(@F)) $(PKG_LIBS) $(LDFLAGS)
$(B)/tests/lib.a: $(call objects,tests/lib)
# Tests of its parts; main.c is a part of the first of them.
$(addprefix $(B)/tests/unit/,test-agent-port test-agent-btf test-agent-slub): $(filter-out %/main.o,$(call objects,agent))

UNIT = $(patsubst %.c,%,$(wildcard tests/unit/test-*.c))
CLI = $(patsubst %.c,%,$(wildcard tests/cli/test-*.c))
# The first run on a fresh tree comes first.
VM = tests/vm/test-main $(filter-out tests/vm/test-main,$(patsubst %.c,%,$(wildcard tests/vm/test-*.c)))
wanted = $(if $(SUITE),$(filter %/$(SUITE),$(1)),$(1))

.PHONY: test unit cli vm unit-programs cli-programs vm-programs
unit-programs: $(addprefix $(B)/,$(UNIT)) $(B)/test_ffi
cli-programs: programs $(addprefix $(B)/,$(CLI))
vm-programs: programs $(addprefix $(B)/,$(VM))
.SECONDARY: $(patsubst %,$(B)/obj/%.o,$(UNIT) $(CLI) $(VM))

test: check
	$(Q)$(MAKE) --no-print-directory SANITIZE=1 unit-programs
	$(Q)$(MAKE) --no-print-directory cli-programs vm-programs
	$(Q)tests/run $(addprefix build/sanitize/,$(call wanted,$(UNIT) ./test_ffi)) \
		$(addprefix build/,$(call wanted,$(CLI)) $(call wanted,$(VM)))
unit:
	$(Q)$(MAKE) --no-print-directory SANITIZE=1 unit-programs
	$(Q)tests/run $(addprefix build/sanitize/,$(call wanted,$(UNIT) ./test_ffi))
cli: cli-programs
	$(Q)tests/run $(addprefix build/,$(call wanted,$(CLI)))
vm: vm-programs
	$(Q)tests/run $(addprefix build/,$(call wanted,$(VM)))

.PHONY: debug-kernel-test
debug-kernel-test: vm-programs
	$(Q)$(B)/vexvm kernel build --debug
	$(Q)tests/run $(B)/tests/vm/test-debug-kernel

.PHONY: check check-layers check-headers check-banned check-shell
check: check-layers check-headers check-banned check-shell
check-layers:
	$(Q)scripts/check-layers
check-banned:
	$(Q)scripts/check-banned
check-shell:
	$(Q)shellcheck -x scripts/* test_env/*.sh libvm/*.sh vexfs/core/tools/*.sh tests/run $(wildcard tests/guest/*.sh tests/vm/*.sh tests/controls/*/*.sh) .ci/run
HEADERS = vexfs/src/blank.h vexfs/selftest/damage.h \
	  $(wildcard lib/*.h libvm/*.h libvexfs/*.h include/vexfs/*.h vexvm/*.h agent/*.h tests/lib/*.h tests/reference/*.h tests/ffi/*.h tests/fuzz/*.h)
check-headers: $(patsubst %,$(B)/alone/%.ok,$(HEADERS))
$(B)/alone/%.ok: %
	$(call say,HEADER,$<)
	@mkdir -p $(@D)
	$(Q)printf '#include "%s"\n' $< | $(CC) $(filter-out -MMD -MP,$(ALL_CFLAGS)) -fsyntax-only -x c - && touch $@

.PHONY: bench bench-explain deps install clean
bench: programs $(B)/tests/bench/bench-lab
	$(Q)$(B)/tests/bench/bench-lab
# Console logs with the titles that are expected of them.
bench-explain: $(B)/tests/bench/bench-explain
	$(if $(CORPUS),,$(error name the folder of the logs with CORPUS=))
	$(Q)$(B)/tests/bench/bench-explain $(if $(V),-v) $(CORPUS)
deps:
	scripts/install-deps
CONTROLS = $(filter-out %.mod.c,$(wildcard tests/controls/*.conf $(addprefix tests/controls/*/,Makefile *.c *.conf *.sh)))
install: programs
	install -D -t $(DESTDIR)$(PREFIX)/bin $(B)/vexvm
	install -D -t $(DESTDIR)$(PREFIX)/sbin $(filter $(B)/mkfs.%,$(PROGRAMS))
	install -D -t $(DESTDIR)$(PREFIX)/libexec/vexvm $(B)/vexvm-agent
	for file in $(CONTROLS); do \
		install -D -m 644 $$file $(DESTDIR)$(PREFIX)/share/vexvm/$${file#tests/} || exit; done
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 $(wildcard docs/man/*.1)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man5 $(wildcard docs/man/*.5)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man8 $(wildcard docs/man/*.8)
clean:
	rm -rf build vexfs/test_ffi

-include $(shell find $(B) -name '*.d' 2>/dev/null)
