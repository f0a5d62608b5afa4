#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests the module: test (everything, the default), build, load, ffi.
set -eu
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=test_env/bootstrap.sh
. "$here/bootstrap.sh"

usage="Usage: test_module.sh [test]  Build, load, run all suites, unload, look for leaks
       test_module.sh build   Only build the module
       test_module.sh load    Only load and unload it
       test_module.sh ffi     The border between C and Rust: the suites that test it"

command=${1:-test}
[ $# -eq 0 ] || shift
case $command in
test) needs_programs=yes; vexvm test "$@" ;;
build) vexvm build "$@" ;;
load) vexvm test load "$@" ;;
ffi) needs_programs=yes; vexvm test ffi "$@" ;;
help | -h | --help) echo "$usage" ;;
*) echo "$usage" >&2; exit 2 ;;
esac
