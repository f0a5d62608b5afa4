// SPDX-License-Identifier: GPL-2.0-only
/* What cloud-init's reports are taken to mean. */
#include "libvm/cloud-init.h"

static const char good[] = "{\"v1\": {\"datasource\": \"DataSourceNoCloud\", \"errors\": []}}";

static const char bootcmd_failed[] =
	"{\"v1\": {\"datasource\": \"DataSourceNoCloud [seed=/dev/vdb]\", \"errors\": [\n"
	"\"('bootcmd', ProcessExecutionError(\\\"Unexpected error while running command.\\\\nExit "
	"code: 1\\\"))\"]}}";

static const char bootcmd_output[] =
	"Cloud-init v. 22.4.2 running 'init-local' at Mon, 23 Nov 2026 17:05:32 +0000. Up 33.7 s.\n"
	"install: cannot stat '/run/vexvm-seed/rules': No such file or directory\n"
	"2026-11-23 17:05:44,666 - util.py[WARNING]: Failed to run bootcmd module bootcmd\n"
	"Cloud-init v. 22.4.2 running 'init' at Mon, 23 Nov 2026 17:05:57 +0000. Up 58.86 seconds.\n"
	"ci-info: +++++++++\n";

static void expect(const char *result, const char *output, const char *wanted)
{
	g_autofree char *why = NULL;

	if (cloud_init_verdict(result, output, &why) != !wanted)
		g_error("wrong verdict: %s", why);
	g_assert_cmpstr(why, ==, wanted);
}

static void test_good(void)
{
	expect(good, "", NULL);
	expect(good, bootcmd_output, NULL);
}

static void test_module_named(void)
{
	expect(bootcmd_failed, bootcmd_output,
	       "bootcmd: install: cannot stat '/run/vexvm-seed/rules': No such file or directory");
}

static void test_packages(void)
{
	expect("{\"v1\": {\"errors\": [\"('package-update-upgrade-install', Exception())\", "
	       "\"('scripts-user', Exception())\"]}}",
	       "Cloud-init v. 24.1 running 'modules:final' at x\nReading package lists...\n"
	       "E: Unable to locate package htop\n\n"
	       "2026-11-23 17:05:44,666 - util.py[WARNING]: Failed to install packages\n",
	       "package-update-upgrade-install: E: Unable to locate package htop");
}

/* Nothing was printed: cloud-init's own words are all there is. */
static void test_silent(void)
{
	expect("{\"v1\": {\"errors\": [\"('ssh', KeyError('x'))\"]}}", "",
	       "('ssh', KeyError('x'))");
	expect("{\"v1\": {\"errors\": [\"free text\\nof two lines\"]}}", "",
	       "free text of two lines");
}

static void test_no_result(void)
{
	static const char *const bad[] = {
		"", "{", "[]", "null", "{}", "{\"v1\": 3}", "{\"v1\": {}}", "{\"v1\": {\"errors\": {}}}",
		"\xff\xfe",
	};

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
		expect(bad[i], bootcmd_output, "it left no result that can be read");
	expect("{\"v1\": {\"errors\": [{}]}}", "", "an unnamed error");
	expect("{\"v1\": {\"errors\": [7]}}", "", "an unnamed error");
	expect("{\"v1\": {\"errors\": [null]}}", "", "an unnamed error");
}

/* The guest cannot write to the terminal, nor without end. */
static void test_hostile(void)
{
	g_autofree char *deep = g_strnfill(300000, '[');

	expect(deep, "", "it left no result that can be read");
	g_autofree char *endless = g_strnfill(100000, 'a');
	g_autofree char *output = g_strdup_printf("\033[2J%s\nx[WARNING]: y\n", endless);
	g_autofree char *why = NULL;

	g_assert_false(cloud_init_verdict(bootcmd_failed, output, &why));
	g_assert_cmpuint(strlen(why), <, 1000);
	g_assert_null(strchr(why, '\033'));
	g_assert_null(strchr(why, '\n'));
}

static void test_stages(void)
{
	g_assert_cmpstr(cloud_init_stage("Cloud-init v. 22.4.2 running 'init-local' at Mon"), ==,
			"users and keys");
	g_assert_cmpstr(cloud_init_stage("Cloud-init v. 24.1 running 'init' at Mon"), ==, "network");
	g_assert_cmpstr(cloud_init_stage("Cloud-init v. 24.1 running 'modules:final' at Mon"), ==,
			"packages and scripts");
	g_assert_null(cloud_init_stage("Cloud-init v. 24.1 finished at Mon"));
	g_assert_null(cloud_init_stage("someone running 'init' at home"));
	g_assert_null(cloud_init_stage(""));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cloud-init/good", test_good);
	g_test_add_func("/cloud-init/module-named", test_module_named);
	g_test_add_func("/cloud-init/packages", test_packages);
	g_test_add_func("/cloud-init/silent", test_silent);
	g_test_add_func("/cloud-init/no-result", test_no_result);
	g_test_add_func("/cloud-init/hostile", test_hostile);
	g_test_add_func("/cloud-init/stages", test_stages);
	return g_test_run();
}
