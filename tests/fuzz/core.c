// SPDX-License-Identifier: GPL-2.0-only
/*
 * Input is a byte of flags and bytes of a block. Without RAW they are filled up
 * with zeros to a whole block; with RESUM its checksum is made right, behind
 * which nothing would be found otherwise. The copy that is checked lies at the
 * end of its own piece of memory, so that the sanitizer sees who reads on.
 */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/vexfs/core.h"
#include "include/vexfs/format.h"
#include "tests/fuzz/target.h"
#include "tests/reference/check.h"

enum { RAW = 1, RESUM = 2, SLOT1 = 4, DEVICE = 8 };
#define GAP(flags) ((flags) >> 5)	/* misaligned by so many bytes */
#define DEVICE_BLOCKS 4096

struct input {
	unsigned int flags;
	uint8_t *memory, *bytes;	/* bytes lies in memory */
	size_t size;
};

static void input_init(struct input *in, const uint8_t *data, size_t size)
{
	size_t given = size ? size - 1 : 0;
	uint64_t sum;

	in->flags = size ? data[0] : RAW;
	in->size = in->flags & RAW ? given : VEXFS_BLOCK_SIZE;
	in->memory = calloc(1, in->size + GAP(in->flags) + 1);
	if (!in->memory)
		exit(1);
	in->bytes = in->memory + GAP(in->flags) + 1;
	if (given)
		memcpy(in->bytes, data + 1, given < in->size ? given : in->size);
	if (!(in->flags & RESUM) || in->size != VEXFS_BLOCK_SIZE)
		return;
	sum = htole64(reference_checksum(in->bytes, in->size));
	memcpy(in->bytes, &sum, sizeof(sum));
}

struct answer {
	struct vexfs_fault fault;
	u32 start;
	int ret;
};

static void require_same(const struct answer *core, const struct answer *reference)
{
	const struct vexfs_fault *c = &core->fault, *r = &reference->fault;

	if (core->ret == reference->ret && core->start == reference->start &&
	    (!core->ret || (c->offset == r->offset && !strcmp(c->rule, r->rule) && !strcmp(c->what, r->what))))
		return;
	fprintf(stderr, "core: %d, start %u", core->ret, core->start);
	if (core->ret)
		fprintf(stderr, ", rule %s at %u", c->rule, c->offset);
	fprintf(stderr, "; reference: %d, start %u", reference->ret, reference->start);
	if (reference->ret)
		fprintf(stderr, ", rule %s at %u", r->rule, r->offset);
	fputc('\n', stderr);
	abort();
}

void fuzz_super(const uint8_t *data, size_t size)
{
	struct answer core = { 0 }, reference = { 0 };
	struct input in;
	u64 self, device;

	input_init(&in, data, size);
	self = in.flags & SLOT1 ? VEXFS_SLOT1_BLOCK : VEXFS_SLOT0_BLOCK;
	device = in.flags & DEVICE ? DEVICE_BLOCKS : 0;
	core.ret = vexfs_core_check_super(in.bytes, in.size, self, device, &core.fault);
	reference.ret = reference_check_super(in.bytes, in.size, self, device, &reference.fault);
	require_same(&core, &reference);
	free(in.memory);
}

/* The superblock that the node should belong to says what the node itself does. */
static void fit_super(const struct input *in, struct vexfs_super_block *super)
{
	struct vexfs_node node = { 0 };

	memcpy(&node, in->bytes, in->size < sizeof(node) ? in->size : sizeof(node));
	memset(super, 0, sizeof(*super));
	memcpy(super->uuid, node.uuid, sizeof(super->uuid));
	super->root_block = node.self_block;
	super->root_generation = in->flags & SLOT1 ? htole64(1) : node.generation;
}

void fuzz_root(const uint8_t *data, size_t size)
{
	struct answer core = { 0 }, reference = { 0 };
	struct vexfs_super_block super;
	struct input in;

	input_init(&in, data, size);
	fit_super(&in, &super);
	core.ret = vexfs_core_check_root(in.bytes, in.size, &super, sizeof(super), &core.fault);
	reference.ret = reference_check_root(in.bytes, in.size, &super, sizeof(super), &reference.fault);
	require_same(&core, &reference);
	free(in.memory);
}

void fuzz_root_inode(const uint8_t *data, size_t size)
{
	struct answer core = { 0 }, reference = { 0 };
	struct input in;

	input_init(&in, data, size);
	core.ret = vexfs_core_check_root_inode(in.bytes, in.size, &core.start, &core.fault);
	reference.ret = reference_check_root_inode(in.bytes, in.size, &reference.start, &reference.fault);
	require_same(&core, &reference);
	free(in.memory);
}

void fuzz_xxh64(const uint8_t *data, size_t size)
{
	struct input in;

	input_init(&in, data, size);
	if (vexfs_core_xxh64(in.bytes, in.size, in.flags) != reference_xxh64(in.bytes, in.size, in.flags) ||
	    vexfs_core_checksum(in.bytes, in.size) != reference_checksum(in.bytes, in.size))
		abort();
	free(in.memory);
}
