// SPDX-License-Identifier: GPL-2.0-only
//! The rules of docs/dev/on-disk-format.md as pure functions over bytes that
//! nobody trusts, for the module and for user space alike. Nothing here
//! allocates, locks, prints or panics. `border` is what C sees of it.
#![no_std]
#![deny(unsafe_code, unsafe_op_in_unsafe_fn, improper_ctypes, improper_ctypes_definitions)]
#![deny(clippy::undocumented_unsafe_blocks)]

mod abi;
mod border;
mod fault;
mod format;
mod inode;
mod node;
mod panic;
mod superblock;
mod xxh64;
