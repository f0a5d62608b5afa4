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
#define AIMS_MAX 16		/* loads for one allocation */
#define FAIL_NTH "/proc/thread-self/fail-nth"
#define FAILSLAB "/sys/kernel/debug/failslab/"

static int fail(const char *name, const char *what)
{
	fprintf(stderr, "vexvm-agent: %s: %s: %s\n", name, what, strerror(errno));
	return 1;
}

bool inject_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* The @nth allocation of this thread from now on fails, and they are watched; 0: none. */
static bool arm(unsigned int nth)
{
	int fd = open(FAIL_NTH, O_WRONLY | O_CLOEXEC);
	char text[16];
	bool ok;

	snprintf(text, sizeof(text), "%u", nth);
	/* To open a file allocates as well: what follows is the load's alone. */
	if (fd >= 0 && nth)
		inject_watch_anew();
	ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return ok;
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

static bool unload(char **module, const struct inject_load *load)
{
	const char *file = getenv("VEXVM_AUDIT");

	if (file && *file) {
		audit_loaded(file, module[0], false, "");
		places_tell(file, module[0], load);
	}
	return syscall(SYS_delete_module, module[0], O_NONBLOCK) == 0;
}

/* Which allocation of a load is to fail. */
struct turn {
	unsigned int nth;	/* of the load, from 1 */
	unsigned int next;	/* of its init's own the one that has not failed yet, from 1 */
	unsigned int aims;	/* in so many loads it may still be tried as @nth, being passed over else */
	unsigned int failed;	/* so many loads had one that failed */
	unsigned int passed;	/* so many were passed over */
	bool ended;		/* there are no more */
};

/*
 * After a load in which @came tells whether it had so many allocations. Where the init began
 * earlier than before, its next allocation has been stepped over: the number that it would have
 * had stays, until a load has as many before its init again.
 */
static void turn_next(struct turn *turn, const struct inject_load *load, bool came)
{
	unsigned int wanted = load->before + turn->next;
	bool hit = load->init && turn->nth == wanted;
	bool missed = load->init && turn->nth > wanted && turn->next <= load->own;
	bool given_up = !hit && turn->aims == 1;

	turn->failed += came;
	turn->ended = !came && !missed;
	if (missed && !turn->aims)
		turn->aims = AIMS_MAX;
	else if (turn->aims)
		turn->aims--;
	if (turn->aims && !hit) {
		turn->nth = missed ? wanted : turn->nth;
		return;
	}
	turn->passed += given_up;
	turn->next += hit || given_up;
	turn->aims = 0;
	turn->nth++;
}

/* Its allocations in turn. */
static int sweep(const struct image *image, char **module)
{
	struct turn turn = { .nth = 1, .next = 1 };
	unsigned int rounds;

	for (rounds = 0; !turn.ended && rounds < INJECT_ROUNDS_MAX; rounds++) {
		int error = arm(turn.nth) ? load(image, module) : errno;
		bool came = disarm();
		struct inject_load seen = inject_watched();

		if (error)
			places_failed(&seen);
		errno = error;
		if (error && !came)
			return fail(module[0], "cannot be loaded, and no allocation had failed");
		if (!error && !unload(module, &seen))
			return fail(module[0], "cannot be unloaded");
		turn_next(&turn, &seen, came);
	}
	printf("%s: %u failing allocations\n", module[0], turn.failed);
	if (turn.passed)
		fprintf(stderr, "vexvm-agent: %s: %u of its init's allocations could not be made to fail\n", module[0],
			turn.passed);
	if (!turn.ended)
		fprintf(stderr, "vexvm-agent: %s: there are more allocations than the %u loads that are tried\n",
			module[0], INJECT_ROUNDS_MAX);
	return turn.passed || !turn.ended;
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
	const struct inject_load none = { 0 };
	int i, status = 0;

	if (argc % WORDS)
		return fail("inject", "give NAME FILE ARGUMENTS of each module");
	if (!inject_put(FAILSLAB "ignore-gfp-wait", "N") || !inject_put(FAILSLAB "verbose", "1") || !arm(0))
		return fail("inject", "the kernel cannot let allocations fail (" FAILSLAB ")");
	inject_watch();
	for (i = 0; i < argc && !status; i += WORDS)
		status = inject(argv + i);
	for (i -= WORDS; i >= 0 && !status; i -= WORDS)
		if (!unload(argv + i, &none))
			status = fail(argv[i], "cannot be unloaded");
	inject_watch_end();
	return status;
}
