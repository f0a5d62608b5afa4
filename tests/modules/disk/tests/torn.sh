#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vexvm: inject torn:n=2:keep=3
# The second write is cut off after three sectors, and nobody is told.
. ../check.inc

quietly() { put "$1" a >/dev/null; }

echo "KTAP version 1"
echo "1..4"
check "first write" quietly 0
check "second write" quietly 1
check "the first is whole" test "$(count 0 a)" -eq 4096
check "of the second three sectors are there" test "$(count 1 a)" -eq 1536
