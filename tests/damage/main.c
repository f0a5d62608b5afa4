// SPDX-License-Identifier: GPL-2.0-only
/*
 * vexfs-damage DEVICE FOLDER [TEST]: overwrites DEVICE with damaged filesystems,
 * one after the other, and mounts each at FOLDER: it must be refused with one
 * line in the kernel's log that names the rule, or be mounted from the other
 * superblock. Prints KTAP. With TEST only that one; vexfs-damage --list prints
 * their names. One process, since every other costs 0.1 s in an emulated guest.
 * Exit status: 0 all passed, 1 not, 2 wrong usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "vexfs/selftest/damage.h"
#include "vexfs/src/blank.h"

#define RECORD_MAX 8192		/* CONSOLE_EXT_LOG_MAX of kernel/printk */
#define LOG_PREFIX "VexFS: "
#define FLIPS 2
#define SLOT0 (VEXFS_BLOCK_SIZE * 16UL)
#define SLOT1 (VEXFS_BLOCK_SIZE * 256UL)
#define ROOT (VEXFS_BLOCK_SIZE * VEXFS_FIRST_ROOT_BLOCK)

struct flip_case {
	const char *name, *logs;	/* a basic regular expression */
	bool mounts;
	unsigned long flips[FLIPS];	/* bytes to invert; 0 = none */
};

static const struct flip_case flip_cases[] = {
	{ "newer superblock damaged: the older is used", "byte 65536 is damaged (rule S2", true,
	  { SLOT0 + 64 } },
	{ "older superblock damaged: the newer is used", "byte 1048576 is damaged (rule S2", true,
	  { SLOT1 + 64 } },
	{ "magic of one gone", "byte 65536 is damaged (rule S1", true, { SLOT0 + 8 } },
	{ "both superblocks damaged", "no valid superblock.*rule S2.*rule S2", false,
	  { SLOT0 + 136, SLOT1 + 136 } },
	{ "last byte of both", "rule S2.*rule S2", false, { SLOT0 + 4095, SLOT1 + 4095 } },
	{ "root node: a byte", "root node at block 17 is damaged: rule N2", false, { ROOT + 100 } },
	{ "root node: magic", "rule N1", false, { ROOT + 8 } },
	{ "root node: the inode", "rule N2", false, { ROOT + 4000 } },
};

struct lab {
	const char *device, *folder;	/* NULL: only names are wanted */
	const char *only;		/* the one test; NULL = all */
	int disk, kmsg;
	u64 block_count;
	unsigned int nr, failed;
};

static void result(struct lab *lab, bool ok, const char *name)
{
	printf("%sok %u %s\n", ok ? "" : "not ", ++lab->nr, name);
	fflush(stdout);
	lab->failed += !ok;
}

static bool is_wanted(const struct lab *lab, const char *name)
{
	if (!lab->device)
		puts(name);
	return lab->device && (!lab->only || !strcmp(lab->only, name));
}

static bool put(struct lab *lab, u64 block, const void *data)
{
	return pwrite(lab->disk, data, VEXFS_BLOCK_SIZE, (off_t)(block << VEXFS_BLOCK_BITS)) ==
	       VEXFS_BLOCK_SIZE;
}

/* A new filesystem of @count blocks, with @damage (may be NULL). */
static bool format(struct lab *lab, u64 count, const struct vexfs_damage *damage)
{
	const struct vexfs_blank blank = { .block_count = count, .uuid = { 1 } };
	u8 block[VEXFS_BLOCK_SIZE] __attribute__((aligned(8)));

	vexfs_blank_root(&blank, block);
	if (damage && damage->root)
		vexfs_damage_apply(damage, block);
	if (!put(lab, VEXFS_FIRST_ROOT_BLOCK, block))
		return false;
	for (unsigned int slot = 0; slot < VEXFS_SLOTS; slot++) {
		vexfs_blank_super(&blank, slot, block);
		if (damage && !damage->root)
			vexfs_damage_apply(damage, block);
		if (!put(lab, vexfs_core_slot_block(slot), block))
			return false;
	}
	return true;
}

static bool flip(struct lab *lab, unsigned long at)
{
	u8 byte;

	if (pread(lab->disk, &byte, 1, (off_t)at) != 1)
		return false;
	byte = (u8)~byte;
	return pwrite(lab->disk, &byte, 1, (off_t)at) == 1;
}

/* Whether the kernel's new records hold one line of ours, and it matches. */
static bool log_is(struct lab *lab, const char *pattern)
{
	char record[RECORD_MAX + 1], *text;
	unsigned int lines = 0, matches = 0;
	regex_t regex;
	ssize_t n;

	if (regcomp(&regex, pattern, REG_NOSUB))
		return false;
	/* EPIPE: records were overwritten before they were read. */
	while ((n = read(lab->kmsg, record, RECORD_MAX)) > 0 || (n < 0 && errno == EPIPE)) {
		record[n > 0 ? n : 0] = '\0';
		text = strchr(record, ';');
		if (!text || strncmp(text + 1, LOG_PREFIX, strlen(LOG_PREFIX)) != 0)
			continue;
		text[strcspn(text, "\n")] = '\0';
		printf("# %s\n", text + 1);
		lines++;
		matches += regexec(&regex, text, 0, NULL, 0) == 0;
	}
	regfree(&regex);
	return lines == 1 && matches == 1;
}

/* What is on the disk now (@ready: it could be written) mounts, or is refused. */
static void judge(struct lab *lab, bool ready, const char *name, bool mounts, const char *logs)
{
	bool mounted;

	if (!ready) {
		printf("# %s: %s\n", lab->device, strerror(errno));
		result(lab, false, name);
		return;
	}
	lseek(lab->kmsg, 0, SEEK_END);
	mounted = mount(lab->device, lab->folder, "vexfs", MS_RDONLY, NULL) == 0;
	if (!mounted)
		printf("# mount: %s\n", strerror(errno));
	else if (umount(lab->folder) < 0)
		printf("# umount: %s\n", strerror(errno));
	result(lab, (!logs || log_is(lab, logs)) && mounted == mounts, name);
}

static void run_flips(struct lab *lab)
{
	for (size_t i = 0; i < sizeof(flip_cases) / sizeof(flip_cases[0]); i++) {
		const struct flip_case *c = &flip_cases[i];
		bool ok;

		if (!is_wanted(lab, c->name))
			continue;
		ok = format(lab, lab->block_count, NULL);
		for (size_t j = 0; ok && j < FLIPS; j++)
			ok = !c->flips[j] || flip(lab, c->flips[j]);
		judge(lab, ok, c->name, c->mounts, c->logs);
	}
}

static void run_rules(struct lab *lab)
{
	const struct vexfs_damage *d;

	for (unsigned int i = 0; (d = vexfs_damage_get(i)); i++) {
		char name[64], logs[64];

		snprintf(name, sizeof(name), "rule %s, damage %u", d->rule, i + 1);
		snprintf(logs, sizeof(logs), "rule %s:", d->rule);
		if (is_wanted(lab, name))
			judge(lab, format(lab, lab->block_count, d), name, false, logs);
	}
}

static void run_sizes(struct lab *lab)
{
	static const char cut[] = "an image cut short", whole[] = "mounts when all is whole";

	if (is_wanted(lab, cut))
		judge(lab, format(lab, lab->block_count + 1, NULL), cut, false, "rule S13");
	if (is_wanted(lab, whole))
		judge(lab, format(lab, lab->block_count, NULL), whole, true, NULL);
}

static void run_all(struct lab *lab)
{
	run_flips(lab);
	run_rules(lab);
	run_sizes(lab);
}

static size_t count(void)
{
	unsigned int rules = 0;

	while (vexfs_damage_get(rules))
		rules++;
	return sizeof(flip_cases) / sizeof(flip_cases[0]) + rules + 2;
}

static bool lab_open(struct lab *lab)
{
	u64 size;

	lab->disk = open(lab->device, O_RDWR | O_CLOEXEC);
	lab->kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (lab->disk < 0 || lab->kmsg < 0 || ioctl(lab->disk, BLKGETSIZE64, &size) < 0)
		return false;
	lab->block_count = size >> VEXFS_BLOCK_BITS;
	return true;
}

int main(int argc, char **argv)
{
	struct lab lab = { 0 };

	if (argc == 2 && !strcmp(argv[1], "--list")) {
		run_all(&lab);
		return 0;
	}
	if (argc < 3 || argc > 4) {
		fputs("usage: vexfs-damage DEVICE FOLDER [TEST] | --list\n", stderr);
		return 2;
	}
	lab.device = argv[1];
	lab.folder = argv[2];
	lab.only = argv[3];
	if (!lab_open(&lab)) {
		perror(lab.device);
		return 1;
	}
	printf("KTAP version 1\n1..%zu\n", lab.only ? 1 : count());
	run_all(&lab);
	return lab.failed ? 1 : 0;
}
