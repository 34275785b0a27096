/*
 * Whether a linker can tell dummies from people by what it holds: tokens, set bits, equal
 * encodings, and nearest neighbours. Each is tried as a guess, and measured by how often
 * it puts a dummy before a person.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "benchmarks/synth.h"
#include "bloom/audit/audit_rows.h"
#include "bloom/encfile.h"
#include "bloom/kernels/kernels.h"
#include "bloom/payload.h"
#include "tests/support/scratch.h"
#include "tests/support/testkey.h"

#define PEOPLE 1200

static struct tally_err err;
static struct tally_encfile *file;
static bool *dummy; /* of each record, as only owner and analyst know */
static size_t n;

/* Who has no payload is a dummy. */
static void
read_dummies(void)
{
    struct tally_payload *p = NULL;
    const uint8_t *tokens = tally_encfile_tokens(file);
    size_t at = 0;

    n = (size_t)tally_encfile_info(file)->records;
    dummy = calloc(n, sizeof *dummy);
    assert_int_equal(tally_payload_open(&p, "out.pay", &err), 0);
    for (size_t i = 0; i < n; i++) {
        bool paid = at < tally_payload_records(p) &&
                    memcmp(tokens + 16 * i, tally_payload_tokens(p) + 16 * at, 16) == 0;

        at += paid;
        dummy[i] = !paid;
    }
    tally_payload_close(p);
}

static void
encode(void)
{
    const struct tally_csv_options options = {0};
    struct tally_encode_job job = {.source = "health",
                                   .out = "out.enc",
                                   .payload_out = "out.pay",
                                   .id_column = -1,
                                   .dummies = 25};
    struct tally_encode_summary sum;
    struct tally_mapping mapping;
    struct tally_schema *s = NULL;

    job.key = tally_testkey();
    assert_int_equal(tally_schema_new(&s,
                                      "forename,surname,date_of_birth,sex,postcode,"
                                      "address",
                                      "plain", NULL, &err),
                     0);
    assert_int_equal(tally_pool_create(&job.pool, 2, &err), 0);
    assert_int_equal(tally_csv_open(&job.csv, "people/health.csv", &options, &err), 0);
    assert_int_equal(tally_mapping_guess(&mapping, s, job.csv, &err), 0);
    job.schema = s;
    job.mapping = &mapping;
    assert_int_equal(tally_encode(&job, &sum, &err), 0);
    assert_int_equal(tally_encfile_open(&file, "out.enc", &err), 0);
    tally_csv_free(job.csv);
    tally_pool_free(job.pool);
    tally_schema_free(s);
    tally_secret_free(job.key);
}

static int
make_file(void **state)
{
    static const char *const sources[] = {"health"};
    const struct tally_synth_job job = {
        .people = PEOPLE, .sources = sources, .nsources = 1, .seed = 2, .out = "people"};
    struct tally_synth_summary summary;

    if (tally_secret_init(&err) != 0 || tally_scratch_enter(state) != 0 ||
        tally_synth(&job, &summary, &err) != 0) {
        return -1;
    }
    encode();
    read_dummies();
    return 0;
}

static int
remove_file(void **state)
{
    tally_encfile_close(file);
    free(dummy);
    return tally_scratch_leave(state);
}

/* How often ${guess} is higher for a dummy than for a person, ties half: .5 tells
 * nothing. */
static double
chance_of_telling(const double *guess)
{
    double won = 0, pairs = 0;

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; dummy[i] && j < n; j++) {
            if (!dummy[j]) {
                won += guess[i] > guess[j] ? 1 : guess[i] == guess[j] ? .5 : 0;
                pairs++;
            }
        }
    }
    return won / pairs;
}

/* With some 280 dummies and 1,140 people the standard deviation of chance is .019. */
static void
assert_nothing_told(const char *what, const double *guess, double most)
{
    double told = chance_of_telling(guess);

    print_message("%s: %.3f\n", what, told);
    assert_true(fabs(told - .5) < most);
}

static void
tokens_and_set_bits_do_not_tell_dummies(void **state)
{
    double *token = calloc(n, sizeof *token);
    double *place = calloc(n, sizeof *place);
    double *ones = calloc(n, sizeof *ones);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        token[i] = tally_encfile_tokens(file)[16 * i + 15];
        place[i] = (double)i;
        ones[i] = tally_encfile_popcounts(file)[i];
    }
    assert_nothing_told("last byte of the token", token, .1);
    assert_nothing_told("place in the file", place, .1);
    assert_nothing_told("set bits", ones, .1);
    free(token);
    free(place);
    free(ones);
}

/* Dice with all others: the mean, and the highest. */
static void
neighbours_do_not_tell_dummies(void **state)
{
    const struct tally_kernel *k = tally_kernel_best();
    const uint8_t *m = tally_encfile_matrix(file);
    const uint32_t *ones = tally_encfile_popcounts(file);
    size_t stride = tally_encfile_info(file)->stride;
    double *mean = calloc(n, sizeof *mean);
    double *nearest = calloc(n, sizeof *nearest);
    size_t equal[2] = {0, 0};

    (void)state;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double dice = 2.0 * k->and_popcount(m + i * stride, m + j * stride, stride) /
                          (ones[i] + ones[j]);

            mean[i] += i != j ? dice : 0;
            nearest[i] = i != j && dice > nearest[i] ? dice : nearest[i];
        }
        equal[dummy[i]] += nearest[i] == 1;
    }
    /* Nobody stands twice in this source, and a dummy is like another record once in some
     * 250 files: two such pairs are not met. */
    assert_true(equal[0] + equal[1] <= 4);
    assert_nothing_told("mean likeness", mean, .12);
    assert_nothing_told("nearest neighbour", nearest, .12);
    free(mean);
    free(nearest);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_and_set_bits_do_not_tell_dummies),
        cmocka_unit_test(neighbours_do_not_tell_dummies),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
