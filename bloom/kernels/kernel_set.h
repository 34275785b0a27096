/*
 * The kernels there are, for kernel_dispatch.c alone: callers go through kernels.h, which
 * hands out only what this processor can run and what has passed its self-test.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_KERNEL_SET_H
#define TALLY_KERNEL_SET_H

#include "bloom/kernels/kernels.h"

extern const struct tally_kernel tally_kernel_portable;
#if defined(__aarch64__)
extern const struct tally_kernel tally_kernel_neon;
#endif
#if defined(__x86_64__)
extern const struct tally_kernel tally_kernel_popcnt;
extern const struct tally_kernel tally_kernel_avx2;
extern const struct tally_kernel tally_kernel_avx512;

/** What AMX adds to tally_kernel_avx512. */
extern const struct tally_scan tally_dot_amx;

/** tally_scan.scan of dot products by AVX-512 VNNI, for tiles that AMX leaves to it. */
size_t tally_vnni_scan(const uint8_t *a, const int32_t *need_a, size_t na,
                       size_t first_row, const uint8_t *packed, const int32_t *need_b,
                       size_t nb, size_t row_bytes, struct tally_hit *out, size_t cap,
                       size_t *next_row);

/** What AMX projects by. */
tally_project_fn tally_vnni_project;
#endif

#endif
