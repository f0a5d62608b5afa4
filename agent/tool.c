// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the lab's scripts in the guest would else start a program for. Under
 * emulation a static one is there at once, while insmod spends most of a second
 * on being linked with libcrypto.
 */
#include "agent/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/audit.h"
#include "agent/inject.h"

#define ARGUMENTS_MAX 4096	/* bytes of a module's parameters */
#define MOUNT_WORDS 4
#define MODULE_WORDS 3

static int fail(const char *what, const char *name, const char *why)
{
	fprintf(stderr, "vexvm-agent: %s %s: %s\n", what, name, why);
	return 1;
}

/* insmod(8)'s words for what finit_module(2) means by these. */
static const char *insmod_words(int error)
{
	switch (error) {
	case ENOEXEC:
		return "Invalid module format";
	case ENOENT:
		return "Unknown symbol in module, or unknown parameter";
	case ESRCH:
		return "Module has wrong symbol version";
	case EINVAL:
		return "Invalid parameters";
	default:
		return strerror(error);
	}
}

static int insert(const char *file, int argc, char **argv)
{
	char arguments[ARGUMENTS_MAX] = "";
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	size_t used = 0;

	if (fd < 0)
		return fail("insmod", file, strerror(errno));
	for (int i = 0; i < argc; i++) {
		used += (size_t)snprintf(arguments + used, sizeof(arguments) - used, "%s%s",
					 i ? " " : "", argv[i]);
		if (used >= sizeof(arguments))
			return fail("insmod", file, "its parameters are too long");
	}
	return syscall(SYS_finit_module, fd, arguments, 0) == 0 ?
		       0 : fail("insmod", file, insmod_words(errno));
}

/* What Kbuild calls the module of a file: its name with "_" for "-", and nothing behind the first dot. */
static void note_init(const char *file)
{
	const char *audit = getenv("VEXVM_AUDIT"), *base = strrchr(file, '/');
	char name[64];
	size_t n;

	base = base ? base + 1 : file;
	n = strcspn(base, ".");
	if (!audit || !*audit || !n || n >= sizeof(name))
		return;
	for (size_t i = 0; i < n; i++)
		name[i] = base[i] == '-' ? '_' : base[i];
	name[n] = '\0';
	audit_note_init(name, "");
}

static int insert_alone(const char *file, int argc, char **argv)
{
	int ret = insert(file, argc, argv);

	if (!ret)
		note_init(file);
	return ret;
}

static int remove_module(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) == 0 ?
		       0 : fail("rmmod", name, strerror(errno));
}

/* With $VEXVM_AUDIT: what the audit has to know of it. */
static void note_loaded(const char *name, bool threads)
{
	const char *file = getenv("VEXVM_AUDIT");

	if (file && *file)
		audit_loaded(file, name, threads, "");
}

/* NAME FILE ARGUMENTS each: all in, in their order, and all out again, @rounds times. */
static int reload(const char *rounds, int argc, char **argv)
{
	char *end;
	long n = strtol(rounds, &end, 10);

	if (*end || argc % MODULE_WORDS)
		return fail("reload", rounds, "give ROUNDS and NAME FILE ARGUMENTS of each module");
	for (long round = 1; round <= n; round++) {
		int i = 0, failed = 0;

		for (; i < argc && !failed; i += MODULE_WORDS)
			failed = insert(argv[i + 1], 1, &argv[i + 2]);
		for (i -= MODULE_WORDS; i >= 0 && !failed; i -= MODULE_WORDS) {
			note_loaded(argv[i], false);
			failed = remove_module(argv[i]);
		}
		if (failed) {
			fprintf(stderr, "in round %ld\n", round);
			return 1;
		}
	}
	return 0;
}

/* SOURCE FOLDER TYPE OPTIONS each; the folder is made where it is not there. */
static int mount_all(int argc, char **argv)
{
	for (; argc >= MOUNT_WORDS; argc -= MOUNT_WORDS, argv += MOUNT_WORDS) {
		mkdir(argv[1], 0755);
		if (mount(argv[0], argv[1], argv[2], MS_NOSUID | MS_NODEV, argv[3]) < 0)
			return fail("mount", argv[1], strerror(errno));
	}
	return argc ? fail("mount", argv[0], "give SOURCE FOLDER TYPE OPTIONS") : 0;
}

int tool_main(int argc, char **argv)
{
	if (argc >= 3 && !strcmp(argv[1], "--insmod"))
		return insert_alone(argv[2], argc - 3, argv + 3);
	if (argc == 3 && !strcmp(argv[1], "--rmmod")) {
		note_loaded(argv[2], true);
		return remove_module(argv[2]);
	}
	if (argc >= 3 && !strcmp(argv[1], "--reload"))
		return reload(argv[2], argc - 3, argv + 3);
	if (argc >= 2 && !strcmp(argv[1], "--inject"))
		return inject_main(argc - 2, argv + 2);
	if (argc >= 2 + MOUNT_WORDS && !strcmp(argv[1], "--mount"))
		return mount_all(argc - 2, argv + 2);
	if (argc >= 2 && !strcmp(argv[1], "--audit"))
		return audit_main(argc - 2, argv + 2);
	return -1;
}
