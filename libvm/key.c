// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/key.h"

#include <errno.h>
#include <string.h>

#include "lib/fault.h"
#include "lib/program.h"

#define KEYGEN_LIMIT_MS	30000
#define KEY_SIZE_MAX	4096

static bool move(const char *from, const char *to, GError **error)
{
	if (rename(from, to) < 0)
		return fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot make %s", to);
	return true;
}

bool key_make(const char *path, const char *comment, GError **error)
{
	g_autofree char *keygen = g_find_program_in_path("ssh-keygen");
	g_autofree char *part = g_strconcat(path, ".part", NULL);
	g_autofree char *part_pub = g_strconcat(part, ".pub", NULL);
	g_autofree char *pub = g_strconcat(path, ".pub", NULL);
	const char *argv[] = {
		"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", part, NULL
	};

	if (!keygen)
		return fault_set(error, LAB_ERROR_LAB,
				 "ssh-keygen is not installed; apt-get install openssh-client");
	unlink(part);
	unlink(part_pub);
	return program_check(argv, KEYGEN_LIMIT_MS, NULL, error) &&
	       move(part_pub, pub, error) && move(part, path, error);
}

static char *key_read(const char *path, GError **error)
{
	g_autoptr(GError) local = NULL;
	g_autofree char *text = NULL;
	gsize size;

	if (!g_file_get_contents(path, &text, &size, &local)) {
		fault_set(error, LAB_ERROR_LAB, "%s", local->message);
		return NULL;
	}
	if (size == 0 || size > KEY_SIZE_MAX || strlen(text) != size) {
		fault_set(error, LAB_ERROR_LAB, "%s is no SSH key; run vexvm clean", path);
		return NULL;
	}
	return g_steal_pointer(&text);
}

char *key_public(const char *path, GError **error)
{
	g_autofree char *pub = g_strconcat(path, ".pub", NULL);
	g_autofree char *text = key_read(pub, error);

	if (!text)
		return NULL;
	g_strchomp(text);
	if (!g_str_has_prefix(text, "ssh-ed25519 ") || strchr(text, '\n')) {
		fault_set(error, LAB_ERROR_LAB, "%s is no public key; run vexvm clean", pub);
		return NULL;
	}
	return g_steal_pointer(&text);
}

char *key_private(const char *path, GError **error)
{
	return key_read(path, error);
}

char *key_host_alias(const char *vm_name)
{
	return g_strconcat("vexvm-", vm_name, NULL);
}

bool key_write_known_hosts(const char *file, const char *alias,
			   const char *public_line, GError **error)
{
	g_autofree char *line = g_strdup_printf("%s %s\n", alias, public_line);

	return g_file_set_contents_full(file, line, -1, G_FILE_SET_CONTENTS_CONSISTENT,
					0600, error);
}
