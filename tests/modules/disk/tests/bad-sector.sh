#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vexvm: inject eio:read:n=all:at=16..17
# Sectors 16 and 17, in block 2, cannot be read, however often.
. ../check.inc

unreadable() { test "$(get "$1" | wc -c)" -eq 0; }

echo "KTAP version 1"
echo "1..4"
check "the block before" test "$(get 1 | wc -c)" -eq 4096
check "the block" unreadable 2
check "once more" unreadable 2
check "the block behind" test "$(get 3 | wc -c)" -eq 4096
