// SPDX-License-Identifier: GPL-2.0-only
#include "agent/core.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool core_open(struct core *core, const char *root)
{
	char path[1024];
	Elf64_Ehdr elf;
	size_t size;

	snprintf(path, sizeof(path), "%s/proc/kcore", root);
	core->fd = open(path, O_RDONLY | O_CLOEXEC);
	core->nr = 0;
	if (core->fd < 0 || pread(core->fd, &elf, sizeof(elf), 0) != sizeof(elf) ||
	    memcmp(elf.e_ident, ELFMAG, SELFMAG) || elf.e_ident[EI_CLASS] != ELFCLASS64 ||
	    elf.e_phentsize != sizeof(Elf64_Phdr) || elf.e_phnum > CORE_RANGES_MAX)
		return false;
	size = elf.e_phnum * sizeof(Elf64_Phdr);
	if (pread(core->fd, core->ranges, size, (off_t)elf.e_phoff) != (ssize_t)size)
		return false;
	core->nr = elf.e_phnum;
	return true;
}

void core_close(struct core *core)
{
	if (core->fd >= 0)
		close(core->fd);
	core->fd = -1;
}

bool core_read(const struct core *core, uint64_t address, void *ret, size_t size)
{
	for (size_t i = 0; i < core->nr; i++) {
		const Elf64_Phdr *h = &core->ranges[i];

		if (h->p_type == PT_LOAD && address >= h->p_vaddr && address - h->p_vaddr < h->p_memsz &&
		    h->p_memsz - (address - h->p_vaddr) >= size)
			return pread(core->fd, ret, size, (off_t)(h->p_offset + address - h->p_vaddr)) ==
			       (ssize_t)size;
	}
	return false;
}

bool core_may_be_module(uint64_t address)
{
#ifdef __x86_64__
	/* MODULES_VADDR, MODULES_END: arch/x86/include/asm/pgtable_64_types.h, KERNEL_IMAGE_SIZE */
	return address >= 0xffffffffc0000000 && address < 0xffffffffff000000;
#else
	return address;
#endif
}
