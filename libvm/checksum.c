// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/checksum.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/fault.h"
#include "lib/fd.h"
#include "lib/program.h"

#define HEX_DIGITS 64
#define GPGV_LIMIT_MS 60000

char *checksum_file(const char *path, const struct progress *progress, GError **error)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	g_autofree guchar *buf = g_malloc(1 << 20);
	guint64 done = 0;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0) {
		fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot read %s", path);
		return NULL;
	}
	while ((n = read(fd, buf, 1 << 20)) > 0) {
		g_checksum_update(sum, buf, n);
		done += (guint64)n;
		progress_update(progress, "Checking", PROGRESS_BYTES, done, (guint64)st.st_size);
	}
	if (n == 0)
		return g_strdup(g_checksum_get_string(sum));
	fault_set_errno(error, LAB_ERROR_LAB, errno, "cannot read %s", path);
	return NULL;
}

char *checksum_find(const char *sums, const char *name)
{
	g_auto(GStrv) lines = g_strsplit(sums, "\n", -1);

	for (guint i = 0; lines[i]; i++) {
		char *line = g_strchomp(lines[i]);
		size_t digits = strspn(line, "0123456789abcdefABCDEF");

		/* 64 digits, a blank, '*' or a blank, the name: sha256sum(1). */
		if (digits != HEX_DIGITS || line[HEX_DIGITS] != ' ' ||
		    (line[HEX_DIGITS + 1] != '*' && line[HEX_DIGITS + 1] != ' ') ||
		    !g_str_equal(line + HEX_DIGITS + 2, name))
			continue;
		line[HEX_DIGITS] = '\0';
		return g_ascii_strdown(line, -1);
	}
	return NULL;
}

bool checksum_verify_signature(const char *path, const char *signature, const char *keyring,
			       GError **error)
{
	const char *const argv[] = { "gpgv", "--keyring", keyring, signature, path, NULL };

	if (program_check(argv, GPGV_LIMIT_MS, NULL, error))
		return true;
	g_prefix_error(error, "the signature of %s is not that of %s: ", path, keyring);
	return false;
}
