/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's memory, as /proc/kcore shows it. */
#ifndef AGENT_CORE_H
#define AGENT_CORE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CORE_RANGES_MAX 1024

struct core {
	int fd;			/* -1 when it is not open */
	Elf64_Phdr ranges[CORE_RANGES_MAX];
	size_t nr;
};

/* Opens ROOT/proc/kcore; false where it is missing or not what it should be. core_close() in any case. */
bool core_open(struct core *core, const char *root);
void core_close(struct core *core);

/* Reads @size bytes at the kernel's @address; false when not all of them can be read. */
bool core_read(const struct core *core, uint64_t address, void *ret, size_t size);

/*
 * Whether modules have their code and data there. On x86-64 by a kernel that chooses its own
 * place (CONFIG_RANDOMIZE_BASE), which may be where another one's modules begin: of those with
 * modules below 0xffffffffc0000000 the answer is no. Elsewhere any address may be.
 */
bool core_may_be_module(uint64_t address);

#endif /* AGENT_CORE_H */
