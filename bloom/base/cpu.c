/*
 * The processor probe: CPUID says what it can do, XCR0 whether the system saves the wide
 * registers. Both are needed: a kernel on an unsaved register gives wrong answers. The
 * tiles of AMX (8 KiB a thread) Linux saves for those who ask (Documentation/arch/x86/
 * xstate.rst of its sources).
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/cpu.h"

#include "bloom/base/err.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

static const char *const cpu_names[TALLY_CPU_LEVELS] = {"portable", "popcnt", "avx2",
                                                        "avx512",   "amx",    "neon"};

#if defined(__x86_64__)

#define CPU1_ECX_POPCNT    (1u << 23)
#define CPU1_ECX_OSXSAVE   (1u << 27)
#define CPU7_EBX_AVX2      (1u << 5)
#define CPU7_EBX_AVX512F   (1u << 16)
#define CPU7_EBX_AVX512DQ  (1u << 17)
#define CPU7_EBX_AVX512BW  (1u << 30)
#define CPU7_EBX_AVX512VL  (1u << 31)
#define CPU7_ECX_VNNI      (1u << 11)
#define CPU7_ECX_VPOPCNTDQ (1u << 14)
#define CPU7_EDX_AMX_TILE  (1u << 24)
#define CPU7_EDX_AMX_INT8  (1u << 25)
#define XCR0_YMM           0x06u    /* SSE and AVX state */
#define XCR0_ZMM           0xe6u    /* and opmask, upper halves, upper registers */
#define XCR0_TILES         0x60000u /* configuration and data */

/* asm/prctl.h, for which headers older than Linux 5.16 are too old. */
#define REQUEST_FEATURE 0x1023 /* ARCH_REQ_XCOMP_PERM */
#define FEATURE_TILES   18     /* the bit of tile data in XCR0 */

static uint64_t
cpu_xcr0(void)
{
    uint32_t low;
    uint32_t high;

    /* The intrinsic would need this file compiled for XSAVE. */
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

enum tally_cpu_level
tally_cpu_probe(void)
{
    const uint32_t avx512 =
        CPU7_EBX_AVX512F | CPU7_EBX_AVX512DQ | CPU7_EBX_AVX512BW | CPU7_EBX_AVX512VL;
    const uint32_t avx512_c = CPU7_ECX_VNNI | CPU7_ECX_VPOPCNTDQ;
    uint32_t a;
    uint32_t b;
    uint32_t c;
    uint32_t d;
    uint64_t state;

    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & CPU1_ECX_POPCNT) == 0) {
        return TALLY_CPU_PORTABLE;
    }
    if ((c & CPU1_ECX_OSXSAVE) == 0) {
        return TALLY_CPU_POPCNT;
    }
    state = cpu_xcr0();
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (b & CPU7_EBX_AVX2) == 0 ||
        (state & XCR0_YMM) != XCR0_YMM) {
        return TALLY_CPU_POPCNT;
    }
    if ((b & avx512) != avx512 || (c & avx512_c) != avx512_c ||
        (state & XCR0_ZMM) != XCR0_ZMM) {
        return TALLY_CPU_AVX2;
    }
    return tally_cpu_amx() == TALLY_CPU_AMX_ALLOWED ? TALLY_CPU_AMX : TALLY_CPU_AVX512;
}

enum tally_cpu_amx
tally_cpu_amx(void)
{
    const uint32_t amx = CPU7_EDX_AMX_TILE | CPU7_EDX_AMX_INT8;
    uint32_t a;
    uint32_t b;
    uint32_t c;
    uint32_t d;

    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & CPU1_ECX_OSXSAVE) == 0 ||
        __get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & amx) != amx ||
        (cpu_xcr0() & XCR0_TILES) != XCR0_TILES) {
        return TALLY_CPU_AMX_ABSENT;
    }
#if defined(__linux__)
    return syscall(SYS_arch_prctl, REQUEST_FEATURE, FEATURE_TILES) == 0
               ? TALLY_CPU_AMX_ALLOWED
               : TALLY_CPU_AMX_REFUSED;
#else
    return TALLY_CPU_AMX_REFUSED;
#endif
}

#else

enum tally_cpu_amx
tally_cpu_amx(void)
{
    return TALLY_CPU_AMX_ABSENT;
}

enum tally_cpu_level
tally_cpu_probe(void)
{
#if defined(__aarch64__)
    return TALLY_CPU_NEON;
#else
    return TALLY_CPU_PORTABLE;
#endif
}

#endif

/* The level TALLY_CPU names, or TALLY_CPU_LEVELS when it names none. */
static int
cpu_override(void)
{
    const char *word = getenv("TALLY_CPU");
    int level = 0;

    while (word != NULL && level < TALLY_CPU_LEVELS &&
           strcmp(word, cpu_names[level]) != 0) {
        level++;
    }
    return word == NULL ? TALLY_CPU_LEVELS : level;
}

enum tally_cpu_level
tally_cpu_level(void)
{
    int probe = (int)tally_cpu_probe();
    int override = cpu_override();

    return (enum tally_cpu_level)(override < probe ? override : probe);
}

bool
tally_cpu_override_bad(void)
{
    const char *word = getenv("TALLY_CPU");

    return word != NULL && word[0] != '\0' && cpu_override() == TALLY_CPU_LEVELS;
}

const char *
tally_cpu_name(enum tally_cpu_level level)
{
    TALLY_INVARIANT((int)level >= 0 && (int)level < TALLY_CPU_LEVELS);
    return cpu_names[level];
}
