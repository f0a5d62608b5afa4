#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# vexvm: inject eio:write:n=1..
# What the module says is on the disk is there, whichever write fails.
. ../check.inc

enter() { (echo "$1" >"/sys/module/$VEXVM_MODULE/parameters/entry") 2>/dev/null; }
holds() { get "$1" | grep -aqx "entry $1"; }
sound() { ! enter "$1" || holds "$1"; }

echo "KTAP version 1"
echo "1..3"
for i in 1 2 3; do check "entry $i" sound "$i"; done
