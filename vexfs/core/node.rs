// SPDX-License-Identifier: GPL-2.0-only
//! Tree nodes: rules N1 to N9.
use crate::fault::Fault;
use crate::format::*;
use crate::xxh64;
use core::mem::{offset_of, size_of};

/// N1 to N6: whether it is the node that was meant.
fn check_identity(n: &Node, sum: u64, parent: &SuperBlock) -> Result<(), Fault> {
    let damage = |rule, what, offset| Err(Fault::damage(rule, what, offset));

    if n.magic != NODE_MAGIC {
        return damage(c"N1", c"no node", offset_of!(Node, magic));
    }
    if n.checksum.get() != sum {
        return damage(c"N2", c"wrong checksum", offset_of!(Node, checksum));
    }
    if n.uuid != parent.uuid {
        return damage(c"N3", c"of another filesystem", offset_of!(Node, uuid));
    }
    if n.self_block != parent.root_block {
        return damage(c"N4", c"lies elsewhere than it says", offset_of!(Node, self_block));
    }
    if n.generation != parent.root_generation {
        return damage(c"N5", c"of another generation", offset_of!(Node, generation));
    }
    if n.level.get() != 0 || n.reserved.get() != 0 || n.owner.get() != ROOT_TREE {
        return damage(c"N6", c"unknown kind of node", offset_of!(Node, level));
    }
    Ok(())
}

/// N7: the item heads, as many as the node says.
pub fn items(block: &Block) -> Result<&[Item], Fault> {
    let nr = node(block).nr_items.get();

    heads(block, nr).ok_or(Fault::damage(c"N7", c"more items than fit", offset_of!(Node, nr_items)))
}

/// N9, for the item whose head is the @i-th.
pub fn outside(i: usize) -> Fault {
    Fault::damage(c"N9", c"item outside the node", head_offset(i))
}

fn head_offset(i: usize) -> usize {
    i.wrapping_mul(size_of::<Item>()).wrapping_add(HEADS_START)
}

fn order(key: &Key) -> (u64, u8, u64) {
    (key.oid.get(), key.r#type, key.offset.get())
}

fn lies_inside(item: &Item, heads_end: usize) -> bool {
    let (start, size) = (item.start.get() as usize, item.size.get() as usize);
    let room = BLOCK_SIZE.checked_sub(start);

    start % 8 == 0 && start >= heads_end && room.is_some_and(|room| size <= room)
}

/// N8 and N9: what the heads say.
fn check_items(items: &[Item]) -> Result<(), Fault> {
    let heads_end = head_offset(items.len());
    let mut last = None;

    for (i, item) in items.iter().enumerate() {
        let key = order(&item.key);

        if last.is_some_and(|last| last >= key) {
            return Err(Fault::damage(c"N8", c"keys do not ascend", head_offset(i)));
        }
        if !is_zero(&item.key.reserved) {
            return Err(Fault::damage(c"N8", c"reserved bytes in use", head_offset(i)));
        }
        if !lies_inside(item, heads_end) {
            return Err(outside(i));
        }
        last = Some(key);
    }
    Ok(())
}

/// A leaf that the valid superblock `parent` points to.
pub fn check(block: &Block, parent: &SuperBlock) -> Result<(), Fault> {
    check_identity(node(block), xxh64::of_block(block), parent)?;
    check_items(items(block)?)
}
