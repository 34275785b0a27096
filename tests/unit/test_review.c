/*
 * Requests of a second round: what is written comes back, what is no request is refused,
 * and digest, key and schema are what docs/protocols/review.md says.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/review.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bloom/base/bytes.h"
#include "bloom/encfile.h"
#include "bloom/given.h"
#include "tests/support/hexdump.h"
#include "tests/support/parties.h"
#include "tests/support/scratch.h"

static const uint8_t police[] = {0xa1, 0xa1, 0xa1, 0xa1, 0xa1, 0xa1, 0xa1, 0xa1,
                                 0xa1, 0xa1, 0xa1, 0xa1, 0xa1, 0xa1, 0xa1, 0xa1,
                                 0xb2, 0xb2, 0xb2, 0xb2, 0xb2, 0xb2, 0xb2, 0xb2,
                                 0xb2, 0xb2, 0xb2, 0xb2, 0xb2, 0xb2, 0xb2, 0xb2};

/* The request to 'police' of the worked example. */
static struct tally_review
example(void)
{
    struct tally_review r = {.nlists = 2, .own = 1, .tokens = police};

    memset(r.nonce, 0x11, sizeof r.nonce);
    memset(r.schema, 0x22, sizeof r.schema);
    strcpy(r.lists[0].source, "health");
    r.lists[0].records = 1;
    tally_review_list_digest(police, 1, r.lists[0].digest);
    strcpy(r.lists[1].source, "police");
    r.lists[1].records = 2;
    tally_review_list_digest(police, 2, r.lists[1].digest);
    tally_review_digest(&r);
    return r;
}

static int
write_request(const char *path, const struct tally_review *r)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = NULL;
    int rc = -1;

    if (tally_outfile_open(&f, path, 0600, true, &err) == 0 &&
        tally_review_write(f, r, &err) == 0) {
        rc = tally_outfile_commit(&f, 1, &err);
    }
    tally_outfile_free(f);
    return rc;
}

static int
opens(struct tally_err *err)
{
    struct tally_review_file *f = NULL;
    int rc;

    *err = (struct tally_err)TALLY_ERR_INIT;
    rc = tally_review_open(&f, "police.ask", err);
    tally_review_close(f);
    return rc;
}

/* For mutations: with another magic or version it is a file of another format, which is
 * refused too, with another exit code. */
static int
opens_as_some_format(struct tally_err *err)
{
    int rc = opens(err);

    err->code = err->code == TALLY_E_FORMAT ? TALLY_E_CORRUPT : err->code;
    return rc;
}

static void
a_request_comes_back_as_the_page_shows_it(void **state)
{
    const struct tally_review r = example();
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_review_file *f = NULL;
    const struct tally_review *back;

    (void)state;
    assert_int_equal(write_request(tally_scratch_path, &r), 0);
    tally_hexdump_check("docs/protocols/review.md", tally_scratch_path);
    assert_int_equal(tally_review_open(&f, tally_scratch_path, &err), 0);
    back = tally_review_of(f);
    assert_memory_equal(back->digest, r.digest, sizeof r.digest);
    assert_int_equal(back->own, 1);
    assert_int_equal(back->nlists, 2);
    assert_string_equal(back->lists[0].source, "health");
    assert_memory_equal(back->tokens, police, sizeof police);
    tally_review_close(f);
}

/* Lengths before texts, so that no two requests are digested alike. */
static void
the_digest_covers_all_that_owners_are_told(void **state)
{
    const struct tally_review r = example();
    struct tally_review other = r;
    char hex[2 * TALLY_DIGEST_BYTES + 1];

    (void)state;
    tally_hex_encode(r.digest, sizeof r.digest, hex);
    assert_string_equal(
        hex, "3b6c470881385854fd90b855b65e689ab34e554996b1db2f5a5930a9cb8aa718");
    for (size_t i = 0; i < 5; i++) {
        uint8_t *const at[] = {other.nonce, other.agreement, other.schema,
                               other.lists[0].digest, (uint8_t *)other.lists[1].source};

        *at[i] ^= 1;
        tally_review_digest(&other);
        assert_memory_not_equal(other.digest, r.digest, sizeof r.digest);
        *at[i] ^= 1;
    }
    other.own = 0;
    other.tokens = NULL;
    tally_review_digest(&other);
    assert_memory_equal(other.digest, r.digest, sizeof r.digest);
}

static void
keys_of_requests_have_nothing_in_common(void **state)
{
    const struct tally_review r = example();
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *linkage = NULL, *key = NULL;
    char hex[65];

    (void)state;
    assert_int_equal(tally_secret_create(&linkage, 32, &err), 0);
    for (uint8_t i = 0; i < 32; i++) {
        tally_secret_open(linkage)[i] = i;
        tally_secret_close(linkage);
    }
    assert_int_equal(tally_review_key(linkage, r.digest, &key, &err), 0);
    tally_hex_encode(tally_secret_open(key), 32, hex);
    tally_secret_close(key);
    assert_string_equal(
        hex, "8f093afcd04eee85f5d1342853e13ff5d7477009c227d9dd131c1371d88b12f3");
    tally_secret_free(key);
    tally_secret_free(linkage);
}

static void
an_answer_has_a_filter_of_each_field(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_schema *s = NULL, *answers = NULL;

    (void)state;
    assert_int_equal(tally_schema_new(&s, "forename,surname,date_of_birth,sex,postcode",
                                      "strict", NULL, &err),
                     0);
    assert_int_equal(tally_review_schema(s, &answers, &err), 0);
    assert_int_equal(answers->nviews, 5);
    assert_int_equal(answers->hardening.n, 0);
    assert_int_equal(answers->nmatch_keys, 0);
    for (size_t v = 0; v < 5; v++) {
        assert_string_equal(answers->views[v].name, s->fields[v].name);
        assert_int_equal(answers->views[v].required, 1u << v);
        for (size_t f = 0; f < 5; f++) {
            assert_int_equal(answers->views[v].bits_per_token[f] > 0, f == v);
        }
    }
    tally_schema_free(answers);
    tally_schema_free(s);
}

static void
what_is_no_request_is_refused(void **state)
{
    struct tally_review r = example();
    struct tally_err err;
    uint8_t twice[32];

    (void)state;
    memset(twice, 0xa1, sizeof twice);
    assert_int_equal(write_request("police.ask", &r), 0);
    assert_int_equal(opens(&err), 0);
    tally_party_mutate("police.ask", opens_as_some_format);
    r.lists[0].digest[0] ^= 1; /* another's list may be anything */
    assert_int_equal(write_request("police.ask", &r), 0);
    assert_int_equal(opens(&err), 0);
    r.lists[1].digest[0] ^= 1; /* its own is in it */
    assert_int_equal(write_request("police.ask", &r), 0);
    assert_int_equal(opens(&err), -1);
    assert_non_null(strstr(err.text, "other tokens than its list has"));
    r.tokens = twice;
    tally_review_list_digest(twice, 2, r.lists[1].digest);
    assert_int_equal(write_request("police.ask", &r), 0);
    assert_int_equal(opens(&err), -1);
    r = example();
    strcpy(r.lists[0].source, "prison"); /* out of order */
    assert_int_equal(write_request("police.ask", &r), 0);
    assert_int_equal(opens(&err), -1);
    r = example();
    r.nlists = 1; /* of one source alone, but not this one */
    assert_int_equal(write_request("police.ask", &r), 0);
    assert_int_equal(opens(&err), -1);
    assert_int_equal(err.code, TALLY_E_CORRUPT);
    r = example();
    r.lists[0] = r.lists[1];
    r.nlists = 1;
    r.own = 0;
    assert_int_equal(write_request("police.ask", &r), 0);
    assert_int_equal(opens(&err), 0);
}

static void
only_tokens_asked_for_are_given(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_given *g = NULL;

    (void)state;
    tally_scratch_put("map.csv",
                      "id,token\nP1,a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\n"
                      "P2,c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3\n",
                      0600);
    assert_int_equal(tally_given_read(&g, "map.csv", police, 2, &err), 0);
    assert_int_equal(tally_given_count(g), 1);
    assert_memory_equal(tally_given_token(g, "P1", 2), police, TALLY_TOKEN_BYTES);
    assert_null(tally_given_token(g, "P2", 2));
    assert_null(tally_given_token(g, "P", 1));
    tally_given_free(g);
    g = NULL;
    tally_scratch_put("map.csv",
                      "id,token\nP1,a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\n"
                      "P1,b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2\n",
                      0600);
    assert_int_equal(tally_given_read(&g, "map.csv", police, 2, &err), -1);
    assert_non_null(strstr(err.text, "stands in it twice"));
    tally_scratch_put("map.csv", "id,token\nP1,a1a1\n", 0600);
    assert_int_equal(tally_given_read(&g, "map.csv", police, 2, &err), -1);
    assert_null(strstr(err.text, "P1"));
    tally_scratch_put("map.csv", "id,tokens\n", 0600);
    assert_int_equal(tally_given_read(&g, "map.csv", police, 2, &err), -1);
    assert_int_equal(err.code, TALLY_E_DATA);
    assert_null(g);
}

#define IN_A_FOLDER(f)                                                                   \
    cmocka_unit_test_setup_teardown(f, tally_scratch_enter, tally_scratch_leave)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_request_comes_back_as_the_page_shows_it,
                                        tally_scratch_make, tally_scratch_remove),
        cmocka_unit_test(the_digest_covers_all_that_owners_are_told),
        IN_A_FOLDER(keys_of_requests_have_nothing_in_common),
        IN_A_FOLDER(an_answer_has_a_filter_of_each_field),
        IN_A_FOLDER(what_is_no_request_is_refused),
        IN_A_FOLDER(only_tokens_asked_for_are_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
