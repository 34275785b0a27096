/*
 * Audit logs that cannot go on: folders and files in the way, entries that are too long,
 * lines that are none, and a log that goes over to the next identity.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/auditlog.h"

#include "bloom/base/domains.h"
#include "bloom/base/file.h"
#include "bloom/meta.h"
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
static const uint8_t agreed[TALLY_DIGEST_BYTES] = "the digest of an agreement";

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

/* The log in ${dir}, opened. */
static struct tally_log *
open_log(const char *dir, const struct tally_identity *id)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_log *log = NULL;

    assert_int_equal(tally_log_open(&log, dir, id, agreed, &err), 0);
    return log;
}

/* An entry under the agreement that tells of delivery ${n}, whose digest is all ${n}. */
static struct tally_jnode *
entry(uint8_t n)
{
    struct tally_jnode *e = tally_log_entry("noted");
    uint8_t digest[TALLY_DIGEST_BYTES];

    memset(digest, n, sizeof digest);
    tally_meta_set_hex(e, "agreement", agreed, sizeof agreed);
    tally_meta_set_hex(e, "with", agreed, sizeof agreed);
    tally_meta_set_hex(e, "digest", digest, sizeof digest);
    tally_jset_int(e, "delivery", n);
    return e;
}

static int
append(const char *dir, const char *text, struct tally_err *err)
{
    struct tally_identity id = tally_party_open(dir);
    struct tally_log *log = open_log(dir, &id);
    struct tally_jnode *e = tally_log_entry("noted");
    int rc;

    tally_jset_str(e, "text", text);
    rc = tally_log_append(log, e, err);
    tally_log_close(log);
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
    static const size_t lens[] = {
        0, 1, 128, 129, 300, TALLY_LOG_LINE_MAX, TALLY_LOG_LINE_MAX + 1};

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
    struct tally_log *log = NULL;
    char before[4096];

    (void)state;
    refused(tally_log_open(&log, deep, &id, agreed, &err), &err, TALLY_E_USAGE,
            "too long");
    refused(tally_log_walk(deep, &id.card, NULL, NULL, NULL, NULL, &err), &err,
            TALLY_E_USAGE, "too long");
    refused(tally_log_predecessor(deep, before, &card, &err), &err, TALLY_E_USAGE,
            "too long");
    log = open_log("nowhere", &id);
    refused(tally_log_append(log, tally_log_entry("x"), &err), &err, TALLY_E_IO,
            "cannot write nowhere/identity.log");
    tally_log_close(log);
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
    assert_int_equal(tally_log_predecessor("third/before/before", before, &card, &err),
                     0);
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
    assert_int_equal(
        tally_chain_append(&chain, id.sign, tally_log_entry("a"), &none, &one, &err), 0);
    refused(tally_chain_append(&chain, id.sign, tally_log_entry("b"), &none, NULL, &err),
            &err, TALLY_E_IO, "something was added meanwhile");
    assert_int_equal(
        tally_chain_append(&chain, id.sign, tally_log_entry("b"), &one, &one, &err), 0);
    assert_int_equal(one.n, 2);
    tally_identity_close(&id);
}

/* The log of "old" with ${n} entries, up to six, and where each line begins. */
static size_t
make_lines(struct tally_log *log, uint8_t n, char *text, char *lines[7])
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data = NULL;
    size_t len, at = 0;

    for (uint8_t i = 1; i <= n; i++) {
        assert_int_equal(tally_log_append(log, entry(i), &err), 0);
    }
    assert_int_equal(tally_file_read("old/" TALLY_LOG_NAME, 1u << 16, &data, &len, &err),
                     0);
    memcpy(text, data, len);
    text[len] = '\0';
    free(data);
    for (lines[0] = text; *lines[at] != '\0'; at++) {
        lines[at + 1] = strchr(lines[at], '\n') + 1;
    }
    assert_int_equal(at, n);
    return len;
}

/* The file is no log to any of its readers, and nothing is added to it. */
static void
all_refuse(const struct tally_identity *id, const char *text, size_t at)
{
    struct tally_log *log = open_log("old", id);
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_log_head head;
    bool known;
    uint64_t n;

    tally_scratch_put("old/" TALLY_LOG_NAME, text, 0600);
    if (tally_log_walk("old", &id->card, NULL, NULL, NULL, NULL, &err) == 0 ||
        tally_log_has(log, "noted", agreed, &known, &err) == 0 ||
        tally_log_delivery(log, "noted", NULL, &n, &err) == 0 ||
        tally_log_end(log, &head, &err) == 0 ||
        tally_log_append(log, entry(9), &err) == 0) {
        fail_msg("a change at %zu was taken", at);
    }
    assert_int_equal(err.code, TALLY_E_CORRUPT);
    tally_scratch_holds("old/" TALLY_LOG_NAME, text);
    tally_log_close(log);
}

/* Commands check two signatures alone, of the first entry and of the last: with the chain
 * they must do for all that stands between. */
static void
a_log_in_use_shows_every_changed_byte(void **state)
{
    static const uint8_t bits[] = {1, 4, 0x80}; /* no blank becomes an end */
    struct tally_identity id = tally_party_open("old");
    struct tally_log *log = open_log("old", &id);
    char text[8192], *lines[7];
    size_t len = make_lines(log, 3, text, lines);

    (void)state;
    for (size_t i = 0; i + 1 < len; i++) {
        char kept = text[i];

        text[i] = (char)(kept ^ (char)bits[i % 3]);
        all_refuse(&id, text, i);
        text[i] = kept;
    }
    tally_log_close(log);
    tally_identity_close(&id);
}

/* Write the lines ${order}, numbers from 1 in a string. */
static void
arrange(char *const lines[7], const char *order, char *out)
{
    for (; *order != '\0'; order++) {
        size_t i = (size_t)(*order - '1'), len = (size_t)(lines[i + 1] - lines[i]);

        memcpy(out, lines[i], len);
        out += len;
    }
    *out = '\0';
}

static void
a_log_in_use_shows_lines_that_are_not_as_they_came(void **state)
{
    static const char *const orders[] = {"23456",   "13456",  "12346",  "113456",
                                         "1123456", "213456", "123465", "1234566",
                                         "1234561", "6"};
    struct tally_identity id = tally_party_open("old");
    struct tally_log *log = open_log("old", &id);
    struct tally_err err = TALLY_ERR_INIT;
    char text[8192], other[8192], *lines[7];
    uint64_t n;

    (void)state;
    (void)make_lines(log, 6, text, lines);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        arrange(lines, orders[i], other);
        all_refuse(&id, other, i);
    }
    /* A tail that was cut shows against what others hold alone. */
    arrange(lines, "123", other);
    tally_scratch_put("old/" TALLY_LOG_NAME, other, 0600);
    assert_int_equal(tally_log_delivery(log, "noted", NULL, &n, &err), 0);
    assert_int_equal(n, 3);
    tally_log_close(log);
    tally_identity_close(&id);
}

/* Put the digest of the line before into each line from ${first} on. */
static void
chain_anew(char *const lines[7], size_t first)
{
    static const char member[] = "\"previous\":\"";

    for (size_t i = first; i < 6; i++) {
        uint8_t digest[TALLY_DIGEST_BYTES];
        char hex[2 * TALLY_DIGEST_BYTES + 1], *at = strstr(lines[i], member);

        tally_digest(lines[i - 1], (size_t)(lines[i] - lines[i - 1]) - 1, digest);
        tally_hex_encode(digest, sizeof digest, hex);
        memcpy(at + sizeof member - 1, hex, sizeof hex - 1);
    }
}

/* Somebody writes entries without the key, but knows how the chain is made. */
static void
a_chain_made_anew_needs_the_key(void **state)
{
    struct tally_identity id = tally_party_open("old"), other = tally_party_open("next");
    struct tally_log *log = open_log("old", &id);
    char text[8192], kept[8192], *lines[7];

    (void)state;
    (void)make_lines(log, 6, text, lines);
    strcpy(kept, text);
    for (size_t i = 0; i < 6; i++) {
        strstr(lines[i], "\"delivery\":")[11] = '9';
        chain_anew(lines, i + 1);
        all_refuse(&id, text, i);
        strcpy(text, kept);
    }
    tally_log_close(log);
    /* All of it, signed by a key of their own. */
    assert_int_equal(unlink("old/" TALLY_LOG_NAME), 0);
    log = open_log("old", &other);
    (void)make_lines(log, 6, text, lines);
    all_refuse(&id, text, 0);
    tally_log_close(log);
    tally_identity_close(&id);
    tally_identity_close(&other);
}

/* The log is not read again while the file is as it was; another file is. */
static void
what_was_read_of_a_log_holds_until_it_changes(void **state)
{
    struct tally_identity id = tally_party_open("old");
    struct tally_log *log = open_log("old", &id), *other = open_log("old", &id);
    struct tally_err err = TALLY_ERR_INIT;
    char text[8192], *lines[7];
    struct tally_log_head head;
    uint64_t n;

    (void)state;
    (void)make_lines(log, 6, text, lines);
    assert_int_equal(tally_log_delivery(log, "noted", NULL, &n, &err), 0);
    assert_int_equal(n, 6);
    assert_int_equal(tally_log_append(other, entry(7), &err), 0);
    assert_int_equal(tally_log_append(log, entry(8), &err), 0);
    assert_int_equal(tally_log_delivery(log, "noted", NULL, &n, &err), 0);
    assert_int_equal(n, 8);
    assert_int_equal(tally_log_end(other, &head, &err), 0);
    assert_int_equal(head.n, 8);
    assert_int_equal(walk("old", &err), 8);
    /* The same bytes but one, in a file that took its place. */
    lines[2][10] ^= 1;
    tally_scratch_put("swapped", text, 0600);
    assert_int_equal(rename("swapped", "old/" TALLY_LOG_NAME), 0);
    refused(tally_log_append(log, entry(9), &err), &err, TALLY_E_CORRUPT, "entry ");
    refused(tally_log_end(other, &head, &err), &err, TALLY_E_CORRUPT, "entry ");
    tally_scratch_holds("old/" TALLY_LOG_NAME, text);
    tally_log_close(log);
    tally_log_close(other);
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
        LOGS(a_log_in_use_shows_every_changed_byte),
        LOGS(a_log_in_use_shows_lines_that_are_not_as_they_came),
        LOGS(a_chain_made_anew_needs_the_key),
        LOGS(what_was_read_of_a_log_holds_until_it_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
