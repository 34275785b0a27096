/*
 * Identities, cards, and what becomes of them: what is made opens with its passphrase
 * alone, and no changed byte of any of it is taken.
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

#include <cmocka.h>

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "bloom/meta.h"
#include "protocols/calendar.h"
#include "protocols/identity.h"
#include "protocols/paper.h"
#include "protocols/standing.h"
#include "tests/support/parties.h"
#include "tests/support/scratch.h"

static void
an_identity_opens_with_its_passphrase_alone(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_card card =
        tally_party_make("police", "Northshire Police", TALLY_PARTY_POLICE);
    struct tally_identity id;
    struct stat st;

    (void)state;
    assert_int_equal(tally_party_try("police", "correct horse batterY", &id, &err), -1);
    assert_int_equal(err.code, TALLY_E_KEY);
    assert_int_equal(tally_party_try("police", "correct horse battery", &id, &err), 0);
    assert_true(tally_card_same(&id.card, &card));
    assert_string_equal(id.card.name, "Northshire Police");
    assert_int_equal(id.card.kind, TALLY_PARTY_POLICE);
    tally_identity_close(&id);
    assert_int_equal(stat("police/identity.key", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat("police", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
}

static void
an_identity_is_never_replaced(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_card card = tally_party_make("a", "Fire Service", TALLY_PARTY_FIRE),
                      other;
    struct tally_secret *p = tally_party_passphrase("another passphrase");

    (void)state;
    assert_int_equal(tally_identity_create("a", "Fire Service", TALLY_PARTY_FIRE, p,
                                           &tally_passbox_cost_usual, &other, &err),
                     -1);
    assert_int_equal(err.code, TALLY_E_EXISTS);
    assert_int_equal(tally_card_read(&other, "a/identity.card", &err), 0);
    assert_true(tally_card_same(&card, &other));
    tally_secret_free(p);
}

static void
a_failed_creation_leaves_nothing(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *p = tally_party_passphrase("too short");
    struct tally_card card;

    (void)state;
    assert_int_equal(tally_identity_create("a", "Fire Service", TALLY_PARTY_FIRE, p,
                                           &tally_passbox_cost_usual, &card, &err),
                     -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    assert_int_equal(tally_identity_create("no/way", "Fire Service", TALLY_PARTY_FIRE, p,
                                           &tally_passbox_cost_usual, &card, &err),
                     -1);
    assert_int_equal(tally_scratch_count(), 0);
    tally_secret_free(p);
}

static void
keys_of_another_card_are_refused(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_identity id;

    (void)state;
    tally_party_make("a", "Fire Service", TALLY_PARTY_FIRE);
    tally_party_make("b", "Fire Service", TALLY_PARTY_FIRE);
    assert_int_equal(rename("b/identity.key", "a/identity.key"), 0);
    assert_int_equal(tally_party_try("a", "correct horse battery", &id, &err), -1);
    assert_int_equal(err.code, TALLY_E_KEY);
    assert_non_null(strstr(err.text, "not the keys of the card"));
}

static int
check_card(struct tally_err *err)
{
    struct tally_card card;

    return tally_card_read(&card, "a/identity.card", err);
}

static int
check_open(struct tally_err *err)
{
    struct tally_identity id;

    if (tally_party_try("a", "correct horse battery", &id, err) != 0) {
        return -1;
    }
    tally_identity_close(&id);
    return 0;
}

static struct tally_card first, second;

static int
check_rotation(struct tally_err *err)
{
    return tally_rotation_check("rotation", &first, &second, err);
}

static int
check_revocation(struct tally_err *err)
{
    char from[11];

    return tally_revocation_check("revocation", &first, from, err);
}

static void
no_changed_byte_is_taken(void **state)
{
    (void)state;
    tally_party_make("a", "Fire Service", TALLY_PARTY_FIRE);
    tally_party_mutate("a/identity.card", check_card);
    tally_party_mutate("a/identity.key", check_open);
}

/* What tally_rotation_write refuses to write, as another program may. */
static void
forge_rotation(const struct tally_identity *old, const struct tally_card *next)
{
    struct tally_jnode *body = tally_paper_body(TALLY_PAPER_ROTATION);
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_outfile *f = NULL;

    tally_meta_set_hex(body, "old", old->card.fingerprint, TALLY_DIGEST_BYTES);
    tally_meta_set_hex(body, "new", next->fingerprint, TALLY_DIGEST_BYTES);
    tally_jset_str(body, "from", "2026-11-22");
    assert_int_equal(tally_outfile_open(&f, "forged", 0644, true, &err), 0);
    assert_int_equal(tally_paper_write(f, TALLY_PAPER_ROTATION, body, old->sign, &err),
                     0);
    assert_int_equal(tally_outfile_commit(&f, 1, &err), 0);
    tally_outfile_free(f);
}

static void
a_card_cannot_hand_over_to_another_party(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_card same = tally_party_make("b", "Fire Service", TALLY_PARTY_FIRE);
    struct tally_card named = tally_party_make("c", "Fire Board", TALLY_PARTY_FIRE);
    struct tally_card kind = tally_party_make("d", "Fire Service", TALLY_PARTY_POLICE);
    struct tally_card old = tally_party_make("a", "Fire Service", TALLY_PARTY_FIRE);
    struct tally_identity id = tally_party_open("a");

    (void)state;
    forge_rotation(&id, &same);
    assert_int_equal(tally_rotation_check("forged", &old, &same, &err), 0);
    forge_rotation(&id, &named);
    assert_int_equal(tally_rotation_check("forged", &old, &named, &err), -1);
    assert_int_equal(err.code, TALLY_E_KEY);
    forge_rotation(&id, &kind);
    assert_int_equal(tally_rotation_check("forged", &old, &kind, &err), -1);
    assert_int_equal(err.code, TALLY_E_KEY);
    tally_identity_close(&id);
}

static void
rotation_and_revocation_hold_for_their_cards_alone(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_card other = tally_party_make("c", "Fire Board", TALLY_PARTY_FIRE);
    struct tally_identity id;
    char from[11], today[11];

    (void)state;
    first = tally_party_make("a", "Fire Service", TALLY_PARTY_FIRE);
    second = tally_party_make("b", "Fire Service", TALLY_PARTY_FIRE);
    assert_int_equal(tally_party_try("a", "correct horse battery", &id, &err), 0);
    assert_int_equal(tally_rotation_write("x", false, &id, &other, &err), -1);
    assert_int_equal(err.code, TALLY_E_USAGE);
    assert_int_equal(tally_rotation_write("x", false, &id, &first, &err), -1);
    assert_int_equal(tally_rotation_write("rotation", false, &id, &second, &err), 0);
    assert_int_equal(tally_revocation_write("revocation", false, &id, &err), 0);
    tally_identity_close(&id);

    tally_party_mutate("rotation", check_rotation);
    tally_party_mutate("revocation", check_revocation);
    assert_int_equal(tally_rotation_check("rotation", &second, &first, &err), -1);
    assert_int_equal(err.code, TALLY_E_KEY);
    assert_int_equal(tally_rotation_check("rotation", &first, &other, &err), -1);
    assert_int_equal(tally_revocation_check("revocation", &second, from, &err), -1);
    assert_int_equal(tally_revocation_check("rotation", &first, from, &err), -1);
    assert_int_equal(err.code, TALLY_E_CORRUPT);
    assert_int_equal(tally_revocation_check("revocation", &first, from, &err), 0);
    tally_today(today);
    assert_true(strcmp(from, today) <= 0);
}

static void
names_that_could_mislead_are_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "A",
                                      " Ann",
                                      "Ann ",
                                      "A  B",
                                      "../etc",
                                      "North\nshire",
                                      "P\xd0\xbelice",
                                      "Police\x1b[31m",
                                      "a;b",
                                      "=cmd",
                                      "Police\xe2\x80\xae",
                                      "\xdc\xbe\xcc\x81"}; /* marks alone: of no letter */
    static const char *const good[] = {"Northshire Police", "Bwrdd Iechyd Prifysgol",
                                       "St. Mary's (North) & Co",
                                       "Heddlu Gogledd \xc5\xb4ysg"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(tally_party_name_valid(bad[i]));
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(tally_party_name_valid(good[i]));
    }
    assert_true(tally_party_name_alike("Northshire Police", "NORTHSH1RE P0LICE."));
    assert_false(tally_party_name_alike("Northshire Police", "Southshire Police"));
}

static void
a_fingerprint_is_sixteen_words(void **state)
{
    uint8_t digest[TALLY_WORDS];
    char one[TALLY_WORDS_TEXT], other[TALLY_WORDS_TEXT];
    size_t words = 1;

    (void)state;
    for (unsigned v = 0; v < 256; v += 16) {
        for (unsigned i = 0; i < TALLY_WORDS; i++) {
            digest[i] = (uint8_t)(v + i);
        }
        tally_words(digest, one);
    }
    for (const char *p = one; *p != '\0'; p++) {
        words += *p == ' ';
    }
    assert_int_equal(words, TALLY_WORDS);
    digest[TALLY_WORDS - 1] ^= 1;
    tally_words(digest, other);
    assert_string_not_equal(one, other);
    memset(digest, 0, sizeof digest);
    tally_words(digest, one);
    assert_memory_equal(one, "acorn acorn ", 12);
}

static void
a_signature_is_for_its_purpose_alone(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_secret *seed = NULL;
    uint8_t key[TALLY_SIGN_PUBLIC_BYTES], sig[TALLY_SIGNATURE_BYTES];
    uint8_t digest[TALLY_DIGEST_BYTES] = {1};

    (void)state;
    assert_int_equal(tally_secret_init(&err), 0);
    assert_int_equal(tally_secret_create(&seed, TALLY_SIGN_SEED_BYTES, &err), 0);
    assert_int_equal(tally_sign_public(seed, key, &err), 0);
    assert_int_equal(tally_sign(seed, "one", digest, sig, &err), 0);
    assert_true(tally_sign_verify(key, "one", digest, sig));
    assert_false(tally_sign_verify(key, "two", digest, sig));
    digest[0] = 2;
    assert_false(tally_sign_verify(key, "one", digest, sig));
    tally_secret_free(seed);
}

#define IN_SCRATCH(f)                                                                    \
    cmocka_unit_test_setup_teardown(f, tally_scratch_enter, tally_scratch_leave)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(an_identity_opens_with_its_passphrase_alone),
        IN_SCRATCH(an_identity_is_never_replaced),
        IN_SCRATCH(a_failed_creation_leaves_nothing),
        IN_SCRATCH(keys_of_another_card_are_refused),
        IN_SCRATCH(no_changed_byte_is_taken),
        IN_SCRATCH(a_card_cannot_hand_over_to_another_party),
        IN_SCRATCH(rotation_and_revocation_hold_for_their_cards_alone),
        cmocka_unit_test(names_that_could_mislead_are_refused),
        cmocka_unit_test(a_fingerprint_is_sixteen_words),
        cmocka_unit_test(a_signature_is_for_its_purpose_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
