/*
 * Secrets: guarded memory, process hardening, random bytes, the digest against known
 * answers.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/secret.h"

#include "bloom/base/bytes.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int
start(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    return tally_secret_init(&err);
}

static void
secret_init_switches_core_dumps_off_and_may_be_repeated(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct rlimit lim;

    (void)state;
    assert_int_equal(tally_secret_init(&err), 0);
    assert_int_equal(getrlimit(RLIMIT_CORE, &lim), 0);
    assert_int_equal(lim.rlim_cur, 0);
    assert_int_equal(lim.rlim_max, 0);
    assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
}

static void
secret_starts_zeroed_and_keeps_its_bytes_through_nested_opens(void **state)
{
    struct tally_secret *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *p;

    (void)state;
    assert_int_equal(tally_secret_create(&s, 32, &err), 0);
    assert_int_equal(tally_secret_len(s), 32);
    p = tally_secret_open(s);
    for (size_t i = 0; i < 32; i++) {
        assert_int_equal(p[i], 0);
        p[i] = (uint8_t)i;
    }
    assert_ptr_equal(tally_secret_open(s), p);
    tally_secret_close(s);
    assert_int_equal(p[31], 31);
    tally_secret_close(s);
    p = tally_secret_open(s);
    assert_int_equal(p[31], 31);
    tally_secret_close(s);
    tally_secret_free(s);
    tally_secret_free(NULL);
}

/* Read a byte of ${p} in a child; returns the signal that killed it, or 0. */
static int
signal_of_reading(const volatile uint8_t *p)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL);
        signal(SIGBUS, SIG_DFL);
        _exit(p[0] == 1 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
secret_cannot_be_read_while_it_is_closed(void **state)
{
    struct tally_secret *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *p;

    (void)state;
    assert_int_equal(tally_secret_create(&s, 16, &err), 0);
    p = tally_secret_open(s);
    assert_int_equal(signal_of_reading(p), 0);
    tally_secret_close(s);
    assert_int_equal(signal_of_reading(p), SIGSEGV);
    tally_secret_free(s);
}

static void
secret_close_without_open_is_a_bug_and_aborts(void **state)
{
    struct tally_secret *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    int status;
    pid_t pid;

    (void)state;
    assert_int_equal(tally_secret_create(&s, 16, &err), 0);
    pid = fork();
    if (pid == 0) {
        signal(SIGABRT, SIG_DFL);
        close(STDERR_FILENO);
        tally_secret_close(s);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    tally_secret_free(s);
}

static void
secret_equality_sees_every_byte_and_the_length(void **state)
{
    struct tally_secret *a = NULL;
    struct tally_secret *b = NULL;
    struct tally_secret *c = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    assert_int_equal(tally_secret_create(&a, 32, &err), 0);
    assert_int_equal(tally_secret_create(&b, 32, &err), 0);
    assert_int_equal(tally_secret_create(&c, 31, &err), 0);
    assert_true(tally_secret_equal(a, b));
    assert_true(tally_secret_equal(a, a));
    assert_false(tally_secret_equal(a, c));
    for (size_t i = 0; i < 32; i++) {
        tally_secret_open(b)[i] ^= 0x80;
        tally_secret_close(b);
        assert_false(tally_secret_equal(a, b));
        tally_secret_open(b)[i] ^= 0x80;
        tally_secret_close(b);
    }
    assert_true(tally_secret_equal(a, b));
    tally_secret_free(a);
    tally_secret_free(b);
    tally_secret_free(c);
}

/* The address sanitiser replaces mlock by a function that does nothing and succeeds. */
#if defined(__SANITIZE_ADDRESS__)
#define LOCKING_IS_REAL 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOCKING_IS_REAL 0
#endif
#endif
#ifndef LOCKING_IS_REAL
#define LOCKING_IS_REAL 1
#endif

/* In a child that may not lock memory: 0 when a secret works and the probe says no. */
static int
secret_without_locking(void)
{
    const struct rlimit none = {0, 0};
    struct tally_secret *s = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    bool lockable;

    setrlimit(RLIMIT_MEMLOCK, &none);
    /* Root may lock whatever the limit says, until it is somebody else. */
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
        return 2;
    }
    lockable = tally_secret_can_lock();
    if (tally_secret_create(&s, 32, &err) != 0) {
        return 3;
    }
    tally_secret_open(s)[0] = 9;
    tally_secret_close(s);
    tally_secret_free(s);
    return LOCKING_IS_REAL && lockable ? 1 : 0;
}

static void
secret_works_where_memory_cannot_be_locked(void **state)
{
    int status;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        _exit(secret_without_locking());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void
secret_wipe_overwrites_and_accepts_nothing(void **state)
{
    uint8_t p[9] = "canaries";

    (void)state;
    tally_wipe(p, 8);
    assert_memory_equal(p, "\0\0\0\0\0\0\0\0", 8);
    tally_wipe(NULL, 0);
}

static void
secret_random_bytes_differ_between_calls(void **state)
{
    uint8_t a[32] = {0};
    uint8_t b[32] = {0};

    (void)state;
    tally_random(a, sizeof a);
    tally_random(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    tally_random(a, 0);
}

static void
assert_digest(const void *p, size_t len, const char *hex)
{
    uint8_t out[TALLY_DIGEST_BYTES];
    char text[2 * TALLY_DIGEST_BYTES + 1];

    tally_digest(p, len, out);
    tally_hex_encode(out, sizeof out, text);
    assert_string_equal(text, hex);
}

static void
secret_digest_is_blake2b_256(void **state)
{
    uint8_t seq[256];

    (void)state;
    assert_digest("", 0,
                  "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    assert_digest("abc", 3,
                  "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    for (size_t i = 0; i < sizeof seq; i++) {
        seq[i] = (uint8_t)i;
    }
    /* One block and two blocks exactly, computed with Python's hashlib. */
    assert_digest(seq, sizeof seq,
                  "39a7eb9fedc19aabc83425c6755dd90e6f9d0c804964a1f4aaeea3b9fb599835");
    assert_digest(seq, 128,
                  "c3582f71ebb2be66fa5dd750f80baae97554f3b015663c8be377cfcb2488c1d1");
}

static void
secret_digest_in_pieces_is_the_same_whatever_the_pieces(void **state)
{
    uint8_t data[1000];
    uint8_t whole[TALLY_DIGEST_BYTES];
    uint8_t parts[TALLY_DIGEST_BYTES];
    struct tally_digest_state st;

    (void)state;
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 7);
    }
    tally_digest(data, sizeof data, whole);
    for (size_t step = 1; step <= sizeof data; step += 37) {
        tally_digest_init(&st);
        for (size_t at = 0; at < sizeof data; at += step) {
            size_t left = sizeof data - at;

            tally_digest_update(&st, data + at, left < step ? left : step);
        }
        tally_digest_update(&st, NULL, 0);
        tally_digest_final(&st, parts);
        assert_memory_equal(whole, parts, sizeof whole);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secret_init_switches_core_dumps_off_and_may_be_repeated),
        cmocka_unit_test(secret_starts_zeroed_and_keeps_its_bytes_through_nested_opens),
        cmocka_unit_test(secret_cannot_be_read_while_it_is_closed),
        cmocka_unit_test(secret_close_without_open_is_a_bug_and_aborts),
        cmocka_unit_test(secret_equality_sees_every_byte_and_the_length),
        cmocka_unit_test(secret_works_where_memory_cannot_be_locked),
        cmocka_unit_test(secret_wipe_overwrites_and_accepts_nothing),
        cmocka_unit_test(secret_random_bytes_differ_between_calls),
        cmocka_unit_test(secret_digest_is_blake2b_256),
        cmocka_unit_test(secret_digest_in_pieces_is_the_same_whatever_the_pieces),
    };

    return cmocka_run_group_tests_name("secret", tests, start, NULL);
}
