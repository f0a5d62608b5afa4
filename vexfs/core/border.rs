// SPDX-License-Identifier: GPL-2.0-only
//! What C calls: include/vexfs/core.h, which documents it. Pointers become
//! slices here and nowhere else.
#![allow(unsafe_code)]

use crate::fault::{CFault, Errno, Fault};
use crate::format::{BLOCK_SIZE, Block};
use crate::{format, inode, node, superblock, xxh64};
use core::ffi::{CStr, c_void};
use core::slice;

const NULL: Fault = Fault::new(Errno::Fault, c"", c"a pointer is NULL", 0);

/// 0 or -errno, with `*fault` filled.
///
/// # Safety
/// `fault` is NULL or valid for writing; it may be misaligned.
unsafe fn answer(result: Result<(), Fault>, fault: *mut CFault) -> i32 {
    let Err(found) = result else {
        return 0;
    };
    if !fault.is_null() {
        // SAFETY: not NULL, and the caller says that it can be written.
        unsafe { fault.write_unaligned(found.into()) };
    }
    -(found.errno as i32)
}

/// # Safety
/// `block` is NULL, or `size` bytes there are valid for reading while 'a lasts.
unsafe fn whole<'a>(block: *const c_void, size: usize, rule: &'static CStr) -> Result<&'a Block, Fault> {
    if block.is_null() {
        return Err(NULL);
    }
    if size != BLOCK_SIZE {
        return Err(Fault::damage(rule, c"not a whole block", 0));
    }
    // SAFETY: BLOCK_SIZE bytes, as the caller says; bytes lie at any address.
    Ok(unsafe { &*block.cast::<Block>() })
}

/// # Safety
/// What include/vexfs/core.h says of the pointers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vexfs_core_check_super(
    block: *const c_void,
    size: usize,
    own: u64,
    device_blocks: u64,
    fault: *mut CFault,
) -> i32 {
    if fault.is_null() {
        return -(Errno::Fault as i32);
    }
    // SAFETY: the caller's promise about @block and @size.
    let checked = unsafe { whole(block, size, c"S0") }
        .and_then(|block| superblock::check(block, own, device_blocks));
    // SAFETY: the caller's promise about @fault.
    unsafe { answer(checked, fault) }
}

/// # Safety
/// What include/vexfs/core.h says of the pointers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vexfs_core_check_root(
    block: *const c_void,
    size: usize,
    parent: *const c_void,
    parent_size: usize,
    fault: *mut CFault,
) -> i32 {
    if fault.is_null() {
        return -(Errno::Fault as i32);
    }
    if parent.is_null() {
        // SAFETY: the caller's promise about @fault.
        return unsafe { answer(Err(NULL), fault) };
    }
    // SAFETY: the caller's promise about both blocks and their sizes.
    let blocks = unsafe { whole(block, size, c"N0") }
        .and_then(|block| Ok((block, unsafe { whole(parent, parent_size, c"N0") }?)));
    let checked =
        blocks.and_then(|(block, parent)| node::check(block, format::superblock(parent)));
    // SAFETY: the caller's promise about @fault.
    unsafe { answer(checked, fault) }
}

/// # Safety
/// What include/vexfs/core.h says of the pointers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vexfs_core_check_root_inode(
    block: *const c_void,
    size: usize,
    ret_start: *mut u32,
    fault: *mut CFault,
) -> i32 {
    if fault.is_null() {
        return -(Errno::Fault as i32);
    }
    if ret_start.is_null() {
        // SAFETY: the caller's promise about @fault.
        return unsafe { answer(Err(NULL), fault) };
    }
    // SAFETY: the caller's promise about @block and @size.
    let found = unsafe { whole(block, size, c"N0") }.and_then(inode::find_root);
    // SAFETY: not NULL, and the caller says that it can be written.
    let done = found.map(|start| unsafe { ret_start.write_unaligned(start) });
    // SAFETY: the caller's promise about @fault.
    unsafe { answer(done, fault) }
}

/// # Safety
/// What include/vexfs/core.h says of the pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vexfs_core_checksum(block: *const c_void, size: usize) -> u64 {
    // SAFETY: the caller's promise about @block and @size.
    unsafe { whole(block, size, c"N0") }.map_or(0, xxh64::of_block)
}

/// # Safety
/// What include/vexfs/core.h says of the pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vexfs_core_xxh64(data: *const c_void, size: usize, seed: u64) -> u64 {
    match (data.is_null(), size) {
        (true, 1..) => 0,
        (_, 0) => xxh64::of(&[], seed),
        // SAFETY: not NULL, and the caller says that it has @size bytes.
        _ => xxh64::of(unsafe { slice::from_raw_parts(data.cast(), size) }, seed),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn vexfs_core_slot_block(slot: u32) -> u64 {
    superblock::slot_block(slot)
}

#[unsafe(no_mangle)]
pub extern "C" fn vexfs_core_block_is_reserved(block: u64) -> bool {
    superblock::is_reserved(block)
}
