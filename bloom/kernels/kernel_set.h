/*
 * The kernels there are, for kernel_dispatch.c alone: callers go through kernels.h, which
 * hands out only what this processor can run and what has passed its self-test.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_KERNEL_SET_H
#define TALLY_KERNEL_SET_H

#include "bloom/kernels/kernels.h"

extern const struct tally_kernel tally_kernel_portable;
#if defined(__x86_64__)
extern const struct tally_kernel tally_kernel_popcnt;
extern const struct tally_kernel tally_kernel_avx2;
extern const struct tally_kernel tally_kernel_avx512;
#endif

#endif
