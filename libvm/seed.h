/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The NoCloud seed: a small ISO 9660 image labelled "cidata" that tells
 * cloud-init who may log in and carries the agent.
 */
#ifndef LIBVM_SEED_H
#define LIBVM_SEED_H

#include <glib.h>
#include <stdbool.h>

#include "libvm/conf.h"
#include "libvm/guest.h"
#include "libvm/image.h"

/* In conf->state_dir. */
#define SEED_FILE	"seed.iso"
#define SEED_USER_KEY	"id_ed25519"
#define SEED_HOST_KEY	"host_ed25519"
#define SEED_KNOWN_HOSTS "known_hosts"

struct seed_file {
	const char *name;	/* at most 64 characters, no folder */
	const void *data;
	gsize size;
	guint mode;		/* 0..07777 */
};

/*
 * Writes @files as an ISO 9660 image with Rock Ridge and Joliet names and
 * the volume label @label to @path (0600, for it holds keys).
 */
bool seed_iso_write(const char *path, const char *label, const struct seed_file *files,
		    guint n_files, GError **error);

/*
 * Makes the keys, known_hosts and seed of @conf's VM on @image, in
 * conf->state_dir, over what was there: a VM that is made anew gets new keys.
 */
bool seed_write(const struct conf *conf, const struct image *image, GError **error);

/*
 * The guest agent's program: $VEXVM_AGENT, vexvm-agent beside this program,
 * or ../libexec/vexvm/vexvm-agent from it.
 */
char *seed_find_agent(GError **error);

/*
 * Puts the agent, its unit and its udev rule into a running guest and starts
 * it, unless it runs: what the seed does, where the guest could not read the
 * seed or has another agent.
 */
bool seed_deliver_agent(struct guest *guest, GError **error);

#endif /* LIBVM_SEED_H */
