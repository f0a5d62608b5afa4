// SPDX-License-Identifier: GPL-2.0-only
/*
 * Templates and clones with a real VM: isolation, many at a time, and what goes
 * wrong with them. A template that does not fit is made anew, a clone that
 * cannot be had is replaced by a boot, and nothing is left behind.
 */
#include <glib.h>
#include <signal.h>
#include <unistd.h>

#include "tests/lib/lab.h"

#define LIMIT_S 900
#define COUNTER "build/vexvm test --source tests/modules/counter "
/* The newest one's folder. */
#define TEMPLATE "\"$(readlink -f \"$(find \"${XDG_CACHE_HOME:-$HOME/.cache}/vexvm/templates\" -type l " \
	"-printf '%T@ %p\\n' | sort -n | tail -n 1 | cut -d ' ' -f 2-)\")\""
#define MAKING "Making the template that tests start from, once: "

/* Others' VMs have some too. */
#define SOCKETS "find ${XDG_RUNTIME_DIR:-/tmp} -path '*/vexvm*' -name agent.0 2>/dev/null | sort"

static void pass(const char *shows)
{
	g_autofree char *regex = g_strdup_printf("%s(.*\n)*PASS", shows);

	lab_check("", COUNTER "--suite ten", LIMIT_S, 0, regex);
}

/* No process of the tree's VMs, no folder, no socket of a clone's. Others' processes come and go, which grep minds. */
static void expect_nothing_left(void)
{
	lab_check("", "ls -A .vexvm/default/clones", 10, 0, "\\A\\z");
	lab_check("", "grep -lzsE \"$PWD/\\.vexvm|$(realpath \"${XDG_CACHE_HOME:-$HOME/.cache}\")/vexvm/templates\" "
		  "/proc/[0-9]*/cmdline || :", 10, 0, "\\A\\z");
	lab_check("", "find \"${XDG_CACHE_HOME:-$HOME/.cache}/vexvm/templates\" -maxdepth 1 -type d -name '*-*' | wc -l",
		  10, 0, "^[01]$");
	lab_check("", SOCKETS " | cmp - ../sockets", 30, 0, NULL);
}

static void test_first(void)
{
	lab_check("", "build/vexvm setup && { build/vexvm stop || :; } && build/vexvm clean --templates",
		  LIMIT_S, 0, NULL);
	lab_check("", SOCKETS " >../sockets", 30, 0, NULL);
	pass(MAKING "there is none yet");
	expect_nothing_left();
}

static void test_isolation(void)
{
	lab_check("", COUNTER "--isolation=run", LIMIT_S, 0, "^PASS");
	lab_check("", COUNTER "--isolation=suite", LIMIT_S, 0, "^PASS");
	/* Each test of the suite that can run them one by one. */
	lab_check("", "build/vexvm test --suite=damage --isolation=test --jobs=2", LIMIT_S, 0, "^PASS");
	expect_nothing_left();
}

static void test_many(void)
{
	g_autofree char *count = NULL;

	lab_check("", COUNTER "--suite ten --repeat=40 --jobs=4", LIMIT_S, 0, "^PASS");
	count = lab_result_json(".vexvm/default/runs/latest/result.json", "counts.suites");
	g_assert_cmpstr(count, ==, "41");
	expect_nothing_left();
}

/*
 * Two of twenty rounds end their kernel; nothing else is touched by that, nor the
 * VM itself, which runs beside them.
 */
static void test_panics(void)
{
	auto_lab_result result = { 0 };
	g_autofree char *passed = NULL, *failures = NULL;
	/* The kernel may be gone before the suite's plan was out: then it is all of the suite that failed. */
	static const char two[] = "^\\[[^{]*\\{[^{]*round 10: (test 1|panic\\.sh, round 10)\"[^{]*"
				  "\\{[^{]*round 20: (test 1|panic\\.sh, round 20)\"[^{]*\\]$";

	lab_check("", "build/vexvm start --headless --from-template", LIMIT_S, 0, "ready");
	lab_type("", COUNTER "--suite stress/panic.sh --repeat=20 --jobs=2", NULL, LIMIT_S, &result);
	lab_expect(&result, 5, "^FAIL.*panic\\.sh, round (10|20)");
	g_assert_null(strstr(result.output, "its VM was ended"));
	passed = lab_result_json(".vexvm/default/runs/latest/result.json", "counts.pass");
	failures = lab_result_json(".vexvm/default/runs/latest/result.json", "failures");
	/* Seven checks of loading, and 18 rounds. */
	g_assert_cmpstr(passed, ==, "25");
	g_assert_true(g_regex_match_simple(two, failures, 0, 0));
	lab_check("", "build/vexvm status", LIMIT_S, 0, "ready");
	lab_check("", "build/vexvm stop", LIMIT_S, 0, NULL);
	expect_nothing_left();
}

/* The first guest that broke stays, to be looked at, until it is ended. */
static void test_keep(void)
{
	lab_check("", COUNTER "--suite stress/panic.sh --repeat=20 --keep", LIMIT_S, 5,
		  "left as it is: 'vexvm --name=default/[0-9a-f]+ status'");
	lab_check("", "ls .vexvm/default/clones | wc -l", 10, 0, "^1$");
	lab_check("", "build/vexvm --name=default/$(ls .vexvm/default/clones) status", 60, 5, "panicked");
	lab_check("", "build/vexvm --name=default/$(ls .vexvm/default/clones) test", 60, 2, "is a clone");
	lab_check("", "build/vexvm --name=default/000000 status", 60, 2, "there is no clone");
	lab_check("", "build/vexvm --name=default/$(ls .vexvm/default/clones) stop --force", 60, 0, NULL);
	pass("");
	expect_nothing_left();
}

/* What it needs is not removed from under a run. */
static void test_clean_meanwhile(void)
{
	struct lab_program test;

	lab_start(&test, COUNTER "--suite ten --repeat=20");
	lab_await(&test, "round 1", LIMIT_S);
	lab_check("", "build/vexvm clean --vm", 60, 2, "a test is under way.*PID [0-9]+, which is testing");
	lab_check("", "build/vexvm clean --templates", 60, 2, "a test is under way");
	g_assert_cmpint(lab_end(&test, 0), ==, 0);
	expect_nothing_left();
}

/* One object with all that was measured. */
static void test_bench(void)
{
	static const char *const names[] = { "cold_boot_s", "clone_s", "first_command_s", "build_s",
					     "iteration_s", "edit_iteration_s", "speedup",
					     "isolated_per_min", "clone_pss_mib", "raw" };
	auto_lab_result result = { 0 };

	lab_type("", "build/vexvm bench --quiet --json --rounds=1 --source tests/modules/counter --suite ten",
		 NULL, LIMIT_S, &result);
	lab_expect(&result, 0, "\\A\\{(.*\n)*\\}\n\\z");
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *member = g_strdup_printf("\"%s\" : ", names[i]);

		if (!strstr(result.output, member)) {
			g_test_message("there is no %s", names[i]);
			g_test_fail();
		}
	}
	lab_check("", "build/vexvm bench --source tests/modules/hello", 60, 2, "there is no suite to measure");
	expect_nothing_left();
}

/* Whatever it is doing: its QEMUs end with it, and the next run removes the rest. */
static void test_killed(void)
{
	static const char await[] =
		"n=0; for pid in $(sed -n 's/.*\"pid\" *: *\\([0-9]*\\).*/\\1/p' .vexvm/default/clones/*/run.json); do "
		"timeout 60 tail --pid=$pid -f /dev/null || exit 9; n=$((n + 1)); done; test $n -gt 0";
	struct lab_program test;

	lab_start(&test, COUNTER "--suite ten --repeat=400 --jobs=2");
	lab_await(&test, "round 3", LIMIT_S);
	g_assert_cmpint(lab_end(&test, SIGKILL), ==, 128 + SIGKILL);
	lab_check("", await, 300, 0, NULL);
	pass("");
	expect_nothing_left();
	/* And while the template is made. */
	lab_check("", "build/vexvm clean --templates", 60, 0, NULL);
	lab_start(&test, COUNTER "--suite ten");
	lab_await(&test, "Booting", LIMIT_S);
	g_assert_cmpint(lab_end(&test, SIGKILL), ==, 128 + SIGKILL);
	pass(MAKING);
	expect_nothing_left();
}

static void test_start(void)
{
	lab_check("test_env", "./vm_control.sh start --from-template", LIMIT_S, 0, "copy of the template");
	lab_check("", "build/vexvm status --json", 60, 0, "\"from_template\" : true");
	lab_check("", "build/vexvm exec -- sh -c 'hostname; cat /mnt/vexfs_source/vexfs/Kbuild; touch /root/mine; "
		  "head -c 16 /dev/urandom | od -A n -t x1 >/mnt/vexfs_source/random-1'", 60, 0,
		  "^vexvm\n(.*\n)*.*obj-m");
	lab_check("", "guest=$(build/vexvm exec date +%s); host=$(date +%s); "
		  "test $((host - guest)) -le 5 && test $((guest - host)) -le 5", 60, 0, NULL);
	lab_check("test_env", "./vm_control.sh ssh id -un", 120, 0, "^vexfs$");
	lab_check("", "build/vexvm stop", LIMIT_S, 0, "stopped");
	lab_check("", "build/vexvm start --headless --from-template", LIMIT_S, 0, "ready");
	lab_check("", "build/vexvm exec -- sh -c 'test ! -e /root/mine; s=$?; head -c 16 /dev/urandom | "
		  "od -A n -t x1 >/mnt/vexfs_source/random-2; exit $s'", 60, 0, NULL);
	lab_check("", "test -s random-1 && ! cmp -s random-1 random-2; s=$?; rm -f random-?; exit $s", 10, 0, NULL);
	lab_check("", "build/vexvm stop && test ! -e .vexvm/default/clone.qcow2", LIMIT_S, 0, NULL);
	expect_nothing_left();
}

/* The clock of a guest that slept with its host is put right by the next run. */
static void test_clock(void)
{
	lab_check("", "build/vexvm start --headless --from-template && build/vexvm exec -- date -s @1500000000",
		  LIMIT_S, 0, NULL);
	lab_check("", COUNTER "load --cold", LIMIT_S, 0, "^PASS");
	lab_check("", "guest=$(build/vexvm exec date +%s); test $(($(date +%s) - guest)) -le 5", 60, 0, NULL);
	lab_check("", "build/vexvm stop", LIMIT_S, 0, NULL);
}

/* Files that somebody has changed are seen before QEMU is. */
static void test_damaged_files(void)
{
	lab_check("", "t=" TEMPLATE "; chmod u+w \"$t/state\" && truncate -s 1000 \"$t/state\"", 10, 0, NULL);
	pass(MAKING "its file state has changed");
	lab_check("", "t=" TEMPLATE "; r=$(sed -n 's/.*\"ram\" *: *\"\\(.*\\/.*\\)\".*/\\1/p' \"$t/template.json\"); "
		  "chmod u+w \"$r\" && truncate -s 1M \"$r\"", 10, 0, NULL);
	pass(MAKING "its file ram has changed");
	lab_check("", "chmod u+w .vexvm/default/provisioned.qcow2 && touch .vexvm/default/provisioned.qcow2", 10, 0,
		  NULL);
	pass(MAKING "\"provisioned disk: .*\" was \"provisioned disk: ");
}

/* Bytes that nobody could have known of: QEMU refuses them, and the VM is booted. */
static void test_damaged_state(void)
{
	lab_check("", "t=" TEMPLATE "; s=$t/state; chmod u+w \"$s\" && cp -p \"$s\" mark && "
		  "printf damaged | dd of=\"$s\" conv=notrunc status=none && touch -r mark \"$s\"; rm -f mark",
		  10, 0, NULL);
	pass("Booting the VM instead of a clone: .*");
	lab_check("", "build/vexvm stop", LIMIT_S, 0, NULL);
	pass(MAKING "there is none yet");
}

static void test_other_machine(void)
{
	lab_check("", COUNTER "--suite ten --cpus 1", LIMIT_S, 0,
		  MAKING "\"smp: 1\" was \"smp: 2\"(.*\n)*PASS");
	pass(MAKING "\"smp: 2\" was \"smp: 1\"");
	lab_check("", "qemu=$(command -v qemu-system-x86_64); printf '#!/bin/sh\\nexec %s \"$@\"\\n' \"$qemu\" >other-qemu; "
		  "chmod +x other-qemu; VEXVM_QEMU=$PWD/other-qemu " COUNTER "--suite ten; s=$?; rm other-qemu; exit $s",
		  LIMIT_S, 0, MAKING "\"QEMU's program: .*other-qemu .*\" was (.*\n)*PASS");
}

/*
 * A clone whose agent says nothing: its socket is there, and no guest behind it.
 * The wrapper does that to QEMUs that wait for a state.
 */
static void test_deaf_agent(void)
{
	static const char wrapper[] =
		"#!/bin/sh\n"
		"incoming=; for arg; do [ \"$arg\" != -incoming ] || incoming=yes; done\n"
		"for arg; do\n"
		"	shift\n"
		"	case $incoming$arg in\n"
		"	yessocket,id=agent0,*) set -- \"$@\" \"$(echo \"$arg\" | sed s,/agent.0,/hidden,)\" \\\n"
		"		-chardev \"$(echo \"$arg\" | sed s/agent0/deaf/)\" ;;\n"
		"	*) set -- \"$@\" \"$arg\" ;;\n"
		"	esac\n"
		"done\n"
		"exec qemu-system-x86_64 \"$@\"\n";
	g_autofree char *path = g_build_filename(lab_tree(), "deaf-qemu", NULL);

	g_assert_true(g_file_set_contents_full(path, wrapper, -1, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
	lab_check("", "VEXVM_QEMU=$PWD/deaf-qemu " COUNTER "--suite ten; s=$?; rm deaf-qemu; build/vexvm stop; exit $s",
		  LIMIT_S, 0, "Booting the VM instead of a clone: the clone was lost while it was woken: the guest's agent "
		  "does not answer.* \\(QEMU: it said nothing\\); asked in another way, no program in the guest answers any more, "
		  "its kernel does\n(.*\n)*PASS");
	lab_check("", "grep -h 'waking the clone' .vexvm/default/runs/*/hang.txt", 30, 0,
		  "^programs hung: in waking the clone; none in the guest answers, the kernel does");
}

/* Its memory goes beside its other files then. */
static void test_full_memory(void)
{
	lab_check("", "mkdir -p ../shm && mount -t tmpfs -o size=64m none ../shm && build/vexvm clean --templates; "
		  "VEXVM_SHM=$(realpath ../shm) " COUNTER "--suite ten --verbose; s=$?; umount ../shm; rmdir ../shm; "
		  "exit $s", LIMIT_S, 0, "MiB free in shared memory: (.*\n)*PASS");
}

/* With a template whose memory is elsewhere it does; without, the VM is booted. */
static void test_read_only_cache(void)
{
	static const char within[] =
		"c=${XDG_CACHE_HOME:-$HOME/.cache}; unshare --mount sh -c "
		"'mount --bind \"$1\" \"$1\" && mount -o remount,ro,bind \"$1\" && " COUNTER "--suite ten; s=$?; "
		"build/vexvm stop; exit $s' sh \"$c\"";

	lab_check("", "build/vexvm clean --templates", 60, 0, NULL);
	pass("");
	lab_check("", within, LIMIT_S, 0, "\\A((?!.*instead).*\n)*PASS");
	lab_check("", "build/vexvm clean --templates", 60, 0, NULL);
	lab_check("", within, LIMIT_S, 0, "No template \\(.*Read-only file system.*\\): booting(.*\n)*PASS");
}

/* One makes it, the other waits for that. */
static void test_two_make_it(void)
{
	lab_check("", "build/vexvm clean --templates; build/vexvm start --headless --from-template >one 2>&1 & "
		  COUNTER "--suite ten >two 2>&1; s=$?; wait $! || s=99; cat one two; "
		  "test \"$(cat one two | grep -c 'Making the template')\" = 1 || s=98; rm one two; exit $s",
		  LIMIT_S, 0, "Waiting for PID [0-9]+, which is making the template(.*\n)*PASS");
	lab_check("", "build/vexvm stop", LIMIT_S, 0, NULL);
	expect_nothing_left();
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/clones/first", test_first);
	g_test_add_func("/clones/isolation", test_isolation);
	g_test_add_func("/clones/many", test_many);
	g_test_add_func("/clones/panics", test_panics);
	g_test_add_func("/clones/keep", test_keep);
	g_test_add_func("/clones/clean meanwhile", test_clean_meanwhile);
	g_test_add_func("/clones/killed", test_killed);
	g_test_add_func("/clones/start", test_start);
	g_test_add_func("/clones/clock", test_clock);
	g_test_add_func("/clones/damaged files", test_damaged_files);
	g_test_add_func("/clones/damaged state", test_damaged_state);
	g_test_add_func("/clones/other machine", test_other_machine);
	g_test_add_func("/clones/deaf agent", test_deaf_agent);
	if (getuid() == 0)
		g_test_add_func("/clones/full memory", test_full_memory);
	if (getuid() == 0)
		g_test_add_func("/clones/read-only cache", test_read_only_cache);
	g_test_add_func("/clones/two make it", test_two_make_it);
	g_test_add_func("/clones/bench", test_bench);
	return g_test_run();
}
