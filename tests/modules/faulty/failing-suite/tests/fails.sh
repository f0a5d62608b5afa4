#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# One test of two fails: exit 1.
echo "KTAP version 1"
echo "1..2"
echo "ok 1 passes"
echo "# expected 4, got 5"
echo "not ok 2 fails"
