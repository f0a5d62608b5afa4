#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
echo 1 >/proc/sys/kernel/watchdog_thresh
cat /proc/soft_lockup
