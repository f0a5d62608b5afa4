// SPDX-License-Identifier: GPL-2.0-only
/* libFuzzer calls one name; FUZZ_TARGET is the function behind it. */
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FUZZ_TARGET(data, size);
	return 0;
}
