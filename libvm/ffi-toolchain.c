// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/ffi-toolchain.h"

#include <string.h>

#include "lib/embed.h"
#include "lib/fault.h"
#include "lib/program.h"

#define LIMIT_S 60
#define TEXT_MAX 65536	/* bytes of its output */

EMBED(toolchain_script, "libvm/toolchain.sh");

/* What stands behind @word at a line's start; "" = nothing. */
static char *value(const char *text, const char *word)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	gsize length = strlen(word);

	for (guint i = 0; lines[i]; i++)
		if (g_str_has_prefix(lines[i], word) && lines[i][length] == ' ')
			return g_strdup(g_strstrip(lines[i] + length + 1));
	return g_strdup("");
}

/* "1.96.0" of "rustc 1.96.0 (…)". */
static char *version_of(const char *text)
{
	const char *number = text + strcspn(text, " ");

	number += strspn(number, " ");
	return g_strndup(number, strcspn(number, " "));
}

void ffi_toolchain_judge(const char *text, struct ffi_verdict *compiler, struct ffi_verdict *headers)
{
	g_autofree char *rustc = value(text, "rustc"), *source = value(text, "source");
	g_autofree char *linker = value(text, "linker"), *build = value(text, "headers");
	g_autofree char *objtool = value(text, "objtool"), *version = version_of(rustc);

	if (!*rustc)
		ffi_verdict_fail(compiler, "install rustc-web in the image", "there is no rustc");
	else if (!*source)
		ffi_verdict_fail(compiler, "install rust-web-src in the image", "there is no source of its core for %s", rustc);
	else if (!g_str_equal(source, version))
		ffi_verdict_fail(compiler, "install rustc-web and rust-web-src of one version in the image",
				 "the compiler is %s, the source of its core is %s", rustc, source);
	if (!*linker)
		ffi_verdict_fail(compiler, "install binutils in the image", "there is no ld");
	if (!*build)
		ffi_verdict_fail(headers, "install linux-headers in the image", "the kernel's headers have no configuration");
	if (!*objtool)
		ffi_verdict_fail(headers, "install linux-headers in the image", "the kernel's headers have no objtool");
}

static void take(void *data, const char *bytes, gsize size)
{
	GString *text = data;

	g_string_append_len(text, bytes, (gssize)MIN(size, TEXT_MAX - MIN(text->len, TEXT_MAX)));
}

bool ffi_toolchain_check(const struct sandbox *sandbox, const char *release, struct ffi_verdict *compiler,
			 struct ffi_verdict *headers, GError **error)
{
	const char *argv[] = { "sh", "-c", toolchain_script, "toolchain.sh", release, NULL };
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *said = NULL;
	int status;

	if (!sandbox_run(sandbox, argv, LIMIT_S, take, text, &status, error))
		return false;
	/* What it finds missing is a line of its own, and no failure. */
	if (status) {
		said = program_last_line(text->str);
		return fault_set(error, LAB_ERROR_LAB, "cannot look at the toolchain in %s: exit status %d%s%s", sandbox->root,
				 status, *said ? ": " : "", said);
	}
	ffi_toolchain_judge(text->str, compiler, headers);
	return true;
}
