// SPDX-License-Identifier: GPL-2.0-only
/* mkfs.vexfs: an empty VexFS in a file or on a device. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <time.h>
#include <uuid/uuid.h>

#include "libvexfs/image.h"

#define EXIT_FAILED 1
#define EXIT_USAGE 2

static const char usage[] =
	"Usage: mkfs.vexfs [options] FILE|DEVICE\n"
	"Makes an empty VexFS.\n"
	"\n"
	"  -L, --label TEXT   label, at most 63 bytes\n"
	"  -U, --uuid UUID    instead of a random one\n"
	"  -s, --size SIZE    make FILE this large: bytes, or with K, M, G, T\n"
	"  -f, --force        overwrite what is there\n"
	"  -n, --dry-run      do everything but write\n"
	"  -q, --quiet        print errors only\n"
	"  -h, --help         this text\n"
	"  -V, --version      the version\n"
	"\n"
	"Exit status: 0 done, 1 it could not be made, 2 wrong usage.\n";

static const struct option long_options[] = {
	{ "label", required_argument, NULL, 'L' }, { "uuid", required_argument, NULL, 'U' },
	{ "size", required_argument, NULL, 's' },  { "force", no_argument, NULL, 'f' },
	{ "dry-run", no_argument, NULL, 'n' },	   { "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },	   { "version", no_argument, NULL, 'V' },
	{ NULL }
};

struct wanted {
	const char *path;
	uint64_t size;		/* 0 = as it is */
	bool force, dry_run, quiet;
	struct vexfs_blank blank;
};

__attribute__((format(printf, 1, 2)))
static void complain(const char *format, ...)
{
	va_list args;

	fputs("mkfs.vexfs: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* "64M" as bytes; 0 when it is no size. */
static uint64_t parse_size(const char *text)
{
	static const char units[] = "KMGT";
	char *end;
	unsigned long long value = strtoull(text, &end, 10);
	const char *unit = *end ? strchr(units, *end) : NULL;
	unsigned int shift = unit ? 10 * (unsigned int)(unit - units + 1) : 0;

	/* strtoull would take blanks and signs. */
	if (*text < '0' || *text > '9' || (*end && (!unit || end[1])) ||
	    value > (UINT64_MAX >> 1) >> shift)
		return 0;
	return (uint64_t)value << shift;
}

static int set_label(struct wanted *w, const char *text)
{
	if (strlen(text) >= VEXFS_LABEL_SIZE) {
		complain("the label is longer than %d bytes", VEXFS_LABEL_SIZE - 1);
		return EXIT_USAGE;
	}
	memset(w->blank.label, 0, sizeof(w->blank.label));
	memcpy(w->blank.label, text, strlen(text));
	return 0;
}

static int set_option(struct wanted *w, int option, const char *value)
{
	switch (option) {
	case 'L':
		return set_label(w, value);
	case 'U':
		if (uuid_parse(value, w->blank.uuid) == 0)
			return 0;
		complain("'%s' is no UUID; uuidgen makes one", value);
		return EXIT_USAGE;
	case 's':
		w->size = parse_size(value);
		if (w->size)
			return 0;
		complain("'%s' is no size; give bytes, or a number with K, M, G or T", value);
		return EXIT_USAGE;
	case 'f':
		w->force = true;
		return 0;
	case 'n':
		w->dry_run = true;
		return 0;
	case 'q':
		w->quiet = true;
		return 0;
	default:
		fputs("mkfs.vexfs --help shows the options\n", stderr);
		return EXIT_USAGE;
	}
}

/* 0 to go on, -1 when all is done, or the exit status. */
static int parse(struct wanted *w, int argc, char **argv)
{
	int option, ret;

	while ((option = getopt_long(argc, argv, "L:U:s:fnqhV", long_options, NULL)) != -1) {
		if (option == 'h' || option == 'V') {
			fputs(option == 'h' ? usage : "mkfs.vexfs " VEXVM_VERSION "\n", stdout);
			return -1;
		}
		ret = set_option(w, option, optarg);
		if (ret)
			return ret;
	}
	if (optind != argc - 1) {
		complain("give one file or device; --help shows the options");
		return EXIT_USAGE;
	}
	w->path = argv[optind];
	return 0;
}

static int check_room(struct wanted *w, uint64_t size)
{
	w->blank.block_count = size >> VEXFS_BLOCK_BITS;
	if (w->blank.block_count < VEXFS_BLOCKS_MIN) {
		complain("%s has %llu bytes; a VexFS needs %llu at least%s", w->path,
			 (unsigned long long)size, VEXFS_BLOCKS_MIN << VEXFS_BLOCK_BITS,
			 w->size ? "" : " (--size makes a file larger)");
		return EXIT_FAILED;
	}
	if (w->blank.block_count <= VEXFS_BLOCKS_MAX)
		return 0;
	complain("%s is larger than a VexFS can be", w->path);
	return EXIT_FAILED;
}

static int check_empty(const struct wanted *w, int fd)
{
	char what[64];
	int ret = w->force ? 0 : image_probe(fd, what);

	if (ret > 0)
		complain("%s holds %s; --force overwrites it", w->path, what);
	if (ret < 0)
		complain("%s: cannot tell what is on it: %s", w->path, strerror(-ret));
	return ret ? EXIT_FAILED : 0;
}

static void print(const struct wanted *w)
{
	char uuid[UUID_STR_LEN];

	uuid_unparse_lower(w->blank.uuid, uuid);
	if (!w->quiet)
		printf("%s: VexFS of %llu blocks of %u bytes, UUID %s%s\n", w->path,
		       (unsigned long long)w->blank.block_count, VEXFS_BLOCK_SIZE, uuid,
		       w->dry_run ? " (not written)" : "");
}

static int make(struct wanted *w, int fd, uint64_t size)
{
	struct timespec now;
	int ret = check_room(w, w->size ? w->size : size);

	if (!ret)
		ret = check_empty(w, fd);
	if (ret)
		return ret;
	clock_gettime(CLOCK_REALTIME, &now);
	w->blank.sec = (uint64_t)now.tv_sec;
	w->blank.nsec = (uint32_t)now.tv_nsec;
	if (!w->dry_run && w->size)
		ret = image_resize(fd, w->size);
	if (ret) {
		complain("%s: cannot be made %llu bytes long: %s; it is as it was", w->path,
			 (unsigned long long)w->size, strerror(-ret));
		return EXIT_FAILED;
	}
	if (!w->dry_run)
		ret = image_format(fd, &w->blank);
	if (ret) {
		complain("%s: %s; there is no filesystem on it now", w->path, strerror(-ret));
		return EXIT_FAILED;
	}
	print(w);
	return 0;
}

static int open_and_make(struct wanted *w)
{
	char why[IMAGE_WHY_SIZE];
	bool is_new = access(w->path, F_OK) < 0;
	uint64_t size;
	int ret, fd = image_open(w->path, w->size && !w->dry_run, &size, why);

	if (fd < 0) {
		complain("%s", why);
		return EXIT_FAILED;
	}
	ret = make(w, fd, size);
	if (ret && is_new)
		unlink(w->path);
	if (close(fd) < 0 && !ret) {
		complain("%s: %s", w->path, strerror(errno));
		ret = EXIT_FAILED;
	}
	return ret;
}

int main(int argc, char **argv)
{
	struct wanted w = { .path = NULL };
	int ret;

	uuid_generate(w.blank.uuid);
	ret = parse(&w, argc, argv);
	if (ret)
		return ret < 0 ? 0 : ret;
	w.blank.uid = getuid();
	w.blank.gid = getgid();
	/* What cannot become one leaves no empty file behind. */
	ret = w.size ? check_room(&w, w.size) : 0;
	if (ret)
		return ret;
	if (w.size && w.dry_run && access(w.path, F_OK) < 0 && errno == ENOENT) {
		print(&w);
		return 0;
	}
	return open_and_make(&w);
}
