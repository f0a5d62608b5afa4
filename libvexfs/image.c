// SPDX-License-Identifier: GPL-2.0-only
#include "libvexfs/image.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define SIGNATURES_MAX 1000	/* of others on one device; beyond it wiping does not help */

static int fail(char *why, int error, const char *path, const char *text)
{
	snprintf(why, IMAGE_WHY_SIZE, "%.150s: %s", path, text);
	return -error;
}

static int file_size(int fd, uint64_t *ret_size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISBLK(st.st_mode))
		return ioctl(fd, BLKGETSIZE64, ret_size) < 0 ? -errno : 0;
	if (!S_ISREG(st.st_mode))
		return -ENOTBLK;
	*ret_size = (uint64_t)st.st_size;
	return 0;
}

int image_open(const char *path, bool create, uint64_t *ret_size, char *why)
{
	struct stat st;
	bool is_device = stat(path, &st) == 0 && S_ISBLK(st.st_mode);
	int flags = O_RDWR | O_CLOEXEC | O_NONBLOCK | (is_device ? O_EXCL : 0);
	int fd, ret;

	if (is_device && create)
		return fail(why, EINVAL, path, "--size is for files, a device has its size");
	fd = open(path, flags | (create ? O_CREAT : 0), 0644);
	if (fd < 0 && errno == EBUSY)
		return fail(why, EBUSY, path, "is in use; unmount it first");
	if (fd < 0 && errno == ENOENT)
		return fail(why, ENOENT, path,
			    create ? "its folder is not there" : "is not there; --size makes a file");
	if (fd < 0)
		return fail(why, errno, path, strerror(errno));
	ret = file_size(fd, ret_size);
	if (ret) {
		close(fd);
		return fail(why, -ret, path,
			    ret == -ENOTBLK ? "is neither a file nor a block device" : strerror(-ret));
	}
	return fd;
}

int image_resize(int fd, uint64_t size)
{
	return ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
}

/* blkid does not know us. A damaged VexFS is one too. */
static bool holds_vexfs(int fd)
{
	uint8_t block[VEXFS_BLOCK_SIZE];
	struct vexfs_fault fault;

	for (unsigned int slot = 0; slot < VEXFS_SLOTS; slot++) {
		uint64_t at = vexfs_core_slot_block(slot);

		if (pread(fd, block, sizeof(block), (off_t)(at << VEXFS_BLOCK_BITS)) ==
			    VEXFS_BLOCK_SIZE &&
		    vexfs_core_check_super(block, sizeof(block), at, 0, &fault) != -EINVAL)
			return true;
	}
	return false;
}

int image_probe(int fd, char *what)
{
	blkid_probe probe = blkid_new_probe();
	const char *type = NULL;
	int ret;

	snprintf(what, 64, "VexFS");
	if (holds_vexfs(fd)) {
		blkid_free_probe(probe);
		return 1;
	}
	if (!probe)
		return -ENOMEM;
	blkid_probe_enable_partitions(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE);
	ret = blkid_probe_set_device(probe, fd, 0, 0) ? -EIO : blkid_do_safeprobe(probe);
	what[0] = '\0';
	if (ret == 0) {
		if (blkid_probe_lookup_value(probe, "TYPE", &type, NULL) < 0)
			type = "a partition table";
		snprintf(what, 64, "%s", type);
	}
	blkid_free_probe(probe);
	/* 1 = nothing found, -2 = more than one thing. */
	if (ret == -2)
		snprintf(what, 64, "more than one filesystem");
	return ret == 0 || ret == -2 ? 1 : ret == 1 ? 0 : -EIO;
}

/* So that nobody finds another filesystem beside ours. */
static int wipe_signatures(int fd)
{
	blkid_probe probe = blkid_new_probe();
	int ret, rounds = 0;

	if (!probe)
		return -ENOMEM;
	blkid_probe_enable_partitions(probe, 1);
	blkid_probe_set_partitions_flags(probe, BLKID_PARTS_MAGIC | BLKID_PARTS_FORCE_GPT);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_MAGIC);
	ret = blkid_probe_set_device(probe, fd, 0, 0) ? -EIO : 0;
	/* 0 = found one more, 1 = nothing found. */
	while (!ret && (ret = blkid_do_probe(probe)) == 0)
		ret = rounds++ < SIGNATURES_MAX ? blkid_do_wipe(probe, 0) : -EIO;
	blkid_free_probe(probe);
	return ret < 0 ? -EIO : 0;
}

static int write_block(int fd, uint64_t block, const void *data)
{
	ssize_t n = pwrite(fd, data, VEXFS_BLOCK_SIZE, (off_t)(block << VEXFS_BLOCK_BITS));

	if (n < 0)
		return -errno;
	if (n != VEXFS_BLOCK_SIZE)
		return -EIO;
	return fdatasync(fd) < 0 ? -errno : 0;
}

int image_format(int fd, const struct vexfs_blank *blank)
{
	static const uint8_t zeros[VEXFS_BLOCK_SIZE];
	uint8_t block[VEXFS_BLOCK_SIZE] __attribute__((aligned(8)));
	int ret = wipe_signatures(fd);

	for (unsigned int slot = 0; !ret && slot < VEXFS_SLOTS; slot++)
		ret = write_block(fd, vexfs_core_slot_block(slot), zeros);
	vexfs_blank_root(blank, block);
	if (!ret)
		ret = write_block(fd, VEXFS_FIRST_ROOT_BLOCK, block);
	for (unsigned int slot = VEXFS_SLOTS; !ret && slot-- > 0;) {
		vexfs_blank_super(blank, slot, block);
		ret = write_block(fd, vexfs_core_slot_block(slot), block);
	}
	return ret;
}
