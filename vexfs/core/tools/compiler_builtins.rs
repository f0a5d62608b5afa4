// SPDX-License-Identifier: GPL-2.0-only
//! Empty: rustc insists on a crate of this name. What it would define, floating
//! point and 128-bit division, the kernel must not call, so that a call is an
//! undefined symbol and gates.sh names it.
#![allow(internal_features)]
#![feature(compiler_builtins)]
#![compiler_builtins]
#![no_builtins]
#![no_std]
