/*
 * What this processor can do, and the TALLY_CPU override.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_CPU_H
#define TALLY_BASE_CPU_H

#include <stdbool.h>

/** Levels; of those of one architecture each includes those before it. */
enum tally_cpu_level {
    TALLY_CPU_PORTABLE = 0,
    TALLY_CPU_POPCNT = 1,
    TALLY_CPU_AVX2 = 2,
    TALLY_CPU_AVX512 = 3, /* F, BW, VL, DQ, VNNI and VPOPCNTDQ, state enabled by the
                             system */
    TALLY_CPU_AMX = 4,    /* tiles and int8, state enabled and this process allowed */
    TALLY_CPU_NEON = 5    /* every 64-bit ARM */
};
#define TALLY_CPU_LEVELS 6

/** What stands between this process and AMX: Linux saves the tiles only of a process that
 * has asked, and may refuse. */
enum tally_cpu_amx {
    TALLY_CPU_AMX_ABSENT,  /* the processor has none, or the system does not know it */
    TALLY_CPU_AMX_REFUSED, /* the system says no to this process */
    TALLY_CPU_AMX_ALLOWED
};

/** Ask for AMX. Asking again is harmless and has the same answer. Thread-safe. */
enum tally_cpu_amx tally_cpu_amx(void);

/** The highest level the processor and the system allow (CPUID, XCR0, tally_cpu_amx). */
enum tally_cpu_level tally_cpu_probe(void);

/** The probe, lowered to TALLY_CPU=portable|popcnt|avx2|avx512|amx|neon when that is set;
 * an unknown word is ignored (tally doctor says so through tally_cpu_override_bad). */
enum tally_cpu_level tally_cpu_level(void);
bool tally_cpu_override_bad(void);

/** "portable", "popcnt", "avx2", "avx512", "amx", "neon". */
const char *tally_cpu_name(enum tally_cpu_level level);

#endif
