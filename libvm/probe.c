// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/probe.h"

#include <string.h>

#include "lib/fault.h"
#include "lib/program.h"
#include "libvm/kvm-probe.h"

#define QEMU_LIMIT_MS	10000
#define KVM_DEVICE	"/dev/kvm"

const char *accel_name(enum accel accel)
{
	return accel == ACCEL_KVM ? "kvm" : "tcg";
}

bool qemu_version_parse(const char *text, struct qemu_version *ret, GError **error)
{
	static const char pattern[] =
		"^QEMU(?: PC)? emulator version (\\d{1,4})\\.(\\d{1,4})(?:\\.(\\d{1,4}))?(?!\\d)";
	g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	guint *field[] = { &ret->major, &ret->minor, &ret->micro };
	g_autofree char *shown = NULL;

	if (g_regex_match(regex, text, 0, &match)) {
		for (guint i = 0; i < G_N_ELEMENTS(field); i++) {
			g_autofree char *digits = g_match_info_fetch(match, (int)i + 1);

			*field[i] = digits ? (guint)g_ascii_strtoull(digits, NULL, 10) : 0;
		}
		return true;
	}
	shown = g_strndup(text, MIN(strcspn(text, "\n"), 80));
	return fault_set(error, LAB_ERROR_LAB,
			 "no QEMU version in \"%s\"; is this qemu-system-x86_64?", shown);
}

/* The program named by @variable, else @name in PATH. */
static char *program_find(const char *variable, const char *name, const char *package,
			  GError **error)
{
	const char *wanted = g_getenv(variable);
	char *found = g_find_program_in_path(wanted && *wanted ? wanted : name);

	if (found)
		return found;
	if (wanted && *wanted)
		fault_set(error, LAB_ERROR_LAB, "%s=%s is no program; unset it or mend it",
			  variable, wanted);
	else
		fault_set(error, LAB_ERROR_LAB,
			  "%s is not installed; apt-get install %s", name, package);
	return NULL;
}

static bool probe_qemu(struct probe *probe, GError **error)
{
	const char *argv[] = { NULL, "--version", NULL };
	g_autofree char *text = NULL;

	probe->qemu = program_find("VEXVM_QEMU", "qemu-system-x86_64", "qemu-system-x86", error);
	if (!probe->qemu)
		return false;
	argv[0] = probe->qemu;
	if (!program_check(argv, QEMU_LIMIT_MS, &text, error))
		return false;
	probe->version_text = g_strndup(text, strcspn(text, "\n"));
	if (!qemu_version_parse(text, &probe->version, error)) {
		g_prefix_error(error, "%s: ", probe->qemu);
		return false;
	}
	if (probe->version.major < PROBE_QEMU_MIN_MAJOR)
		return fault_set(error, LAB_ERROR_LAB,
				 "%s is version %u.%u.%u; %u.0 or newer is needed",
				 probe->qemu, probe->version.major, probe->version.minor,
				 probe->version.micro, PROBE_QEMU_MIN_MAJOR);
	probe->qemu_img = program_find("VEXVM_QEMU_IMG", "qemu-img", "qemu-utils", error);
	return probe->qemu_img != NULL;
}

bool probe_kvm(const struct conf *conf, const char *qemu, bool anew,
	       const struct progress *progress, char **ret_reason)
{
	g_autofree char *cache = g_build_filename(conf->cache_dir, "kvm.json", NULL);
	g_autoptr(GError) error = NULL;
	bool kvm;

	if (!kvm_probe_device(KVM_DEVICE, ret_reason))
		return false;
	if (!anew && kvm_probe_load(cache, qemu, &kvm, ret_reason))
		return kvm;
	progress_detail(progress, "testing %s with a probe guest", KVM_DEVICE);
	kvm = kvm_probe_boot(qemu, ACCEL_KVM, KVM_PROBE_LIMIT_MS, ret_reason);
	if (!kvm_probe_save(cache, qemu, kvm, *ret_reason, &error))
		progress_detail(progress, "cannot keep the verdict on KVM: %s", error->message);
	return kvm;
}

static bool probe_accel(struct probe *probe, const struct conf *conf,
			const struct progress *progress, GError **error)
{
	g_autofree char *reason = NULL;

	probe->accel = ACCEL_TCG;
	if (g_str_equal(conf->accel, "tcg")) {
		probe->accel_reason = g_strdup("software emulation was asked for");
		return true;
	}
	if (probe_kvm(conf, probe->qemu, false, progress, &reason)) {
		probe->accel = ACCEL_KVM;
		probe->accel_reason = g_strdup_printf("KVM works: %s under it", reason);
		return true;
	}
	if (g_str_equal(conf->accel, "kvm"))
		return fault_set(error, LAB_ERROR_LAB,
				 "KVM was asked for and does not work: %s; leave out accel=kvm",
				 reason);
	probe->accel_reason = g_strdup_printf("KVM does not work here (%s), using software emulation",
					      reason);
	return true;
}

/* Whether QEMU was built with, or finds, a kind of window. */
bool probe_window(const char *qemu)
{
	const char *argv[] = { qemu, "-display", "help", NULL };
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (!program_check(argv, QEMU_LIMIT_MS, &text, NULL))
		return false;
	lines = g_strsplit(text, "\n", -1);
	return g_strv_contains((const char *const *)lines, "gtk") ||
	       g_strv_contains((const char *const *)lines, "sdl");
}

bool probe_screen(void)
{
	const char *x11 = g_getenv("DISPLAY"), *wayland = g_getenv("WAYLAND_DISPLAY");

	return (x11 && *x11) || (wayland && *wayland);
}

struct probe *probe_new(const struct conf *conf, const struct progress *progress,
			GError **error)
{
	struct probe *probe = g_new0(struct probe, 1);

	if (!probe_qemu(probe, error) || !probe_accel(probe, conf, progress, error)) {
		probe_free(probe);
		return NULL;
	}
	probe->display = probe_screen() && probe_window(probe->qemu);
	return probe;
}

void probe_free(struct probe *probe)
{
	if (!probe)
		return;
	g_free(probe->qemu);
	g_free(probe->version_text);
	g_free(probe->qemu_img);
	g_free(probe->accel_reason);
	g_free(probe);
}
