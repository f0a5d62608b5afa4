#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vexvm: inject slow:read:ms=100
# Reads are slow, writes are not. What is checked cannot depend on how busy the host is.
. ../check.inc

now() { cut -d ' ' -f 1 /proc/uptime | tr -d .; }

echo "KTAP version 1"
echo "1..1"
began=$(now)
for i in 0 1 2 3 4 5 6 7 8 9; do put "$i" a >/dev/null; done
written=$(now)
for i in 0 1 2 3 4 5 6 7 8 9; do get "$i" >/dev/null; done
read=$(now)
echo "# hundredths of a second: ten writes $((written - began)), ten reads $((read - written))"
check "ten reads take a second" test $((read - written)) -ge 99
