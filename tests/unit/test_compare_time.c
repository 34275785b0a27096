/*
 * The time of a comparison of secrets or tags does not tell where the first difference is:
 * a test by statistics, after dudect (Reparaz, Balasch, Verbauwhede 2017). The same call is timed with
 * the difference in the first byte and in the last, in an order drawn at random; Welch's t
 * and the difference of the means say whether the two can be told apart. Comparisons that
 * stop at the first difference are told apart by the same measure, or the test is void.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/seal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define ROUNDS  4000
#define TRIES   5
#define T_SURE  10.0 /* beyond chance, even with samples that are not independent */
#define SHARE   0.02 /* of the time: less is the machine's own */
#define LARGEST 4096

typedef bool equal_fn(void *ctx);

/* What is compared: ${equal} says so; byte ${first} or ${last} of ${bytes} differs. */
struct subject {
    equal_fn *equal;
    void *ctx;
    uint8_t *bytes;
    size_t first;
    size_t last;
    unsigned calls; /* timed together: a clock is coarser than a comparison */
};

static double
timed(const struct subject *s, bool late)
{
    uint8_t *at = &s->bytes[late ? s->last : s->first];
    struct timespec a, b;
    unsigned equal = 0;

    *at ^= 0x40;
    (void)s->equal(s->ctx); /* so that both find the bytes in the same state */
    (void)clock_gettime(CLOCK_MONOTONIC, &a);
    for (unsigned i = 0; i < s->calls; i++) {
        equal += s->equal(s->ctx);
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &b);
    *at ^= 0x40;
    assert_int_equal(equal, 0);
    return (double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec);
}

static int
by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct half {
    double n;
    double mean;
    double squares; /* of distances from the mean */
};

static void
add(struct half *h, double x)
{
    double d = x - h->mean;

    h->n++;
    h->mean += d / h->n;
    h->squares += d * (x - h->mean);
}

/* Whether one try tells early from late. The longer half of each is left out: calls that
 * the machine interrupted. */
static bool
told_apart(const struct subject *s)
{
    static double times[ROUNDS], sorted[ROUNDS];
    static bool late[ROUNDS];
    struct half half[2] = {{0}};
    uint32_t rng = 12345;
    double error, apart;

    for (unsigned i = 0; i < ROUNDS; i++) {
        rng = rng * 1664525u + 1013904223u;
        late[i] = (rng >> 16 & 1) != 0;
        times[i] = timed(s, late[i]);
    }
    for (unsigned class = 0; class < 2; class++) {
        unsigned n = 0;

        for (unsigned i = 0; i < ROUNDS; i++) {
            if (late[i] == (class == 1)) {
                sorted[n++] = times[i];
            }
        }
        qsort(sorted, n, sizeof *sorted, by_size);
        for (unsigned i = n / 20; i < n / 2; i++) {
            add(&half[class], sorted[i]);
        }
    }
    apart = fabs(half[0].mean - half[1].mean);
    error = sqrt(half[0].squares / (half[0].n * half[0].n) +
                 half[1].squares / (half[1].n * half[1].n));
    return apart > T_SURE * error && apart > SHARE * fmin(half[0].mean, half[1].mean);
}

/* In every one of the tries: noise passes, what the code does stays. */
static bool
leaks(const struct subject *s)
{
    for (unsigned i = 0; i < TRIES; i++) {
        if (!told_apart(s)) {
            return false;
        }
    }
    return true;
}

struct pair {
    struct tally_secret *a;
    struct tally_secret *b;
};

static bool
secrets_equal(void *ctx)
{
    const struct pair *p = ctx;

    return tally_secret_equal(p->a, p->b);
}

static bool
memcmp_equal(void *ctx)
{
    const struct pair *p = ctx;
    size_t len = tally_secret_len(p->a);
    bool equal = memcmp(tally_secret_open(p->a), tally_secret_open(p->b), len) == 0;

    tally_secret_close(p->a);
    tally_secret_close(p->b);
    return equal;
}

static bool
loop_equal(void *ctx)
{
    const struct pair *p = ctx;
    const volatile uint8_t *a = tally_secret_open(p->a), *b = tally_secret_open(p->b);
    size_t i = 0;

    while (i < tally_secret_len(p->a) && a[i] == b[i]) {
        i++;
    }
    tally_secret_close(p->a);
    tally_secret_close(p->b);
    return i == tally_secret_len(p->a);
}

static bool
secrets_leak(size_t len, equal_fn *equal)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct pair p = {NULL, NULL};
    struct subject s = {equal, &p, NULL, 0, len - 1, len < 100 ? 200 : 20};
    bool found;

    assert_int_equal(tally_secret_init(&err), 0);
    assert_int_equal(tally_secret_create(&p.a, len, &err), 0);
    assert_int_equal(tally_secret_create(&p.b, len, &err), 0);
    (void)tally_secret_open(p.a); /* the lock on the pages is not what is timed */
    s.bytes = tally_secret_open(p.b);
    assert_true(equal(&p));
    found = leaks(&s);
    tally_secret_close(p.a);
    tally_secret_close(p.b);
    tally_secret_free(p.a);
    tally_secret_free(p.b);
    return found;
}

static void
comparisons_that_stop_early_are_told(void **state)
{
    (void)state;
    assert_true(secrets_leak(32, loop_equal));
    assert_true(secrets_leak(LARGEST, memcmp_equal));
}

static void
secrets_are_compared_in_a_time_that_does_not_tell_where_they_differ(void **state)
{
    (void)state;
    assert_false(secrets_leak(32, secrets_equal));
    assert_false(secrets_leak(LARGEST, secrets_equal));
}

struct sealed {
    struct tally_stream stream;
    uint8_t chunk[64 + TALLY_STREAM_OVERHEAD];
};

static bool
tag_holds(void *ctx)
{
    struct sealed *c = ctx;
    uint8_t out[64];
    bool last;

    return tally_stream_pull(&c->stream, c->chunk, sizeof c->chunk, out, &last);
}

static void
tags_are_checked_in_a_time_that_does_not_tell_where_they_differ(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t to[TALLY_SEAL_PUBLIC_BYTES], sealed_key[TALLY_SEALED_KEY_BYTES],
        header[TALLY_STREAM_HEADER_BYTES];
    struct tally_secret *own = NULL;
    struct tally_stream out = {0};
    struct sealed c = {0};
    struct subject s = {tag_holds, &c, c.chunk, sizeof c.chunk - 16, sizeof c.chunk - 1,
                        50};

    (void)state;
    assert_int_equal(tally_secret_init(&err), 0);
    assert_int_equal(tally_seal_create(&own, to, &err), 0);
    assert_int_equal(tally_stream_seal(&out, to, sealed_key, header, &err), 0);
    tally_stream_push(&out, (const uint8_t[64]){0}, 64, false, c.chunk);
    assert_int_equal(tally_stream_unseal(&c.stream, own, sealed_key, header, &err), 0);
    assert_false(leaks(&s));
    assert_true(tag_holds(&c)); /* it was that chunk's tag alone that was wrong */
    tally_stream_end(&c.stream);
    tally_stream_end(&out);
    tally_secret_free(own);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons_that_stop_early_are_told),
        cmocka_unit_test(
            secrets_are_compared_in_a_time_that_does_not_tell_where_they_differ),
        cmocka_unit_test(tags_are_checked_in_a_time_that_does_not_tell_where_they_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
