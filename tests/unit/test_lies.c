/*
 * A party that signs what is false: its signature holds, and what it says is refused for
 * what it is. Papers of the key ceremony, and shares of a key.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bloom/base/domains.h"
#include "bloom/keyfile.h"
#include "protocols/agreement_sign.h"
#include "protocols/ceremony.h"
#include "protocols/escrow.h"
#include "tests/support/ceremonysteps.h"
#include "tests/support/parties.h"
#include "tests/support/scratch.h"

#define A TALLY_STEPS_AGREEMENT

#define ZEROS32 "00000000000000000000000000000000"
#define ZEROS64 "\"" ZEROS32 ZEROS32 "\""

#define LYING(f) cmocka_unit_test_setup_teardown(f, tally_steps_setup, tally_scratch_leave)

static const struct tally_passbox_cost cheap = {1, 8};

/* What a party says of a member, and what that is refused for. */
struct lie {
    const char *member;
    const char *value; /* NULL: left out */
    enum tally_code code;
    const char *text;
};

/* A file kept aside while a party lies in it. */
static void
keep(const char *path, bool back)
{
    assert_int_equal(rename(back ? "aside" : path, back ? path : "aside"), 0);
    if (!back) {
        struct tally_err err = TALLY_ERR_INIT;
        uint8_t *data = NULL;
        size_t len;

        assert_int_equal(tally_file_read("aside", 1u << 20, &data, &len, &err), 0);
        tally_scratch_put(path, (const char *)data, 0600);
        free(data);
    }
}

static void
lies_of(const struct lie *lies, size_t n, const char *path, const char *domain,
        const char *dir, enum tally_step what, const char *by)
{
    for (size_t i = 0; i < n; i++) {
        keep(path, false);
        tally_party_lie(path, domain, dir, lies[i].member, lies[i].value);
        tally_step_refused(what, by, lies[i].code, lies[i].text);
        keep(path, true);
    }
}

static void
opens(const char *day, enum tally_code code, const char *text)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_agreement *a = NULL;
    int rc = tally_agreement_open(&a, A, day, &err);

    tally_agreement_free(a);
    if ((rc == 0 ? TALLY_OK : err.code) != code || strstr(err.text, text) == NULL) {
        fail_msg("on %s: code %d, '%s'", day, (int)err.code, err.text);
    }
}

static void
a_signature_of_something_else_opens_no_agreement(void **state)
{
    static const struct lie lies[] = {
        {"agreement", ZEROS64, TALLY_E_CORRUPT, "signs another text than"},
        {"agreement", NULL, TALLY_E_CORRUPT, "agreement"},
        {"card", ZEROS64, TALLY_E_KEY, ".02.sig"},
        {"card", "\"\"", TALLY_E_CORRUPT, "card"},
        {"seal", NULL, TALLY_E_CORRUPT, "seal"},
        {"seal", "0", TALLY_E_CORRUPT, "seal"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        keep(A ".02.sig", false);
        tally_party_lie(A ".02.sig", TALLY_DOMAIN_SIGN_AGREEMENT, "health",
                        lies[i].member, lies[i].value);
        opens(TALLY_STEPS_TODAY, lies[i].code, lies[i].text);
        keep(A ".02.sig", true);
    }
    opens(TALLY_STEPS_TODAY, TALLY_OK, "");
    opens("2025-12-31", TALLY_E_POLICY, "2026-01-01");
    opens("2027-01-02", TALLY_E_POLICY, "2027-01-01");
}

static void
a_commitment_that_says_other_things_is_refused(void **state)
{
    static const struct lie lies[] = {
        {"agreement", ZEROS64, TALLY_E_KEY, "belongs to another agreement"},
        {"agreement", NULL, TALLY_E_CORRUPT, "agreement"},
        {"value", "\"12\"", TALLY_E_CORRUPT, "value"},
        {"value", NULL, TALLY_E_CORRUPT, "value"},
        {"answer", "7", TALLY_E_CORRUPT, "answer"},
        {"answer", ZEROS64, TALLY_E_KEY,
         "Northshire ICB: its answer key cannot be used"},
    };
    static const struct lie own[] = {
        {"value", ZEROS64, TALLY_E_KEY,
         "the commitment beside the agreement is not that of your secret"},
    };

    (void)state;
    tally_step_all(COMMIT);
    lies_of(lies, sizeof lies / sizeof *lies, A ".02.commitment",
            TALLY_DOMAIN_SIGN_COMMITMENT, "health", CONTRIBUTE, "police");
    lies_of(own, 1, A ".01.commitment", TALLY_DOMAIN_SIGN_COMMITMENT, "police",
            CONTRIBUTE, "police");
    assert_int_equal(access(A ".01.contribution", F_OK), -1);
}

static void
a_contribution_that_says_other_things_is_refused(void **state)
{
    static const struct lie lies[] = {
        {"agreement", ZEROS64, TALLY_E_KEY,
         "the contribution of Northshire ICB belongs to another agreement"},
        {"agreement", "null", TALLY_E_CORRUPT, "agreement"},
        {"owners", NULL, TALLY_E_CORRUPT, "owners"},
        {"owners", "3", TALLY_E_CORRUPT, "owners"},
        {"owners", "[]", TALLY_E_KEY, "belongs to another agreement"},
        {"owners", "[1, 2, 3]", TALLY_E_CORRUPT, "owners"},
        {"card", ZEROS64, TALLY_E_KEY, "signed another commitment of Northshire Police"},
        {"card", NULL, TALLY_E_CORRUPT, "card"},
        {"commitment", ZEROS64, TALLY_E_KEY,
         "Northshire ICB signed another commitment of Northshire Police"},
        {"commitment", "\"\"", TALLY_E_CORRUPT, "commitment"},
        {"sealed", NULL, TALLY_E_CORRUPT, "sealed"},
        {"sealed", "\"00\"", TALLY_E_CORRUPT, "sealed"},
    };

    (void)state;
    tally_step_all(COMMIT);
    tally_step_all(CONTRIBUTE);
    lies_of(lies, sizeof lies / sizeof *lies, A ".02.contribution",
            TALLY_DOMAIN_SIGN_CONTRIBUTION, "health", COMBINE, "police");
    assert_int_equal(access("police.key", F_OK), -1);
    assert_int_equal(access(A ".01.secret", F_OK), 0);
}

/* With the record in the way the key is taken back, or a second run would refuse. */
static void
no_step_replaces_what_is_there(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    tally_step_all(COMMIT);
    tally_step_refused(COMMIT, "police", TALLY_E_EXISTS, ".01.commitment");
    tally_step_all(CONTRIBUTE);
    tally_step_refused(CONTRIBUTE, "police", TALLY_E_EXISTS, ".01.contribution");
    tally_scratch_put(A ".01.ceremony", "in the way", 0600);
    tally_step_refused(COMBINE, "police", TALLY_E_EXISTS, ".01.ceremony");
    assert_int_equal(access("police.key", F_OK), -1);
    assert_int_equal(unlink(A ".01.ceremony"), 0);
    tally_scratch_put("police.key", "in the way", 0600);
    tally_step_refused(COMBINE, "police", TALLY_E_EXISTS, "police.key");
    tally_scratch_holds("police.key", "in the way");
    assert_int_equal(tally_step(COMBINE, "police", true, &err), 0);
}

static void
a_record_that_says_other_things_is_refused(void **state)
{
    static const struct lie lies[] = {
        {"agreement", ZEROS64, TALLY_E_KEY, ".02.ceremony: belongs to another agreement"},
        {"agreement", NULL, TALLY_E_CORRUPT, "agreement"},
        {"check", NULL, TALLY_E_CORRUPT, "check"},
        {"check", "\"x\"", TALLY_E_CORRUPT, "check"},
        {"check", "\"0000000000000000\"", TALLY_E_KEY_MISMATCH,
         "Northshire ICB has another key"},
    };
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_agreement *a = NULL;
    struct tally_secret *key = NULL;
    uint8_t check[TALLY_KEY_CHECK_BYTES];

    (void)state;
    tally_step_all(COMMIT);
    tally_step_all(CONTRIBUTE);
    assert_int_equal(tally_agreement_open(&a, A, TALLY_STEPS_TODAY, &err), 0);
    assert_int_equal(tally_step(COMBINE, "police", false, &err), 0);
    assert_int_equal(tally_keyfile_read("police.key", TALLY_KEY_LINKAGE, &key, &err), 0);
    assert_int_equal(tally_key_check(key, check, &err), 0);
    assert_int_equal(tally_ceremony_compare(a, A, check, &err), -1);
    assert_int_equal(err.code, TALLY_E_POLICY);
    assert_non_null(strstr(err.text, "Northshire ICB has not said what key it has"));
    assert_int_equal(tally_step(COMBINE, "health", false, &err), 0);
    assert_int_equal(tally_step(COMBINE, "education", false, &err), 0);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        keep(A ".02.ceremony", false);
        tally_party_lie(A ".02.ceremony", TALLY_DOMAIN_SIGN_CEREMONY, "health",
                        lies[i].member, lies[i].value);
        assert_int_equal(tally_ceremony_compare(a, A, check, &err), -1);
        assert_int_equal(err.code, lies[i].code);
        assert_non_null(strstr(err.text, lies[i].text));
        keep(A ".02.ceremony", true);
    }
    assert_int_equal(tally_ceremony_compare(a, A, check, &err), 0);
    tally_secret_free(key);
    tally_agreement_free(a);
}

/* Shares. */

static struct tally_secret *
split(struct tally_card *dealer)
{
    struct tally_identity id = tally_party_open("police");
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *key = NULL;
    struct tally_card holders[3];

    *dealer = id.card;
    for (size_t i = 0; i < 3; i++) {
        char path[64];

        (void)snprintf(path, sizeof path, "%s/identity.card", tally_party_folders[i]);
        assert_int_equal(tally_card_read(&holders[i], path, &err), 0);
    }
    assert_int_equal(tally_keyfile_create("some.key", TALLY_KEY_LINKAGE, true, &err), 0);
    assert_int_equal(tally_keyfile_read("some.key", TALLY_KEY_LINKAGE, &key, &err), 0);
    assert_int_equal(tally_escrow_split(key, &id, holders, 3, 2, "shares", true, &err),
                     0);
    tally_identity_close(&id);
    return key;
}

static void
joins(const struct tally_card *dealer, enum tally_code code, const char *text)
{
    static const char *const two[] = {"shares/share-01", "shares/share-02"};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *key = NULL;
    int rc = tally_escrow_join(two, 2, dealer, &key, &err);

    tally_secret_free(key);
    assert_int_equal(rc == 0 ? TALLY_OK : err.code, code);
    assert_non_null(strstr(err.text, text));
}

static void
a_share_that_says_other_things_is_refused(void **state)
{
    static const struct lie lies[] = {
        {"check", NULL, TALLY_E_CORRUPT, "check"},
        {"check", "\"0000000000000000\"", TALLY_E_KEY, "of another splitting"},
        {"number", "0", TALLY_E_CORRUPT, "not the share it says it is"},
        {"number", "3", TALLY_E_CORRUPT, "not the share it says it is"},
        {"number", "256", TALLY_E_CORRUPT, "number"},
        {"needed", "3", TALLY_E_KEY, "of another splitting"},
        {"needed", "-1", TALLY_E_CORRUPT, "needed"},
        {"shares", NULL, TALLY_E_CORRUPT, "shares"},
        {"shares", "{}", TALLY_E_CORRUPT, "shares"},
        {"shares", "[]", TALLY_E_CORRUPT, "not the share it says it is"},
        {"shares", "[4, 4, 4]", TALLY_E_CORRUPT, "shares"},
        {"share", ZEROS64, TALLY_E_CORRUPT, "not the share it says it is"},
        {"share", "\"00\"", TALLY_E_CORRUPT, "share"},
    };
    static const char *const both[] = {"shares/share-01", "shares/share-02"};
    struct tally_card dealer;
    struct tally_secret *key = split(&dealer);

    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        keep(both[1], false);
        tally_party_lie(both[1], TALLY_DOMAIN_SIGN_SHARE, "police", lies[i].member,
                        lies[i].value);
        joins(&dealer, lies[i].code, lies[i].text);
        keep(both[1], true);
    }
    joins(&dealer, TALLY_OK, "");
    /* All shares alike in a lie of their dealer: the key is held to its check value. */
    for (size_t i = 0; i < 2; i++) {
        tally_party_lie(both[i], TALLY_DOMAIN_SIGN_SHARE, "police", "needed", "1");
    }
    joins(&dealer, TALLY_E_KEY, "another key than was split");
    for (size_t i = 0; i < 2; i++) {
        tally_party_lie(both[i], TALLY_DOMAIN_SIGN_SHARE, "police", "needed", "3");
    }
    joins(&dealer, TALLY_E_KEY, "2 shares are not enough: 3 are needed");
    tally_secret_free(key);
}

static void
a_key_is_split_among_those_who_may_hold_it(void **state)
{
    struct tally_identity id = tally_party_open("police");
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_card dealer, cards[TALLY_SHARES_MAX + 1];
    struct tally_secret *key = split(&dealer), *joined = NULL;
    const char *paths[TALLY_SHARES_MAX + 1];
    char deep[5000];
    struct {
        unsigned n, m;
        enum tally_party_kind second;
        const char *dir;
        enum tally_code code;
    } ways[] = {
        {3, 1, TALLY_PARTY_ICB, "new", TALLY_E_USAGE},
        {3, 4, TALLY_PARTY_ICB, "new", TALLY_E_USAGE},
        {TALLY_SHARES_MAX + 1, 2, TALLY_PARTY_ICB, "new", TALLY_E_USAGE},
        {3, 2, TALLY_PARTY_ANALYST, "new", TALLY_E_POLICY},
        {3, 2, TALLY_PARTY_LINKER, "new", TALLY_E_POLICY},
        {3, 2, TALLY_PARTY_ICB, "shares", TALLY_E_EXISTS},
        {3, 2, TALLY_PARTY_ICB, "no/where", TALLY_E_IO},
        {3, 2, TALLY_PARTY_ICB, deep, TALLY_E_IO},
    };

    (void)state;
    memset(deep, 'd', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    for (size_t i = 0; i <= TALLY_SHARES_MAX; i++) {
        cards[i] = dealer;
        cards[i].fingerprint[0] = (uint8_t)i;
        cards[i].sign[0] = (uint8_t)i;
        paths[i] = "shares/share-01";
    }
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        cards[1].kind = ways[i].second;
        assert_int_equal(tally_escrow_split(key, &id, cards, ways[i].n, ways[i].m,
                                            ways[i].dir, false, &err),
                         -1);
        if (err.code != ways[i].code) {
            fail_msg("way %zu: %s", i, err.text);
        }
        assert_int_equal(access("new", F_OK), -1);
    }
    assert_int_equal(
        tally_escrow_join(paths, TALLY_SHARES_MAX + 1, &dealer, &joined, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    tally_secret_free(key);
    tally_identity_close(&id);
}

/* A new passphrase of the identity goes to the ceremony's secret too, where there is one. */
static void
the_secret_of_a_ceremony_follows_the_passphrase(void **state)
{
    struct tally_secret *old = tally_party_passphrase("correct horse battery");
    struct tally_secret *next = tally_party_passphrase("staple of another kind");
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_agreement *a = NULL;
    struct tally_outfile *f = NULL;

    (void)state;
    assert_int_equal(tally_agreement_open(&a, A, TALLY_STEPS_TODAY, &err), 0);
    assert_int_equal(tally_ceremony_relock(&f, a, A, 0, old, next, &cheap, &err), 0);
    assert_null(f);
    tally_step_all(COMMIT);
    assert_int_equal(tally_ceremony_relock(&f, a, A, 0, next, old, &cheap, &err), -1);
    assert_int_equal(err.code, TALLY_E_KEY);
    assert_int_equal(tally_ceremony_relock(&f, a, A, 0, old, next, &cheap, &err), 0);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_step_refused(CONTRIBUTE, "police", TALLY_E_KEY, "passphrase");
    tally_outfile_free(f);
    tally_agreement_free(a);
    tally_secret_free(old);
    tally_secret_free(next);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        LYING(a_signature_of_something_else_opens_no_agreement),
        LYING(a_commitment_that_says_other_things_is_refused),
        LYING(a_contribution_that_says_other_things_is_refused),
        LYING(no_step_replaces_what_is_there),
        LYING(a_record_that_says_other_things_is_refused),
        LYING(a_share_that_says_other_things_is_refused),
        LYING(a_key_is_split_among_those_who_may_hold_it),
        LYING(the_secret_of_a_ceremony_follows_the_passphrase),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
