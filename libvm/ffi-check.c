// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/ffi-check.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/program.h"
#include "lib/text.h"
#include "libvm/ffi-rules.h"
#include "libvm/ffi-toolchain.h"
#include "libvm/ktap.h"
#include "libvm/module.h"
#include "libvm/run-private.h"

#define SUBTEST_MAX (256 * 1024)	/* bytes shown of a test program's output */

static GPtrArray *verdicts_new(void)
{
	return g_ptr_array_new_with_free_func((GDestroyNotify)ffi_verdict_free);
}

static struct ffi_verdict *add(GPtrArray *verdicts, const char *name)
{
	struct ffi_verdict *verdict = ffi_verdict_new("%s", name);

	g_ptr_array_add(verdicts, verdict);
	return verdict;
}

/* Headers of the kernel that a module says it is for, on the host. */
static bool find_kernel(const struct modinfo *info, struct ffi_kernel *ret)
{
	g_autofree char *release = modinfo_release(info);
	g_autofree char *path = g_build_filename("/lib/modules", release, "build", NULL);
	g_autofree char *source = g_strconcat("/usr/src/linux-headers-", release, NULL);

	return *release && *release != '.' && !strchr(release, '/') &&
	       (ffi_kernel_read(path, ret, NULL) || ffi_kernel_read(source, ret, NULL));
}

/*
 * What unpacks @path, by the first bytes of it (.xz: the format's 2.1.1.1; gzip:
 * RFC 1952, 2.3.1; Zstandard: RFC 8878, 3.1.1). NULL when it is not compressed.
 */
static const char *unpacker(const char *path)
{
	static const struct { const char *magic; gsize size; const char *command; } formats[] = {
		{ "\xfd" "7zXZ\0", 6, "xz -d" },
		{ "\x1f\x8b", 2, "gzip -d" },
		{ "\x28\xb5\x2f\xfd", 4, "zstd -d" },
	};
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char head[6];
	gssize size = fd < 0 ? -1 : read(fd, head, sizeof(head));

	for (guint i = 0; i < G_N_ELEMENTS(formats); i++)
		if (size >= (gssize)formats[i].size && memcmp(head, formats[i].magic, formats[i].size) == 0)
			return formats[i].command;
	return NULL;
}

static struct elf_object *read_object(const char *path, GError **error)
{
	const char *command = unpacker(path);

	if (!command)
		return elf_object_read(path, error);
	fault_set(error, LAB_ERROR_USAGE, "%s is compressed; unpack it (%s) and check what comes of it", path, command);
	return NULL;
}

/* One file by all rules. @f has what is known of it beforehand; on return nothing of the file. */
static bool check_file(const char *path, struct ffi_facts *f, GPtrArray *verdicts, GError **error)
{
	g_autoptr(elf_object_owner) object = read_object(path, error);
	g_autoptr(disassembly_owner) code = NULL;
	g_autoptr(modinfo_owner) info = NULL;
	g_autoptr(GError) cause = NULL;
	const struct ffi_kernel *known = f->kernel;
	struct ffi_kernel kernel;

	if (!object)
		return false;
	if (elf_object_find_section(object, ".gnu.linkonce.this_module") && !(info = modinfo_read(path, error)))
		return false;
	code = disassembly_run(path, object, &cause);
	f->object = object;
	f->code = code;
	f->no_code = cause ? cause->message : NULL;
	f->modinfo = info;
	if (info && !f->kernel && find_kernel(info, &kernel))
		f->kernel = &kernel;
	ffi_rules_judge(f, verdicts);
	f->object = NULL;
	f->code = NULL;
	f->no_code = NULL;
	f->modinfo = NULL;
	f->kernel = known;
	return true;
}

GPtrArray *ffi_check_files(char *const *files, const char *headers, int *ret_status, GError **error)
{
	g_autoptr(GPtrArray) verdicts = verdicts_new();
	struct ffi_facts f = { .name = NULL };
	struct ffi_kernel kernel;

	if (headers && !ffi_kernel_read(headers, &kernel, error))
		return NULL;
	f.kernel = headers ? &kernel : NULL;
	for (; *files; files++) {
		f.name = *files;
		if (!check_file(*files, &f, verdicts, error))
			return NULL;
	}
	*ret_status = ffi_verdicts_passed(verdicts) ? 0 : LAB_ERROR_TEST;
	return g_steal_pointer(&verdicts);
}

/* A check of a project. */
struct project {
	const struct conf *conf;
	const struct progress *progress;
	GPtrArray *verdicts;
	struct image *image;
	struct build_tree tree;
	const char *dir;		/* the project, where the module was built */
	char *release;
	struct ffi_kernel kernel;
	bool kernel_known;
	struct ffi_table *table;	/* NULL = none */
	GPtrArray *imports;		/* NULL = none */
	int status;
};

static void project_clear(struct project *p)
{
	image_free(p->image);
	build_tree_clear(&p->tree);
	g_free(p->release);
	ffi_table_free(p->table);
	if (p->imports)
		g_ptr_array_unref(p->imports);
}

static bool check_conf(const struct conf *conf, GError **error)
{
	if (!conf->ffi_object)
		return fault_set(error, LAB_ERROR_USAGE, "%s has no [ffi] section with object= in it; name files "
				 "with --object to check those", conf->file ? "vexvm.conf" : "the project");
	return !conf->ffi_abi || conf->ffi_symbol ||
	       fault_set(error, LAB_ERROR_USAGE, "[ffi] has abi= and no symbol=, what the names of its functions "
			 "begin with");
}

/* The image and its user land, and where the source is built. */
static bool prepare(struct project *p, struct sandbox *sandbox, GError **error)
{
	struct run run = { .conf = p->conf, .progress = p->progress };
	g_autofree char *module_dir = module_find(p->conf, error);

	p->image = module_dir ? run_find_image(&run, error) : NULL;
	if (!p->image)
		return false;
	if (!p->image->sysroot)
		return fault_set(error, LAB_ERROR_LAB, "the image %s has no user land on the host to build in; "
				 "take another one with image= in vexvm.conf", p->image->name);
	p->release = build_release(p->image->sysroot, p->image->kernel_release, error);
	if (!p->release || !build_tree_init(&p->tree, p->conf, module_dir, error))
		return false;
	p->dir = p->tree.copied ? p->tree.host : p->conf->source;
	*sandbox = (struct sandbox){ .root = p->image->sysroot, .source = p->tree.host, .target = p->tree.inside,
				     .cwd = p->tree.inside };
	return sandbox_choose(sandbox, error);
}

static bool check_toolchain(struct project *p, const struct sandbox *sandbox, GError **error)
{
	struct ffi_verdict *compiler = add(p->verdicts, "toolchain");
	struct ffi_verdict *headers = add(p->verdicts, "kernel headers");
	g_autofree char *dir = build_headers(p->image->sysroot, p->release);

	p->kernel_known = ffi_kernel_read(dir, &p->kernel, NULL);
	return ffi_toolchain_check(sandbox, p->release, compiler, headers, error);
}

/* NULL with an error when the build could not even begin. */
static struct report *build(struct project *p, GError **error)
{
	const struct run_options options = { .mode = RUN_BUILD, .place = BUILD_SYSROOT,
					     .again = { .program = (char *)"vexvm" } };
	g_autoptr(report_owner) report = run_execute(p->conf, &options, p->progress, error);
	const struct report_failure *failure = report ? report_judge(report) : NULL;
	struct ffi_verdict *verdict;
	g_autofree char *remedy = NULL;

	if (!report)
		return NULL;
	if (failure && failure->code != LAB_ERROR_BUILD && failure->code != LAB_ERROR_LOAD) {
		fault_set(error, failure->code, "%s", failure->text);
		return NULL;
	}
	verdict = add(p->verdicts, "build");
	if (failure) {
		remedy = g_strdup_printf("mend it; all that was said is in %s/build.log", report->folder);
		ffi_verdict_fail(verdict, remedy, "%s", failure->text);
		p->status = LAB_ERROR_BUILD;
	}
	return g_steal_pointer(&report);
}

/* The text of a file that [ffi] names; NULL, and the verdict says so, when it cannot be read. */
static char *read_named(const struct project *p, const char *name, struct ffi_verdict *verdict)
{
	g_autofree char *path = g_build_filename(p->dir, name, NULL);
	g_autoptr(GError) cause = NULL;
	struct stat st;
	char *text;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FFI_TABLE_MAX &&
	    g_file_get_contents(path, &text, NULL, &cause))
		return text;
	ffi_verdict_fail(verdict, "name the right file in [ffi] of vexvm.conf", "%s: %s", name,
			 cause ? cause->message : "no file, or larger than a table of functions");
	return NULL;
}

/* The ABI table, and the header that has its functions for C. */
static void read_table(struct project *p)
{
	struct ffi_verdict *verdict = add(p->verdicts, "abi table"), *declared = add(p->verdicts, "header");
	g_autofree char *text = NULL, *header = NULL;
	g_autoptr(GError) cause = NULL;

	if (!p->conf->ffi_abi)
		ffi_verdict_skip(verdict, "[ffi] has no abi=");
	else
		text = read_named(p, p->conf->ffi_abi, verdict);
	if (p->conf->ffi_header)
		header = read_named(p, p->conf->ffi_header, declared);
	if (text && (header || !p->conf->ffi_header))
		p->table = ffi_table_parse(text, header, p->conf->ffi_symbol, &cause);
	else if (text)
		ffi_verdict_skip(verdict, "the header that its hash is made of cannot be read");
	if (cause)
		ffi_verdict_fail(verdict, "give each function a line in the table", "%s: %s", p->conf->ffi_abi,
				 cause->message);
	if (p->table && header)
		ffi_rule_header(p->table, header, declared);
	else
		ffi_verdict_skip(declared, p->conf->ffi_header ? "there is no ABI table to compare it with" :
								"[ffi] has no header=");
}

static void read_imports(struct project *p)
{
	struct ffi_verdict *verdict;
	g_autofree char *text = NULL;
	g_autoptr(GError) cause = NULL;

	if (!p->conf->ffi_imports)
		return;
	verdict = add(p->verdicts, "list of imports");
	text = read_named(p, p->conf->ffi_imports, verdict);
	p->imports = text ? ffi_imports_parse(text, &cause) : NULL;
	if (cause)
		ffi_verdict_fail(verdict, "write a regular expression a line", "%s: %s", p->conf->ffi_imports,
				 cause->message);
}

/* A file that the build should have made: that it cannot be read is a verdict. */
static void check_made(struct project *p, const char *path, struct ffi_facts *f)
{
	g_autoptr(GError) cause = NULL;
	struct ffi_verdict *verdict;

	if (check_file(path, f, p->verdicts, &cause))
		return;
	verdict = ffi_verdict_new("%s", f->name);
	ffi_verdict_fail(verdict, f->foreign ? "build it anew: 'make clean' in the module's folder" :
			 "name what the build makes, object= in [ffi] of vexvm.conf", "%s", cause->message);
	g_ptr_array_add(p->verdicts, verdict);
}

static void check_files(struct project *p, const struct report *report)
{
	g_autofree char *path = g_build_filename(p->dir, p->conf->ffi_object, NULL);
	g_autofree char *base = g_path_get_basename(path);
	struct ffi_facts f = { .name = base, .table = p->table, .imports = p->imports,
			       .kernel = p->kernel_known ? &p->kernel : NULL };
	g_autoptr(elf_object_owner) foreign = NULL;

	check_made(p, path, &f);
	foreign = elf_object_read(path, NULL);
	for (guint i = 0; i < report->modules->len; i++) {
		const struct report_module *module = report->modules->pdata[i];
		g_autofree char *ko = g_build_filename(report->folder, module->file, NULL);

		f.name = module->file;
		f.foreign = foreign;
		check_made(p, ko, &f);
	}
}

static void judge_ktap(struct ffi_verdict *verdict, const char *text)
{
	g_autoptr(ktap_owner) ktap = ktap_new(NULL, NULL);
	const GPtrArray *tests;

	ktap_feed(ktap, text, strlen(text));
	ktap_end(ktap);
	tests = ktap_tests(ktap);
	for (guint i = 0; i < tests->len; i++) {
		const struct test_result *test = tests->pdata[i];

		if (test->outcome == OUTCOME_FAIL)
			ffi_verdict_fail(verdict, "see the test's own lines above", "%s%s%s", test->name,
					 test->detail ? ": " : "", test->detail ? test->detail : "");
	}
	if (!ktap_seen(ktap) || (!tests->len && !ktap_skipped(ktap)))
		ffi_verdict_fail(verdict, "let it print KTAP on its standard output", "it ran no test");
	if (ktap_problem(ktap))
		ffi_verdict_fail(verdict, "let it print a plan and keep to it", "%s", ktap_problem(ktap));
}

static void run_test(struct project *p, struct ffi_verdict *verdict)
{
	g_autofree char *path = g_build_filename(p->conf->source, p->conf->ffi_test, NULL);
	const char *argv[] = { path, NULL };
	auto_program_result result = { .out = NULL };
	g_autoptr(GError) cause = NULL;
	g_autofree char *how = NULL, *said = NULL;

	if (access(path, X_OK) < 0 || !program_run(argv, -1, p->conf->timeout_s * 1000, &result, &cause)) {
		ffi_verdict_fail(verdict, "build it (make), or name another one with test= in [ffi] of vexvm.conf",
				 "%s: %s", p->conf->ffi_test, cause ? cause->message : "no program");
		return;
	}
	judge_ktap(verdict, result.out->str);
	verdict->subtest = text_escape(result.out->str, (gssize)MIN(result.out->len, SUBTEST_MAX));
	if (!result.timed_out && !result.signal && !result.status)
		return;
	how = program_result_describe(&result);
	said = program_last_line(result.err->str);
	ffi_verdict_fail(verdict, "see what the program says on its standard error", "%s: %s%s%s", p->conf->ffi_test,
			 how, *said ? ": " : "", said);
}

static void check_test(struct project *p)
{
	struct ffi_verdict *verdict = add(p->verdicts, "test program");

	if (p->conf->ffi_test)
		run_test(p, verdict);
	else
		ffi_verdict_skip(verdict, "[ffi] has no test=");
}

static bool check_all(struct project *p, GError **error)
{
	g_autoptr(report_owner) report = NULL;
	struct sandbox sandbox;

	if (!prepare(p, &sandbox, error) || !check_toolchain(p, &sandbox, error) || !(report = build(p, error)))
		return false;
	if (p->status)
		return true;
	read_table(p);
	read_imports(p);
	check_files(p, report);
	check_test(p);
	p->status = ffi_verdicts_passed(p->verdicts) ? 0 : LAB_ERROR_TEST;
	return true;
}

GPtrArray *ffi_check_project(const struct conf *conf, const struct progress *progress, int *ret_status,
			     GError **error)
{
	struct project p = { .conf = conf, .progress = progress, .verdicts = verdicts_new() };
	bool ok = check_conf(conf, error) && check_all(&p, error);

	*ret_status = p.status;
	project_clear(&p);
	if (ok)
		return p.verdicts;
	g_ptr_array_unref(p.verdicts);
	return NULL;
}
