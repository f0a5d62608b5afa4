/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of Rust's symbols, for people. */
#ifndef LIBVM_RUST_NAME_H
#define LIBVM_RUST_NAME_H

/*
 * Pure: "core::panicking::panic_fmt" for "_RNvNtCs2DxGA1hvVcO_4core9panicking9panic_fmt" (v0
 * mangling, RFC 2603) or for the older "_ZN4core9panicking9panic_fmt17h…E": the
 * identifiers that it is made of, of generic ones those of their arguments
 * too. Any other @symbol as it is. To be freed.
 */
char *rust_name(const char *symbol);

#endif /* LIBVM_RUST_NAME_H */
