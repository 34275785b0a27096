/*
 * The key ceremony: owners who follow it get one key; whoever is missing, late, shows
 * different commitments or opens another value is named; and nothing is left to open.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bloom/keyfile.h"
#include "protocols/agreement_sign.h"
#include "protocols/ceremony.h"
#include "protocols/destruction.h"
#include "protocols/escrow.h"
#include "protocols/standing.h"
#include "tests/support/ceremonysteps.h"
#include "tests/support/parties.h"
#include "tests/support/scratch.h"

#define A     TALLY_STEPS_AGREEMENT
#define TODAY TALLY_STEPS_TODAY

static struct tally_secret *
key_of(const char *path)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *key = NULL;

    assert_int_equal(tally_keyfile_read(path, TALLY_KEY_LINKAGE, &key, &err), 0);
    return key;
}

static void
all_owners_get_one_key(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_agreement *a = NULL;
    struct tally_secret *police, *health;
    uint8_t check[TALLY_KEY_CHECK_BYTES];

    (void)state;
    tally_step_all(COMMIT);
    tally_step_all(CONTRIBUTE);
    tally_step_all(COMBINE);
    police = key_of("police.key");
    health = key_of("health.key");
    assert_true(tally_secret_equal(police, health));
    assert_int_equal(access(A ".01.secret", F_OK), -1);
    assert_int_equal(tally_agreement_open(&a, A, TODAY, &err), 0);
    assert_int_equal(tally_key_check(police, check, &err), 0);
    assert_int_equal(tally_ceremony_compare(a, A, check, &err), 0);
    check[0] ^= 1;
    assert_int_equal(tally_ceremony_compare(a, A, check, &err), -1);
    assert_int_equal(err.code, TALLY_E_KEY_MISMATCH);
    tally_step_refused(COMBINE, "police", TALLY_E_POLICY, "you have not committed");
    tally_agreement_free(a);
    tally_secret_free(police);
    tally_secret_free(health);
}

static void
the_key_outlives_the_card_of_an_owner(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_agreement *a = NULL;
    struct tally_identity old;
    struct tally_secret *key;
    struct tally_card next;
    uint8_t check[TALLY_KEY_CHECK_BYTES];

    (void)state;
    tally_step_all(COMMIT);
    tally_step_all(CONTRIBUTE);
    tally_step_all(COMBINE);
    key = key_of("police.key");
    assert_int_equal(tally_key_check(key, check, &err), 0);
    old = tally_party_open("health");
    next = tally_party_make("next", old.card.name, old.card.kind);
    assert_int_equal(tally_rotation_write(A ".02.rotation", false, &old, &next, &err), 0);
    assert_int_equal(rename("next/identity.card", A ".02.card"), 0);
    assert_int_equal(tally_agreement_open(&a, A, TODAY, &err), 0);
    assert_int_equal(tally_ceremony_compare(a, A, check, &err), 0);
    assert_int_equal(rename(A ".01.ceremony", A ".02.ceremony"), 0);
    assert_int_equal(rename(A ".03.ceremony", A ".01.ceremony"), 0);
    assert_int_equal(tally_ceremony_compare(a, A, check, &err), -1);
    assert_int_equal(err.code, TALLY_E_KEY);
    tally_agreement_free(a);
    tally_identity_close(&old);
    tally_secret_free(key);
}

static void
two_ceremonies_give_two_keys(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *one, *other;

    (void)state;
    tally_step_all(COMMIT);
    tally_step_all(CONTRIBUTE);
    tally_step_all(COMBINE);
    one = key_of("police.key");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tally_step(COMMIT, tally_party_folders[i], true, &err), 0);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tally_step(CONTRIBUTE, tally_party_folders[i], true, &err), 0);
    }
    assert_int_equal(tally_step(COMBINE, "police", true, &err), 0);
    other = key_of("police.key");
    assert_false(tally_secret_equal(one, other));
    tally_secret_free(one);
    tally_secret_free(other);
}

static void
whoever_is_missing_is_named(void **state)
{
    (void)state;
    assert_int_equal(tally_step(COMMIT, "police", false, &(struct tally_err)TALLY_ERR_INIT), 0);
    tally_step_refused(CONTRIBUTE, "police", TALLY_E_POLICY, "Northshire ICB has not committed");
    assert_int_equal(tally_step(COMMIT, "health", false, &(struct tally_err)TALLY_ERR_INIT), 0);
    assert_int_equal(tally_step(COMMIT, "education", false, &(struct tally_err)TALLY_ERR_INIT),
                     0);
    tally_step_all(CONTRIBUTE);
    assert_int_equal(unlink(A ".03.contribution"), 0);
    tally_step_refused(COMBINE, "police", TALLY_E_POLICY, "Northshire Schools has not contributed");
    assert_int_equal(access("police.key", F_OK), -1);
    assert_int_equal(access(A ".01.secret", F_OK), 0);
}

static void
neither_linker_nor_analyst_takes_part(void **state)
{
    (void)state;
    tally_step_refused(COMMIT, "linker", TALLY_E_POLICY, "is not a data owner");
    tally_step_refused(COMMIT, "analyst", TALLY_E_POLICY, "is not a data owner");
}

static void
different_commitments_to_different_owners_are_noticed(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    tally_step_all(COMMIT);
    /* Police and education see one commitment of health, and then health makes another.
     */
    assert_int_equal(tally_step(CONTRIBUTE, "police", false, &err), 0);
    assert_int_equal(tally_step(CONTRIBUTE, "education", false, &err), 0);
    assert_int_equal(tally_step(COMMIT, "health", true, &err), 0);
    assert_int_equal(tally_step(CONTRIBUTE, "health", false, &err), 0);
    tally_step_refused(COMBINE, "health", TALLY_E_KEY,
            "Northshire Police signed another commitment of Northshire ICB");
    tally_step_refused(COMBINE, "police", TALLY_E_KEY, "another commitment of Northshire ICB");
    assert_int_equal(access("police.key", F_OK), -1);
}

static void
an_opening_that_is_not_what_was_committed_to_is_noticed(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    tally_step_all(COMMIT);
    tally_step_all(CONTRIBUTE);
    /* Health answers with sealed bytes that another secret of its own made. */
    assert_int_equal(rename(A ".02.commitment", "kept"), 0);
    assert_int_equal(tally_step(COMMIT, "health", true, &err), 0);
    assert_int_equal(tally_step(CONTRIBUTE, "health", true, &err), 0);
    assert_int_equal(rename("kept", A ".02.commitment"), 0);
    tally_step_refused(COMBINE, "police", TALLY_E_KEY, "Northshire ICB");
    assert_int_equal(access("police.key", F_OK), -1);
}

static int
combines(struct tally_err *err)
{
    struct tally_err ignored = TALLY_ERR_INIT;
    int rc = tally_step(COMBINE, "police", false, err);

    if (rc == 0) { /* as it was, for the next look */
        assert_int_equal(rename("kept", A ".01.secret"), 0);
        assert_int_equal(tally_file_destroy("police.key", &ignored), 0);
        assert_int_equal(unlink(A ".01.ceremony"), 0);
        assert_int_equal(link(A ".01.secret", "again"), 0);
        assert_int_equal(rename("again", "kept"), 0);
    }
    return rc;
}

static void
copy(const char *from, const char *to)
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data = NULL;
    size_t len;

    assert_int_equal(tally_file_read(from, 1u << 20, &data, &len, &err), 0);
    data[len] = '\0';
    tally_scratch_put(to, (char *)data, 0600);
    free(data);
}

static void
no_changed_byte_of_any_paper_is_taken(void **state)
{
    (void)state;
    tally_step_all(COMMIT);
    tally_step_all(CONTRIBUTE);
    copy(A ".01.secret", "kept");
    tally_party_mutate(A ".02.commitment", combines);
    copy(A ".01.secret", "kept");
    tally_party_mutate(A ".02.contribution", combines);
}

#define SHARES "shares"

static void
share(struct tally_card *dealer)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_identity id = tally_party_open("police");
    struct tally_secret *key = NULL;
    struct tally_card holders[3];
    int rc;

    *dealer = id.card;
    assert_int_equal(tally_card_read(&holders[0], "police/identity.card", &err), 0);
    assert_int_equal(tally_card_read(&holders[1], "health/identity.card", &err), 0);
    assert_int_equal(tally_card_read(&holders[2], "education/identity.card", &err), 0);
    assert_int_equal(tally_keyfile_create("some.key", TALLY_KEY_LINKAGE, true, &err), 0);
    key = key_of("some.key");
    rc = tally_escrow_split(key, &id, holders, 3, 2, SHARES, true, &err);
    assert_int_equal(rc, 0);
    assert_int_equal(tally_card_read(&holders[2], "linker/identity.card", &err), 0);
    assert_int_equal(tally_escrow_split(key, &id, holders, 3, 2, "bad", true, &err), -1);
    assert_int_equal(err.code, TALLY_E_POLICY);
    tally_secret_free(key);
    tally_identity_close(&id);
}

static struct tally_card dealer;

static int
joins(struct tally_err *err)
{
    static const char *const two[] = {SHARES "/share-03", SHARES "/share-01"};
    struct tally_secret *key = NULL;
    int rc = tally_escrow_join(two, 2, &dealer, &key, err);

    tally_secret_free(key);
    return rc;
}

static void
any_two_of_three_shares_give_the_key_and_one_does_not(void **state)
{
    static const char *const sets[3][2] = {{SHARES "/share-01", SHARES "/share-02"},
                                           {SHARES "/share-03", SHARES "/share-02"},
                                           {SHARES "/share-01", SHARES "/share-03"}};
    static const char *const twice[] = {SHARES "/share-01", SHARES "/share-01"};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *key = NULL, *was;

    (void)state;
    share(&dealer);
    was = key_of("some.key");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tally_escrow_join(sets[i], 2, &dealer, &key, &err), 0);
        assert_true(tally_secret_equal(key, was));
        tally_secret_free(key);
    }
    assert_int_equal(tally_escrow_join(sets[0], 1, &dealer, &key, &err), -1);
    assert_int_equal(err.code, TALLY_E_KEY);
    assert_non_null(strstr(err.text, "not enough"));
    assert_int_equal(tally_escrow_join(twice, 2, &dealer, &key, &err), -1);
    assert_non_null(strstr(err.text, "twice"));
    tally_party_mutate(SHARES "/share-01", joins);
    tally_secret_free(was);
}

static void
shares_of_two_splittings_do_not_mix(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    share(&dealer);
    assert_int_equal(rename(SHARES "/share-01", "kept"), 0);
    share(&dealer);
    assert_int_equal(rename("kept", SHARES "/share-01"), 0);
    assert_int_equal(joins(&err), -1);
    assert_int_equal(err.code, TALLY_E_KEY);
}

static void
sharing_gives_every_secret_back(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *secret = NULL;
    uint8_t shares[7 * 48], some[4 * 48], out[48], x[4] = {7, 2, 5, 1};

    (void)state;
    assert_int_equal(tally_secret_create(&secret, 48, &err), 0);
    tally_random(tally_secret_open(secret), 48);
    assert_int_equal(tally_shamir_split(secret, 4, 7, shares, &err), 0);
    for (size_t i = 0; i < 4; i++) {
        memcpy(some + i * 48, shares + (size_t)(x[i] - 1) * 48, 48);
    }
    tally_shamir_join(some, x, 4, 48, out);
    assert_memory_equal(out, tally_secret_open(secret), 48);
    tally_shamir_join(some, x, 3, 48, out);
    assert_memory_not_equal(out, tally_secret_open(secret), 48);
    tally_secret_close(secret);
    tally_secret_close(secret);
    tally_secret_close(secret);
    tally_secret_free(secret);
}

static void
destruction_removes_all_or_tells_what_it_did(void **state)
{
    static const char *const files[] = {"one", "two"};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_identity id = tally_party_open("linker");

    (void)state;
    tally_scratch_put("one", "secret one", 0600);
    assert_int_equal(tally_destroy(files, 2, "the end", &id, "cert", false, &err), -1);
    assert_int_equal(err.code, TALLY_E_NO_FILE);
    assert_int_equal(access("one", F_OK), 0);
    assert_int_equal(access("cert", F_OK), -1);
    tally_scratch_put("two", "", 0600);
    assert_int_equal(tally_destroy(files, 2, "the end", &id, "cert", false, &err), 0);
    assert_int_equal(access("one", F_OK), -1);
    assert_int_equal(access("two", F_OK), -1);
    assert_int_equal(access("cert", F_OK), 0);
    assert_int_equal(symlink("cert", "one"), 0);
    assert_int_equal(tally_destroy(files, 1, "the end", &id, "cert2", false, &err), -1);
    assert_int_equal(access("cert", F_OK), 0);
    tally_identity_close(&id);
}

#define WITH_OWNERS(f) cmocka_unit_test_setup_teardown(f, tally_steps_setup, tally_scratch_leave)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_OWNERS(all_owners_get_one_key),
        WITH_OWNERS(the_key_outlives_the_card_of_an_owner),
        WITH_OWNERS(two_ceremonies_give_two_keys),
        WITH_OWNERS(whoever_is_missing_is_named),
        WITH_OWNERS(neither_linker_nor_analyst_takes_part),
        WITH_OWNERS(different_commitments_to_different_owners_are_noticed),
        WITH_OWNERS(an_opening_that_is_not_what_was_committed_to_is_noticed),
        WITH_OWNERS(no_changed_byte_of_any_paper_is_taken),
        WITH_OWNERS(any_two_of_three_shares_give_the_key_and_one_does_not),
        WITH_OWNERS(shares_of_two_splittings_do_not_mix),
        WITH_OWNERS(sharing_gives_every_secret_back),
        WITH_OWNERS(destruction_removes_all_or_tells_what_it_did),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
