/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SSH keys of one VM. The guest's host key is made on the host too, so that
 * its first login is verified like every other.
 */
#ifndef LIBVM_KEY_H
#define LIBVM_KEY_H

#include <glib.h>
#include <stdbool.h>

/*
 * Makes an ed25519 pair without passphrase, @path (0600) and @path.pub, over
 * whatever was there. LAB_ERROR_LAB, naming the package when ssh-keygen is
 * missing.
 */
bool key_make(const char *path, const char *comment, GError **error);

/* One line "ssh-ed25519 AAAA… comment", no line end; from @path.pub. */
char *key_public(const char *path, GError **error);

/* The private half of @path, as OpenSSH writes it. */
char *key_private(const char *path, GError **error);

/* The name under which @vm_name's host key is known (HostKeyAlias). */
char *key_host_alias(const char *vm_name);

/* Writes @file (known_hosts) with one line: @alias and the key @public_line. */
bool key_write_known_hosts(const char *file, const char *alias,
			   const char *public_line, GError **error);

#endif /* LIBVM_KEY_H */
