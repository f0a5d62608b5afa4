// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/kernel-build.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/embed.h"
#include "lib/fault.h"
#include "lib/folder.h"
#include "lib/program.h"
#include "libvm/kconfig.h"
#include "libvm/store.h"

#define PACKAGE "linux-source-6.1"
#define TARBALL "/usr/src/" PACKAGE ".tar.xz"
/* Where the debug information says that the kernel's source is. */
#define SOURCE_SHOWN "/usr/src/linux"
#define ID_LENGTH 16
#define QUERY_LIMIT_MS 60000
#define STEP_LIMIT_S 3600
#define MAKE_LIMIT_S (12 * 3600)
#define OBJECTS_EXPECTED 1500	/* of this configuration of 6.1.192 */
#define NICE "10"
/* Seen: 1.5 GB of source, 2.5 GB of objects, 0.6 GB of what is kept. */
#define ROOM_NEEDED (6ull << 30)
#define RESUME_NEEDED (2ull << 30)

EMBED(debug_config, "libvm/debug-kernel.config");
EMBED(harvest_script, "libvm/kernel-harvest.sh");

struct building {
	const struct conf *conf;
	const struct progress *progress;
	char *work;		/* CACHE/kernels/work */
	char *version;		/* of PACKAGE */
	bool installed;		/* TARBALL is that version's */
	char *compiler;		/* its first words */
	char *key;
	FILE *log;		/* all that make said, of interrupted builds too */
	gint64 start;
	guint objects;
};

const char *kernel_build_config(void)
{
	return debug_config;
}

char *kernel_build_key(const char *source, const char *config, const char *compiler)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	const char *const texts[] = { source, config, compiler };

	/* With their ends: no two sets of texts are one. */
	for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
		g_checksum_update(sum, (const guchar *)texts[i], (gssize)strlen(texts[i]) + 1);
	return g_strndup(g_checksum_get_string(sum), ID_LENGTH);
}

char *kernel_build_version(const char *uris, const char *package)
{
	g_auto(GStrv) words = g_strsplit_set(uris, " \n", -1);
	g_autofree char *begin = g_strconcat(package, "_", NULL);

	for (char **word = words; *word; word++) {
		const char *version = *word + strlen(begin);

		if (g_str_has_prefix(*word, begin) && g_str_has_suffix(*word, ".deb") && strchr(version, '_'))
			return g_strndup(version, strcspn(version, "_"));
	}
	return NULL;
}

bool kernel_build_is_object(const char *line)
{
	return g_str_has_prefix(line, "  ") && g_ascii_isupper(line[2]) && g_str_has_suffix(line, ".o") &&
	       !g_str_has_prefix(line, "  HOST");
}

guint kernel_build_total(guint done, guint expected)
{
	return MAX(done + 1, expected);
}

/* What has to be there */

static char *missing_packages(void)
{
	static const struct {
		const char *program, *package;
	} needs[] = {
		{ "gcc", "gcc" }, { "make", "make" }, { "flex", "flex" }, { "bison", "bison" },
		{ "bc", "bc" }, { "xz", "xz-utils" }, { "/usr/include/gelf.h", "libelf-dev" },
		{ "/usr/sbin/depmod", "kmod" },
	};
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (guint i = 0; i < G_N_ELEMENTS(needs); i++) {
		g_autofree char *path = *needs[i].program == '/' ? NULL : g_find_program_in_path(needs[i].program);

		if (!path && !(*needs[i].program == '/' && g_access(needs[i].program, F_OK) == 0))
			g_ptr_array_add(names, (gpointer)needs[i].package);
	}
	g_ptr_array_add(names, NULL);
	return names->len > 1 ? g_strjoinv(" ", (char **)names->pdata) : NULL;
}

static bool check_packages(GError **error)
{
	g_autofree char *missing = missing_packages();

	return !missing ||
	       fault_set(error, LAB_ERROR_LAB, "building a kernel needs packages that are missing; install them "
			 "with 'apt-get install --yes %s' as root, or scripts/install-deps --kernel", missing);
}

/* The source's version: the installed one's, or what this host's apt would get. */
static bool find_source(struct building *b, GError **error)
{
	const char *const installed[] = { "dpkg-query", "--show", "--showformat=${Version}", PACKAGE, NULL };
	const char *const offered[] = { "apt-get", "download", "--print-uris", PACKAGE, NULL };
	g_autoptr(GError) cause = NULL;
	g_autofree char *text = NULL;

	if (g_access(TARBALL, R_OK) == 0 && program_check(installed, QUERY_LIMIT_MS, &b->version, NULL) &&
	    *b->version) {
		b->installed = true;
		return true;
	}
	g_clear_pointer(&b->version, g_free);
	if (program_check(offered, QUERY_LIMIT_MS, &text, &cause))
		b->version = kernel_build_version(text, PACKAGE);
	return b->version ||
	       fault_set(error, LAB_ERROR_LAB, "this host's apt does not offer the package " PACKAGE "%s%s; it is in "
			 "Debian 12's archive ('apt-get update' refreshes what apt knows)", cause ? ": " : "",
			 cause ? cause->message : "");
}

static bool find_compiler(struct building *b, GError **error)
{
	const char *const argv[] = { "gcc", "--version", NULL };

	if (!program_check(argv, QUERY_LIMIT_MS, &b->compiler, error))
		return false;
	b->compiler[strcspn(b->compiler, "\n")] = '\0';
	return true;
}

/* Steps */

static char *work_path(const struct building *b, const char *name)
{
	return g_build_filename(b->work, name, NULL);
}

static void take_detail(void *data, const char *text)
{
	const struct building *b = data;

	progress_detail(b->progress, "%s", text);
}

static bool run_step(struct building *b, const char *const *argv, GError **error)
{
	return program_follow(argv, STEP_LIMIT_S, take_detail, b, error);
}

/* $1 the work's folder, $2 the package; nothing is found half unpacked. */
static const char download_script[] =
	"set -e; cd \"$1\"; rm -f *.deb; "
	"apt-get download -qq -o APT::Sandbox::User=\"$(id -un)\" \"$2\"";
static const char unpack_script[] =
	"set -e; cd \"$1\"; rm -rf source deb unpacked; mkdir unpacked; tarball=" TARBALL "; "
	"if [ \"$2\" ]; then dpkg-deb -x *.deb deb; tarball=deb$tarball; fi; "
	"tar -xJf \"$tarball\" -C unpacked --strip-components=1; "
	"rm -rf deb *.deb; mv unpacked source";

/* The source in work/source; work/version, written last, says of which version. */
static bool unpack(struct building *b, GError **error)
{
	g_autofree char *wanted = g_strconcat(PACKAGE "=", b->version, NULL);
	const char *const download[] = { "sh", "-c", download_script, "download", b->work, wanted, NULL };
	const char *const unpack_it[] = { "sh", "-c", unpack_script, "unpack", b->work,
					  b->installed ? "" : "deb", NULL };
	g_autofree char *mark = work_path(b, "version"), *is = NULL;
	g_autoptr(GError) cause = NULL;

	if (g_file_get_contents(mark, &is, NULL, NULL) && g_str_equal(is, b->version)) {
		progress_note(b->progress, "Going on with the build that was interrupted");
		return store_check_room(b->work, RESUME_NEEDED, "Building the kernel", error);
	}
	if (!folder_remove(b->work, error))
		return false;
	if (g_mkdir_with_parents(b->work, 0755) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", b->work);
	if (!store_check_room(b->work, ROOM_NEEDED, "Building the kernel", error))
		return false;
	if (!b->installed) {
		progress_note(b->progress, "Getting " PACKAGE " %s (140 MB)", b->version);
		if (!run_step(b, download, error)) {
			g_prefix_error(error, "cannot get " PACKAGE " ('apt-get update' may help): ");
			return false;
		}
	}
	progress_note(b->progress, "Unpacking " PACKAGE " %s", b->version);
	if (!run_step(b, unpack_it, error))
		return false;
	return g_file_set_contents(mark, b->version, -1, &cause) ||
	       fault_set(error, LAB_ERROR_LAB, "%s", cause->message);
}

static bool check_config(const char *path, GError **error)
{
	g_auto(GStrv) missing = NULL;
	g_autoptr(GError) cause = NULL;
	g_autofree char *config = NULL, *list = NULL;

	if (!g_file_get_contents(path, &config, NULL, &cause))
		return fault_set(error, LAB_ERROR_LAB, "%s", cause->message);
	missing = kconfig_missing(debug_config, config);
	if (!*missing)
		return true;
	list = g_strjoinv(", ", missing);
	return fault_set(error, LAB_ERROR_LAB, "the kernel is not built: Kconfig does not take %s from "
			 "libvm/debug-kernel.config; what they depend on is off, or this source or compiler "
			 "lacks it", list);
}

static bool configure(struct building *b, GError **error)
{
	g_autofree char *source = work_path(b, "source"), *fragment = work_path(b, "fragment");
	g_autofree char *config = g_build_filename(source, ".config", NULL);
	g_autofree char *text = kconfig_merge(debug_config, NULL);
	g_autofree char *setting = g_strconcat("KCONFIG_ALLCONFIG=", fragment, NULL);
	const char *const argv[] = { "make", "-s", "-C", source, setting, "allnoconfig", NULL };
	g_autoptr(GError) cause = NULL;

	if (!g_file_set_contents(fragment, text, -1, &cause))
		return fault_set(error, LAB_ERROR_LAB, "%s", cause->message);
	return run_step(b, argv, error) && check_config(config, error);
}

static void take_make(void *data, const char *text)
{
	struct building *b = data;

	fprintf(b->log, "%s\n", text);
	if (!kernel_build_is_object(text))
		return;
	b->objects++;
	progress_update(b->progress, "Building the kernel", PROGRESS_STEPS, b->objects,
			kernel_build_total(b->objects, OBJECTS_EXPECTED));
}

/* What an interrupted build has done already, by its log. */
static guint count_objects(const char *log)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	guint n = 0;

	if (!g_file_get_contents(log, &text, NULL, NULL))
		return 0;
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++)
		n += kernel_build_is_object(*line);
	return n;
}

/* Nothing of this host or hour is in what comes out. */
static bool compile(struct building *b, GError **error)
{
	g_autofree char *source = work_path(b, "source"), *log = work_path(b, "build.log");
	g_autofree char *jobs = g_strdup_printf("-j%u", g_get_num_processors());
	g_autofree char *map = g_strdup_printf("KCPPFLAGS=-fdebug-prefix-map=%s=" SOURCE_SHOWN, source);
	const char *const argv[] = { "nice", "-n", NICE, "make", "-C", source, jobs, map,
				     "KBUILD_BUILD_TIMESTAMP=@0", "KBUILD_BUILD_USER=vexvm",
				     "KBUILD_BUILD_HOST=vexvm", "bzImage", "modules", NULL };
	bool ok;

	b->objects = count_objects(log);
	b->log = fopen(log, "ae");
	if (!b->log)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot write %s", log);
	/* Objects are counted by it after an interruption. */
	setlinebuf(b->log);
	progress_note(b->progress, "Building the debug kernel, once: some 1500 objects, 10 to 30 minutes on two cores");
	ok = program_follow(argv, MAKE_LIMIT_S, take_make, b, error);
	fclose(b->log);
	if (!ok)
		g_prefix_error(error, "the kernel does not build (all that was said: %s; the same command goes on "
			       "from there): ", log);
	return ok;
}

static char *read_release(const char *tree)
{
	g_autofree char *path = g_build_filename(tree, "include/config/kernel.release", NULL);
	char *text = NULL;

	return g_file_get_contents(path, &text, NULL, NULL) ? g_strchomp(text) : g_strdup("");
}

/* Keeps what is needed of it, under its ID, and removes the rest. */
static bool harvest(struct building *b, GError **error)
{
	g_autofree char *source = work_path(b, "source"), *kept = work_path(b, "kept");
	g_autofree char *release = read_release(source);
	g_autofree char *origin = g_strconcat(PACKAGE " ", b->version, NULL);
	const char *const argv[] = { "sh", "-c", harvest_script, "harvest", source, kept, release, NULL };
	const struct kernel kernel = { .name = (char *)KERNEL_DEBUG, .id = b->key, .release = release,
				       .source = origin };

	return run_step(b, argv, error) && kernel_commit(b->conf, kept, &kernel, error) &&
	       folder_remove(b->work, error);
}

static struct kernel *build(struct building *b, GError **error)
{
	struct kernel *kernel;

	b->start = g_get_monotonic_time();
	if (!check_packages(error) || !unpack(b, error) || !configure(b, error) || !compile(b, error) ||
	    !harvest(b, error))
		return NULL;
	kernel = kernel_find(b->conf, b->key, error);
	if (kernel)
		progress_done(b->progress, "Built the debug kernel", clock_since(b->start));
	return kernel;
}

struct kernel *kernel_build_debug(const struct conf *conf, const struct progress *progress,
				  GError **error)
{
	struct building b = { .conf = conf, .progress = progress, .work = kernel_path(conf, "work") };
	g_autoptr(lock_owner) lock = kernel_lock(conf, "building the debug kernel", progress, error);
	struct kernel *kernel = NULL;

	if (lock && find_source(&b, error) && find_compiler(&b, error)) {
		b.key = kernel_build_key(b.version, debug_config, b.compiler);
		kernel = kernel_find(conf, b.key, NULL);
		if (!kernel)
			kernel = build(&b, error);
	}
	g_free(b.work);
	g_free(b.version);
	g_free(b.compiler);
	g_free(b.key);
	return kernel;
}
