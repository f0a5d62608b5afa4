#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vexvm: inject eio:write:n=3
# The third write fails, as EIO, and nothing of it is there; no other does.
. ../check.inc

quietly() { put "$1" a >/dev/null; }
fails() { put "$1" a | grep -q 'Input/output error'; }

echo "KTAP version 1"
echo "1..7"
check "first write" quietly 0
check "second write" quietly 1
check "third write" fails 2
check "fourth write" quietly 3
check "the second is there" test "$(count 1 a)" -eq 4096
check "nothing of the third" test "$(count 2 a)" -eq 0
check "the rule is told" test "$VEXVM_INJECT" = eio:write:n=3
