#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
echo 2 >/proc/sys/kernel/hung_task_timeout_secs
cat /proc/hung_task
