# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # said and culprit are for who reads this
#
# In the guest: the modules in and out. stage-load.c puts the modules of the run
# before it, as four functions:
#   need_all            modprobe what they need beyond each other
#   each_module FN      FN NAME VERSION FILE [ARG=VALUE...], in the order they load
#   each_reverse FN     FN NAME, in the order they unload
#   all_modules CMD...  CMD... and then NAME FILE ARGS of each
# What a command that failed said is in $said, its name in $culprit.

said=
culprit=
needed=

# Without $(...): under emulation every process costs.
run() {
	"$@" >/run/vexvm/said 2>&1 && return
	said=$(cat /run/vexvm/said)
	return 1
}

need() {
	is_loaded "$1" || needed=yes
	run modprobe "$1" && return
	culprit="modprobe $1"
	return 1
}

is_loaded() {
	while read -r module _; do
		[ "$module" = "$1" ] && return 0
	done </proc/modules
	return 1
}

# insmod and rmmod each take most of a second under emulation; the agent's
# program does the same system calls at once.
agent=/usr/local/sbin/vexvm-agent
insmod=insmod
rmmod=rmmod
if [ -x "$agent" ]; then
	insmod="$agent --insmod"
	rmmod="$agent --rmmod"
	# What has to be known of modules before they go (agent/audit.h).
	export VEXVM_AUDIT=/run/vexvm/audit.loaded
fi

# The processors' modules come late, and not all of them are waited for by settle alone.
settle() {
	run udevadm trigger --action=change --subsystem-match=cpu --settle
	run udevadm settle
}

# Before the first load: what the kernel holds. A template knows, but for modules
# that were needed.
begin_audit() {
	[ "$VEXVM_AUDIT" ] && [ ! -e "$VEXVM_AUDIT" ] || return 0
	: >"$VEXVM_AUDIT"
	[ -e /run/vexvm/audit ] && [ -z "$needed" ] && return
	# A machine that was just booted may still be loading modules for its devices.
	[ -e /run/vexvm/audit ] || settle
	run "$agent" --audit save /run/vexvm/audit
	return 0
}

insert() {
	culprit="insmod $1"
	shift 2
	run $insmod "$@"
}

remove() {
	culprit="rmmod $1"
	run $rmmod "$1"
}

insert_if() { is_loaded "$1" || insert "$@"; }
remove_if() { ! is_loaded "$1" || remove "$1"; }
insert_all() { need_all && begin_audit && each_module insert_if; }
remove_all() { each_reverse remove_if; }
