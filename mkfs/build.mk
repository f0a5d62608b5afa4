# SPDX-License-Identifier: GPL-2.0-only
# mkfs.vexfs runs in any guest: static, without GLib.
PROGRAMS += $(B)/mkfs.vexfs
$(B)/mkfs.vexfs: $(call objects,mkfs) $(B)/libvexfs.a $(B)/libvexfs_core.a
	$(call say,STATIC,$@)
	$(Q)$(CC) $(CFLAGS) $(if $(SANITIZE),$(SAN),-static) -o $@ $^ -lblkid -luuid
