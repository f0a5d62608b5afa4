/* SPDX-License-Identifier: GPL-2.0-only */
/* abi.def as the list of what the core exports; tools/abi.sh reads both. */
#define CONSTANT(c, rust, value)
#define STRUCT(c, s, size)
#define FIELD(c, s, f, at, t)
#define ARRAY(c, s, f, at, t, n)
#define PART(c, s, f, at, c_t, t)
#define FUNCTION(ret, name, ...) name
