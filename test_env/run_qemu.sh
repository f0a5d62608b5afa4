#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs the VM: --headless, --background, --no-mount, --memory 4G, --cpus 4.
# All options: vexvm run --help.
set -eu
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=test_env/bootstrap.sh
. "$here/bootstrap.sh"

vexvm run "$@"
