#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Rust's core library for the kernel's target, made once for each compiler and
# set of flags, kept in CACHE/KEY. Prints what the core itself is compiled with:
# flags, one a line.
#   sysroot.sh CACHE
# Environment: RUSTC, RUST_SRC as toolchain.sh has them; from the kernel's
# configuration, "y" or empty: RETPOLINE RETHUNK SLS STACKPROTECTOR IBT KASAN
# FRAMES (frame pointers); KASAN_OFFSET; PADDING, bytes before each function.
# docs/dev/rust-core.md says why each flag is there.
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
cache=$1
library=$("$tools/toolchain.sh" kernel)
# -Z and a target of one's own, on a stable compiler; the kernel does the same.
export RUSTC_BOOTSTRAP=1

takes() { "$RUSTC" "$@" --print cfg >/dev/null 2>&1; }

# One set for core and crate: rustc refuses a mix.
flags='-Cpanic=abort -Crelocation-model=static -Ccode-model=kernel -Cno-redzone=y
	-Cforce-unwind-tables=n -Csymbol-mangling-version=v0 -Zfunction-sections=n
	-Ztune-cpu=generic'
features=
add() { flags="$flags $*"; }
if takes -Cjump-tables=n; then add -Cjump-tables=n; else add -Zno-jump-tables; fi
if [ "${RETHUNK:-}" ]; then add -Zfunction-return=thunk-extern; fi
if [ "${RETPOLINE:-}" ] && takes -Zretpoline-external-thunk; then
	add -Zretpoline-external-thunk
elif [ "${RETPOLINE:-}" ]; then
	features=,+retpoline-external-thunk,+retpoline-indirect-branches,+retpoline-indirect-calls
fi
if [ "${RETPOLINE:-}" ] && takes -Zindirect-branch-cs-prefix; then add -Zindirect-branch-cs-prefix; fi
if [ "${SLS:-}" ]; then features="$features,+harden-sls-ret,+harden-sls-ijmp"; fi
if [ "${STACKPROTECTOR:-}" ]; then add -Zstack-protector=strong; fi
if [ "${FRAMES:-}" ]; then add -Cforce-frame-pointers=yes; fi
if [ "${IBT:-}" ]; then add -Zcf-protection=branch; fi
if [ "${PADDING:-0}" != 0 ]; then add "-Zpatchable-function-entry=$PADDING,$PADDING"; fi
if [ "${KASAN:-}" ]; then
	add -Zsanitizer=kernel-address -Zsanitizer-recover=kernel-address \
		-Cllvm-args=-asan-kernel=1 "-Cllvm-args=-asan-mapping-offset=$KASAN_OFFSET" \
		-Cllvm-args=-asan-instrumentation-with-call-threshold=0 \
		-Cllvm-args=-asan-stack=0 -Cllvm-args=-asan-globals=0
fi

# This rustc's own x86_64-unknown-none, so that the schema fits. Of the changes,
# llvm-target: its system decides where the stack protector finds the canary,
# %gs:40 for linux; no PIE; the features that have no switch.
target() {
	"$RUSTC" -Zunstable-options --print target-spec-json --target x86_64-unknown-none |
		sed -e 's/"llvm-target": *"[^"]*"/"llvm-target": "x86_64-linux-gnu"/' \
			-e 's/"features": *"\([^"]*\)"/"features": "\1'"$features"'"/' \
			-e '/position-independent-executables/d' -e '/"relro-level"/d' -e '/"is-builtin"/d' \
			-e 's/"max-atomic-width"/"relocation-model": "static",\n  "max-atomic-width"/'
}

# Only LLVM's bitcode: the crate's link-time optimisation makes the code.
compile() {
	# shellcheck disable=SC2086 # a list of words
	"$RUSTC" -Zunstable-options --target "$new/kernel.json" $flags --cap-lints allow \
		-Copt-level=1 -Clinker-plugin-lto -Cdebuginfo=0 --crate-type rlib "$@" || {
		echo "vexfs core: $("$RUSTC" -V) does not compile the core library in $library; are they of one version, and is there room on the disk (60 MB)?" >&2
		exit 1
	}
}

make_sysroot() {
	lib=$new/lib/rustlib/kernel/lib
	edition=$(sed -n 's/^edition = "\(.*\)"/\1/p' "$library/core/Cargo.toml")
	mkdir -p "$lib"
	target >"$new/kernel.json"
	compile --sysroot /dev/null --edition="$edition" -Zforce-unstable-if-unmarked \
		--cfg no_fp_fmt_parse --crate-name core "$library/core/src/lib.rs" -o "$lib/libcore.rlib"
	compile --sysroot "$new" --edition=2021 --crate-name compiler_builtins \
		"$tools/compiler_builtins.rs" -o "$lib/libcompiler_builtins.rlib"
}

key=$({
	"$RUSTC" -vV
	echo "$flags $features $library"
	cat "$tools/sysroot.sh" "$tools/compiler_builtins.rs"
} | sha256sum | cut -c1-16)
libraries=$cache/$key/lib/rustlib/kernel/lib
sizes() { (cd "$1" && wc -c -- *.rlib) 2>/dev/null; }
# One that was damaged, by a full disk or a hand, is made anew.
if [ "$(cat "$cache/$key/sizes" 2>/dev/null)" != "$(sizes "$libraries")" ]; then
	rm -rf "${cache:?}/${key:?}"
fi
if [ ! -d "$cache/$key" ]; then
	echo "  RUSTC   core library, once for this compiler and kernel configuration" >&2
	mkdir -p "$cache"
	new=$(mktemp -d "$cache/new.XXXXXX")
	trap 'rm -rf "$new"' EXIT
	make_sysroot
	sizes "$lib" >"$new/sizes"
	chmod 755 "$new"
	# Another build may have been faster.
	mv -T "$new" "$cache/$key" 2>/dev/null || [ -d "$cache/$key" ]
fi
printf '%s\n' -Zunstable-options --target "$cache/$key/kernel.json" --sysroot "$cache/$key"
# shellcheck disable=SC2086 # a list of words
printf '%s\n' $flags
