# SPDX-License-Identifier: GPL-2.0-only
# libvexfs: images in user space; libvexfs_core: the module's own Rust core.
LIBVEXFS_OBJECTS = $(call objects,libvexfs) \
	$(B)/obj/vexfs/src/blank.o $(B)/obj/vexfs/selftest/damage.o
$(B)/libvexfs.a: $(LIBVEXFS_OBJECTS)

# The compiler of Debian, not what else may be first in PATH; RUSTC= names another.
RUSTC = $(or $(wildcard /usr/bin/rustc),rustc)
CORE_TOOLS = vexfs/core/tools
CORE_ABI = $(B)/core/generated/abi.h
$(CORE_ABI): vexfs/core/abi.def include/vexfs/core.h $(wildcard $(CORE_TOOLS)/abi*)
	$(call say,ABI,$@)
	$(Q)CC='$(CC)' $(CORE_TOOLS)/abi.sh $(@D)
$(B)/core/vexfs_core.o: $(CORE_ABI) $(wildcard vexfs/core/*.rs $(CORE_TOOLS)/*)
	$(call say,RUSTC,$@)
	$(Q)RUSTC='$(RUSTC)' $(CORE_TOOLS)/object.sh user $(<D) $@
$(B)/obj/vexfs/src/abi.o: $(CORE_ABI)
$(B)/obj/vexfs/src/abi.o: BASE_CFLAGS += -I$(B)/core
# One object, so that whoever takes a function gets the check of the contract.
$(B)/core/checked.o: $(B)/core/vexfs_core.o $(B)/obj/vexfs/src/abi.o
	$(Q)ld -r -o $@ $^
$(B)/libvexfs_core.a: $(B)/core/checked.o

TEST_LIBS_test-check = -lblkid -luuid
$(B)/tests/unit/test-check: $(call objects,tests/reference) $(B)/libvexfs.a $(B)/libvexfs_core.a

# What tests/guest/damage.sh runs; static like mkfs.vexfs.
PROGRAMS += $(B)/vexfs-damage
$(B)/vexfs-damage: $(call objects,tests/damage) $(B)/libvexfs.a $(B)/libvexfs_core.a
	$(call say,STATIC,$@)
	$(Q)$(CC) $(CFLAGS) $(if $(SANITIZE),$(SAN),-static) -o $@ $^

# Behind the targets, which call it.
TEST_LIBS_test-fuzz = $(B)/libvm.a $(B)/lib.a
$(B)/tests/unit/test-fuzz: $(B)/obj/tests/fuzz/core.o $(B)/obj/tests/fuzz/oops.o $(call objects,tests/reference) $(B)/libvexfs_core.a
