/*
 * The processor probe and its override.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/cpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void
cpu_names_are_pinned(void **state)
{
    (void)state;
    assert_string_equal(tally_cpu_name(TALLY_CPU_PORTABLE), "portable");
    assert_string_equal(tally_cpu_name(TALLY_CPU_POPCNT), "popcnt");
    assert_string_equal(tally_cpu_name(TALLY_CPU_AVX2), "avx2");
    assert_string_equal(tally_cpu_name(TALLY_CPU_AVX512), "avx512");
    assert_string_equal(tally_cpu_name(TALLY_CPU_AMX), "amx");
    assert_string_equal(tally_cpu_name(TALLY_CPU_NEON), "neon");
}

static void
cpu_probe_agrees_with_the_compiler(void **state)
{
    (void)state;
#if defined(__x86_64__)
    bool popcnt = __builtin_cpu_supports("popcnt") != 0;
    bool avx2 = popcnt && __builtin_cpu_supports("avx2") != 0;
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") != 0 &&
                  __builtin_cpu_supports("avx512bw") != 0 &&
                  __builtin_cpu_supports("avx512vl") != 0 &&
                  __builtin_cpu_supports("avx512dq") != 0 &&
                  __builtin_cpu_supports("avx512vnni") != 0 &&
                  __builtin_cpu_supports("avx512vpopcntdq") != 0;
    bool amx = avx512 && tally_cpu_amx() == TALLY_CPU_AMX_ALLOWED;

    assert_int_equal(tally_cpu_probe(), amx      ? TALLY_CPU_AMX
                                        : avx512 ? TALLY_CPU_AVX512
                                        : avx2   ? TALLY_CPU_AVX2
                                        : popcnt ? TALLY_CPU_POPCNT
                                                 : TALLY_CPU_PORTABLE);
#elif defined(__aarch64__)
    assert_int_equal(tally_cpu_probe(), TALLY_CPU_NEON);
#else
    assert_int_equal(tally_cpu_probe(), TALLY_CPU_PORTABLE);
#endif
}

static void
cpu_gives_the_same_answer_about_amx_every_time(void **state)
{
    enum tally_cpu_amx first = tally_cpu_amx();

    (void)state;
    assert_int_equal(tally_cpu_amx(), first);
    assert_int_equal(tally_cpu_amx(), first);
#if !defined(__x86_64__)
    assert_int_equal(first, TALLY_CPU_AMX_ABSENT);
#endif
}

static void
cpu_override_lowers_and_never_raises(void **state)
{
    int probe = (int)tally_cpu_probe();

    (void)state;
    for (int level = 0; level < TALLY_CPU_LEVELS; level++) {
        setenv("TALLY_CPU", tally_cpu_name((enum tally_cpu_level)level), 1);
        assert_int_equal(tally_cpu_level(), level < probe ? level : probe);
        assert_false(tally_cpu_override_bad());
    }
    unsetenv("TALLY_CPU");
    assert_int_equal(tally_cpu_level(), probe);
    assert_false(tally_cpu_override_bad());
}

static void
cpu_override_with_an_unknown_word_is_ignored_and_told(void **state)
{
    static const char *const words[] = {"AVX2", "sse", "avx", "avx5122"};

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        setenv("TALLY_CPU", words[i], 1);
        assert_int_equal(tally_cpu_level(), tally_cpu_probe());
        assert_true(tally_cpu_override_bad());
    }
    setenv("TALLY_CPU", "", 1);
    assert_int_equal(tally_cpu_level(), tally_cpu_probe());
    assert_false(tally_cpu_override_bad());
    unsetenv("TALLY_CPU");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cpu_names_are_pinned),
        cmocka_unit_test(cpu_probe_agrees_with_the_compiler),
        cmocka_unit_test(cpu_gives_the_same_answer_about_amx_every_time),
        cmocka_unit_test(cpu_override_lowers_and_never_raises),
        cmocka_unit_test(cpu_override_with_an_unknown_word_is_ignored_and_told),
    };

    return cmocka_run_group_tests_name("cpu", tests, NULL, NULL);
}
