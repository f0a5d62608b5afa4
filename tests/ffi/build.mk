# SPDX-License-Identifier: GPL-2.0-only
# test_ffi: static, for tests/guest/ffi.sh and for people in the guest's
# vexfs folder; with the sanitizers, for ffi-check and make unit.
TEST_FFI_OBJECTS = $(call objects,tests/ffi) $(call objects,tests/reference) \
	$(B)/obj/vexfs/src/blank.o $(B)/obj/vexfs/selftest/damage.o $(B)/libvexfs_core.a
$(B)/test_ffi: $(TEST_FFI_OBJECTS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(if $(SANITIZE),$(SAN),-static) -o $@ $^

ifeq ($(SANITIZE),)
PROGRAMS += $(B)/test_ffi vexfs/test_ffi $(B)/sanitize/test_ffi
vexfs/test_ffi: $(B)/test_ffi
	$(Q)cp $< $@
$(B)/sanitize/test_ffi: $(wildcard tests/ffi/* tests/reference/* vexfs/core/*.rs vexfs/core/abi.def \
			vexfs/core/tools/* vexfs/src/*.[ch] vexfs/selftest/*.[ch] include/vexfs/*)
	$(Q)$(MAKE) --no-print-directory SANITIZE=1 B=$(B)/sanitize $@
endif
