#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
echo 0 >/proc/sys/kernel/watchdog
echo 3 >/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout
cat /proc/rcu_stall
