// SPDX-License-Identifier: GPL-2.0-only
//! Which rule does not hold, and where.
use core::ffi::{CStr, c_char};

/// Numbers as Linux has them (include/uapi/asm-generic/errno*.h).
#[derive(Clone, Copy)]
#[repr(i32)]
pub enum Errno {
    Fault = 14,
    Inval = 22,
    OpNotSupp = 95,
    Uclean = 117,
}

#[derive(Clone, Copy)]
pub struct Fault {
    pub errno: Errno,
    pub rule: &'static CStr,
    pub what: &'static CStr,
    /// Of the field in the block, bytes.
    pub offset: u32,
}

impl Fault {
    pub const fn new(
        errno: Errno,
        rule: &'static CStr,
        what: &'static CStr,
        offset: usize,
    ) -> Fault {
        Fault { errno, rule, what, offset: offset as u32 }
    }

    /// Of damage, which most faults are.
    pub const fn damage(rule: &'static CStr, what: &'static CStr, offset: usize) -> Fault {
        Fault::new(Errno::Uclean, rule, what, offset)
    }
}

/// `struct vexfs_fault` of include/vexfs/core.h.
#[repr(C)]
pub struct CFault {
    pub rule: *const c_char,
    pub what: *const c_char,
    pub offset: u32,
}

impl From<Fault> for CFault {
    fn from(fault: Fault) -> CFault {
        CFault { rule: fault.rule.as_ptr(), what: fault.what.as_ptr(), offset: fault.offset }
    }
}
