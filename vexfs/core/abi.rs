// SPDX-License-Identifier: GPL-2.0-only
//! What abi.def says, held against the structs and functions of this crate.
#![allow(unsafe_code, non_upper_case_globals)]

use crate::border::*;
use crate::fault::CFault;
use crate::format::*;
#[cfg(vexfs_panic_test)]
use crate::panic::vexfs_core_panic;
use core::ffi::{c_char, c_void};
use core::mem::{offset_of, size_of};

include!(env!("VEXFS_CORE_ABI_RS"));
