// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/ffi-kernel.h"

#include <string.h>

#include "lib/fault.h"

/* Whether one of the options @names ("A B") is y. */
static bool is_set(const char *text, const char *names)
{
	g_auto(GStrv) words = g_strsplit(names, " ", -1);

	for (guint i = 0; words[i]; i++) {
		g_autofree char *line = g_strdup_printf("\nCONFIG_%s=y\n", words[i]);

		if (g_str_has_prefix(text, line + 1) || strstr(text, line))
			return true;
	}
	return false;
}

void ffi_kernel_parse(const char *text, struct ffi_kernel *ret)
{
	*ret = (struct ffi_kernel){
		.rethunk = is_set(text, "RETHUNK MITIGATION_RETHUNK"),
		.retpoline = is_set(text, "RETPOLINE MITIGATION_RETPOLINE"),
		.sls = is_set(text, "SLS MITIGATION_SLS"),
		.ibt = is_set(text, "X86_KERNEL_IBT"),
		.stack_protector = is_set(text, "STACKPROTECTOR"),
		.orc = is_set(text, "UNWINDER_ORC"),
		.whole = is_set(text, "X86_KERNEL_IBT LTO_CLANG"),
		.constructors = is_set(text, "CONSTRUCTORS"),
	};
}

bool ffi_kernel_read(const char *headers, struct ffi_kernel *ret, GError **error)
{
	g_autofree char *path = g_build_filename(headers, "include/config/auto.conf", NULL);
	g_autoptr(GError) cause = NULL;
	g_autofree char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, &cause))
		return fault_set(error, LAB_ERROR_USAGE, "no configuration of a kernel: %s", cause->message);
	ffi_kernel_parse(text, ret);
	return true;
}
