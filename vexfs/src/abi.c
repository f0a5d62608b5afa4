// SPDX-License-Identifier: GPL-2.0-only
/* Holds core.h and format.h to vexfs/core/abi.def, and the core's object to both. */
#include "../../include/vexfs/core.h"
#include "generated/abi.h"

/* Named by the contract's hash: an object made from another one does not link. */
static const u8 *const contract __attribute__((__used__)) = &VEXFS_CORE_ABI;
