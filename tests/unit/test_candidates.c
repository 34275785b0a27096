/*
 * Candidates of many sources against brute force: both similarities at thresholds that
 * scores sit on, the rule for the k best, order, records of several rows, little memory.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/candidates_impl.h"

#include "bloom/base/interrupt.h"
#include "bloom/encfile.h"
#include "linker/join.h"
#include "tests/support/encbuild.h"
#include "tests/support/scratch.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SOURCES 3
#define ROWS    40
#define BYTES   128

static struct tally_pool *pool;
static uint64_t state_of_random = 9;

static uint32_t
random_number(void)
{
    state_of_random = state_of_random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state_of_random >> 32);
}

/* Filters of up to 1024 bits, some sources. */
struct data {
    uint32_t bits;
    size_t bytes;
    size_t n[SOURCES];
    uint8_t filters[SOURCES][ROWS][BYTES];
};

/* Few kinds of filter, changed in few bits, so that scores tie and sit on thresholds. */
static void
fill(struct data *d, uint32_t bits, uint32_t fill_of_256)
{
    uint8_t kinds[4][BYTES] = {{0}};

    d->bits = bits;
    d->bytes = (bits + 7) / 8;
    for (uint32_t b = 0; b < 4 * bits; b++) {
        kinds[b / bits][b % bits / 8] |=
            (uint8_t)((random_number() >> 24 < fill_of_256) << (7 - b % bits % 8));
    }
    for (size_t s = 0; s < SOURCES; s++) {
        d->n[s] = random_number() % (ROWS + 1);
        for (size_t i = 0; i < d->n[s]; i++) {
            uint8_t *f = d->filters[s][i];

            memcpy(f, kinds[random_number() % 4], BYTES);
            for (uint32_t c = random_number() % 4; c > 0; c--) {
                uint32_t b = random_number() % bits;

                f[b / 8] ^= (uint8_t)(0x80 >> b % 8);
            }
            if (random_number() % 16 == 0) {
                memset(f, 0, BYTES);
            }
        }
    }
}

static const char *const names[SOURCES] = {"0.clk", "1.clk", "2.clk"};

static void
write_sources(const struct data *d, size_t nsources)
{
    for (size_t s = 0; s < nsources; s++) {
        FILE *f = fopen(names[s], "wb");

        assert_non_null(f);
        for (size_t i = 0; i < d->n[s]; i++) {
            assert_int_equal(fwrite(d->filters[s][i], 1, d->bytes, f), d->bytes);
        }
        assert_int_equal(fclose(f), 0);
    }
}

static uint32_t
set_bits(const uint8_t *x, const uint8_t *y, size_t bytes)
{
    uint32_t n = 0;

    for (size_t i = 0; i < bytes; i++) {
        n += (uint32_t)__builtin_popcount(x[i] & y[i]);
    }
    return n;
}

/* Twice the bits that count, and of how many: the score as a fraction. */
static bool
score(const struct data *d, enum tally_similarity how, const uint8_t *x, const uint8_t *y,
      uint32_t *top, uint32_t *bottom)
{
    uint32_t px = set_bits(x, x, d->bytes);
    uint32_t py = set_bits(y, y, d->bytes);
    uint32_t common = set_bits(x, y, d->bytes);

    *top = how == TALLY_SIMILARITY_DICE ? 2 * common : d->bits - (px + py - 2 * common);
    *bottom = how == TALLY_SIMILARITY_DICE ? px + py : d->bits;
    return how == TALLY_SIMILARITY_SMC || (px != 0 && py != 0);
}

struct expected {
    uint32_t source_a, source_b, a, b;
    double score;
};

static int
in_order(const void *left, const void *right)
{
    const struct expected *x = left;
    const struct expected *y = right;
    const uint32_t p[] = {x->source_a, x->source_b, x->a, x->b};
    const uint32_t q[] = {y->source_a, y->source_b, y->a, y->b};

    if (x->score > y->score || x->score < y->score) {
        return x->score > y->score ? -1 : 1;
    }
    for (int i = 0; i < 4; i++) {
        if (p[i] != q[i]) {
            return p[i] < q[i] ? -1 : 1;
        }
    }
    return 0;
}

static size_t
brute_force(const struct data *d, enum tally_similarity how, uint32_t ppm, size_t sa,
            size_t sb, struct expected *out)
{
    size_t n = 0;

    for (uint32_t i = 0; i < d->n[sa]; i++) {
        for (uint32_t j = sa == sb ? i + 1 : 0; j < d->n[sb]; j++) {
            uint32_t top, bottom;

            if (score(d, how, d->filters[sa][i], d->filters[sb][j], &top, &bottom) &&
                1000000ull * top >= (uint64_t)ppm * bottom) {
                out[n++] = (struct expected){(uint32_t)sa, (uint32_t)sb, i, j,
                                             (double)top / (double)bottom};
            }
        }
    }
    return n;
}

/* The number of pairs of ${of} (record ${x} of the first, or of the second source) that
 * stand before place ${at} of the ordered list. */
static uint32_t
place_of(const struct expected *list, size_t at, uint32_t x, bool first, bool either)
{
    uint32_t n = 0;

    for (size_t i = 0; i < at; i++) {
        n += either ? list[i].a == x || list[i].b == x
                    : (first ? list[i].a : list[i].b) == x;
    }
    return n;
}

static size_t
best(struct expected *list, size_t n, uint32_t k, bool self)
{
    static struct expected kept[ROWS * ROWS];
    size_t nkept = 0;
    size_t out = 0;

    qsort(list, n, sizeof *list, in_order);
    for (size_t i = 0; i < n; i++) {
        if (place_of(list, i, list[i].a, true, self) < k ||
            (self && place_of(list, i, list[i].b, false, true) < k)) {
            kept[nkept++] = list[i];
        }
    }
    for (size_t i = 0; i < nkept; i++) {
        if (place_of(kept, i, kept[i].a, true, self) < k &&
            place_of(kept, i, kept[i].b, false, self) < k) {
            list[out++] = kept[i];
        }
    }
    return out;
}

static void
check(const struct data *d, enum tally_similarity how, uint32_t ppm, uint32_t k,
      size_t nsources)
{
    static struct expected expected[SOURCES * ROWS * ROWS];
    struct tally_candidate_source *sources[SOURCES];
    struct tally_candidates_stats stats;
    struct tally_candidates *found;
    struct tally_candidate c;
    struct tally_err err = TALLY_ERR_INIT;
    size_t n = 0;
    const struct tally_candidates_job job = {.sources = sources,
                                             .nsources = nsources,
                                             .threshold_ppm = ppm,
                                             .similarity = how,
                                             .k = k,
                                             .pool = pool};

    for (size_t a = 0; a < nsources; a++) {
        for (size_t b = nsources == 1 ? 0 : a + 1; b < nsources; b++) {
            size_t more = brute_force(d, how, ppm, a, b, expected + n);

            n += k == 0 ? more : best(expected + n, more, k, a == b);
        }
    }
    qsort(expected, n, sizeof *expected, in_order);
    for (size_t s = 0; s < nsources; s++) {
        assert_int_equal(
            tally_candidate_source_open(&sources[s], names[s], d->bits, &err), 0);
        assert_int_equal(tally_candidate_source_records(sources[s]), d->n[s]);
        assert_int_equal(tally_candidate_source_bits(sources[s]), d->bits);
    }
    if (tally_candidates_find(&found, &job, &stats, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(stats.found, n);
    for (size_t i = 0; i < n; i++) {
        double got;

        assert_int_equal(tally_candidates_next(found, &c, &err), 1);
        got = tally_candidate_score(&c);
        assert_int_equal(c.source_a, expected[i].source_a);
        assert_int_equal(c.source_b, expected[i].source_b);
        assert_int_equal(c.a, expected[i].a);
        assert_int_equal(c.b, expected[i].b);
        assert_memory_equal(&got, &expected[i].score, sizeof got);
    }
    assert_int_equal(tally_candidates_next(found, &c, &err), 0);
    tally_candidates_free(found);
    for (size_t s = 0; s < nsources; s++) {
        tally_candidate_source_close(sources[s]);
    }
}

static void
candidates_are_those_of_brute_force(void **state)
{
    static const uint32_t widths[] = {1, 8, 13, 64, 200, 1000, 1024};
    static const uint32_t ppms[] = {1, 250000, 500000, 666666, 750000, 800000, 1000000};

    (void)state;
    for (size_t trial = 0; trial < 84; trial++) {
        static struct data d;
        enum tally_similarity how =
            trial % 2 == 0 ? TALLY_SIMILARITY_DICE : TALLY_SIMILARITY_SMC;
        uint32_t ppm = ppms[trial / 12 % 7];

        fill(&d, widths[trial % 7], trial % 4 == 0 ? 100 : trial % 5 == 0 ? 140 : 40);
        write_sources(&d, SOURCES);
        check(&d, how, ppm, 0, 1 + trial % SOURCES);
        check(&d, how, ppm, 1 + random_number() % 4, 1 + trial % SOURCES);
    }
}

/* Every score that two filters of so few bits can have is taken as the threshold. */
static void
a_pair_at_exactly_the_threshold_is_found(void **state)
{
    static struct data d;

    (void)state;
    for (uint32_t other = 1; other <= 40; other++) {
        for (uint32_t how = 0; how < 2; how++) {
            uint32_t top, bottom;

            memset(&d, 0, sizeof d);
            d.bits = 40;
            d.bytes = 5;
            d.n[0] = d.n[1] = 1;
            for (uint32_t b = 0; b < 40; b++) { /* one is part of the other */
                d.filters[0][0][b / 8] |= (uint8_t)((b < 20) << b % 8);
                d.filters[1][0][b / 8] |= (uint8_t)((b < other) << b % 8);
            }
            write_sources(&d, 2);
            assert_true(score(&d, (enum tally_similarity)how, d.filters[0][0],
                              d.filters[1][0], &top, &bottom));
            uint32_t ppm = (uint32_t)(1000000ull * top / bottom);

            check(&d, (enum tally_similarity)how, ppm, 0, 2);
            if (ppm < 1000000) {
                check(&d, (enum tally_similarity)how, ppm + 1, 0, 2);
            }
        }
    }
}

/* What thinning gave, as a digest of all in order. */
struct given {
    size_t n;
    uint64_t digest;
};

static int
take_given(void *ctx, const struct tally_candidate *c, struct tally_err *err)
{
    struct given *g = ctx;
    const uint32_t numbers[] = {c->source_a, c->source_b, c->a,
                                c->b,        c->common,   c->total};

    (void)err;
    g->n++;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        g->digest = (g->digest ^ numbers[i]) * 0x100000001b3u;
    }
    return 0;
}

/* Bytes that are allocated. (Sanitisers do not say.) */
static size_t
allocated(void)
{
    struct mallinfo2 m = mallinfo2();

    return m.uordblks + m.hblkhd;
}

#define MANY         200000
#define MANY_RECORDS 3000

/* Candidates of which each comes three times, with other scores, thinned in ${memory}. */
static struct given
thin_many(bool by_record, uint32_t k, size_t memory)
{
    const struct tally_candidate_source sides[2] = {
        {.nrecords = MANY_RECORDS, .rows_are_records = true},
        {.nrecords = MANY_RECORDS, .rows_are_records = true}};
    struct tally_err err = TALLY_ERR_INIT;
    struct candidates_thin *thin;
    struct given given = {0};
    size_t before = allocated();

    assert_int_equal(candidates_thin_begin(&thin, &sides[0], &sides[1], by_record, k,
                                           memory, NULL, &err),
                     0);
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t pair = i % (MANY / 3 + 1) * 131; /* each once: of 9 million */
        const struct tally_candidate c = {.a = pair % MANY_RECORDS,
                                          .b = pair / MANY_RECORDS,
                                          .common = 40 + i * 7919u % 50,
                                          .total = 200};

        assert_int_equal(candidates_thin_add(thin, &c, &err), 0);
    }
    assert_true(allocated() < before + 4 * memory + 500000);
    assert_int_equal(candidates_thin_give(thin, 1, 2, NULL, take_given, &given, &err), 0);
    candidates_thin_end(thin);
    return given;
}

static void
thinning_in_little_memory_gives_the_same(void **state)
{
    (void)state;
    for (uint32_t k = 0; k <= 4; k += 2) {
        for (int by_record = k == 0; by_record <= 1; by_record++) {
            struct given little = thin_many(by_record, k, 100000);
            struct given much = thin_many(by_record, k, (size_t)1 << 26);

            assert_int_equal(little.n, much.n);
            assert_true(little.digest == much.digest);
            assert_true(little.n > 100);
            assert_true(k == 0 ? little.n == MANY / 3 + 1
                               : little.n <= (size_t)k * MANY_RECORDS);
        }
    }
}

static int
try_sources(const char *a, uint32_t bits_a, const char *b, uint32_t bits_b,
            enum tally_similarity how, struct tally_err *err)
{
    struct tally_candidate_source *sources[2] = {NULL, NULL};
    struct tally_candidates_stats stats;
    struct tally_candidates *found = NULL;
    const struct tally_candidates_job job = {.sources = sources,
                                             .nsources = 2,
                                             .threshold_ppm = 900000,
                                             .similarity = how,
                                             .pool = pool};
    int status = -1;

    if (tally_candidate_source_open(&sources[0], a, bits_a, err) == 0 &&
        tally_candidate_source_open(&sources[1], b, bits_b, err) == 0) {
        status = tally_candidates_find(&found, &job, &stats, err);
    }
    tally_candidates_free(found);
    tally_candidate_source_close(sources[0]);
    tally_candidate_source_close(sources[1]);
    return status;
}

static void
sources_that_do_not_go_together_are_refused(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_enc_info info = tally_encbuild_info("a", 1, 64);

    (void)state;
    tally_scratch_put("8.clk", "12345678", 0600);
    tally_scratch_put("long.clk", "", 0600);
    tally_encbuild("a.enc", &info, (const uint8_t *)"12345678", NULL, NULL);
    assert_int_equal(try_sources("8.clk", 64, "8.clk", 32, TALLY_SIMILARITY_DICE, &err),
                     -1);
    assert_int_equal(err.code, TALLY_E_SCHEMA_MISMATCH);
    assert_string_equal(err.text,
                        "filters of '8.clk' and '8.clk' differ in length (64 and "
                        "32 bits)");
    assert_int_equal(try_sources("a.enc", 64, "a.enc", 64, TALLY_SIMILARITY_DICE, &err),
                     -1);
    assert_int_equal(err.code, TALLY_E_DATA);
    assert_int_equal(try_sources("8.clk", 0, "a.enc", 0, TALLY_SIMILARITY_DICE, &err),
                     -1);
    assert_int_equal(err.code, TALLY_E_FORMAT);
    assert_non_null(strstr(err.hint, "--bits"));
    assert_int_equal(
        try_sources("long.clk", 4097, "long.clk", 4097, TALLY_SIMILARITY_SMC, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    assert_int_equal(
        try_sources("long.clk", 4096, "long.clk", 4096, TALLY_SIMILARITY_SMC, &err), 0);
    assert_int_equal(
        try_sources("long.clk", 8192, "long.clk", 8192, TALLY_SIMILARITY_DICE, &err), 0);
}

/* Records of 1, 2, 0 and 1 rows. */
static void
a_record_of_several_rows_scores_as_its_best_row_does(void **state)
{
    static const uint8_t counts[4] = {1, 2, 0, 1};
    static const uint8_t rows[4][16] = {
        {0xff, 0xff}, {0xff, 0x0f, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, {0}, {0xff, 0xff}};
    struct tally_enc_info info = tally_encbuild_info("a", 4, 64);
    struct tally_encfile_writer *w = NULL;
    struct tally_outfile *f = NULL;
    struct tally_candidate_source *source;
    struct tally_candidates_stats stats;
    struct tally_candidates *found;
    struct tally_candidate c;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_candidates_job job = {
        .sources = &source, .nsources = 1, .threshold_ppm = 500000, .pool = pool};

    (void)state;
    info.nviews = 1;
    (void)snprintf(info.views[0].name, sizeof info.views[0].name, "full");
    info.views[0].rows = 4;
    info.views[0].records = 3;
    assert_int_equal(tally_outfile_open(&f, "a.enc", 0600, true, &err), 0);
    if (tally_encfile_begin(&w, f, &info, 0, &err) != 0) {
        fail_msg("%s", err.text);
    }
    for (uint8_t i = 0; i < 4; i++) {
        uint8_t token[TALLY_TOKEN_BYTES] = {i};

        assert_int_equal(
            tally_encfile_add_rows(w, token, &counts[i], rows[i], NULL, 0, &err), 0);
    }
    assert_int_equal(tally_encfile_end(w, &err), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_encfile_writer_free(w);
    tally_outfile_free(f);
    for (uint32_t k = 0; k <= 1; k++) {
        job.k = k;
        assert_int_equal(tally_candidate_source_open(&source, "a.enc", 0, &err), 0);
        assert_int_equal(tally_candidate_source_records(source), 4);
        assert_int_equal(tally_candidates_find(&found, &job, &stats, &err), 0);
        assert_int_equal(stats.found, k == 0 ? 3 : 1);
        assert_int_equal(tally_candidates_next(found, &c, &err), 1);
        assert_int_equal(c.a, 0);
        assert_int_equal(c.b, 1);
        assert_int_equal(2 * c.common, c.total);
        if (k == 0) {
            assert_int_equal(tally_candidates_next(found, &c, &err), 1);
            assert_int_equal(c.a, 0);
            assert_int_equal(c.b, 3);
            assert_int_equal(tally_candidates_next(found, &c, &err), 1);
            assert_int_equal(c.a, 1);
            assert_int_equal(c.b, 3);
        }
        tally_candidates_free(found);
        tally_candidate_source_close(source);
    }
}

static void
an_interrupt_ends_the_search(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    tally_scratch_put("8.clk", "12345678", 0600);
    tally_interrupt_set(true);
    assert_int_equal(try_sources("8.clk", 64, "8.clk", 64, TALLY_SIMILARITY_DICE, &err),
                     -1);
    tally_interrupt_set(false);
    assert_int_equal(err.code, TALLY_E_INTERRUPTED);
}

static int
enter(void **state)
{
    struct tally_err err;

    return tally_pool_create(&pool, 2, &err) == 0 ? tally_scratch_enter(state) : -1;
}

static int
leave(void **state)
{
    tally_pool_free(pool);
    return tally_scratch_leave(state);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(candidates_are_those_of_brute_force),
        cmocka_unit_test(thinning_in_little_memory_gives_the_same),
        cmocka_unit_test(a_pair_at_exactly_the_threshold_is_found),
        cmocka_unit_test(sources_that_do_not_go_together_are_refused),
        cmocka_unit_test(a_record_of_several_rows_scores_as_its_best_row_does),
        cmocka_unit_test(an_interrupt_ends_the_search),
    };

    return cmocka_run_group_tests(tests, enter, leave);
}
