/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Damages to a blank filesystem, each with the rule that has to refuse it: for
 * the self-test in the kernel and for suites that mount what is damaged. Pure.
 */
#ifndef VEXFS_DAMAGE_H
#define VEXFS_DAMAGE_H

#include "../../include/vexfs/core.h"

struct vexfs_damage {
	const char *rule;	/* that must refuse it */
	u32 offset;		/* of the byte that is flipped, in its block */
	u8 flip;
	bool resum;		/* with a new, right checksum */
	bool root;		/* in the root node; else in each superblock */
};

/* Number @nr, counted from 0; NULL behind the last. */
const struct vexfs_damage *vexfs_damage_get(unsigned int nr);

/* Applies @damage to the 4096 bytes at @block, which are of its kind. */
void vexfs_damage_apply(const struct vexfs_damage *damage, void *block);

#endif /* VEXFS_DAMAGE_H */
