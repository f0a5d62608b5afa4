// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/debian.h"

#include <string.h>

#include "lib/clock.h"
#include "lib/fault.h"
#include "lib/program.h"
#include "libvm/store.h"

#define KEYRING "/usr/share/keyrings/debian-archive-keyring.gpg"
#define MAKE_LIMIT_S (2 * 3600)
#define FINISH_LIMIT_S 3600
#define APT_LIMIT_MS 60000
#define DISK_SIZE "10G"
#define DISK_BYTES (10ull << 30)
/* Seen: 3.3 GiB of files, once in the image and once more as the sysroot. */
#define ROOM_NEEDED (8ull << 30)

/*
 * The specification's packages (build-essential, kernel headers, Rust, git,
 * vim, htop, tree, gdb) and what a machine needs to boot, log in and be
 * provisioned. The generic kernel: the cloud flavour has no 9p.
 */
static const char packages[] =
	"linux-image-amd64,linux-headers-amd64,systemd-sysv,udev,dbus,openssh-server,sudo,"
	"cloud-init,build-essential,gcc,make,ccache,rustc-web,rust-web-src,gdb,git,vim,htop,tree,kmod,"
	"cloud-guest-utils,fdisk,e2fsprogs,iproute2,procps,less,ca-certificates,libelf-dev";

/*
 * Before the kernel is installed: an initramfs with only what finds the root
 * disk. A general one costs seconds of every emulated boot.
 */
static const char early_hook[] =
	"mkdir -p \"$1/etc/initramfs-tools/conf.d\" \"$1/usr/share/initramfs-tools/modules.d\"; "
	"printf 'MODULES=list\\nCOMPRESS=lz4\\nRESUME=none\\n' >\"$1/etc/initramfs-tools/conf.d/vexvm\"; "
	"printf 'virtio_pci\\nvirtio_blk\\next4\\n' >\"$1/usr/share/initramfs-tools/modules.d/vexvm\"";

/*
 * The network by systemd-networkd; QEMU's own name server. Timers that would
 * disturb a test never start. cloud-init looks for its seed only.
 */
static const char late_hook[] =
	"set -e; "
	"echo vexvm >\"$1/etc/hostname\"; "
	"printf '127.0.0.1 localhost\\n127.0.1.1 vexvm\\n' >\"$1/etc/hosts\"; "
	"printf 'nameserver 10.0.2.3\\n' >\"$1/etc/resolv.conf\"; "
	"printf '/dev/vda / ext4 defaults 0 0\\n' >\"$1/etc/fstab\"; "
	"printf '[Match]\\nName=e*\\n[Network]\\nDHCP=ipv4\\n' "
	"  >\"$1/etc/systemd/network/50-vexvm.network\"; "
	"printf 'datasource_list: [NoCloud]\\nnetwork: {config: disabled}\\n' "
	"  >\"$1/etc/cloud/cloud.cfg.d/90-vexvm.cfg\"; "
	"printf 'kernel.dmesg_restrict=0\\n' >\"$1/etc/sysctl.d/90-vexvm.conf\"; "
	"chroot \"$1\" systemctl enable --quiet systemd-networkd ssh; "
	"chroot \"$1\" systemctl mask --quiet apt-daily.timer apt-daily-upgrade.timer "
	"  e2scrub_all.timer e2scrub_reap.service fstrim.timer dpkg-db-backup.timer "
	"  systemd-networkd-wait-online.service systemd-timesyncd.service; "
	"mkdir -p \"$1" CONF_MOUNT_POINT "\"; "
	"rm -f \"$1\"/etc/ssh/ssh_host_*";

/*
 * In the folder of the tree, as (mapped) root: the disk with its file system,
 * kernel and initramfs, the list of what is in it.
 */
static const char finish_script[] =
	"set -e; cd \"$1\"; "
	"cp tree/boot/vmlinuz-* vmlinuz; cp tree/boot/initrd.img-* initrd.img; "
	"chmod 644 vmlinuz initrd.img; "
	"ls tree/lib/modules >kernel-release; "
	"cp tree/var/lib/dpkg/status packages; "
	"rm -rf tree/boot/* tree/var/cache/apt/* tree/var/lib/apt/lists/*; "
	"mke2fs -q -t ext4 -m 0 -L vexvm-root -E lazy_itable_init=1,lazy_journal_init=1 "
	"  -d tree disk.img " DISK_SIZE;

/* What a compiler does not read goes. */
#define NOT_FOR_BUILDING \
	"lib/modules/*/kernel usr/share/doc usr/share/man usr/share/locale usr/share/info " \
	"usr/share/vim usr/lib/python3 usr/share/gdb usr/lib/systemd " \
	"usr/lib/git-core var/lib/dpkg/info"

static const char prune_script[] =
	"set -e; cd \"$1\"; mv tree sysroot; cd sysroot; rm -rf " NOT_FOR_BUILDING;

/* As an ordinary user: the files become that user's own. */
static const char unpack_script[] =
	"set -e; cd \"$1\"; mkdir sysroot; "
	"tar -x --no-same-owner --exclude='./dev/*' -C sysroot -f tree.tar; "
	"rm -f tree.tar; chmod -R u+rwX sysroot; cd sysroot; rm -rf " NOT_FOR_BUILDING;

struct phase {
	const struct progress *progress;
	gint64 start;
	const char *what;
};

/* mmdebstrap's "I: installing packages..." is what is under way. */
static void on_line(void *data, const char *text)
{
	struct phase *p = data;
	guint64 seconds = (guint64)clock_since(p->start);

	if (g_str_has_prefix(text, "W: ") || g_str_has_prefix(text, "E: "))
		progress_detail(p->progress, "%s", text);
	if (g_str_has_prefix(text, "I: "))
		progress_detail(p->progress, "%s (%" G_GUINT64_FORMAT " s)", text + 3, seconds);
	progress_update(p->progress, p->what, PROGRESS_SECONDS, seconds, 0);
}

GPtrArray *debian_sources(const char *index_targets)
{
	static const char *const suites[] = { DEBIAN_SUITE, DEBIAN_SUITE "-updates",
					      DEBIAN_SUITE "-security", NULL };
	GPtrArray *sources = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) lines = g_strsplit(index_targets, "\n", -1);

	for (guint i = 0; lines[i]; i++) {
		g_auto(GStrv) fields = g_strsplit(lines[i], "|", -1);
		char *line;

		if (g_strv_length(fields) != 3 || !g_strv_contains(suites, fields[1]) ||
		    !g_str_equal(fields[2], "main") || strpbrk(fields[0], " \t\n[]"))
			continue;
		line = g_strdup_printf("deb [signed-by=" KEYRING "] %s %s main", fields[0], fields[1]);
		if (g_ptr_array_find_with_equal_func(sources, line, g_str_equal, NULL))
			g_free(line);
		else
			g_ptr_array_add(sources, line);
	}
	return sources;
}

/* The archive to take packages from. */
static GPtrArray *find_sources(GError **error)
{
	static const char *const argv[] = { "apt-get", "indextargets", "--format",
					    "$(REPO_URI)|$(RELEASE)|$(COMPONENT)",
					    "Created-By: Packages", NULL };
	const char *mirror = g_getenv("VEXVM_DEBIAN_MIRROR");
	g_autoptr(GPtrArray) sources = NULL;
	g_autofree char *text = NULL;

	if (mirror && *mirror)
		text = g_strdup_printf("%s|" DEBIAN_SUITE "|main\n", mirror);
	else if (!program_check(argv, APT_LIMIT_MS, &text, error))
		return NULL;
	sources = debian_sources(text);
	if (sources->len > 0)
		return g_steal_pointer(&sources);
	fault_set(error, LAB_ERROR_LAB,
		  "this host's apt knows no archive of Debian " DEBIAN_SUITE
		  "; set VEXVM_DEBIAN_MIRROR to the address of one");
	return NULL;
}

static bool bootstrap(const char *target, GPtrArray *sources, struct phase *phase, GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
	const char *const fixed[] = {
		"mmdebstrap", geteuid() ? "--mode=unshare" : "--mode=root", "--variant=minbase",
		"--architectures=amd64", "--aptopt=Acquire::Languages \"none\"",
		"--aptopt=Acquire::Retries \"3\"", "--dpkgopt=force-unsafe-io",
		"--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*",
		"--dpkgopt=path-exclude=/usr/share/info/*",
		"--dpkgopt=path-exclude=/usr/share/locale/*",
	};

	for (guint i = 0; i < G_N_ELEMENTS(fixed); i++)
		g_ptr_array_add(argv, g_strdup(fixed[i]));
	g_ptr_array_add(argv, g_strdup_printf("--include=%s", packages));
	g_ptr_array_add(argv, g_strdup_printf("--essential-hook=%s", early_hook));
	g_ptr_array_add(argv, g_strdup_printf("--customize-hook=%s", late_hook));
	g_ptr_array_add(argv, g_strdup(DEBIAN_SUITE));
	g_ptr_array_add(argv, g_strdup(target));
	for (guint i = 0; i < sources->len; i++)
		g_ptr_array_add(argv, g_strdup(sources->pdata[i]));
	g_ptr_array_add(argv, NULL);
	return program_follow((const char *const *)argv->pdata, MAKE_LIMIT_S, on_line, phase, error);
}

static bool script(const char *text, const char *work, bool mapped, struct phase *phase,
		   GError **error)
{
	const char *const plain[] = { "sh", "-c", text, "sh", work, NULL };
	const char *const inside[] = { "unshare", "--map-root-user", "--map-auto", "sh", "-c", text,
				       "sh", work, NULL };

	return program_follow(mapped ? inside : plain, FINISH_LIMIT_S, on_line, phase, error);
}

static bool make_as_root(const char *work, GPtrArray *sources, struct phase *phase, GError **error)
{
	g_autofree char *tree = g_build_filename(work, "tree", NULL);

	if (!bootstrap(tree, sources, phase, error))
		return false;
	phase->what = "Making the disk";
	return script(finish_script, work, false, phase, error) &&
	       script(prune_script, work, false, phase, error);
}

/*
 * Owners inside the image come from the user's subordinate numbers, which only
 * a user namespace of the same kind can write.
 */
static bool make_as_user(const char *work, GPtrArray *sources, struct phase *phase, GError **error)
{
	g_autofree char *tar = g_build_filename(work, "tree.tar", NULL);
	g_autofree char *unpacked = g_strconcat(
		"set -e; mkdir \"$1/tree\"; tar -xpf \"$1/tree.tar\" -C \"$1/tree\"; ", finish_script,
		"; rm -rf tree", NULL);

	if (!bootstrap(tar, sources, phase, error)) {
		g_prefix_error(error, "as an ordinary user this needs user namespaces, newuidmap "
			       "(package uidmap) and numbers in /etc/subuid: ");
		return false;
	}
	phase->what = "Making the disk";
	return script(unpacked, work, true, phase, error) &&
	       script(unpack_script, work, false, phase, error);
}

static char *read_line(const char *work, const char *name)
{
	g_autofree char *path = g_build_filename(work, name, NULL);
	g_autofree char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return g_steal_pointer(&text);
}

/* The ID stands for every package's version and for how they are put together. */
static char *content_id(const char *work)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree char *path = g_build_filename(work, "packages", NULL);
	g_autofree char *status = NULL;

	g_file_get_contents(path, &status, NULL, NULL);
	g_checksum_update(sum, (const guchar *)(status ? status : ""), -1);
	g_checksum_update(sum, (const guchar *)early_hook, -1);
	g_checksum_update(sum, (const guchar *)late_hook, -1);
	g_checksum_update(sum, (const guchar *)finish_script, -1);
	return g_strndup(g_checksum_get_string(sum), 16);
}

bool debian_make(const struct conf *conf, const char *work, struct image *image,
		 const struct progress *progress, GError **error)
{
	struct phase phase = { progress, g_get_monotonic_time(), "Making the debian image" };
	g_autoptr(GPtrArray) sources = NULL;
	bool ok;

	if (!store_check_room(work, ROOM_NEEDED, "Making the debian image", error) ||
	    !(sources = find_sources(error)))
		return false;
	progress_note(progress, "Making the debian image from this host's Debian archive (minutes, once)");
	ok = geteuid() == 0 ? make_as_root(work, sources, &phase, error) :
			      make_as_user(work, sources, &phase, error);
	if (!ok) {
		g_prefix_error(error, "cannot make the debian image: ");
		return false;
	}
	image->name = g_strdup(DEBIAN_NAME);
	image->id = content_id(work);
	image->disk = g_strdup("disk.img");
	image->format = g_strdup("raw");
	image->kernel = g_strdup("vmlinuz");
	image->initrd = g_strdup("initrd.img");
	image->root = g_strdup("/dev/vda");
	image->release = g_strdup("Debian GNU/Linux 12 (" DEBIAN_SUITE ")");
	image->kernel_release = read_line(work, "kernel-release");
	image->sysroot = g_strdup("sysroot");
	image->virtual_size = DISK_BYTES;
	image->packages_included = true;
	progress_done(progress, "Made the debian image", clock_since(phase.start));
	return true;
}
