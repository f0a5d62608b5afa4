// SPDX-License-Identifier: GPL-2.0-only
#include "agent/inject.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/audit.h"

#define WORDS 3			/* NAME FILE ARGUMENTS */
#define FAIL_NTH "/proc/thread-self/fail-nth"
#define FAILSLAB "/sys/kernel/debug/failslab/"

static int fail(const char *name, const char *what)
{
	fprintf(stderr, "vexvm-agent: %s: %s: %s\n", name, what, strerror(errno));
	return 1;
}

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* The @nth allocation of this thread from now on fails; 0: none. */
static bool arm(unsigned int nth)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", nth);
	return put(FAIL_NTH, text);
}

/* Ends it. Whether it has come to that allocation. */
static bool disarm(void)
{
	FILE *in = fopen(FAIL_NTH, "re");
	unsigned int left = 1;

	if (!in || fscanf(in, "%u", &left) != 1)
		left = 1;
	if (in)
		fclose(in);
	arm(0);
	return left == 0;
}

/* A module's file in memory: reading it would make other allocations each time. */
struct image {
	char *bytes;
	size_t size;
};

static bool image_read(struct image *image, const char *path)
{
	FILE *in = fopen(path, "re");
	long size = in && fseek(in, 0, SEEK_END) == 0 ? ftell(in) : -1;
	bool ok;

	image->size = size > 0 ? (size_t)size : 0;
	image->bytes = malloc(image->size + 1);
	if (in)
		rewind(in);
	ok = in && image->size && image->bytes && fread(image->bytes, 1, image->size, in) == image->size;
	if (in)
		fclose(in);
	return ok;
}

static int load(const struct image *image, char **module)
{
	return syscall(SYS_init_module, image->bytes, image->size, module[2]) < 0 ? errno : 0;
}

static bool unload(char **module)
{
	const char *file = getenv("VEXVM_AUDIT");

	if (file && *file)
		audit_loaded(file, module[0], false, "");
	return syscall(SYS_delete_module, module[0], O_NONBLOCK) == 0;
}

/* Its allocations in turn. */
static int sweep(const struct image *image, char **module)
{
	unsigned int nth = 0;
	bool came = true;

	while (came && nth < INJECT_ROUNDS_MAX) {
		int error = arm(++nth) ? load(image, module) : errno;

		came = disarm();
		errno = error;
		if (error && !came)
			return fail(module[0], "cannot be loaded, and no allocation had failed");
		if (!error && !unload(module))
			return fail(module[0], "cannot be unloaded");
	}
	printf("%s: %u failing allocations\n", module[0], came ? nth : nth - 1);
	return 0;
}

/* The sweep, after which it stays loaded for those that use it. */
static int inject(char **module)
{
	struct image image = { NULL };
	int status;

	if (!image_read(&image, module[1]))
		status = fail(module[1], "cannot be read");
	else
		status = sweep(&image, module);
	if (!status && (errno = load(&image, module)))
		status = fail(module[0], "cannot be loaded any more");
	free(image.bytes);
	return status;
}

int inject_main(int argc, char **argv)
{
	int i, status = 0;

	if (argc % WORDS)
		return fail("inject", "give NAME FILE ARGUMENTS of each module");
	if (!put(FAILSLAB "ignore-gfp-wait", "N") || !put(FAILSLAB "verbose", "1") || !arm(0))
		return fail("inject", "the kernel cannot let allocations fail (" FAILSLAB ")");
	for (i = 0; i < argc && !status; i += WORDS)
		status = inject(argv + i);
	for (i -= WORDS; i >= 0 && !status; i -= WORDS)
		if (!unload(argv + i))
			status = fail(argv[i], "cannot be unloaded");
	return status;
}
