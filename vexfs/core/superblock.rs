// SPDX-License-Identifier: GPL-2.0-only
//! Superblocks: rules S1 to S13.
use crate::fault::{Errno, Fault};
use crate::format::*;
use crate::xxh64;
use core::mem::offset_of;

/// Where slot 0 or 1 lies.
pub fn slot_block(slot: u32) -> u64 {
    if slot == 0 { SLOT0_BLOCK } else { SLOT1_BLOCK }
}

pub fn is_reserved(block: u64) -> bool {
    block <= SLOT0_BLOCK || block == SLOT1_BLOCK
}

/// S1 to S5: whether this version may read on at all.
fn check_identity(s: &SuperBlock, sum: u64) -> Result<(), Fault> {
    let unknown = |rule, what, offset| Err(Fault::new(Errno::OpNotSupp, rule, what, offset));

    if s.magic != MAGIC {
        return Err(Fault::new(Errno::Inval, c"S1", c"no VexFS", offset_of!(SuperBlock, magic)));
    }
    if s.checksum.get() != sum {
        return Err(Fault::damage(c"S2", c"wrong checksum", offset_of!(SuperBlock, checksum)));
    }
    if s.version.get() != VERSION {
        return unknown(c"S3", c"unknown version", offset_of!(SuperBlock, version));
    }
    if s.block_bits.get() != BLOCK_BITS {
        return unknown(c"S4", c"unknown block size", offset_of!(SuperBlock, block_bits));
    }
    if s.incompat.get() & !INCOMPAT_KNOWN != 0 {
        return unknown(c"S5", c"unknown feature", offset_of!(SuperBlock, incompat));
    }
    Ok(())
}

/// S7 to S9: numbers of blocks.
fn check_extent(s: &SuperBlock) -> Result<(), Fault> {
    let blocks = s.block_count.get();
    let root = s.root_block.get();
    let damage = |rule, what, offset| Err(Fault::damage(rule, what, offset));

    if !(BLOCKS_MIN..=BLOCKS_MAX).contains(&blocks) {
        return damage(c"S7", c"impossible number of blocks", offset_of!(SuperBlock, block_count));
    }
    if s.free_count.get() > blocks {
        return damage(c"S8", c"more free blocks than blocks", offset_of!(SuperBlock, free_count));
    }
    if root >= blocks || is_reserved(root) {
        return damage(
            c"S9",
            c"root node outside the filesystem",
            offset_of!(SuperBlock, root_block),
        );
    }
    Ok(())
}

/// S10 to S12: numbers and bytes that depend on nothing else.
fn check_fields(s: &SuperBlock, own: u64) -> Result<(), Fault> {
    let generation = s.generation.get();
    let damage = |rule, what, offset| Err(Fault::damage(rule, what, offset));

    if !(1..=generation).contains(&s.root_generation.get()) {
        return damage(
            c"S10",
            c"root node from the future",
            offset_of!(SuperBlock, root_generation),
        );
    }
    if slot_block((generation & 1) as u32) != own {
        return damage(c"S10", c"generation of the other slot", offset_of!(SuperBlock, generation));
    }
    if s.root_oid.get() != ROOT_OID {
        return damage(c"S11", c"unknown root directory", offset_of!(SuperBlock, root_oid));
    }
    if s.made_nsec.get() > NSEC_MAX {
        return damage(c"S12", c"impossible time", offset_of!(SuperBlock, made_nsec));
    }
    if !s.label.contains(&0) {
        return damage(c"S12", c"label without end", offset_of!(SuperBlock, label));
    }
    if !is_zero(&s.reserved) {
        return damage(c"S12", c"reserved bytes in use", offset_of!(SuperBlock, reserved));
    }
    Ok(())
}

/// `own`: the block it was read from. `device_blocks`: 0 = not to be checked.
pub fn check(block: &Block, own: u64, device_blocks: u64) -> Result<(), Fault> {
    let s = superblock(block);
    let damage = |rule, what, offset| Err(Fault::damage(rule, what, offset));

    check_identity(s, xxh64::of_block(block))?;
    if s.self_block.get() != own {
        return damage(c"S6", c"lies elsewhere than it says", offset_of!(SuperBlock, self_block));
    }
    check_extent(s)?;
    check_fields(s, own)?;
    if device_blocks != 0 && s.block_count.get() > device_blocks {
        return damage(c"S13", c"larger than its device", offset_of!(SuperBlock, block_count));
    }
    Ok(())
}
