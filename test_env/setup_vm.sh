#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the VM: image, keys, first boot. Options: vexvm setup --help.
set -eu
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=test_env/bootstrap.sh
. "$here/bootstrap.sh"

prepare
"$root/build/vexvm" --project="$root" setup "$@"
case " $* " in
*' -h '* | *' --help '* | *' --json '*) ;;
*) echo "The same by script: ./test_env/vm_control.sh start, ./test_env/test_module.sh" ;;
esac
