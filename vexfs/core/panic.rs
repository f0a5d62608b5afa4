// SPDX-License-Identifier: GPL-2.0-only
//! No panic can be reached: the build refuses an object that asks for
//! vexfs_rust_panic. Only a build with vexfs_panic_test has one, on purpose.
#![allow(unsafe_code)]

use core::panic::PanicInfo;

unsafe extern "C" {
    // It does not return, but saying so would leave nothing behind the call,
    // and objtool takes that for a function that falls through to the next.
    safe fn vexfs_rust_panic(file: *const u8, len: usize, line: u32);
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    match info.location() {
        Some(at) => vexfs_rust_panic(at.file().as_ptr(), at.file().len(), at.line()),
        None => vexfs_rust_panic(core::ptr::null(), 0, 0),
    }
    // SAFETY: traps, and never goes on.
    unsafe { core::arch::asm!("ud2", options(noreturn)) }
}

/// An index out of range unless it is below 4.
#[cfg(vexfs_panic_test)]
#[unsafe(no_mangle)]
pub extern "C" fn vexfs_core_panic(index: usize) -> u32 {
    static WORDS: [u32; 4] = [2, 3, 5, 7];

    WORDS[index]
}
