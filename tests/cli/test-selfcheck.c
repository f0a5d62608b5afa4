// SPDX-License-Identifier: GPL-2.0-only
/* What selfcheck refuses, and what it and doctor show of the last one; without a VM. */
#include "tests/lib/cli.h"

#define LAST ".vexvm/default/selfcheck.json"

static const char last[] =
	"{\"version\": 1, \"passed\": false, \"kernel\": \"6.1.0-1-amd64\", \"accelerator\": \"tcg\", "
	"\"started\": \"2026-01-01T00:00:00Z\", \"seconds\": 12.3, \"detectors\": ["
	"{\"name\": \"finding oops\", \"state\": \"alive\", \"reason\": null}, "
	"{\"name\": \"finding bug\", \"state\": \"dead\", \"reason\": \"bug: nothing\\u001b[2J\"}, "
	"{\"name\": \"finding kasan\", \"state\": \"not armed\", \"reason\": \"only with it\"}], "
	"\"controls\": [{\"name\": \"clean\", \"state\": \"dead\", \"reason\": \"it fails\", \"parts\": []}]}";

static void test_refused(void)
{
	auto_box box = { 0 };

	box_init(&box);
	box_write(&box, "mine/controls.conf", "[mine]\ncolour=red\n");
	cli_check(&box, "vexvm selfcheck nothing", 2, NULL, "no control 'nothing'");
	cli_check(&box, "vexvm selfcheck --jobs=-1", 2, NULL, "--jobs");
	cli_check(&box, "vexvm selfcheck --controls=nowhere", 2, NULL, "nowhere/controls\\.conf: No such file");
	cli_check(&box, "vexvm selfcheck --controls=mine", 2, NULL, "\\[mine\\] there is no key 'colour'");
	cli_check(&box, "vexvm selfcheck --last bug", 2, NULL, "--last shows");
	cli_check(&box, "vexvm selfcheck --last", 2, NULL, "there was no selfcheck of this VM");
	cli_check(&box, "vexvm doctor", 0, "ok +detectors +not proven on this VM", NULL);
}

static void test_last(void)
{
	auto_box box = { 0 };

	box_init(&box);
	box_write(&box, LAST, last);
	cli_check(&box, "vexvm selfcheck --last", 1,
		  "^alive +finding oops +\n"
		  "dead +finding bug +bug: nothing\\\\x1b\\[2J\n"
		  "not armed +finding kasan +only with it\n"
		  "dead +clean +it fails\n"
		  "1 detectors alive, 1 dead, 1 not armed; 1 controls on 6.1.0-1-amd64 \\(tcg\\), "
		  "2026-01-01T00:00:00Z, 12 s\n$", NULL);
	cli_check(&box, "vexvm selfcheck --last --json", 1, "\"passed\" : false", NULL);
	cli_check(&box, "vexvm doctor", 0, "warn +detectors +1 alive, 1 dead, 1 not armed on 6.1.0-1-amd64 .*\n"
		  " +-> vexvm selfcheck --last", NULL);
	box_write(&box, LAST, "{\"version\": 99}");
	cli_check(&box, "vexvm selfcheck --last", 2, NULL, "there was no selfcheck");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/selfcheck/refused", test_refused);
	g_test_add_func("/selfcheck/last", test_last);
	return g_test_run();
}
