// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/build.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/file.h"
#include "lib/path.h"
#include "lib/text.h"
#include "libvm/module.h"
#include "libvm/sandbox.h"
#include "libvm/share.h"
#include "libvm/tree.h"

#define LOG_MAX (16 * 1024 * 1024)	/* bytes; the rest is dropped */
#define LINE_MAX_BYTES 65536
#define KO_MAX (512 * 1024 * 1024ull)
#define ORDER_MAX (64 * 1024)

bool build_place_parse(const char *text, enum build_place *ret, GError **error)
{
	static const char *const words[] = { "auto", "sysroot", "guest" };

	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_str_equal(text, words[i])) {
			*ret = (enum build_place)i;
			return true;
		}
	return fault_set(error, LAB_ERROR_USAGE, "--build: '%s' is none of auto, sysroot and guest", text);
}

static char *real(const char *path)
{
	char *resolved = realpath(path, NULL);
	char *copy = g_strdup(resolved ? resolved : path);

	free(resolved);
	return copy;
}

/* One copy a source: its name, and a number from its path. */
static char *copy_path(const struct conf *conf, const char *source)
{
	g_autofree char *base = g_path_get_basename(source);
	g_autofree char *name = g_strdup_printf("%s-%08x", base, g_str_hash(source));

	return g_build_filename(conf->state_dir, "source", name, NULL);
}

bool build_tree_init(struct build_tree *tree, const struct conf *conf, const char *module_dir,
		     GError **error)
{
	g_autofree char *root = real(conf->root);
	g_autofree char *source = real(conf->source);
	g_autofree char *module = real(module_dir);
	const char *in_root = path_below(root, module);
	const char *in_source = path_below(source, module);

	*tree = (struct build_tree){ .inside = g_strdup(CONF_MOUNT_POINT) };
	if (in_root && access(module, W_OK) == 0) {
		tree->host = g_strdup(root);
		tree->original = g_strdup(root);
		tree->module = g_strdup(in_root);
		return true;
	}
	if (!in_source)
		return fault_set(error, LAB_ERROR_USAGE, "the module's folder %s lies outside of %s",
				 module, source);
	tree->host = copy_path(conf, source);
	tree->original = g_strdup(source);
	tree->module = g_strdup(in_source);
	tree->copied = true;
	return tree_mirror(source, tree->host, error);
}

void build_tree_clear(struct build_tree *tree)
{
	g_free(tree->host);
	g_free(tree->inside);
	g_free(tree->module);
	g_free(tree->original);
	*tree = (struct build_tree){ .host = NULL };
}

static char *join(const char *dir, const char *relative)
{
	return *relative ? g_build_filename(dir, relative, NULL) : g_strdup(dir);
}

char *build_tree_host_dir(const struct build_tree *tree)
{
	return join(tree->host, tree->module);
}

char *build_tree_inside_dir(const struct build_tree *tree)
{
	return join(tree->inside, tree->module);
}

char **build_argv(const char *kernel, const char *dir, guint jobs, char **extra)
{
	GPtrArray *argv = g_ptr_array_new();

	g_ptr_array_add(argv, g_strdup("make"));
	g_ptr_array_add(argv, g_strdup("-C"));
	g_ptr_array_add(argv, g_strdup(kernel));
	g_ptr_array_add(argv, g_strdup_printf("M=%s", dir));
	g_ptr_array_add(argv, g_strdup_printf("-j%u", jobs));
	for (; extra && *extra; extra++)
		g_ptr_array_add(argv, g_strdup(*extra));
	g_ptr_array_add(argv, g_strdup("modules"));
	g_ptr_array_add(argv, NULL);
	return (char **)g_ptr_array_free(argv, FALSE);
}

char *build_release(const char *sysroot, const char *wanted, GError **error)
{
	g_autofree char *dir = g_build_filename(sysroot, "lib/modules", NULL);
	g_autoptr(GDir) entries = g_dir_open(dir, 0, NULL);
	g_autofree char *found = NULL;
	const char *name;
	guint n = 0;

	while (entries && (name = g_dir_read_name(entries))) {
		g_autofree char *build = g_build_filename(dir, name, "build", NULL);
		struct stat st;

		/* A link that leads to somewhere in the user land, not on the host. */
		if (lstat(build, &st) < 0)
			continue;
		if (wanted && g_str_equal(name, wanted))
			return g_strdup(wanted);
		n++;
		g_free(found);
		found = g_strdup(name);
	}
	if (n == 1 && !wanted)
		return g_steal_pointer(&found);
	fault_set(error, LAB_ERROR_LAB,
		  wanted ? "the image has no kernel headers for %s" :
			   "the image has kernel headers for none or several kernels (%s)",
		  wanted ? wanted : found ? found : "none");
	return NULL;
}

char *build_headers(const char *sysroot, const char *release)
{
	g_autofree char *dir = g_build_filename(sysroot, "lib/modules", release, "build", NULL);
	g_autofree char *target = g_file_read_link(dir, NULL);

	/* A link of the image's: it leads to somewhere in there. */
	return target && *target == '/' ? g_build_filename(sysroot, target, NULL) : g_steal_pointer(&dir);
}

char *build_map_line(const struct build_tree *tree, const char *line)
{
	GString *mapped = g_string_new(NULL);
	gsize length = strlen(tree->inside);
	const char *at;

	while ((at = strstr(line, tree->inside))) {
		bool begins = at == line || !(g_ascii_isalnum(at[-1]) || strchr("/._-", at[-1]));
		bool ends = at[length] == '/' || !(g_ascii_isalnum(at[length]) ||
						   (at[length] && strchr("._-", at[length])));

		g_string_append_len(mapped, line, at - line);
		g_string_append(mapped, begins && ends ? tree->original : tree->inside);
		line = at + length;
	}
	g_string_append(mapped, line);
	return g_string_free(mapped, FALSE);
}

/* What make says, line by line, into the log and the progress. */
struct talk {
	const struct build *build;
	GString *log, *line;
	guint steps;
};

static void talk_init(struct talk *t, const struct build *build)
{
	t->build = build;
	t->log = g_string_new(NULL);
	t->line = g_string_new(NULL);
	t->steps = 0;
}

static void talk_clear(struct talk *t)
{
	g_string_free(t->log, TRUE);
	g_string_free(t->line, TRUE);
}

static void talk_line(struct talk *t)
{
	g_autofree char *clean = text_escape(t->line->str, (gssize)t->line->len);
	g_autofree char *mapped = build_map_line(t->build->tree, clean);

	g_string_truncate(t->line, 0);
	/* "  CC [M]  file": kbuild's short form of a command. */
	if (g_str_has_prefix(mapped, "  ") && g_ascii_isupper(mapped[2]))
		progress_update(t->build->progress, "Building", PROGRESS_STEPS, ++t->steps, 0);
	if (t->log->len < LOG_MAX)
		g_string_append_printf(t->log, "%s\n", mapped);
}

static void talk_take(void *data, const char *bytes, gsize size)
{
	struct talk *t = data;

	for (gsize i = 0; i < size; i++) {
		if (bytes[i] != '\n' && t->line->len < LINE_MAX_BYTES)
			g_string_append_c(t->line, bytes[i]);
		if (bytes[i] == '\n')
			talk_line(t);
	}
}

static void talk_from_guest(void *data, int fd, const char *bytes, gsize size)
{
	talk_take(data, bytes, size);
}

/* Writes the log; an error of the build's with its reason unless @status is 0. */
static bool talk_end(struct talk *t, int status, GError **error)
{
	g_autoptr(GError) cause = NULL;
	g_autofree char *why = NULL;

	if (t->line->len)
		talk_line(t);
	if (!g_file_set_contents(t->build->log, t->log->str, (gssize)t->log->len, &cause))
		return fault_set(error, LAB_ERROR_LAB, "%s", cause->message);
	if (status == 0)
		return true;
	why = build_first_error(t->log->str);
	if (!*why)
		return fault_set(error, LAB_ERROR_BUILD, "make failed with status %d and said nothing",
				 status);
	return fault_set(error, LAB_ERROR_BUILD, "%s", why);
}

/* Brings the module's files to out_dir: from the host's folder, or by @guest. */
static char **collect(const struct build *b, struct guest *guest, const char *order,
		      const char *host_dir, const char *inside_dir, GError **error)
{
	g_auto(GStrv) names = module_order_parse(order, inside_dir, error);
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; names && names[i]; i++) {
		g_autofree char *base = g_path_get_basename(names[i]);
		g_autofree char *from = g_build_filename(guest ? inside_dir : host_dir, names[i], NULL);
		char *to = g_build_filename(b->out_dir, base, NULL);

		g_ptr_array_add(files, to);
		if (guest ? !guest_get(guest, from, to, KO_MAX, error) : !file_copy(from, to, LAB_ERROR_BUILD, error))
			return NULL;
	}
	if (!names)
		return NULL;
	g_ptr_array_add(files, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&files), FALSE);
}

bool build_choose_sandbox(const struct build_tree *tree, const char *sysroot,
			  enum sandbox_kind *ret, GError **error)
{
	struct sandbox sandbox = { .root = sysroot, .source = tree->host, .target = tree->inside,
				   .cwd = tree->inside };

	if (!sandbox_choose(&sandbox, error))
		return false;
	*ret = sandbox.kind;
	return true;
}

char *build_ccache(const struct conf *conf)
{
	return g_build_filename(conf->cache_dir, "ccache", NULL);
}

/* The same when @sysroot has what keeps it, and it can be written to, else NULL. */
static char *usable_ccache(const struct conf *conf, const char *sysroot)
{
	g_autofree char *program = g_build_filename(sysroot, "usr/bin/ccache", NULL);
	g_autofree char *dir = build_ccache(conf);

	if (!conf->ccache || access(program, X_OK) < 0 || g_mkdir_with_parents(dir, 0755) < 0 || access(dir, W_OK) < 0)
		return NULL;
	return g_steal_pointer(&dir);
}

static char *headers_inside(const char *release)
{
	return g_strdup_printf("/lib/modules/%s/build", release);
}

char **build_native(const struct build *b, const char *sysroot, GError **error)
{
	g_autofree char *host_dir = build_tree_host_dir(b->tree);
	g_autofree char *inside_dir = build_tree_inside_dir(b->tree);
	g_autofree char *order_path = g_build_filename(host_dir, "modules.order", NULL);
	g_autofree char *headers = headers_inside(b->release);
	g_auto(GStrv) argv = build_argv(b->kernel ? SANDBOX_KERNEL : headers, inside_dir,
					g_get_num_processors(), b->conf->make_args);
	g_autofree char *ccache = usable_ccache(b->conf, sysroot);
	const struct sandbox sandbox = { .kind = b->sandbox, .root = sysroot, .source = b->tree->host,
					 .target = b->tree->inside, .cwd = inside_dir, .ccache = ccache,
					 .kernel = b->kernel };
	g_autofree char *order = NULL;
	struct talk talk;
	int status = 0;
	bool ok;

	/* One that an earlier build left would name what this one did not make. */
	unlink(order_path);
	talk_init(&talk, b);
	ok = sandbox_run(&sandbox, (const char *const *)argv, b->limit_s, talk_take, &talk, &status,
			 error);
	ok = talk_end(&talk, status, ok ? error : NULL) && ok;
	talk_clear(&talk);
	if (!ok)
		return NULL;
	if (!g_file_get_contents(order_path, &order, NULL, NULL)) {
		fault_set(error, LAB_ERROR_BUILD, "the build left no modules.order in %s", host_dir);
		return NULL;
	}
	return collect(b, NULL, order, host_dir, inside_dir, error);
}

/*
 * Runs make in the guest as the user that owns the source there, so that what
 * it makes is the user's on the host. Sets the exit status.
 */
static const char guest_script[] =
	"dir=$1; shift; user=$(stat -c %U .) && rm -f \"$dir/modules.order\" || exit 1; "
	"if [ \"$user\" = root ] || [ \"$user\" = UNKNOWN ]; then exec \"$@\"; fi; "
	"exec runuser -u \"$user\" -- \"$@\"";

static bool guest_make(const struct build *b, struct guest *guest, const char *dir, GError **error)
{
	g_autofree char *headers = headers_inside(b->release);
	g_auto(GStrv) make = build_argv(headers, dir, b->conf->cpus, b->conf->make_args);
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	struct guest_exec exec = { .cwd = dir, .timeout_s = b->limit_s, .sink = talk_from_guest,
				   .watch_fd = -1 };
	struct guest_result result = { 0 };
	struct talk talk;
	bool ok;

	g_ptr_array_add(argv, (char *)"sh");
	g_ptr_array_add(argv, (char *)"-c");
	g_ptr_array_add(argv, (char *)guest_script);
	g_ptr_array_add(argv, (char *)"build");
	g_ptr_array_add(argv, (char *)dir);
	for (guint i = 0; make[i]; i++)
		g_ptr_array_add(argv, make[i]);
	g_ptr_array_add(argv, NULL);
	exec.argv = (const char *const *)argv->pdata;
	talk_init(&talk, b);
	exec.data = &talk;
	ok = guest_exec(guest, &exec, &result, error);
	if (ok && result.timed_out)
		ok = fault_set(error, LAB_ERROR_TIMEOUT, "make in the guest did not end within %u s",
			       b->limit_s);
	ok = talk_end(&talk, result.signal ? 128 + result.signal : result.status, ok ? error : NULL) && ok;
	talk_clear(&talk);
	guest_result_clear(&result);
	return ok;
}

static char **guest_build(const struct build *b, struct guest *guest, GError **error)
{
	g_autofree char *dir = build_tree_inside_dir(b->tree);
	g_autofree char *order_path = g_build_filename(dir, "modules.order", NULL);
	g_autofree char *order_copy = g_build_filename(b->out_dir, "modules.order", NULL);
	g_autofree char *order = NULL;

	if (!guest_set_clock(guest, error) || !guest_make(b, guest, dir, error) ||
	    !guest_get(guest, order_path, order_copy, ORDER_MAX, error))
		return NULL;
	if (!g_file_get_contents(order_copy, &order, NULL, NULL)) {
		fault_set(error, LAB_ERROR_BUILD, "cannot read %s", order_copy);
		return NULL;
	}
	unlink(order_copy);
	return collect(b, guest, order, NULL, dir, error);
}

char **build_in_guest(const struct build *b, struct guest *guest, GError **error)
{
	struct build_tree tree = *b->tree;
	struct build moved = *b;

	if (!tree.copied && share_is_mounted(guest))
		return guest_build(b, guest, error);
	if (!share_copy(tree.host, guest, BUILD_GUEST_COPY, error))
		return NULL;
	tree.inside = (char *)BUILD_GUEST_COPY;
	moved.tree = &tree;
	return guest_build(&moved, guest, error);
}
