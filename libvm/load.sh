#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: the load stage's checks, as KTAP.
#   load.sh RELOADS MARKER [FAULT]
# MARKER is written into the kernel's log at the end. With FAULT (failslab) each of the
# loads' allocations is made to fail in turn.
#
# shellcheck disable=SC2317 # the checks are called through each_module

# shellcheck source=libvm/modules.sh
. /run/vexvm/files/modules.sh

reloads=$1
marker=$2
fault=$3
n=0
failed=
trap '[ ! -x "$agent" ] || "$agent" --audit validate >/dev/null 2>&1; echo "$marker" >/dev/kmsg' EXIT

# result NAME STATUS: one test, with what was said when it failed.
result() {
	n=$((n + 1))
	if [ "$2" = 0 ]; then
		said=
		echo "ok $n - $1"
		return
	fi
	[ -z "$said" ] || printf '%s\n' "$said" | sed 's/^/# /'
	said=
	failed=yes
	echo "not ok $n - $1"
}

finish() {
	echo "1..$n"
	[ -z "$failed" ]
	exit
}

# The first time by the program that a person would use.
check_insert() {
	insmod=insmod insert "$@"
	result "insmod $1" $?
	[ "$failed" ] || [ -z "$VEXVM_AUDIT" ] || run "$agent" --audit init "$1"
	[ -z "$failed" ]
}

# same_value SHOWN GIVEN: the kernel shows 0x10 as 16, and true as Y.
same_value() {
	[ "$1" = "$2" ] && return
	case $1/$2 in
	Y/1 | Y/[yY]* | Y/true | Y/on | N/0 | N/[nN]* | N/false | N/off) return 0 ;;
	esac
	case $2 in
	0x*[!0-9a-fA-F]* | 0x) return 1 ;;
	0x*) [ "$1" = "$(($2))" ] ;;
	*) return 1 ;;
	esac
}

check_parameter() {
	key=${2%%=*}
	read -r value 2>/dev/null <"/sys/module/$1/parameters/$key" || return 0
	said="it is $value"
	same_value "$value" "${2#*=}"
	result "parameter $key is ${2#*=}" $?
}

check_loaded() {
	name=$1
	version=$2
	shift 3
	said=
	is_loaded "$name"
	result "$name is in /proc/modules" $?
	read -r count <"/sys/module/$name/refcnt"
	result "/sys/module/$name is there" $?
	if [ "$version" ]; then
		read -r value <"/sys/module/$name/version"
		said="it is $value"
		[ "$value" = "$version" ]
		result "$name has version $version" $?
	fi
	for arg; do
		check_parameter "$name" "$arg"
	done
}

check_again() {
	said="it was accepted"
	! insert "$@" && case $said in *"File exists"*) ;; *) false ;; esac
	result "a second insmod of $1 is refused as EEXIST" $?
}

check_busy() {
	read -r count <"/sys/module/$1/refcnt"
	[ "${count:-0}" -gt 0 ] || return 0
	said="it was accepted"
	! remove "$1"
	result "rmmod $1 is refused while it is used" $?
}

check_remove() {
	[ -z "$VEXVM_AUDIT" ] || run "$agent" --audit loaded "$VEXVM_AUDIT" "$1"
	rmmod=rmmod remove "$1"
	result "rmmod $1" $?
	[ "$failed" ] && return
	said=
	! is_loaded "$1" && [ ! -e "/sys/module/$1" ]
	result "$1 is gone" $?
}

reload_by_shell() {
	round=0
	while [ "$round" -lt "$reloads" ]; do
		round=$((round + 1))
		insert_all && remove_all && continue
		said="round $round: $culprit: $said"
		return 1
	done
}

check_reloads() {
	if [ -x "$agent" ]; then
		run all_modules "$agent" --reload "$reloads"
	else
		reload_by_shell
	fi
	result "$reloads reloads" $?
}

check_fault() {
	run all_modules "$agent" --inject
	result "$fault: each allocation of insmod's failing in turn" $?
	while read -r line; do
		echo "# $line"
	done </run/vexvm/said
}

echo "KTAP version 1"
if ! need_all; then
	result "$culprit" 1
	finish
fi
begin_audit
each_module check_insert || finish
each_module check_loaded
each_module check_again
each_reverse check_busy
each_reverse check_remove
[ "$failed" ] || [ "$reloads" = 0 ] || check_reloads
[ "$failed" ] || [ -z "$fault" ] || check_fault
remove_all
finish
