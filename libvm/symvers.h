/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Module.symvers of a kernel's headers: a line "0xCRC<TAB>symbol<TAB>…" for each
 * exported symbol (Documentation/kbuild/modules.rst, 6.1). A module that was
 * built against another kernel wants other sums, and is refused when it loads.
 */
#ifndef LIBVM_SYMVERS_H
#define LIBVM_SYMVERS_H

#include <glib.h>

#include "libvm/modinfo.h"

/*
 * Pure: the first symbol that the kernel of @text has with another sum than
 * @info's module wants it, as "NAME (built against 0x…, the kernel has 0x…)"; NULL
 * when all fit. Symbols that @text does not have are other modules'.
 */
char *symvers_mismatch(const char *text, const struct modinfo *info);

#endif /* LIBVM_SYMVERS_H */
