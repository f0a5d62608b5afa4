// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/run.h"
#include "vexvm/command.h"
#include "vexvm/options.h"
#include "vexvm/test-run.h"

static char *source, *place, *junit, *isolation, *one, *fault, **suites, **inject;
static int timeout_s = OPTION_UNSET, jobs, repeat = 1, confirm = OPTION_UNSET;
static gboolean cold, stop, keep;

static const GOptionEntry options[] = {
	OPTION_STRING("source", 0, &source, "DIR", "Test the module in this folder"),
	OPTION_STRINGS("suite", 0, &suites, "GLOB", "Only suites with this name; may be repeated"),
	OPTION_STRING("test", 0, &one, "NAME", "Only this test, of suites that can run one alone"),
	OPTION_STRINGS("inject", 0, &inject, "RULE", "Have the suites' disk give errors; may be repeated"),
	OPTION_INT("repeat", 0, &repeat, "N", "Run the suites so many times"),
	OPTION_INT("confirm", 0, &confirm, "N", "Run each test that failed so many times more"),
	OPTION_INT("timeout", 0, &timeout_s, "SECONDS", "Time limit of one suite"),
	OPTION_STRING("build", 0, &place, "PLACE", "Build in: sysroot, guest or auto"),
	OPTION_FLAG("cold", 0, &cold, "In the VM itself, booted, instead of in clones"),
	OPTION_STRING("isolation", 0, &isolation, "LEVEL", "A clone for each: run, suite or test"),
	OPTION_STRING("fault", 0, &fault, "KIND", "Let each allocation of insmod fail in turn: failslab"),
	OPTION_INT("jobs", 'j', &jobs, "N", "Clones at a time"),
	OPTION_FLAG("stop", 0, &stop, "Stop the VM at the end"),
	OPTION_FLAG("keep", 0, &keep, "Leave a guest that broke as it is"),
	OPTION_STRING("junit", 0, &junit, "FILE", "Also write the results there, as JUnit's XML"),
	{ NULL }
};

static int run(struct cli *cli, GError **error)
{
	const char *mode = cli->n_args ? cli->args[0] : "test";
	const struct test_run test = { .mode = mode, .source = source, .place = place, .junit = junit,
				       .suites = suites, .one = one, .inject = inject, .timeout_s = timeout_s, .jobs = jobs,
				       .repeat = repeat, .confirm = confirm, .isolation = isolation, .fault = fault,
				       .cold = cold, .stop = stop, .keep = keep };

	return test_run(cli, &test, error);
}

const struct command cmd_test = {
	.name = "test",
	.args = "[test|build|load|ffi]",
	.summary = "Build, load and test the module in the VM",
	.description =
		"From the source to a verdict: builds the module for the VM's kernel, loads,\n"
		"checks and reloads it, runs the suites, unloads it, and reads all that the\n"
		"kernel says meanwhile. At the end it compares what the kernel holds with what it\n"
		"held before the first load: what the module left behind, such as memory of slabs\n"
		"and vmalloc (pages of its own are not seen), threads, timers and entries in /proc\n"
		"and /sys, fails the run.\n"
		"'build' ends after the build, 'load' after the loading;\n"
		"'ffi' runs of the suites only those that test the border to the module's foreign\n"
		"code: those with the comment '# vexvm: ffi' among their first lines.\n"
		"\n"
		"What is missing is made: the image, the VM, and a template, which is that VM\n"
		"booted and saved with all its memory. Tests run in clones of it: copies of the\n"
		"running machine, there within a fraction of a second and thrown away afterwards.\n"
		"The load checks have one, and each suite has one; --isolation says what else\n"
		"should. Without clones, and with --cold, the VM itself is started and left\n"
		"running. A guest whose kernel broke is ended, unless --keep.\n"
		"\n"
		"A test that crashes its kernel, or hangs, ends its clone: what is left of the\n"
		"suite goes on in a fresh one, if the suite can run its tests one by one (those\n"
		"with the comment '# vexvm: selectable' among their first lines). Each test that\n"
		"failed is then repeated alone in fresh clones, or with its whole suite: one that\n"
		"fails always is called broken, one that passed once flaky. Both fail the run.\n"
		"The last lines tell of tests that were not run and why, and after how many nobody\n"
		"looked for what they left behind, since their clone broke; with --verbose also which\n"
		"were skipped.\n"
		"\n"
		"--inject runs each suite with a scratch disk (VEXVM_DISK) that gives errors. RULE is\n"
		"  eio:OP       a read, write or flush fails; with keep=K the first K sectors of the\n"
		"               write reach the disk\n"
		"  torn         a write is said to be done, and only its first sector (keep=K: its\n"
		"               first K) reaches the disk\n"
		"  slow:ms=M    each request, or with :read, :write, :flush each such, takes M ms more\n"
		"and after it, with colons between: n=N, the request that it happens to (1); n=all, each;\n"
		"n=A..B or n=A.., run after run the next one, until it never comes; at=A..B, only\n"
		"requests that touch these sectors of 512 bytes count. A suite whose request never came\n"
		"tested nothing and fails, unless it is the end of such a sweep.\n"
		"\n"
		"All evidence is kept in the run's folder, whose path is shown when a run fails:\n"
		"report.html, result.json, junit.xml, build.log, kmsg.jsonl, console.log, each suite's output;\n"
		".vexvm/NAME/runs/latest is the last one.\n"
		"\n"
		"A run that fails ends with what broke, where in the source, why it is thought so,\n"
		"how many tests passed and failed, and the command that shows it again with as\n"
		"little as does. report.html is the run as one page for a browser; it is named when\n"
		"a run fails, and with --verbose.",
	.exits =
		"  1   a test failed\n"
		"  3   the module does not build\n"
		"  4   it does not load or unload\n"
		"  5   the guest's kernel reported a fault\n"
		"  6   something was left behind at unload\n"
		"  7   something hung or met its time limit\n",
	.examples =
		"  vexvm test\n"
		"  vexvm test --suite=mount --timeout=60\n"
		"  vexvm test --suite=mount --repeat=100 --jobs=2\n"
		"  vexvm test --suite=mount-eio --inject=eio:read:n=1..\n"
		"  vexvm test load --source=../my-module\n"
		"  vexvm test --junit=results.xml --stop\n",
	.options = options,
	.flags = COMMAND_CONF | COMMAND_VM_OPTIONS | COMMAND_JSON,
	.max_args = 1,
	.run = run,
};
