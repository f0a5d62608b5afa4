/* SPDX-License-Identifier: GPL-2.0-only */
/* abi.def for the C compiler; tools/abi.sh reads both. */
#define SAME(a, b) __builtin_types_compatible_p(a, b)
#define CHECK(is_so, what) _Static_assert(is_so, what " is not as vexfs/core/abi.def has it");
#define MEMBER(s, f) __typeof__(((struct s *)0)->f)
#define AT(s, f, at) CHECK(offsetof(struct s, f) == at, #s "." #f ": offset")

#define C_u8 __u8
#define C_u32 __u32
#define C_le16 __le16
#define C_le32 __le32
#define C_le64 __le64
#define C_text const char *

#define CONSTANT(c, rust, value) CHECK(c == value, #c)
#define STRUCT(s, rust, size) CHECK(sizeof(struct s) == size, #s ": size")
#define FIELD(s, rust, f, at, t) AT(s, f, at) CHECK(SAME(MEMBER(s, f), C_##t), #s "." #f ": type")
#define ARRAY(s, rust, f, at, t, n) AT(s, f, at) CHECK(SAME(MEMBER(s, f), C_##t[n]), #s "." #f ": type")
#define PART(s, rust, f, at, t, rust_t) AT(s, f, at) CHECK(SAME(MEMBER(s, f), struct t), #s "." #f ": type")

#define INT int
#define BOOL bool
#define U32 u32
#define U64 u64
#define SIZE size_t
#define BYTES const void *
#define OUT_U32 u32 *
#define OUT(c, rust) struct c *
#define FUNCTION(ret, name, ...) CHECK(SAME(__typeof__(name), ret(__VA_ARGS__)), #name ": signature")
