#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vexvm: unloaded
# vexvm: ffi
# The module's own checks, run while it loads.
# shellcheck source=tests/guest/ktap.inc
. ./ktap.inc

load() {
	echo "selftest.sh $$" >/dev/kmsg
	insmod "$VEXVM_KO" selftest=1
}
counts() { dmesg | sed -n "/selftest.sh $$/,\$p" | grep -Eq 'VexFS: selftest: [0-9]+ checks, 0 failed'; }
parameter_is() { test "$(cat "/sys/module/$VEXVM_MODULE/parameters/selftest")" = "$1"; }
wrong_value() { insmod "$VEXVM_KO" selftest=perhaps; }

plan 5
check "loads with selftest=1" load
check "says how many checks passed" counts
check "the parameter reads Y" parameter_is Y
check "unloads" rmmod "$VEXVM_MODULE"
refuse "a value that is no boolean is refused" wrong_value
