#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The module goes as the lab has it go; what it left running comes back, which is awaited.
VEXVM_AUDIT=/run/vexvm/audit.loaded /usr/local/sbin/vexvm-agent --rmmod late_work &&
	timeout 30 grep -q "RIP: " /dev/kmsg
