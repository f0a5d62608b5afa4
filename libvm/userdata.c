// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/userdata.h"

#include "lib/json.h"

/*
 * Units that start by themselves and load the disk, the network or the CPU
 * while a test runs. Masking one that an image does not have is harmless.
 */
#define QUIET_UNITS \
	"apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service " \
	"fstrim.timer man-db.timer dpkg-db-backup.timer logrotate.timer motd-news.timer " \
	"update-notifier-download.timer update-notifier-motd.timer ua-timer.timer " \
	"apport-autoreport.timer fwupd-refresh.timer unattended-upgrades.service"

/*
 * Runs in cloud-init's first stage, before sshd and most of the system. The
 * agent lies on the seed as a plain file: decoding it from user-data would
 * cost more under emulation than everything else here.
 */
static const char *const agent_script[] = {
	"seed=/run/vexvm-seed",
	"mkdir -p $seed",
	"mount -t iso9660 -o ro /dev/disk/by-label/" USERDATA_SEED_LABEL " $seed",
	"install -D -m 755 $seed/" USERDATA_AGENT_FILE " " USERDATA_AGENT_PATH,
	"install -D -m 644 $seed/" USERDATA_UNIT_FILE " " USERDATA_UNIT_PATH,
	"install -D -m 644 $seed/" USERDATA_RULES_FILE " " USERDATA_RULES_PATH,
	"umount $seed",
	/* At later boots udev starts it; at this one its ports are there already. */
	"systemctl start --no-block vexvm-agent.service",
	NULL
};

static const char *const packages[] = {
	"gcc", "make", "build-essential", "git", "vim", "htop", "tree", "gdb", NULL
};

/*
 * The headers of the kernel that runs, which a newer linux-headers-generic
 * need not be; and Rust by rustup where the distribution offers it.
 */
static const char *const package_script[] = {
	"export DEBIAN_FRONTEND=noninteractive",
	"apt-get install -y \"linux-headers-$(uname -r)\"",
	"apt-get install -y linux-headers-generic || :",
	"command -v rustup || command -v rustc || apt-get install -y rustup ||",
	"	snap install rustup --classic || apt-get install -y rustc",
	"PATH=$PATH:/snap/bin",
	"if command -v rustup; then",
	"	sudo -u \"$1\" -i env PATH=\"$PATH\" rustup default stable",
	"fi",
	NULL
};

/*
 * cloud-init's own lists hold some fifty modules; each that does nothing here
 * still costs an import. These are the ones that the settings below need.
 */
static const char *const init_modules[] = {
	"bootcmd", "write-files", "growpart", "resizefs", "set_hostname", "update_etc_hosts",
	"users-groups", "ssh", NULL
};
static const char *const config_modules[] = { "runcmd", NULL };
static const char *const config_modules_packages[] = { "apt-configure", "runcmd", NULL };
static const char *const final_modules[] = { "scripts-user", "final-message", NULL };
static const char *const final_modules_packages[] = {
	"package-update-upgrade-install", "scripts-user", "final-message", NULL
};

/*
 * netplan goes by the match, whatever the card is called; cloud-init's own
 * renderers take the entry's name for the card's.
 */
static const char network_config[] =
	"{\"version\": 2, \"ethernets\": {\"eth0\": {\"match\": {\"name\": \"e*\"}, "
	"\"dhcp4\": true}}}\n";

static const char settle_script[] =
	"set -e\n"
	"systemctl mask --quiet " QUIET_UNITS " snapd.service snapd.socket "
		"snapd.seeded.service snapd.snap-repair.timer cloud-init-hotplugd.socket\n"
	/*
	 * Without its generator nothing starts cloud-init. Its units stay enabled:
	 * newer releases of `cloud-init status` take a masked unit for an error.
	 */
	"mkdir -p /etc/systemd/system-generators /etc/tmpfiles.d\n"
	"ln -sfn /dev/null /etc/systemd/system-generators/cloud-init-generator\n"
	"cat >/etc/tmpfiles.d/vexvm.conf <<'END'\n"
	"d /run/cloud-init 0755 root root -\n"
	"f /run/cloud-init/enabled 0644 root root -\n"
	"L /run/cloud-init/status.json - - - - ../../var/lib/cloud/data/status.json\n"
	"L /run/cloud-init/result.json - - - - ../../var/lib/cloud/data/result.json\n"
	"END\n"
	/* As libvm/plan.c has it for the kernels that QEMU loads itself. */
	"if command -v update-grub >/dev/null; then\n"
	"	mkdir -p /etc/default/grub.d\n"
	"	echo 'GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX no_timer_check sysrq_always_enabled\"' "
		">/etc/default/grub.d/90-vexvm.cfg\n"
	"	timeout 100 update-grub || :\n"
	"fi\n";

static void set_list(JsonBuilder *b, const char *name, const char *const *values)
{
	json_builder_set_member_name(b, name);
	json_builder_begin_array(b);
	for (; *values; values++)
		json_builder_add_string_value(b, *values);
	json_builder_end_array(b);
}

static void set_names(JsonBuilder *b, const char *name, const char *value)
{
	const char *const values[] = { value, NULL };

	set_list(b, name, values);
}

/* ["sh", "-ec", "LINES…", "sh", @argument], as one element of a list of commands. */
static void add_script(JsonBuilder *b, const char *const *lines, const char *argument)
{
	g_autofree char *text = g_strjoinv("\n", (char **)lines);
	const char *const argv[] = { "sh", "-ec", text, "sh", argument };

	json_builder_begin_array(b);
	for (guint i = 0; i < G_N_ELEMENTS(argv); i++)
		json_builder_add_string_value(b, argv[i]);
	json_builder_end_array(b);
}

static void set_user(JsonBuilder *b, const struct userdata *u)
{
	json_builder_set_member_name(b, "users");
	json_builder_begin_array(b);
	json_builder_begin_object(b);
	json_add_string(b, "name", u->user);
	json_add_int(b, "uid", u->uid);
	json_add_string(b, "shell", "/bin/bash");
	json_add_bool(b, "lock_passwd", true);
	set_names(b, "groups", "sudo");
	json_add_string(b, "sudo", "ALL=(ALL) NOPASSWD:ALL");
	set_names(b, "ssh_authorized_keys", u->public_key);
	json_builder_end_object(b);
	json_builder_end_array(b);
}

static void set_host_key(JsonBuilder *b, const struct userdata *u)
{
	json_add_bool(b, "ssh_deletekeys", true);
	json_builder_set_member_name(b, "ssh_keys");
	json_builder_begin_object(b);
	json_add_string(b, "ed25519_private", u->host_key);
	json_add_string(b, "ed25519_public", u->host_key_public);
	json_builder_end_object(b);
}

/* Not by ssh_pwauth, for which cloud-init restarts a running sshd. */
static void set_files(JsonBuilder *b)
{
	json_builder_set_member_name(b, "write_files");
	json_builder_begin_array(b);
	json_builder_begin_object(b);
	json_add_string(b, "path", "/etc/ssh/sshd_config.d/10-vexvm.conf");
	json_add_string(b, "content", "PasswordAuthentication no\n");
	json_builder_end_object(b);
	json_builder_end_array(b);
}

static void set_disk(JsonBuilder *b)
{
	json_builder_set_member_name(b, "growpart");
	json_builder_begin_object(b);
	json_add_string(b, "mode", "auto");
	set_names(b, "devices", "/");
	json_builder_end_object(b);
	json_add_bool(b, "resize_rootfs", true);
}

static void set_commands(JsonBuilder *b, const struct userdata *u)
{
	json_builder_set_member_name(b, "bootcmd");
	json_builder_begin_array(b);
	json_builder_begin_array(b);
	json_builder_add_string_value(b, "mkdir");
	json_builder_add_string_value(b, "-p");
	json_builder_add_string_value(b, u->mount_point);
	json_builder_end_array(b);
	if (u->agent)
		add_script(b, agent_script, "");
	json_builder_end_array(b);

	if (!u->packages)
		return;
	set_list(b, "packages", packages);
	json_add_bool(b, "package_update", true);
	json_builder_set_member_name(b, "runcmd");
	json_builder_begin_array(b);
	add_script(b, package_script, u->user);
	json_builder_end_array(b);
}

static void set_modules(JsonBuilder *b, const struct userdata *u)
{
	set_list(b, "cloud_init_modules", init_modules);
	set_list(b, "cloud_config_modules",
		 u->packages ? config_modules_packages : config_modules);
	set_list(b, "cloud_final_modules",
		 u->packages ? final_modules_packages : final_modules);
}

static char *builder_text(JsonBuilder *b)
{
	g_autoptr(JsonNode) root = json_builder_get_root(b);
	g_autofree char *json = json_to_string(root, TRUE);

	return g_strconcat(json, "\n", NULL);
}

char *userdata_user_data(const struct userdata *u)
{
	g_autoptr(JsonBuilder) b = json_builder_new();
	g_autofree char *json = NULL;

	json_builder_begin_object(b);
	json_add_string(b, "hostname", u->hostname);
	json_add_bool(b, "manage_etc_hosts", true);
	set_user(b, u);
	set_host_key(b, u);
	set_files(b);
	set_disk(b);
	set_commands(b, u);
	set_modules(b, u);
	json_builder_end_object(b);
	json = builder_text(b);
	return g_strconcat("#cloud-config\n", json, NULL);
}

char *userdata_meta_data(const struct userdata *u)
{
	g_autoptr(JsonBuilder) b = json_builder_new();

	json_builder_begin_object(b);
	json_add_string(b, "instance-id", u->instance_id);
	json_add_string(b, "local-hostname", u->hostname);
	/* Everything needed lies on the seed: do not wait for a network. */
	json_add_string(b, "dsmode", "local");
	json_builder_end_object(b);
	return builder_text(b);
}

const char *userdata_network_config(void)
{
	return network_config;
}

const char *userdata_settle_script(void)
{
	return settle_script;
}
