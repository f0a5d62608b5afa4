// SPDX-License-Identifier: GPL-2.0-only
//! XXH64, from its specification (doc/xxhash_spec.md of xxHash).
use crate::format::Block;

const P1: u64 = 0x9E37_79B1_85EB_CA87;
const P2: u64 = 0xC2B2_AE3D_27D4_EB4F;
const P3: u64 = 0x1656_67B1_9E37_79F9;
const P4: u64 = 0x85EB_CA77_C2B2_AE63;
const P5: u64 = 0x27D4_EB2F_1656_67C5;

/// Bytes of one stripe: a word for each of four lanes.
const STRIPE: usize = 32;

fn round(lane: u64, word: u64) -> u64 {
    lane.wrapping_add(word.wrapping_mul(P2)).rotate_left(31).wrapping_mul(P1)
}

fn merge(hash: u64, lane: u64) -> u64 {
    (hash ^ round(0, lane)).wrapping_mul(P1).wrapping_add(P4)
}

/// The whole stripes of `data`, and what is left of it.
fn stripes(data: &[u8], seed: u64) -> (u64, &[u8]) {
    let mut lanes =
        [seed.wrapping_add(P1).wrapping_add(P2), seed.wrapping_add(P2), seed, seed.wrapping_sub(P1)];
    let mut rest = data;

    while let Some((stripe, behind)) = rest.split_first_chunk::<STRIPE>() {
        let mut words = stripe.as_slice();

        for lane in &mut lanes {
            if let Some((word, behind)) = words.split_first_chunk::<8>() {
                *lane = round(*lane, u64::from_le_bytes(*word));
                words = behind;
            }
        }
        rest = behind;
    }
    let [a, b, c, d] = lanes;
    let sum = a
        .rotate_left(1)
        .wrapping_add(b.rotate_left(7))
        .wrapping_add(c.rotate_left(12))
        .wrapping_add(d.rotate_left(18));
    (lanes.into_iter().fold(sum, merge), rest)
}

fn tail(mut hash: u64, mut rest: &[u8]) -> u64 {
    while let Some((word, behind)) = rest.split_first_chunk::<8>() {
        hash ^= round(0, u64::from_le_bytes(*word));
        hash = hash.rotate_left(27).wrapping_mul(P1).wrapping_add(P4);
        rest = behind;
    }
    if let Some((word, behind)) = rest.split_first_chunk::<4>() {
        hash ^= u64::from(u32::from_le_bytes(*word)).wrapping_mul(P1);
        hash = hash.rotate_left(23).wrapping_mul(P2).wrapping_add(P3);
        rest = behind;
    }
    for &byte in rest {
        hash ^= u64::from(byte).wrapping_mul(P5);
        hash = hash.rotate_left(11).wrapping_mul(P1);
    }
    hash
}

fn avalanche(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 33)).wrapping_mul(P2);
    hash = (hash ^ (hash >> 29)).wrapping_mul(P3);
    hash ^ (hash >> 32)
}

pub fn of(data: &[u8], seed: u64) -> u64 {
    let (hash, rest) =
        if data.len() < STRIPE { (seed.wrapping_add(P5), data) } else { stripes(data, seed) };

    avalanche(tail(hash.wrapping_add(data.len() as u64), rest))
}

/// The checksum that a superblock or node should have: of all behind the checksum.
pub fn of_block(block: &Block) -> u64 {
    let (_, rest) = block.split_at(8);

    of(rest, 0)
}
