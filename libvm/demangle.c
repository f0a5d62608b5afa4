// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/demangle.h"

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdbool.h>
#include <string.h>

/* Lifetimes that one binder of v0 may have: numbers of at most this many digits. */
#define BINDER_DIGITS_MAX 3

struct output {
	jmp_buf full;
	gsize length;
	char text[DEMANGLE_MAX + 1];
};

static bool is_digit62(char c)
{
	return g_ascii_isalnum(c);
}

static gsize digits62(const char *text)
{
	gsize n = 0;

	while (is_digit62(text[n]))
		n++;
	return n;
}

/*
 * A crate's number, "Cs…_", is not shown. Zeros in its place leave all
 * positions in the name as they are, and no digit of it looks like a binder.
 */
static void blank_crate_numbers(char *name)
{
	for (char *at = name; (at = strstr(at, "Cs")); at += 2) {
		gsize n = digits62(at + 2);

		if (at[2 + n] == '_')
			memset(at + 2, '0', n);
	}
}

/*
 * "G…_" binds as many lifetimes as it says, and libiberty counts them one by
 * one, also where nothing is shown: up to 2^64.
 */
static bool has_large_binder(const char *name)
{
	for (const char *at = name; (at = strchr(at, 'G')); at++) {
		gsize n = digits62(at + 1);

		if (n > BINDER_DIGITS_MAX && at[1 + n] == '_')
			return true;
	}
	return false;
}

/*
 * A name of v0 refers back to its parts, so that a few hundred bytes can stand
 * for 2^60 of them. libiberty has no limit and its callback no way to refuse:
 * leaving it from here is the only end. It holds no memory then but, within
 * an identifier that is not ASCII, that identifier.
 */
static void take(const char *bytes, size_t size, void *opaque)
{
	struct output *out = opaque;

	if (size > DEMANGLE_MAX - out->length)
		longjmp(out->full, 1);
	memcpy(out->text + out->length, bytes, size);
	out->length += size;
}

static bool run(const char *mangled, struct output *out)
{
	return !setjmp(out->full) && rust_demangle_callback(mangled, DMGL_NO_OPTS, take, out) && out->length;
}

char *demangle(const char *name)
{
	g_autofree char *mangled = NULL;
	struct output out = { .length = 0 };
	bool v0 = g_str_has_prefix(name, "_R");

	if ((!v0 && !g_str_has_prefix(name, "_ZN")) || strlen(name) > DEMANGLE_MANGLED_MAX)
		return NULL;
	mangled = g_strdup(name);
	if (v0)
		blank_crate_numbers(mangled);
	if ((v0 && has_large_binder(mangled)) || !run(mangled, &out))
		return NULL;
	return g_strndup(out.text, out.length);
}

char *demangle_or_name(const char *name)
{
	char *readable = demangle(name);

	return readable ? readable : g_strdup(name);
}
