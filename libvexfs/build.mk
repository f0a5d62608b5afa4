# SPDX-License-Identifier: GPL-2.0-only
# libvexfs: images in user space, with the module's own pure checks.
LIBVEXFS_OBJECTS = $(call objects,libvexfs) \
	$(B)/obj/vexfs/src/check.o $(B)/obj/vexfs/src/blank.o \
	$(B)/obj/vexfs/selftest/damage.o
$(B)/libvexfs.a: $(LIBVEXFS_OBJECTS)
TEST_LIBS_test-check = -lblkid -luuid -lxxhash
$(B)/tests/unit/test-check: $(B)/libvexfs.a

# What tests/guest/damage.sh runs; static like mkfs.vexfs.
PROGRAMS += $(B)/vexfs-damage
$(B)/vexfs-damage: $(call objects,tests/damage) $(B)/libvexfs.a
	$(call say,STATIC,$@)
	$(Q)$(CC) $(CFLAGS) $(if $(SANITIZE),$(SAN),-static) -o $@ $^ -lxxhash
