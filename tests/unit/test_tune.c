/*
 * Unit tests of benchmarks/tune: a small run from end to end, its rules, and the static
 * measures against encodings whose measures are worked out by hand.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/tune.h"

#include "benchmarks/tune_private.h"
#include "bloom/base/interrupt.h"
#include "tests/support/encbuild.h"
#include "tests/support/scratch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Two sources of the general kind: 60 % of people each, and a contact_month that the one
 * draws without regard to the other. */
static const char *const two[] = {"housing", "council"};
static const char fields[] = "surname,date_of_birth,contact_month:text:3:whole";

static struct tally_tune_job
job_of(struct tally_pool *pool)
{
    return (struct tally_tune_job){.fields = fields,
                                   .profile = "plain",
                                   .sources = two,
                                   .nsources = 2,
                                   .people = 200,
                                   .seed = 3,
                                   .pool = pool};
}

static struct tally_pool *
pool_of(unsigned threads)
{
    struct tally_pool *pool = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_pool_create(&pool, threads, &err), 0);
    return pool;
}

static struct tally_tune_result
run(const struct tally_tune_job *job)
{
    struct tally_tune_result r;
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_tune(job, &r, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return r;
}

/* The job must be refused with ${code}, leaving nothing in TMPDIR. */
static void
check_refused(struct tally_tune_job *job, enum tally_code code, const char *part)
{
    struct tally_pool *pool = pool_of(1);
    struct tally_tune_result r;
    struct tally_err err = TALLY_ERR_INIT;

    job->pool = pool;
    assert_int_equal(tally_tune(job, &r, &err), -1);
    if (err.code != code || strstr(err.text, part) == NULL) {
        fail_msg("got '%s' (%s), wanted '%s'", err.text, tally_err_name(err.code), part);
    }
    assert_int_equal(tally_scratch_count(), 0);
    tally_pool_free(pool);
}

/* An empty folder, which is TMPDIR too. */
static int
enter(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    return tally_secret_init(&err) == 0 && tally_scratch_enter(state) == 0 &&
                   setenv("TMPDIR", ".", 1) == 0
               ? 0
               : -1;
}

static void
assert_same_range(const struct tally_tune_range *a, const struct tally_tune_range *b)
{
    assert_memory_equal(a, b, sizeof *a);
}

static void
assert_same_quality(const struct tally_tune_quality *a,
                    const struct tally_tune_quality *b)
{
    assert_same_range(&a->precision, &b->precision);
    assert_same_range(&a->recall, &b->recall);
    assert_same_range(&a->f1, &b->f1);
}

static void
assert_in_order(const struct tally_tune_quality *q)
{
    const struct tally_tune_range *ranges[] = {&q->precision, &q->recall, &q->f1};

    for (size_t i = 0; i < 3; i++) {
        assert_true(0 <= ranges[i]->low && ranges[i]->low <= ranges[i]->mean);
        assert_true(ranges[i]->mean <= ranges[i]->high && ranges[i]->high <= 1);
    }
}

static void
weights_that_link_are_found(void **state)
{
    struct tally_pool *pool = pool_of(2);
    struct tally_tune_job job = job_of(pool);
    struct tally_tune_result r = run(&job);

    (void)state;
    assert_int_equal(tally_scratch_count(), 0);
    assert_in_order(&r.before);
    assert_in_order(&r.found);
    for (size_t f = 0; f < 3; f++) {
        assert_true(r.fields[f].measured);
        assert_int_equal(r.fields[f].sources, 2);
    }
    /* The month weighs more than a date of birth: hardly a link is accepted. */
    assert_true(r.found.f1.mean > r.before.f1.mean + 0.2);
    assert_int_equal(r.outcome, TALLY_TUNE_BETTER);
    assert_true(r.gain.low > 0 && r.least_gain > 0);
    assert_string_equal(r.schema->name, "tuned");
    assert_string_equal(r.schema->fields[2].name, "contact_month");
    assert_true(r.schema->fields[2].weight < r.schema->fields[1].weight);
    assert_true(r.fields[2].starter_weight == 3);
    assert_true(r.fields[1].worth.low > 0);
    assert_true(r.fields[2].worth.low <= 0);
    assert_int_equal(r.nhardening, 0);
    assert_true(r.exposure.records > 0 && r.exposure.records < 200);
    assert_true(r.exposure.t_fill == 0);
    /* A plain filter gives the number of tokens away. */
    assert_true(r.exposure.token_correlation > 0.5);
    tally_tune_result_free(&r);
    tally_pool_free(pool);
}

static void
a_field_that_says_nothing_does_harm_whatever_the_threads(void **state)
{
    struct tally_pool *pools[2] = {pool_of(1), pool_of(3)};
    struct tally_tune_job job = job_of(pools[0]);
    struct tally_tune_result a, b;

    (void)state;
    job.fields = "date_of_birth,contact_month:text:3:whole";
    a = run(&job);
    assert_true(a.fields[1].worth.high < 0);
    assert_true(a.fields[1].without.f1.mean > a.before.f1.mean);
    if (a.outcome != TALLY_TUNE_BETTER) {
        assert_string_equal(a.schema->name, "starter");
        assert_memory_equal(a.schema->digest, a.starter->digest, TALLY_DIGEST_BYTES);
    }
    job.pool = pools[1];
    b = run(&job);
    assert_memory_equal(a.schema->digest, b.schema->digest, TALLY_DIGEST_BYTES);
    assert_true(a.noise == b.noise && a.runs == b.runs);
    assert_same_quality(&a.before, &b.before);
    for (size_t f = 0; f < 2; f++) {
        assert_same_quality(&a.fields[f].without, &b.fields[f].without);
    }
    assert_memory_equal(&a.exposure, &b.exposure, sizeof a.exposure);
    tally_tune_result_free(&a);
    tally_tune_result_free(&b);
    tally_pool_free(pools[0]);
    tally_pool_free(pools[1]);
}

static void
note_cost(void *ctx, const struct tally_tune_cost *cost)
{
    *(struct tally_tune_cost *)ctx = *cost;
}

static void
the_cost_is_told_before_and_kept(void **state)
{
    struct tally_pool *pool = pool_of(2);
    struct tally_tune_cost cost = {0};
    struct tally_tune_job job = job_of(pool);
    struct tally_tune_result r;

    (void)state;
    job.fields = "date_of_birth"; /* nothing to leave out, and no weights but one */
    job.announce = note_cost;
    job.announce_ctx = &cost;
    r = run(&job);
    assert_true(cost.records == r.records && cost.records > 150 && cost.pairs > 50);
    assert_true(r.runs <= cost.runs_most && cost.runs_least < cost.runs_most);
    assert_true(cost.seconds_of_run > 0);
    assert_false(r.fields[0].measured);
    tally_tune_result_free(&r);
    tally_pool_free(pool);
}

static void
diffusion_is_varied_where_the_profile_has_it(void **state)
{
    struct tally_pool *pool = pool_of(2);
    struct tally_tune_job job = job_of(pool);
    struct tally_tune_result r;

    (void)state;
    job.fields = "full_name,date_of_birth"; /* a name out of two columns */
    job.profile = "standard";
    r = run(&job);
    assert_int_equal(r.nhardening, 3);
    assert_int_equal(r.hardening[0].t, 0);
    assert_int_equal(r.hardening[1].t, tally_tune_diffusion(r.schema) - 2);
    assert_int_equal(r.hardening[2].t, tally_tune_diffusion(r.schema) + 2);
    assert_true(r.hardening[0].quality.f1.mean > 0.5);
    assert_true(tally_tune_diffusion(r.schema) >= 6);
    assert_true(r.fields[0].worth.mean > 0);
    assert_true(r.exposure.t_fill > 1 && r.exposure.t_fill < 3);
    tally_tune_result_free(&r);
    tally_pool_free(pool);
}

static void
jobs_that_make_no_sense_are_refused(void **state)
{
    static const char *const twice[] = {"police", "police"};
    struct tally_tune_job job;

    (void)state;
    job = job_of(NULL);
    job.fields = "surname,shoe_size:integer";
    check_refused(&job, TALLY_E_USAGE, "no field 'shoe_size'");
    job = job_of(NULL);
    job.fields = "surname,";
    check_refused(&job, TALLY_E_USAGE, "name of a field");
    job = job_of(NULL);
    job.profile = "soft";
    check_refused(&job, TALLY_E_USAGE, "profile 'soft'");
    job = job_of(NULL);
    job.profile = "attribute";
    check_refused(&job, TALLY_E_USAGE, "have views");
    job = job_of(NULL);
    job.nsources = 1;
    check_refused(&job, TALLY_E_USAGE, "2 to 16 sources");
    job = job_of(NULL);
    job.sources = twice;
    check_refused(&job, TALLY_E_USAGE, "police");
    job = job_of(NULL);
    job.people = 199;
    check_refused(&job, TALLY_E_USAGE, "200 to 50000 people");
}

static void
raise_flag(void *ctx, const struct tally_tune_cost *cost)
{
    (void)ctx;
    (void)cost;
    tally_interrupt_set(true);
}

static void
an_interrupt_leaves_nothing_behind(void **state)
{
    struct tally_pool *pool = pool_of(2);
    struct tally_tune_job job = job_of(pool);
    struct tally_tune_result r;
    struct tally_err err = TALLY_ERR_INIT;
    int rc;

    (void)state;
    job.announce = raise_flag;
    rc = tally_tune(&job, &r, &err);
    tally_interrupt_set(false);
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, TALLY_E_INTERRUPTED);
    assert_int_equal(tally_scratch_count(), 0);
    tally_pool_free(pool);
}

static void
a_folder_that_cannot_be_made_is_an_error(void **state)
{
    struct tally_tune_job job = job_of(NULL);

    (void)state;
    assert_int_equal(setenv("TMPDIR", "no/such/place", 1), 0);
    check_refused(&job, TALLY_E_IO, "no/such/place");
}

static void
diffusion_never_gets_weaker_with_fill(void **state)
{
    struct tally_schema s = {
        .fill = 0.2,
        .hardening = {.n = 1, .steps = {{.kind = TALLY_HARDEN_DIFFUSION, .t = 6}}}};

    (void)state;
    assert_int_equal(tally_tune_t_of(&s, 0.20), 6);
    assert_int_equal(tally_tune_t_of(&s, 0.10), 12);
    assert_int_equal(tally_tune_t_of(&s, 0.15), 8);
    assert_int_equal(tally_tune_t_of(&s, 0.14), 9);
    assert_int_equal(tally_tune_t_of(&s, 0.30), 6);
    s.hardening.n = 0;
    assert_int_equal(tally_tune_t_of(&s, 0.10), 0);
}

static struct tally_exposure
exposure_of(const uint8_t *rows, const uint32_t *tokens, uint64_t n)
{
    struct tally_enc_info info = tally_encbuild_info("police", n, 64);
    struct tally_encfile *enc = NULL;
    struct tally_exposure e;
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_pool *pool = pool_of(1);

    tally_encbuild("x.enc", &info, rows, NULL, NULL);
    assert_int_equal(tally_encfile_open(&enc, "x.enc", &err), 0);
    assert_int_equal(tally_exposure_measure(enc, tokens, pool, &e, &err), 0);
    tally_pool_free(pool);
    tally_encfile_close(enc);
    return e;
}

static void
static_measures_are_those_worked_out_by_hand(void **state)
{
    /* Four records: two are equal. Half of the 64 bits are set by all, the others by
     * none, but for one that only the last sets. */
    static const uint8_t rows[4][8] = {{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0},
                                       {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0},
                                       {0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 0},
                                       {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1}};
    static const uint32_t tokens[4] = {5, 5, 4, 6};
    static const uint32_t same[4] = {5, 5, 5, 5};
    struct tally_exposure e = exposure_of(&rows[0][0], tokens, 4);
    /* Ascending counts: 31 times 0, 1, 3, 31 times 4. */
    double weighted = (2 * 31 + 1 - 64.0) * 1 + (2 * 32 + 1 - 64.0) * 3;

    (void)state;
    for (int i = 33; i < 64; i++) {
        weighted += (2 * i + 1 - 64.0) * 4;
    }
    assert_int_equal(e.records, 4);
    assert_true(e.unique == 0.5);
    assert_int_equal(e.largest_group, 2);
    assert_true(e.frequency_low == 0 && e.frequency_high == 1);
    assert_true(fabs(e.gini - weighted / (64.0 * 128)) < 1e-12);
    assert_true(fabs(e.token_correlation - 1) < 1e-12);
    e = exposure_of(&rows[0][0], same, 4);
    assert_true(isnan(e.token_correlation));
    e = exposure_of(NULL, same, 0);
    assert_true(e.records == 0 && e.unique == 0 && e.gini == 0 && e.largest_group == 0);
}

static void
outcomes_have_names(void **state)
{
    (void)state;
    assert_string_equal(tally_tune_outcome_name(TALLY_TUNE_NOTHING), "nothing");
    assert_string_equal(tally_tune_outcome_name(TALLY_TUNE_UNCONFIRMED), "unconfirmed");
    assert_string_equal(tally_tune_outcome_name(TALLY_TUNE_BETTER), "better");
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, enter, tally_scratch_leave)
        T(weights_that_link_are_found),
        T(a_field_that_says_nothing_does_harm_whatever_the_threads),
        T(the_cost_is_told_before_and_kept),
        T(diffusion_is_varied_where_the_profile_has_it),
        T(jobs_that_make_no_sense_are_refused),
        T(an_interrupt_leaves_nothing_behind),
        T(a_folder_that_cannot_be_made_is_an_error),
        T(diffusion_never_gets_weaker_with_fill),
        T(static_measures_are_those_worked_out_by_hand),
        T(outcomes_have_names),
#undef T
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
