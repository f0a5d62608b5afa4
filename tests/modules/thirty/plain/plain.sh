#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Four tests that can not be asked for one by one; the second ends its kernel, when what
# was printed before is out of the guest: more than a pipe holds comes behind it.
echo "KTAP version 1"
echo "1..4"
echo "ok 1 first"
yes "# a line to fill the pipe" | head -n 10000
echo panic >/sys/module/mishaps/parameters/suffer
echo "ok 2 second"
echo "ok 3 third"
echo "ok 4 fourth"
