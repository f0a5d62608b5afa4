/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What cloud-init is told at the first boot. Pure text: "#cloud-config" and
 * JSON, which is YAML (cloud-init's documentation, "User data formats" and
 * "NoCloud").
 */
#ifndef LIBVM_USERDATA_H
#define LIBVM_USERDATA_H

#include <glib.h>
#include <stdbool.h>

/* On the seed, beside the three files that NoCloud reads. */
#define USERDATA_SEED_LABEL	"cidata"
#define USERDATA_AGENT_FILE	"vexvm-agent"
#define USERDATA_UNIT_FILE	"vexvm-agent.service"
#define USERDATA_RULES_FILE	"99-vexvm-agent.rules"

/* Where they go in the guest. */
#define USERDATA_AGENT_PATH	"/usr/local/sbin/vexvm-agent"
#define USERDATA_UNIT_PATH	"/etc/systemd/system/" USERDATA_UNIT_FILE
#define USERDATA_RULES_PATH	"/etc/udev/rules.d/" USERDATA_RULES_FILE

struct userdata {
	const char *instance_id;	/* a new one makes cloud-init run again */
	const char *hostname;
	const char *user;
	guint uid;			/* of user, not 0 */
	const char *public_key;		/* one line: who may log in */
	const char *host_key;		/* ed25519, the guest's own: private, public */
	const char *host_key_public;
	const char *mount_point;
	bool agent;			/* the seed carries the agent, its unit and udev rule */
	bool packages;			/* install the specification's packages */
};

/* The three files' contents. */
char *userdata_user_data(const struct userdata *u);
char *userdata_meta_data(const struct userdata *u);
const char *userdata_network_config(void);

/*
 * Shell text that ends the provisioning in a guest whose cloud-init is done:
 * later boots no longer run cloud-init, while `cloud-init status` goes on
 * answering with the first boot's result, and timers that would disturb a
 * measurement are masked.
 */
const char *userdata_settle_script(void);

#endif /* LIBVM_USERDATA_H */
