#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What this user land has to build a module with foreign code in it, for the
# kernel RELEASE: a line "WORD TEXT" for each. What is missing has no text.
#   toolchain.sh RELEASE
set -u
build=/lib/modules/$1/build
rustc=/usr/bin/rustc
[ -x "$rustc" ] || rustc=rustc
source=$("$rustc" --print sysroot 2>/dev/null)/lib/rustlib/src/rust
echo "rustc $("$rustc" --version 2>/dev/null)"
echo "source $(cat "$source/src/version" 2>/dev/null)"
echo "linker $(ld --version 2>/dev/null | head -n 1)"
echo "headers $([ -f "$build/include/config/auto.conf" ] && echo "$build")"
echo "objtool $([ -x "$build/tools/objtool/objtool" ] && echo "$build/tools/objtool/objtool")"
