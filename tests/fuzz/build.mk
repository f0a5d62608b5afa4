# SPDX-License-Identifier: GPL-2.0-only
#
# make fuzz: each target under libFuzzer, RUNS times, from the inputs kept in
# tests/fuzz/corpus/NAME, a new filesystem's blocks (build/fuzz/seeds/NAME) or short
# pieces of the splats that the unit tests know (build/fuzz/pieces), and what earlier
# runs found (build/fuzz/found/NAME). An input that breaks something is
# build/fuzz/NAME-crash-…; mended, it is kept as tests/fuzz/corpus/NAME/WHAT-IT-WAS,
# which make unit tries ever after. Needs Debian's clang.
FUZZERS = super root root_inode xxh64 oops
RUNS = 10000000
FUZZ_CC = clang
FUZZ_CFLAGS = $(filter-out -MMD -MP,$(BASE_CFLAGS)) -fsanitize=fuzzer,address,undefined \
	      -fno-sanitize-recover=all -fno-omit-frame-pointer -Wno-unknown-warning-option
# Most of an execution would go into what the sanitizer keeps for its reports: an input that
# is found shows its stacks when it is run alone.
FUZZ_ENV = ASAN_OPTIONS=malloc_context_size=0:quarantine_size_mb=8:max_malloc_fill_size=0
MAX_LEN = 4104
# A log: words of the kernel's instead of watching each comparison, and a few lines at a time.
$(B)/fuzz/fuzz-oops: FUZZ_CFLAGS += -fno-sanitize-coverage=trace-cmp
fuzz-oops: MAX_LEN = 512
fuzz-oops: FUZZ_FLAGS = -dict=$(B)/fuzz/oops.dict
fuzz-oops: FUZZ_PIECES = $(B)/fuzz/pieces
fuzz-oops: $(B)/fuzz/oops.dict
FUZZ_CORE = tests/fuzz/core.c tests/fuzz/panic.c $(wildcard tests/reference/*.c) $(B)/fuzz/libvexfs_core.a
FUZZ_OOPS = tests/fuzz/oops.c $(wildcard lib/*.c libvm/oops*.c libvm/explain*.c libvm/finding*.c) libvm/benign.c libvm/log-line.c libvm/unloaded.c
# The counters that libFuzzer steers by, in the Rust code too.
FUZZ_RUSTFLAGS = -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
	-Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
	-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares

.PHONY: fuzz
fuzz: $(addprefix fuzz-,$(FUZZERS))
fuzz-%: $(B)/fuzz/fuzz-% $(B)/fuzz/seeds
	$(call say,FUZZ,$<)
	$(Q)mkdir -p $(B)/fuzz/found/$*
	$(Q)$(FUZZ_ENV) $< -runs=$(RUNS) -max_len=$(MAX_LEN) $(FUZZ_FLAGS) -print_final_stats=1 -verbosity=0 \
		-artifact_prefix=$(B)/fuzz/$*- $(B)/fuzz/found/$* $(wildcard tests/fuzz/corpus/$* $(B)/fuzz/seeds/$*) $(FUZZ_PIECES) \
		>$(B)/fuzz/$*.log 2>&1 || { tail -n 40 $(B)/fuzz/$*.log; exit 1; }
	@awk -v name=$* '/number_of_executed_units/ { print name ": " $$2 " executions, nothing found" }' \
		$(B)/fuzz/$*.log

$(B)/fuzz/seeds: tests/fuzz/seeds.sh $(B)/mkfs.vexfs
	$(Q)tests/fuzz/seeds.sh $(B)/mkfs.vexfs $@ && touch $@
# The pieces come with it.
$(B)/fuzz/oops.dict: $(B)/tests/fuzz/splats
	$(Q)mkdir -p $(B)/fuzz/pieces
	$(Q)$< $(B)/fuzz/pieces >$@
.SECONDARY: $(B)/obj/tests/fuzz/splats.o
$(B)/fuzz/libvexfs_core.a: $(CORE_ABI) $(wildcard vexfs/core/*.rs)
	$(call say,RUSTC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)VEXFS_CORE_ABI_RS=$(abspath $(dir $(CORE_ABI)))/abi.rs $(RUSTC) --edition=2024 \
		--crate-name vexfs_core --crate-type staticlib -Cpanic=abort -Copt-level=2 \
		-Clto=fat -Ccodegen-units=1 -Coverflow-checks=y -Cdebuginfo=1 $(FUZZ_RUSTFLAGS) -o $@ vexfs/core/lib.rs
.PRECIOUS: $(B)/fuzz/fuzz-%
$(B)/fuzz/fuzz-oops: $(FUZZ_OOPS)
$(addprefix $(B)/fuzz/fuzz-,$(filter-out oops,$(FUZZERS))): $(FUZZ_CORE)
$(B)/fuzz/fuzz-%: tests/fuzz/entry.c
	$(call say,FUZZCC,$@)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) $(PKG_CFLAGS) -DFUZZ_TARGET=fuzz_$* -o $@ $^ $(PKG_LIBS)
