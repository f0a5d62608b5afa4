// SPDX-License-Identifier: GPL-2.0-only
/* What is run in the guest for a suite: its command, its environment, its list of tests. */
#include <unistd.h>

#include "lib/fault.h"
#include "libvm/stage-suite-private.h"

#define TESTS_MAX 10000	/* of one suite that are told apart */

/*
 * A folder that is there and empty does: under emulation every process costs. Slabs
 * are checked before the marker, so that a wrong write is this suite's. udev would
 * read a disk that was written to, in its daemon too, and that would be counted with
 * the suite's.
 */
const char suite_launcher[] =
	"cd \"$1\" || exit 126\n"
	"marker=$2 scratch=" STAGE_SCRATCH "\n"
	"shift 2\n"
	"used() {\n"
	"	for file in \"$scratch\"/* \"$scratch\"/.[!.]*; do [ -e \"$file\" ] && return; done\n"
	"	return 1\n"
	"}\n"
	"clean() { rm -rf --one-file-system \"$scratch\"; mkdir -p \"$scratch\"; }\n"
	"stop_udev() {\n"
	"	for dir in /proc/[0-9]*; do\n"
	"		{ read -r name <$dir/comm; } 2>/dev/null && [ \"$name\" = systemd-udevd ] &&\n"
	"			kill -STOP ${dir#/proc/}\n"
	"	done\n"
	"}\n"
	"[ -z \"$VEXVM_INJECT\" ] || stop_udev\n"
	"[ -d \"$scratch\" ] && ! used || clean || exit 126\n"
	"\"$@\"\n"
	"status=$?\n"
	"cd /\n"
	"! used || clean 2>/dev/null\n"
	"[ ! -x " STAGE_AGENT " ] || " STAGE_AGENT " --audit validate >/dev/null 2>&1\n"
	"echo \"$marker\" >/dev/kmsg\n"
	"exit $status\n";

char **suite_environment(const struct stage *stage, const struct suite_ref *ref)
{
	const struct module *last = stage->modules->pdata[stage->modules->len - 1];
	GPtrArray *env = g_ptr_array_new();

	g_ptr_array_add(env, g_strdup_printf("VEXVM_MODULE=%s", last->info->name));
	g_ptr_array_add(env, g_strdup_printf("VEXVM_KO=" STAGE_FILES "/%s", last->base));
	g_ptr_array_add(env, g_strdup_printf("VEXVM_SOURCE=%s", stage->source));
	g_ptr_array_add(env, g_strdup("VEXVM_TOOLS=" STAGE_TOOLS));
	g_ptr_array_add(env, g_strdup("VEXVM_SCRATCH=" STAGE_SCRATCH));
	g_ptr_array_add(env, g_strdup("VEXVM_DISK=/dev/vdb"));
	g_ptr_array_add(env, g_strdup_printf("VEXVM_ROUND=%u", MAX(ref->round, 1)));
	if (ref->rule) {
		g_autofree char *rule = inject_text(ref->rule);

		g_ptr_array_add(env, g_strdup_printf("VEXVM_INJECT=%s", rule));
	}
	g_ptr_array_add(env, NULL);
	return (char **)g_ptr_array_free(env, FALSE);
}

void suite_add_words(const char **argv, guint at, const char *host_path, const char *path,
		     const char *word)
{
	if (access(host_path, X_OK) < 0)
		argv[at++] = "sh";
	argv[at++] = path;
	if (word)
		argv[at++] = word;
	argv[at] = NULL;
}

/* Up to as many as are told apart, none of them empty. */
static bool are_names(char *const *names)
{
	guint n = g_strv_length((char **)names);

	return n >= 1 && n <= TESTS_MAX && !g_strv_contains((const char *const *)names, "");
}

char **stage_list_tests(struct stage *stage, const char *suite, GError **error)
{
	g_autofree char *host_path = g_build_filename(stage->conf->source, suite, NULL);
	g_autofree char *path = g_build_filename(stage->source, suite, NULL);
	g_autofree char *dir = g_path_get_dirname(path);
	const struct suite_ref ref = { .path = (char *)suite };
	g_auto(GStrv) env = suite_environment(stage, &ref);
	const char *argv[4];
	const struct guest_exec exec = { .argv = argv, .env = (const char *const *)env, .cwd = dir,
					 .timeout_s = STAGE_LIMIT_S, .watch_fd = -1 };
	struct guest_result result = { 0 };
	g_autoptr(GError) cause = NULL;
	char **names = NULL;

	suite_add_words(argv, 0, host_path, path, "--list");
	if (guest_exec(stage->guest, &exec, &result, &cause)) {
		names = g_strsplit(g_strchomp(result.out->str), "\n", TESTS_MAX + 1);
		if (result.status || result.signal || result.timed_out || result.truncated ||
		    !are_names(names))
			g_clear_pointer(&names, g_strfreev);
	}
	guest_result_clear(&result);
	if (cause)
		g_propagate_error(error, g_steal_pointer(&cause));
	else if (!names)
		fault_set(error, LAB_ERROR_TEST, "%s --list does not tell its tests, a name a line", suite);
	return names;
}
