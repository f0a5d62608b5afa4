/* SPDX-License-Identifier: GPL-2.0-only */
/* abi.def for rustc; tools/abi.sh reads both. */
#define CHECK(is_so, ...) const _: () = assert!(is_so, concat!(__VA_ARGS__, " is not as vexfs/core/abi.def has it"));
#define AT(c, s, f, at) CHECK(offset_of!(s, f) == at, #c, ".", #f, ": offset")
#define TYPE(s, f, t) const _: fn(&s) -> &t = |it| &it.f;

#define R_u8 u8
#define R_u32 u32
#define R_le16 Le16
#define R_le32 Le32
#define R_le64 Le64
#define R_text *const c_char

#define CONSTANT(c, rust, value) CHECK(rust == value, #c)
#define STRUCT(c, s, size) CHECK(size_of::<s>() == size, #c, ": size")
#define FIELD(c, s, f, at, t) AT(c, s, f, at) TYPE(s, f, R_##t)
#define ARRAY(c, s, f, at, t, n) AT(c, s, f, at) TYPE(s, f, [R_##t; n])
#define PART(c, s, f, at, c_t, t) AT(c, s, f, at) TYPE(s, f, t)

#define INT i32
#define BOOL bool
#define U32 u32
#define U64 u64
#define SIZE usize
#define BYTES *const c_void
#define OUT_U32 *mut u32
#define OUT(c, rust) *mut rust
#define FUNCTION(ret, name, ...) const _: unsafe extern "C" fn(__VA_ARGS__) -> ret = name;
