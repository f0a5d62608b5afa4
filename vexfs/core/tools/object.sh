#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The whole Rust core as one object that has passed objtool and gates.sh.
#   object.sh kernel GENERATED OUT.o CACHE [OBJTOOL ARG…]
#   object.sh user GENERATED OUT.o
# GENERATED: the folder that abi.sh has filled; gets the compiler's archive too.
# Environment: RUSTC; PANIC_TEST, not empty for a core with vexfs_core_panic();
# what sysroot.sh reads; LD, NM, OBJDUMP; OBJTOOL_CHECKS_ONLY, not empty when what
# objtool writes is not to be kept (the kernel runs it on the linked module).
set -eu
# rustc would look for make's job server, whose pipes end before a script.
unset MAKEFLAGS MFLAGS
tools=$(cd "$(dirname "$0")" && pwd)
core=$(dirname "$tools")
kind=$1
generated=$(cd "$2" && pwd)
out=$3
shift 3
tmp=$out.tmp
trap 'rm -f "$tmp" "$tmp.objtool"' EXIT

case $kind in
kernel)
	mkdir -p "$1"
	flags=$("$tools/sysroot.sh" "$(cd "$1" && pwd)")
	shift
	export RUSTC_BOOTSTRAP=1
	;;
user)
	"$tools/toolchain.sh" user
	flags='-Cpanic=abort -Csymbol-mangling-version=v0'
	;;
esac
panic=
allow=
if [ "${PANIC_TEST:-}" ]; then
	panic='--cfg vexfs_panic_test'
	allow=vexfs_rust_panic
fi

# shellcheck disable=SC2086 # lists of words
VEXFS_CORE_ABI_RS="$generated/abi.rs" "$RUSTC" $flags $panic --check-cfg 'cfg(vexfs_panic_test)' \
	--edition=2024 --crate-name vexfs_core --crate-type staticlib -Copt-level=2 -Clto=fat \
	-Ccodegen-units=1 -Coverflow-checks=y -Cdebuginfo=1 -Dwarnings \
	--remap-path-prefix="$core/=vexfs/core/" --remap-path-prefix="$generated/=vexfs/core/generated/" \
	--remap-path-prefix="$PWD=." "$core/lib.rs" -o "$generated/libvexfs_core.a"

# Only the members that define what is exported: the crate, and nothing of the library.
# shellcheck disable=SC2046 # a list of words
${LD:-ld} -r -m elf_x86_64 $(sed 's/^/-u /' "$generated/exports") -o "$tmp" \
	"$generated/libvexfs_core.a"
"$tools/gates.sh" "$tmp" "$generated/exports" "$kind" $allow

# It warns and exits 0: a line of it is an error here.
if [ $# -gt 0 ]; then
	cp "$tmp" "$tmp.objtool"
	said=$("$@" "$tmp.objtool" 2>&1) || said="$said (exit status $?)"
	if [ "$said" ]; then
		echo "vexfs core: objtool refuses the object, so a flag for this kernel is missing or wrong in vexfs/core/tools/sysroot.sh: $said" >&2
		exit 1
	fi
	[ "${OBJTOOL_CHECKS_ONLY:-}" ] || mv "$tmp.objtool" "$tmp"
fi
mv "$tmp" "$out"
