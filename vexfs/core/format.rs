// SPDX-License-Identifier: GPL-2.0-only
//! include/vexfs/format.h in Rust; abi.def holds the two together. Every struct
//! is made of bytes, so that it may lie anywhere.
use core::mem::{align_of, size_of};

pub const BLOCK_BITS: u32 = 12;
pub const BLOCK_SIZE: usize = 1 << BLOCK_BITS;
pub const VERSION: u32 = 1;
pub const MAGIC: [u8; 8] = *b"VexFS\x1a\r\n";
pub const NODE_MAGIC: [u8; 8] = *b"VexNode\n";

pub const SLOT0_BLOCK: u64 = 16;
pub const SLOT1_BLOCK: u64 = 256;
pub const BLOCKS_MIN: u64 = 1024;
pub const BLOCKS_MAX: u64 = 1 << 51;

pub const ROOT_OID: u64 = 1;
pub const ROOT_TREE: u64 = 1;
pub const KEY_INODE: u8 = 1;
pub const INCOMPAT_KNOWN: u64 = 0;

pub const NSEC_MAX: u32 = 999_999_999;

pub type Block = [u8; BLOCK_SIZE];

macro_rules! little_endian {
    ($name:ident, $int:ty) => {
        #[repr(transparent)]
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub struct $name([u8; size_of::<$int>()]);

        impl $name {
            pub const fn get(self) -> $int {
                <$int>::from_le_bytes(self.0)
            }
        }
    };
}

little_endian!(Le16, u16);
little_endian!(Le32, u32);
little_endian!(Le64, u64);

#[repr(C)]
pub struct SuperBlock {
    pub checksum: Le64,
    pub magic: [u8; 8],
    pub version: Le32,
    pub block_bits: Le32,
    pub compat: Le64,
    pub ro_compat: Le64,
    pub incompat: Le64,
    pub uuid: [u8; 16],
    pub label: [u8; 64],
    pub generation: Le64,
    pub block_count: Le64,
    pub free_count: Le64,
    pub root_block: Le64,
    pub root_generation: Le64,
    pub root_oid: Le64,
    pub self_block: Le64,
    pub made_sec: Le64,
    pub made_nsec: Le32,
    pub reserved: [u8; 3900],
}

#[repr(C)]
pub struct Node {
    pub checksum: Le64,
    pub magic: [u8; 8],
    pub uuid: [u8; 16],
    pub self_block: Le64,
    pub generation: Le64,
    pub owner: Le64,
    pub level: Le16,
    pub reserved: Le16,
    pub nr_items: Le32,
}

#[repr(C)]
pub struct Key {
    pub oid: Le64,
    pub r#type: u8,
    pub reserved: [u8; 7],
    pub offset: Le64,
}

#[repr(C)]
pub struct Item {
    pub key: Key,
    pub start: Le32,
    pub size: Le32,
}

#[repr(C)]
pub struct Time {
    pub sec: Le64,
    pub nsec: Le32,
    pub reserved: Le32,
}

#[repr(C)]
pub struct Inode {
    pub mode: Le32,
    pub nlink: Le32,
    pub uid: Le32,
    pub gid: Le32,
    pub size: Le64,
    pub blocks: Le64,
    pub atime: Time,
    pub mtime: Time,
    pub ctime: Time,
    pub btime: Time,
    pub generation: Le64,
    pub flags: Le64,
    pub reserved: [u8; 16],
}

/// # Safety
/// The type is `repr(C)` of bytes alone: any alignment and any bits are valid.
#[allow(unsafe_code)]
unsafe trait OnDisk: Sized {}

macro_rules! on_disk {
    ($($name:ident)*) => {$(
        const _: () = assert!(align_of::<$name>() == 1, stringify!($name));
        // SAFETY: alignment 1 has just been asserted, so it is bytes alone.
        #[allow(unsafe_code)]
        unsafe impl OnDisk for $name {}
    )*};
}

on_disk!(SuperBlock Node Item Inode);

#[allow(unsafe_code)]
#[inline]
fn view<T: OnDisk>(bytes: &[u8]) -> Option<&T> {
    let bytes = bytes.get(..size_of::<T>())?;
    // SAFETY: as many bytes as T has; OnDisk says that any do.
    Some(unsafe { &*bytes.as_ptr().cast::<T>() })
}

/// Where a node's array of item heads begins, and how many fit behind it.
pub const HEADS_START: usize = size_of::<Node>();
pub const HEADS_MAX: usize = (BLOCK_SIZE - HEADS_START) / size_of::<Item>();

const _: () = assert!(size_of::<SuperBlock>() == BLOCK_SIZE && HEADS_START <= BLOCK_SIZE);

#[allow(unsafe_code)]
pub fn superblock(block: &Block) -> &SuperBlock {
    // SAFETY: a SuperBlock has BLOCK_SIZE bytes; OnDisk says that any do.
    unsafe { &*block.as_ptr().cast() }
}

#[allow(unsafe_code)]
pub fn node(block: &Block) -> &Node {
    // SAFETY: a Node is shorter than a block; OnDisk says that any bytes do.
    unsafe { &*block.as_ptr().cast() }
}

/// The first @nr item heads; None when they do not fit.
#[allow(unsafe_code)]
pub fn heads(block: &Block, nr: u32) -> Option<&[Item]> {
    let nr = usize::try_from(nr).ok().filter(|&nr| nr <= HEADS_MAX)?;
    let bytes = block.get(HEADS_START..)?;
    // SAFETY: HEADS_MAX of them lie in those bytes; OnDisk says that any do.
    Some(unsafe { core::slice::from_raw_parts(bytes.as_ptr().cast(), nr) })
}

/// The inode at @start; None when it does not lie inside the block.
pub fn inode(block: &Block, start: u32) -> Option<&Inode> {
    view(block.get(usize::try_from(start).ok()?..)?)
}

pub fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0)
}
