#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes of abi.def what both compilers check themselves against.
#   abi.sh OUT [-DVEXFS_PANIC_TEST]
#   OUT/abi.h    for vexfs/src/abi.c   OUT/abi.rs   for vexfs/core/abi.rs
#   OUT/exports  the symbols that the object has to export, one a line
# Environment: CC (gcc).
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
out=$1
shift
def=$tools/../abi.def
mkdir -p "$out"

as() { ${CC:-gcc} -E -P "$@" -x c "$def"; }
# An object that was made from another contract does not link with this one's C.
hash=vexfs_core_abi_$(cat "$def" "$tools/../../../include/vexfs/core.h" | sha256sum | cut -c1-16)

{
	echo "/* SPDX-License-Identifier: GPL-2.0-only */"
	echo "/* Made from abi.def by tools/abi.sh. */"
	echo "#define VEXFS_CORE_ABI $hash"
	echo "extern const u8 VEXFS_CORE_ABI;"
	as "$@" -imacros "$tools/abi-c.h"
} >"$out/abi.h"
{
	echo "// SPDX-License-Identifier: GPL-2.0-only"
	echo "// Made from abi.def by tools/abi.sh."
	echo "#[unsafe(no_mangle)] pub static $hash: u8 = 1;"
	# A word of Rust's own.
	as "$@" -imacros "$tools/abi-rs.h" | sed 's/\btype\([);]\)/r#type\1/g'
} >"$out/abi.rs"
{
	echo "$hash"
	as "$@" -imacros "$tools/abi-names.h" | sed '/^ *$/d'
} >"$out/exports"

# The parts of a pipe fail without a word.
if [ "$(wc -l <"$out/exports")" -lt 2 ] || ! grep -q assert "$out/abi.rs"; then
	echo "vexfs core: nothing was made of $def; does ${CC:-gcc} -E work?" >&2
	rm -f "$out/abi.h" "$out/abi.rs" "$out/exports"
	exit 1
fi
