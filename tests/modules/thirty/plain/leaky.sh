#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Three tests that take their time and cannot be had alone; the second leaks.
suffer=/sys/module/mishaps/parameters/suffer

work() { head -c 4M /dev/zero | cksum >/dev/null; }

echo "KTAP version 1"
echo "1..3"
work
echo "ok 1 before"
work
echo leak >"$suffer"
work
echo "ok 2 leaks"
work
echo "ok 3 behind"
