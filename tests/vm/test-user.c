// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user who is not root, with a tree, a VM and a cache of their own; then the
 * same without user namespaces. Skipped unless root runs it, as which another
 * user can be.
 */
#include <glib.h>
#include <unistd.h>

#include "tests/lib/lab.h"

#define LIMIT_S 1500

/*
 * What is typed by the user in their tree. They exist in a mount namespace only,
 * and so does their cache's share in the images: a copy would be gigabytes.
 */
#define USER "12345"
#define AS_USER "images=${XDG_CACHE_HOME:-$HOME/.cache}/vexvm/images unshare --mount sh -c '" \
	"cd ../user && mount --bind passwd /etc/passwd && " \
	"mount --bind \"$images\" cache/vexvm/images && cd tree && " \
	"HOME=${PWD%/*} XDG_CACHE_HOME=${PWD%/*}/cache " \
	"exec setpriv --reuid=" USER " --regid=" USER " --clear-groups \"$@\"' sh "
/* In a user namespace that allows no further one. */
#define WITHOUT_NAMESPACES "unshare --user --map-current-user --keep-caps sh -c " \
	"'echo 0 >/proc/sys/user/max_user_namespaces && " \
	"exec setpriv --ambient-caps=-all --inh-caps=-all \"$@\"' sh "

static const char copy[] =
	"u=../user; mkdir -p $u/tree $u/cache/vexvm/images && "
	"(cat /etc/passwd; echo user:x:" USER ":" USER "::/nonexistent:/bin/sh) >$u/passwd && "
	"tar -cf - --exclude=./.vexvm --exclude=./build/obj . | tar -xf - -C $u/tree && "
	"cp -a \"${XDG_CACHE_HOME:-$HOME/.cache}/vexvm/names\" $u/cache/vexvm/ && "
	"chown -R -h " USER ":" USER " $u";

static void test_sets_up(void)
{
	/* An image has to be there, and the ports free. */
	lab_check("", "build/vexvm image make && { build/vexvm stop || :; }", LIMIT_S, 0, NULL);
	lab_check("", copy, 60, 0, NULL);
	lab_check("", AS_USER "./test_env/test_module.sh load", LIMIT_S, 0,
		  "\\A((?!.*instead).*\n)*PASS.* clone [0-9.]+ s");
}

static void test_owns_files(void)
{
	lab_check("", AS_USER "build/vexvm start --headless --from-template", LIMIT_S, 0, "copy of the template");
	lab_check("", AS_USER "build/vexvm ssh 'cd /mnt/vexfs_source && touch by-user && sudo touch by-root'",
		  LIMIT_S, 0, NULL);
	lab_check("../user/tree", "stat -c %u by-user by-root vexfs/vexfs.ko", 10, 0, "^12345\n12345\n12345$");
}

static void test_without_namespaces(void)
{
	lab_check("", AS_USER WITHOUT_NAMESPACES "build/vexvm doctor", 60, 0,
		  "namespaces .*unshare failed(.*\n)*.*bubblewrap .*\n.*built in the VM");
	lab_check("", AS_USER WITHOUT_NAMESPACES "build/vexvm test load", LIMIT_S, 0,
		  "^Building in the VM, which is slower: (.*\n)*PASS");
}

static void test_cleans_up(void)
{
	lab_check("", AS_USER "build/vexvm stop", LIMIT_S, 0, NULL);
	lab_check("", "rm -rf ../user", 60, 0, NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	if (getuid() != 0) {
		g_print("1..0 # SKIP root alone can be another user\n");
		return 0;
	}
	g_test_add_func("/user/sets up", test_sets_up);
	g_test_add_func("/user/owns files", test_owns_files);
	g_test_add_func("/user/without namespaces", test_without_namespaces);
	g_test_add_func("/user/cleans up", test_cleans_up);
	return g_test_run();
}
