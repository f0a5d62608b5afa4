#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Whether the Rust compiler can build the core, or in one line what is missing.
#   toolchain.sh user     nothing but the compiler
#   toolchain.sh kernel   and the source of its core library, whose folder is printed
# Environment: RUSTC, the compiler; RUST_SRC, that folder, where it is elsewhere.
set -eu
# rustc would look for make's job server.
unset MAKEFLAGS MFLAGS
rustc=${RUSTC:?}

fail() {
	echo "vexfs core: $1" >&2
	exit 1
}

to_install() {
	if [ "$1" = user ]; then echo "run: make deps"
	else echo "run: apt-get install --no-install-recommends $2"; fi
}
version=$("$rustc" -V 2>/dev/null) ||
	fail "no Rust compiler ($rustc); $(to_install "$1" 'rustc-web rust-web-src')"
# "rustc 1.96.0 (…)"
number=$(echo "$version" | sed -n 's/^rustc \([0-9][0-9.]*\).*/\1/p')
minor=$(echo "$number" | cut -d. -f2)
[ "${minor:-0}" -ge 85 ] || [ "${number%%.*}" -gt 1 ] ||
	fail "$rustc is version ${number:-unknown}, too old (1.85 is needed); $(to_install "$1" 'rustc-web rust-web-src')"
[ "$1" = kernel ] || exit 0

library=${RUST_SRC:-$("$rustc" --print sysroot)/lib/rustlib/src/rust/library}
if [ ! -f "$library/core/src/lib.rs" ]; then
	[ "$rustc" = /usr/bin/rustc ] || [ ! -x /usr/bin/rustc ] ||
		fail "$rustc ($number) has no source of its core library in $library; build with VEXFS_RUSTC=/usr/bin/rustc"
	fail "the source of Rust's core library is not in $library; $(to_install "$1" rust-web-src)"
fi
# Debian's source says its version; a toolchain of rustup has no other than its own.
if [ -f "$library/../src/version" ]; then
	source=$(cat "$library/../src/version")
	[ "$source" = "$number" ] ||
		fail "$rustc is version $number, but the source in $library is of $source; install the same version of rustc-web and rust-web-src, or name the compiler by VEXFS_RUSTC="
fi
echo "$library"
