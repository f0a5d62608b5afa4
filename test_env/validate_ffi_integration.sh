#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The border between the module's C and its Rust core, checked on the host.
set -eu
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=test_env/bootstrap.sh
. "$here/bootstrap.sh"

vexvm ffi-check "$@"
