#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The arguments of vexvm.conf have arrived.
dir=/sys/module/$VEXVM_MODULE/parameters
echo "KTAP version 1"
echo "1..3"
test "$(cat "$dir/level")" = 7 && echo "ok 1 level" || echo "not ok 1 level"
test "$(cat "$dir/greeting")" = hello && echo "ok 2 greeting" || echo "not ok 2 greeting"
echo 3 >"$dir/level" && test "$(cat "$dir/level")" = 3 && echo "ok 3 writable" || echo "not ok 3 writable"
