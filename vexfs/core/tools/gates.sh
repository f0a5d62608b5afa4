#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Refuses an object of the core that has what it must not have, by one line that
# says what and what to do.
#   gates.sh OBJECT EXPORTS kernel|user [IMPORT…]
# EXPORTS: the file with all that it may export. IMPORT: allowed besides tools/imports.
# Environment: NM, OBJDUMP.
set -eu
tools=$(dirname "$0")
object=$1
exports=$2
kind=$3
shift 3
nm=${NM:-nm}
objdump=${OBJDUMP:-objdump}

fail() {
	echo "vexfs core: $1" >&2
	exit 1
}

# Which functions call or refer to one whose name matches the pattern: "x, y".
users_of() {
	$objdump -dr --no-show-raw-insn -C "$object" | awk -v pattern="$1" '
	/^[0-9a-f]+ </ { name = $0; sub(/^[^<]*</, "", name); sub(/>:$/, "", name) }
	/R_X86_64_|[\t ](call|j[a-z]+) / {
		sub(/^.*(R_X86_64_[A-Z0-9]*|call|j[a-z]+)[\t ]/, "")
		if ($0 ~ pattern && name !~ pattern && !seen[name]++) {
			printf "%s%s", comma, name
			comma = ", "
		}
	}'
}

why_import() {
	case $1 in
	vexfs_rust_panic)
		fail "a Rust panic can be reached in $(users_of 'panic|_fail|rust_begin_unwind|[.]text[.]unlikely'): take get(), checked_… or wrapping_… there" ;;
	__udivti3 | __umodti3 | __divti3 | __modti3 | __multi3)
		fail "128-bit arithmetic ($1, in $(users_of "$1")): the kernel has no such function; use u64" ;;
	__*[sdth]f | __*[sdth]f[23] | __*[sdth]f[sdu]i | __*[sdth]f[sdth]f2 | fm[ao]d* | fma*)
		fail "floating point ($1, in $(users_of "$1")): the kernel has none; use integers" ;;
	_Unwind_* | rust_eh_personality)
		fail "unwinding ($1): the core is built with panic=abort; look for a flag that changes it" ;;
	__rust_alloc* | __rust_dealloc | __rust_realloc | __rg_*)
		fail "allocation ($1): the core has no heap; let C own the memory" ;;
	*)
		fail "it needs $1 (in $(users_of "$1")), which is not in vexfs/core/tools/imports: let C pass what is needed, or allow it there" ;;
	esac
}

# What cannot be read has nothing that a gate would see.
$objdump -d "$object" >/dev/null || fail "$objdump cannot read the object; install binutils"
while read -r symbol; do
	$nm -g --defined-only "$object" | grep -qw "$symbol" ||
		fail "it lacks $symbol, which is in vexfs/core/abi.def: write it in border.rs with no_mangle"
done <"$exports"
allowed=$({ grep -v '^#' "$tools/imports"; printf '%s\n' "$@"; } | sed '/^$/d' | paste -sd '|')
for symbol in $($nm -u "$object" | awk '$1 ~ /^[Uvw]$/ { print $2 }'); do
	echo "$symbol" | grep -qxE "$allowed" || why_import "$symbol"
done
for symbol in $($nm -g --defined-only "$object" | awk 'NF == 3 { print $3 }'); do
	grep -qxF "$symbol" "$exports" ||
		fail "it exports $symbol, which is not in vexfs/core/abi.def: add it there and to include/vexfs/core.h, or take no_mangle from it"
done
[ "$kind" = kernel ] || exit 0

# instruction WHAT PATTERN: the first that matches, and the function it is in.
instruction() {
	found=$($objdump -d --no-show-raw-insn -C "$object" | awk -v pattern="$2" '
	/^[0-9a-f]+ </ { name = $0; sub(/^[^<]*</, "", name); sub(/>:$/, "", name) }
	$0 ~ pattern && !/[ \t]lea/ {
		sub(/^[^\t]*\t/, "")
		print name ": " $0
		exit
	}')
	[ -z "$found" ] || fail "$1 ($found): the target or a flag in vexfs/core/tools/sysroot.sh is wrong"
}
instruction 'it uses FPU or SIMD registers' '%[xyz]mm|%st|%mm[0-7]'
instruction 'it uses the red zone below the stack' '-0x[0-9a-f]+[(]%rsp[)]'
