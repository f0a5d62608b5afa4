// SPDX-License-Identifier: GPL-2.0-only
//! The root directory's inode: rules I1 to I4.
use crate::fault::Fault;
use crate::format::*;
use crate::node;
use core::mem::{offset_of, size_of};

/// stat(2)'s S_IFMT, S_IFDIR, and every bit that a mode may have.
const TYPE_BITS: u32 = 0o170000;
const DIRECTORY: u32 = 0o040000;
const MODE_BITS: u32 = TYPE_BITS | 0o7777;

fn is_roots(key: &Key) -> bool {
    key.oid.get() == ROOT_OID && key.r#type == KEY_INODE && key.offset.get() == 0
}

fn is_valid(time: &Time) -> bool {
    time.nsec.get() <= NSEC_MAX && time.reserved.get() == 0
}

/// I2 to I4. `start`: where the inode lies in its block.
fn check(i: &Inode, start: usize) -> Result<(), Fault> {
    let mode = i.mode.get();
    let damage = |rule, what, at: usize| Err(Fault::damage(rule, what, start.wrapping_add(at)));

    if mode & !MODE_BITS != 0 || mode & TYPE_BITS != DIRECTORY {
        return damage(c"I2", c"root is no directory", offset_of!(Inode, mode));
    }
    if i.nlink.get() != 2 || i.size.get() != 0 {
        return damage(c"I3", c"root with entries", offset_of!(Inode, nlink));
    }
    if ![&i.atime, &i.mtime, &i.ctime, &i.btime].into_iter().all(is_valid) {
        return damage(c"I4", c"impossible time", offset_of!(Inode, atime));
    }
    if i.flags.get() != 0 || !is_zero(&i.reserved) {
        return damage(c"I4", c"reserved bytes in use", offset_of!(Inode, flags));
    }
    Ok(())
}

/// Where the inode begins in any block, also in one that is no node at all.
pub fn find_root(block: &Block) -> Result<u32, Fault> {
    let missing =
        Fault::damage(c"I1", c"no inode of the root directory", offset_of!(Node, nr_items));
    let mut items = node::items(block)?.iter().enumerate();
    let (nr, item) = items.find(|(_, item)| is_roots(&item.key)).ok_or(missing)?;
    let start = item.start.get();

    if item.size.get() as usize != size_of::<Inode>() {
        return Err(missing);
    }
    check(inode(block, start).ok_or(node::outside(nr))?, start as usize)?;
    Ok(start)
}
