/*
 * What this processor can do, and the TALLY_CPU override.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_CPU_H
#define TALLY_BASE_CPU_H

#include <stdbool.h>

/** Levels, each includes those before it. */
enum tally_cpu_level {
    TALLY_CPU_PORTABLE = 0,
    TALLY_CPU_POPCNT = 1,
    TALLY_CPU_AVX2 = 2,
    TALLY_CPU_AVX512 = 3 /* F, BW, VL, DQ and VPOPCNTDQ, state enabled by the system */
};
#define TALLY_CPU_LEVELS 4

/** The highest level the processor and the system allow (CPUID and XCR0). */
enum tally_cpu_level tally_cpu_probe(void);

/** The probe, lowered to TALLY_CPU=portable|popcnt|avx2|avx512 when that is set; an
 * unknown word is ignored (tally doctor says so through tally_cpu_override_bad). */
enum tally_cpu_level tally_cpu_level(void);
bool tally_cpu_override_bad(void);

/** "portable", "popcnt", "avx2", "avx512". */
const char *tally_cpu_name(enum tally_cpu_level level);

#endif
