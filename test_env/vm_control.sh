#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The VM's life: start, start-headless, stop, ssh [command], status, monitor.
set -eu
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=test_env/bootstrap.sh
. "$here/bootstrap.sh"

usage="Usage: vm_control.sh start           Start the VM with its window
       vm_control.sh start-headless  Start it without (VNC on port 5900)
       vm_control.sh stop            Shut it down
       vm_control.sh ssh [command]   Log in, or run a command in the VM
       vm_control.sh status          Show whether it runs
       vm_control.sh monitor [line]  Talk to QEMU's monitor"

command=${1:-}
[ $# -eq 0 ] || shift
case $command in
start-headless) vexvm start --headless "$@" ;;
start | stop | ssh | status | monitor) vexvm "$command" "$@" ;;
help | -h | --help) echo "$usage" ;;
*) echo "$usage" >&2; exit 2 ;;
esac
