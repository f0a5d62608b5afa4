// SPDX-License-Identifier: GPL-2.0-only
/*
 * What goes wrong with a real VM: each ends in a clear sentence and the right
 * exit status, and loses nothing: the next run works.
 */
#include <arpa/inet.h>
#include <glib.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fd.h"
#include "tests/lib/lab.h"

#define LIMIT_S 900

/* In the VM itself, which it leaves running: in a clone nothing could be left behind. */
static void pass(void)
{
	lab_check("", "build/vexvm test load --cold", LIMIT_S, 0, "^PASS");
}

static void stop(void)
{
	lab_check("", "build/vexvm stop", LIMIT_S, 0, NULL);
}

/* A line for [vm] in vexvm.conf, or out of it again. */
static void configure(const char *line)
{
	g_autofree char *command = g_strdup_printf("sed -i '/^\\[vm\\]/a %s' vexvm.conf", line);

	lab_check("", command, 10, 0, NULL);
}

static void configure_back(const char *key)
{
	g_autofree char *command = g_strdup_printf("sed -i '/^%s=/d' vexvm.conf", key);

	lab_check("", command, 10, 0, NULL);
}

static void test_busy_port(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(2222),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	auto_fd fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_autofree char *holder = g_strdup_printf("port 2222 is in use by .*PID %d", getpid());
	int on = 1;

	stop();
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	g_assert_cmpint(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
	g_assert_cmpint(listen(fd, 1), ==, 0);
	lab_check("", "build/vexvm start --headless", LIMIT_S, 8, holder);
	lab_check("", "build/vexvm start --headless --auto-ports", LIMIT_S, 0, "2223");
}

static void test_panic_at_boot(void)
{
	stop();
	configure("append=rdinit=/bin/no-such-init init=/bin/no-such-init panic=0");
	lab_check("", "build/vexvm start --headless", LIMIT_S, 8,
		  "panicked|no root file system|does not boot");
	configure_back("append");
	lab_check("", "build/vexvm stop --force", LIMIT_S, 0, NULL);
}

/* Its agent answers before its own start-up has ended and the source is mounted: a run waits for that too. */
static void test_not_waited(void)
{
	stop();
	lab_check("", "build/vexvm start --headless --no-wait", LIMIT_S, 0, NULL);
	lab_check("", "until build/vexvm exec true; do build/vexvm status | grep -q booting || exit; done", LIMIT_S, 0, NULL);
	lab_check("", "build/vexvm test load --cold --source=tests/modules/hello", LIMIT_S, 0, "^PASS +hello on .*, boot ");
	lab_check("", "build/vexvm exec mountpoint -q /mnt/vexfs_source", LIMIT_S, 0, NULL);
	stop();
}

static void test_damaged_disk(void)
{
	lab_check("", "cp --sparse=always .vexvm/default/disk.qcow2 kept.qcow2 && "
		  "printf damaged >.vexvm/default/disk.qcow2", 60, 0, NULL);
	lab_check("", "build/vexvm start --headless", LIMIT_S, 8, "QEMU ended at once: .*disk\\.qcow2");
	lab_check("", "mv kept.qcow2 .vexvm/default/disk.qcow2", 60, 0, NULL);
}

/* A kernel without 9p: the source is copied in, which is said, and all goes on. */
static void test_mount_refused(void)
{
	configure("append=module_blacklist=9p,9pnet_virtio");
	lab_check("", "build/vexvm start --headless", LIMIT_S, 0, "cannot be mounted.*copying it");
	lab_check("", "build/vexvm ssh 'cat /mnt/vexfs_source/vexfs/Kbuild'", LIMIT_S, 0, "obj-m");
	pass();
	configure_back("append");
	stop();
}

static void test_killed_vexvm(void)
{
	struct lab_program test;

	stop();
	lab_start(&test, "build/vexvm test load --cold");
	lab_await(&test, "Booting", LIMIT_S);
	g_assert_cmpint(lab_end(&test, SIGKILL), ==, 128 + SIGKILL);
	pass();
}

static void test_killed_qemu(void)
{
	lab_check("", "build/vexvm status", LIMIT_S, 0, "ready");
	lab_check("", "kill -9 $(sed -n 's/.*\"pid\" *: *\\([0-9]*\\).*/\\1/p' .vexvm/default/run.json)",
		  LIMIT_S, 0, NULL);
	lab_check("", "build/vexvm status", LIMIT_S, 3, "stopped");
	pass();
}

/* The second says for whom it waits; both have their verdict. */
static void test_two_at_once(void)
{
	auto_lab_result second = { 0 };
	struct lab_program first;

	lab_start(&first, "build/vexvm test");
	lab_await(&first, "Building", LIMIT_S);
	lab_type("", "build/vexvm test load", NULL, LIMIT_S, &second);
	lab_expect(&second, 0, "Waiting for PID [0-9]+, which is testing(.*\n)*PASS");
	g_assert_cmpint(lab_end(&first, 0), ==, 0);
}

/* A path with blanks and longer than a socket's may be: the VM moved there. */
static void test_long_path(void)
{
	static const char copy[] =
		"d=\"../a path with blanks/$(printf %0120d 0)\"; mkdir -p \"$d\" && "
		"cp -a --sparse=always . \"$d/\" && cd \"$d\" && build/vexvm test load; s=$?; "
		"build/vexvm stop; cd / && exit $s";

	stop();
	lab_check("", copy, LIMIT_S, 0, "^PASS");
	lab_check("", "rm -rf '../a path with blanks'", 60, 0, NULL);
}

/* The source cannot be written to: it is built in a copy. */
static void test_read_only_source(void)
{
	lab_check("", "mkdir -p ../ro && mount --bind tests/modules/hello ../ro && "
		  "mount -o remount,ro,bind ../ro", 10, 0, NULL);
	lab_check("", "build/vexvm test load --source ../ro", LIMIT_S, 0, "^PASS +hello");
	lab_check("", "umount ../ro && rmdir ../ro", 10, 0, NULL);
}

/* The guest's disk is full: said, and nothing is left of it. */
static void test_guest_disk_full(void)
{
	lab_check("", "build/vexvm exec -- sh -c 'fallocate -l 100G /root/big; dd if=/dev/zero "
		  "of=/root/rest bs=64k; test -e /root/rest'", LIMIT_S, 0, NULL);
	lab_check("", "build/vexvm test --cold", LIMIT_S, 1, "^FAIL.*: .*No space left on device");
	lab_check("", "build/vexvm exec rm /root/big /root/rest", LIMIT_S, 0, NULL);
	pass();
}

#define AGENT "/usr/local/sbin/vexvm-agent"

/* The VM was set up by another build of vexvm, whose agent it has. */
static void test_other_agent(void)
{
	lab_check("", "build/vexvm exec -- sed -i 's/0\\.1+[0-9a-f]\\{10\\}/0.1+otherbuild/g' " AGENT,
		  LIMIT_S, 0, NULL);
	lab_check("", "build/vexvm exec " AGENT " --version", LIMIT_S, 0, "otherbuild");
	stop();
	lab_check("", "build/vexvm start --headless", LIMIT_S, 0, "another build's: replacing it");
	lab_check("", "build/vexvm exec " AGENT " --version && build/vexvm-agent --version", LIMIT_S, 0,
		  "^(vexvm-agent .*)\n\\1$");
}

/* It does not start any more: said long before the boot's time limit, and mended by reset. */
static void test_no_agent(void)
{
	lab_check("", "build/vexvm exec chmod -x " AGENT, LIMIT_S, 0, NULL);
	stop();
	lab_check("", "build/vexvm start --headless", LIMIT_S, 7, "agent does not answer, though SSH has");
	lab_check("", "build/vexvm ssh id -un", LIMIT_S, 0, "^vexfs$");
	lab_check("", "build/vexvm reset", LIMIT_S, 0, NULL);
	pass();
}

/* The host's disk fills up under the guest: paused, not corrupted, and said. */
static void test_host_disk_full(void)
{
	static const char setup[] =
		"stop() { build/vexvm stop --force; cd /; umount \"$d\"; rmdir \"$d\"; }; "
		"size=$(du -ms .vexvm/default | cut -f1); d=$(realpath ..)/small; mkdir -p \"$d\"; "
		"mount -t tmpfs -o size=$((size + 120))m none \"$d\"; "
		"mkdir -p \"$d/.vexvm/default\" \"$d/build\"; cp build/vexvm build/vexvm-agent \"$d/build\"; "
		"(cd .vexvm/default && cp -a --sparse=always vm.json *.qcow2 scratch.img id_ed25519* "
		"known_hosts \"$d/.vexvm/default/\"); : >\"$d/vexvm.conf\"; cd \"$d\"; "
		"build/vexvm start --headless || { stop; exit 99; }; "
		"build/vexvm exec --timeout 60 -- sh -c 'head -c 300M /dev/urandom >/root/big; sync' ; "
		"build/vexvm status; s=$?; stop; exit $s";

	stop();
	lab_check("", setup, LIMIT_S, 8, "io-error.*disk full");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	signal(SIGPIPE, SIG_IGN);
	g_test_add_func("/recovery/busy port", test_busy_port);
	g_test_add_func("/recovery/panic at boot", test_panic_at_boot);
	g_test_add_func("/recovery/not waited for", test_not_waited);
	g_test_add_func("/recovery/damaged disk", test_damaged_disk);
	g_test_add_func("/recovery/mount refused", test_mount_refused);
	g_test_add_func("/recovery/killed vexvm", test_killed_vexvm);
	g_test_add_func("/recovery/killed QEMU", test_killed_qemu);
	g_test_add_func("/recovery/two at once", test_two_at_once);
	g_test_add_func("/recovery/guest disk full", test_guest_disk_full);
	g_test_add_func("/recovery/other agent", test_other_agent);
	g_test_add_func("/recovery/no agent", test_no_agent);
	g_test_add_func("/recovery/read-only source", test_read_only_source);
	g_test_add_func("/recovery/long path", test_long_path);
	if (getuid() == 0)
		g_test_add_func("/recovery/host disk full", test_host_disk_full);
	return g_test_run();
}
