/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of the source tree as strings of the program. */
#ifndef LIB_EMBED_H
#define LIB_EMBED_H

/*
 * Defines the NUL-ended string @symbol with the bytes of @file, a path from the
 * top of the tree, where the compiler runs. The makefile has to name it as what
 * the object depends on.
 */
#define EMBED(symbol, file)				\
	__asm__(".pushsection .rodata\n"		\
		#symbol ": .incbin \"" file "\"\n.byte 0\n" \
		".popsection\n");			\
	extern const char symbol[] __attribute__((visibility("hidden")))

#endif /* LIB_EMBED_H */
