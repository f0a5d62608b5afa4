#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
cat /proc/call_sleep
