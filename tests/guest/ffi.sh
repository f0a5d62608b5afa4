#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The border between C and Rust in this guest's user land: the same core that the
# module is linked with, through the same header.
# vexvm: ffi
# vexvm: unloaded

if [ ! -x "$VEXVM_TOOLS/test_ffi" ]; then
	echo "1..0 # SKIP test_ffi is not among the tools"
	exit 4
fi
exec "$VEXVM_TOOLS/test_ffi"
