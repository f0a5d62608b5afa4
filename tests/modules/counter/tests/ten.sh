#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Ten small checks, in the shell alone: what a suite costs at the least.
parameters=/sys/module/$VEXVM_MODULE/parameters
nr=0

check() {
	nr=$((nr + 1))
	name=$1
	shift
	if "$@"; then echo "ok $nr $name"; else echo "not ok $nr $name"; fi
}
refuse() { ! (echo "$1" >"$parameters/count") 2>/dev/null; }
count_is() { read -r count <"$parameters/count" && [ "$count" = "$1" ]; }
add() { echo "$1" >"$parameters/count"; }

echo "KTAP version 1"
echo "1..10"
check "the parameter is there" test -e "$parameters/count"
check "counts from nothing" count_is 0
check "adds" add 7
check "has counted" count_is 7
check "adds a hexadecimal number" add 0x10
check "has counted that" count_is 23
check "refuses a negative number" refuse -1
check "refuses what is too large" refuse 978
check "refuses what is no number" refuse many
check "has counted none of these" count_is 23
