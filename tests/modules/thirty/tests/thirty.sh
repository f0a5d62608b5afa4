#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Thirty small tests, of which two end their kernel, two hang, two leak, and one fails
# where nobody has left a mark in the source, the first time; another fails always.
# vexvm: selectable
suffer=/sys/module/mishaps/parameters/suffer
mark=$VEXVM_SOURCE/tests/been-here

# Which does what; all others pass. With the file "tame" beside this one, all do.
# A mishap is another process's: the shell would die of the oops.
act() {
	[ ! -e "$VEXVM_SOURCE/tests/tame" ] || return 0
	case $1 in
	05) (echo oops >"$suffer") ;;
	08) (echo hang >"$suffer") ;;
	12) (echo leak >"$suffer") ;;
	17) [ -e "$mark" ] || ! : >"$mark" ;;
	18) false ;;
	20) (echo panic >"$suffer") ;;
	23) (echo hang >"$suffer") ;;
	28) (echo leak-other >"$suffer") ;;
	esac
}

all=
for i in 0 1 2; do for k in 0 1 2 3 4 5 6 7 8 9; do all="$all $i$k"; done; done
all="${all# 00} 30"
# With the file "few" beside this one there are these.
[ ! -e "$VEXVM_SOURCE/tests/few" ] || all="04 05 12 30"

if [ "${1:-}" = --list ]; then
	for n in $all; do echo "number $n"; done
	exit
fi
[ -z "${1:-}" ] || all=${1#number }
echo "KTAP version 1"
# shellcheck disable=SC2086 # words
set -- $all
echo "1..$#"
at=0
for n; do
	at=$((at + 1))
	if act "$n"; then echo "ok $at number $n"; else echo "not ok $at number $n"; fi
done
