#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The FFI between the module's C and a Rust core.
set -eu
echo "There is no Rust core yet, so there is no FFI to check: the module is C alone." >&2
echo "What can be tested: test_module.sh test, test_module.sh build, test_module.sh load" >&2
exit 2
