// SPDX-License-Identifier: GPL-2.0-only
/*
 * Images that are not ours: one as a distribution publishes it, from a server
 * on loopback, which boots from its own disk; and a guest where the agent cannot
 * work, so that SSH does all.
 */
#include <glib.h>

#include "tests/lib/httpd.h"
#include "tests/lib/lab.h"

#define LIMIT_S 1800
#define IMAGE "ubuntu-22.04-server-cloudimg-amd64.img"
#define CLOUD "build/vexvm --name cloud "
#define BARE "build/vexvm --name bare "

static struct httpd *httpd;

static void add_file(const char *name)
{
	g_autofree char *host = g_build_filename(lab_tree(), "../cloud", name, NULL);
	g_autofree char *path = g_strconcat("/", name, NULL);
	g_autoptr(GError) error = NULL;
	GMappedFile *file = g_mapped_file_new(host, FALSE, &error);

	g_assert_no_error(error);
	g_hash_table_insert(httpd->files, g_steal_pointer(&path), g_mapped_file_get_bytes(file));
	g_mapped_file_unref(file);
}

/* Downloaded, compared with its checksum, grown to 10 GB and provisioned. */
static void test_sets_up(void)
{
	static const char make[] =
		"build/vexvm stop; build/vexvm image make debian && mkdir -p ../cloud && "
		"tests/vm/make-cloud-image.sh \"$(dirname \"$(find -L "
		"\"${XDG_CACHE_HOME:-$HOME/.cache}/vexvm/names/debian\" -name disk.img)\")\" ../cloud/" IMAGE
		" && cd ../cloud && sha256sum " IMAGE " >SHA256SUMS";
	g_autofree char *set_up = NULL;

	lab_check("", make, LIMIT_S, 0, NULL);
	httpd = httpd_start();
	add_file(IMAGE);
	add_file("SHA256SUMS");
	set_up = g_strdup_printf("VEXVM_UBUNTU_URL=%s " CLOUD "setup --image ubuntu-22.04", httpd->base);
	lab_check("", set_up, LIMIT_S, 0, "is set up");
	httpd_stop(httpd);
}

/* Its user land is not on the host: the module is built in the guest. */
static void test_works(void)
{
	lab_check("", CLOUD "test", LIMIT_S, 0, "^PASS +vexfs");
	lab_check("", CLOUD "exec -- sh -c 'test $(df --output=size -m / | tail -1) -gt 9000'", LIMIT_S, 0,
		  NULL);
	lab_check("", CLOUD "ssh id -un", LIMIT_S, 0, "^vexfs$");
	lab_check("", CLOUD "status --json", LIMIT_S, 0, "ubuntu-22\\.04");
	lab_check("", CLOUD "stop", LIMIT_S, 0, NULL);
	lab_check("", CLOUD "clean --vm", LIMIT_S, 0, NULL);
	lab_check("", "build/vexvm image remove ubuntu-22.04 && rm -r ../cloud", LIMIT_S, 0, NULL);
}

/* A kernel without virtio ports: found out at set-up, said, and no hindrance. */
static void test_without_agent(void)
{
	lab_check("", "sed -i '/^\\[vm\\]/a append=module_blacklist=virtio_console' vexvm.conf", 10, 0, NULL);
	lab_check("", BARE "setup --image debian", LIMIT_S, 0, "by SSH only(.*\\n)*.*is set up");
	/* Nor can errors be injected: a suite that asks for them is left out. */
	lab_check("", BARE "test", LIMIT_S, 0, "^mount-eio\\.sh .*not run: errors (.*\n)*PASS +vexfs");
	lab_check("", BARE "exec -- sh -c 'exit 9'", LIMIT_S, 9, NULL);
	lab_check("", BARE "test --source tests/controls/null-pointer", LIMIT_S, 5, "^FAIL.*NULL pointer");
	lab_check("", BARE "stop", LIMIT_S, 0, NULL);
	lab_check("", BARE "clean --vm && sed -i '/^append=/d' vexvm.conf", LIMIT_S, 0, NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/cloud/sets up", test_sets_up);
	g_test_add_func("/cloud/works", test_works);
	g_test_add_func("/cloud/without agent", test_without_agent);
	return g_test_run();
}
