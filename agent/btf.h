/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the members of the kernel's structures lie, by the description that the
 * kernel carries (Documentation/bpf/btf.rst).
 */
#ifndef AGENT_BTF_H
#define AGENT_BTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf;

struct btf_field {
	uint32_t bit;		/* offset, in bits */
	uint32_t bits;		/* of a bit field; 0 = it is none */
};

/* Reads ROOT/sys/kernel/btf/vmlinux; NULL where there is none, or it is damaged. */
struct btf *btf_open(const char *root);
void btf_free(struct btf *btf);

/* The member @member of the structure or union @type, also one in a nameless part of it. */
bool btf_find(const struct btf *btf, const char *type, const char *member, struct btf_field *ret);

/* Bytes of the structure or union @type; 0 when there is none. */
uint32_t btf_size(const struct btf *btf, const char *type);

#endif /* AGENT_BTF_H */
