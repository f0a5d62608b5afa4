#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Four tests that can not be asked for one by one; the second ends its kernel.
echo "KTAP version 1"
echo "1..4"
echo "ok 1 first"
echo panic >/sys/module/mishaps/parameters/suffer
echo "ok 2 second"
echo "ok 3 third"
echo "ok 4 fourth"
