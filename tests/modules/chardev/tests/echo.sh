#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What goes in comes out; what is too long is refused; rmmod waits for users.
dev=/dev/echo_device
echo "KTAP version 1"
echo "1..3"
echo hello >$dev && test "$(cat $dev)" = hello && echo "ok 1 echo" || echo "not ok 1 echo"
head -c 200 /dev/zero >$dev 2>/dev/null && echo "not ok 2 too long" || echo "ok 2 too long"
exec 3<$dev
rmmod "$VEXVM_MODULE" 2>/dev/null && echo "not ok 3 busy" || echo "ok 3 busy"
exec 3<&-
