/*
 * Audit logs that cannot go on: folders and files in the way, entries that are too long,
 * lines that are none, and a log that goes over to the next identity.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/auditlog.h"

#include "bloom/base/domains.h"
#include "tests/support/parties.h"
#include "tests/support/scratch.h"

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

static char deep[4200]; /* a path that leaves no room for a name */

static int
setup(void **state)
{
    memset(deep, 'd', 4090);
    if (tally_scratch_enter(state) != 0) {
        return -1;
    }
    (void)tally_party_make("old", "Northshire Police", TALLY_PARTY_POLICE);
    (void)tally_party_make("next", "Northshire Police", TALLY_PARTY_POLICE);
    (void)tally_party_make("third", "Northshire Police", TALLY_PARTY_POLICE);
    return 0;
}

static int
append(const char *dir, const char *text, struct tally_err *err)
{
    struct tally_identity id = tally_party_open(dir);
    struct tally_jnode *e = tally_log_entry("noted");
    int rc;

    tally_jset_str(e, "text", text);
    rc = tally_log_append(dir, &id, e, NULL, err);
    tally_identity_close(&id);
    return rc;
}

/* How many entries the log of ${dir} holds; -1 with ${err}. */
static int64_t
walk(const char *dir, struct tally_err *err)
{
    struct tally_identity id = tally_party_open(dir);
    struct tally_log_head head;
    int rc = tally_log_walk(dir, &id.card, NULL, NULL, &head, NULL, err);

    tally_identity_close(&id);
    return rc == 0 ? (int64_t)head.n : -1;
}

static void
refused(int rc, const struct tally_err *err, enum tally_code code, const char *text)
{
    assert_int_equal(rc, -1);
    if (err->code != code || strstr(err->text, text) == NULL) {
        fail_msg("code %d, '%s' does not say '%s'", (int)err->code, err->text, text);
    }
}

static void
an_entry_that_is_too_long_is_not_begun(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    char *text = malloc(TALLY_LOG_LINE_MAX);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', TALLY_LOG_LINE_MAX - 1);
    text[TALLY_LOG_LINE_MAX - 1] = '\0';
    assert_int_equal(append("old", "first", &err), 0);
    refused(append("old", text, &err), &err, TALLY_E_LIMIT, "an entry would be too long");
    assert_int_equal(walk("old", &err), 1);
    text[TALLY_LOG_LINE_MAX - 1000] = '\0';
    assert_int_equal(append("old", text, &err), 0);
    assert_int_equal(walk("old", &err), 2);
    free(text);
}

static void
lines_that_are_no_entries_are_refused(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    char *line = malloc(TALLY_LOG_LINE_MAX + 10);
    static const size_t lens[] = {0, 1, 128, 129, 300, TALLY_LOG_LINE_MAX,
                                  TALLY_LOG_LINE_MAX + 1};

    (void)state;
    assert_non_null(line);
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        memset(line, 'a', lens[i]);
        strcpy(line + lens[i], "\n");
        tally_scratch_put("old/" TALLY_LOG_NAME, line, 0600);
        refused((int)walk("old", &err), &err, TALLY_E_CORRUPT, "entry 1");
        refused(append("old", "x", &err), &err, TALLY_E_CORRUPT, "entry 1");
        tally_scratch_holds("old/" TALLY_LOG_NAME, line);
    }
    free(line);
}

static void
what_is_in_the_way_of_a_log_is_told(void **state)
{
    struct tally_identity id = tally_party_open("old");
    struct tally_card card;
    struct tally_err err = TALLY_ERR_INIT;
    char before[4096];
    uint64_t n;

    (void)state;
    refused(tally_log_append(deep, &id, tally_log_entry("x"), NULL, &err), &err,
            TALLY_E_USAGE, "too long");
    refused(tally_log_walk(deep, &id.card, NULL, NULL, NULL, NULL, &err), &err,
            TALLY_E_USAGE, "too long");
    refused(tally_log_predecessor(deep, before, &card, &err), &err, TALLY_E_USAGE,
            "too long");
    refused(tally_log_delivery(deep, &id.card, "x", id.card.fingerprint, NULL, &n, &err),
            &err, TALLY_E_USAGE, "too long");
    refused(tally_log_append("nowhere", &id, tally_log_entry("x"), NULL, &err), &err,
            TALLY_E_IO, "cannot write nowhere/identity.log");
    assert_int_equal(mkdir("old/" TALLY_LOG_NAME, 0700), 0);
    refused((int)walk("old", &err), &err, TALLY_E_NO_FILE, "is a folder");
    refused(append("old", "x", &err), &err, TALLY_E_IO, "cannot write");
    assert_int_equal(rmdir("old/" TALLY_LOG_NAME), 0);
    assert_int_equal(symlink("elsewhere", "old/" TALLY_LOG_NAME), 0);
    refused(append("old", "x", &err), &err, TALLY_E_IO, "cannot write");
    tally_identity_close(&id);
}

static void
a_log_goes_over_to_the_next_identity_whole_or_with_a_reason(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_card card;
    char before[4096];
    char near[4096]; /* next, a name of which the folder before fits and its files do not */

    (void)state;
    for (size_t i = 0; i < 4080; i += 2) {
        memcpy(near + i, "./", 2);
    }
    strcpy(near + 4076, "next");
    assert_int_equal(append("old", "first", &err), 0);
    refused(tally_log_hand_over("old", deep, &err), &err, TALLY_E_USAGE, "too long");
    refused(tally_log_hand_over("old", near, &err), &err, TALLY_E_USAGE, "too long");
    assert_int_equal(access("next/" TALLY_LOG_BEFORE, F_OK), -1);
    refused(tally_log_hand_over("old", "nowhere", &err), &err, TALLY_E_IO,
            "cannot make the folder nowhere/before");
    tally_scratch_put("next/" TALLY_LOG_BEFORE, "in the way", 0600);
    refused(tally_log_hand_over("old", "next", &err), &err, TALLY_E_IO, "cannot write");
    assert_int_equal(unlink("next/" TALLY_LOG_BEFORE), 0);
    assert_int_equal(tally_log_predecessor("next", before, &card, &err), 0);
    assert_int_equal(tally_log_hand_over("old", "next", &err), 0);
    assert_int_equal(tally_log_hand_over("next", "third", &err), 0);
    assert_int_equal(tally_log_predecessor("third", before, &card, &err), 1);
    assert_string_equal(before, "third/before");
    assert_int_equal(tally_log_predecessor("third/before", before, &card, &err), 1);
    assert_int_equal(tally_log_predecessor("third/before/before", before, &card, &err), 0);
    /* A log that is in the way of the copy, and a card that does not hold. */
    assert_int_equal(unlink("third/before/before/" TALLY_LOG_NAME), 0);
    assert_int_equal(mkdir("third/before/before/" TALLY_LOG_NAME, 0700), 0);
    assert_int_equal(tally_log_hand_over("next", "third", &err), -1);
    assert_int_equal(rmdir("third/before/before/" TALLY_LOG_NAME), 0);
    assert_int_equal(tally_log_hand_over("next", "third", &err), 0);
    tally_scratch_put("third/before/identity.card", "no card", 0600);
    refused(tally_log_predecessor("third", before, &card, &err), &err, TALLY_E_CORRUPT,
            "third/before/identity.card");
    refused(tally_log_hand_over(deep, "next", &err), &err, TALLY_E_USAGE, "too long");
}

/* What the caller looked at and what is there by the time of writing must be the same. */
static void
an_entry_follows_the_one_it_was_made_after(void **state)
{
    struct tally_identity id = tally_party_open("old");
    const uint8_t *key = id.card.sign;
    struct tally_chain chain = {.path = "chain",
                                .domain = TALLY_DOMAIN_SIGN_LOG,
                                .keys = (const uint8_t(*)[TALLY_SIGN_PUBLIC_BYTES])key,
                                .nkeys = 1,
                                .line_max = 4096};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_log_head none = {.n = 0}, one;

    (void)state;
    assert_int_equal(tally_chain_append(&chain, id.sign, tally_log_entry("a"), &none,
                                        &one, &err),
                     0);
    refused(tally_chain_append(&chain, id.sign, tally_log_entry("b"), &none, NULL, &err),
            &err, TALLY_E_IO, "something was added meanwhile");
    assert_int_equal(tally_chain_append(&chain, id.sign, tally_log_entry("b"), &one, &one,
                                        &err),
                     0);
    assert_int_equal(one.n, 2);
    tally_identity_close(&id);
}

#define LOGS(f) cmocka_unit_test_setup_teardown(f, setup, tally_scratch_leave)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        LOGS(an_entry_that_is_too_long_is_not_begun),
        LOGS(lines_that_are_no_entries_are_refused),
        LOGS(what_is_in_the_way_of_a_log_is_told),
        LOGS(a_log_goes_over_to_the_next_identity_whole_or_with_a_reason),
        LOGS(an_entry_follows_the_one_it_was_made_after),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
