/*
 * Papers, packages, logs and the key ceremony when memory runs out, a call of the system
 * fails or Ctrl-C comes, at each place in turn.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/agreement.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bloom/base/file.h"
#include "bloom/clks.h"
#include "bloom/meta.h"
#include "protocols/agreement_sign.h"
#include "protocols/approval.h"
#include "protocols/auditlog.h"
#include "protocols/ceremony.h"
#include "protocols/escrow.h"
#include "protocols/linkmap.h"
#include "protocols/package.h"
#include "protocols/pairfile.h"
#include "protocols/parts.h"
#include "protocols/review.h"
#include "tests/support/ceremonysteps.h"
#include "tests/support/nth.h"
#include "tests/support/parties.h"
#include "tests/support/scratch.h"

#define A TALLY_STEPS_AGREEMENT

enum { POLICE, HEALTH, EDUCATION, LINKER, ANALYST };

static const struct tally_passbox_cost cheap = {1, 8};
static struct tally_agreement *agreement;
static struct tally_secret *passphrase;
static struct tally_identity police, linker;

static int
setup(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    if (tally_steps_setup(state) != 0) {
        return -1;
    }
    passphrase = tally_party_passphrase("correct horse battery");
    police = tally_party_open("police");
    linker = tally_party_open("linker");
    return tally_agreement_open(&agreement, A, TALLY_STEPS_TODAY, &err);
}

static int
teardown(void **state)
{
    tally_agreement_free(agreement);
    tally_identity_close(&police);
    tally_identity_close(&linker);
    tally_secret_free(passphrase);
    return tally_scratch_leave(state);
}

static void
fails_well(tally_nth_fn *run)
{
    (void)tally_nth_each(TALLY_NTH_ALLOC, 0, run, NULL);
    (void)tally_nth_each(TALLY_NTH_IO, 0, run, NULL);
    (void)tally_nth_each(TALLY_NTH_INTERRUPT, 0, run, NULL);
}

/* Packages. */

static int
send_package(void *ctx, struct tally_err *err)
{
    struct tally_manifest m = {.kind = TALLY_PACKAGE_LINKAGE,
                               .source = "police",
                               .delivery = 3,
                               .records = 12,
                               .made = TALLY_STEPS_TODAY};
    struct tally_outfile *f = NULL;
    int rc = -1;
    int fd = open("content", O_RDONLY | O_CLOEXEC, 0);

    (void)ctx;
    if (fd < 0) {
        return tally_err_errno(err, TALLY_E_IO, "content");
    }
    memcpy(m.from, police.card.fingerprint, sizeof m.from);
    memcpy(m.to, linker.card.fingerprint, sizeof m.to);
    memcpy(m.agreement, agreement->digest, sizeof m.agreement);
    if (tally_outfile_open(&f, "p.pkg", 0600, true, err) == 0 &&
        tally_package_write(f, &m, agreement->parties[LINKER].seal, &police, fd, 140000,
                            err) == 0) {
        rc = tally_outfile_commit(&f, 1, err);
    }
    tally_outfile_free(f);
    (void)close(fd);
    return rc;
}

static int
receive_package(void *ctx, struct tally_err *err)
{
    struct tally_package *p = NULL;
    struct tally_secret *own = NULL;
    const struct tally_agreed_party *from;
    uint64_t len = 0;
    int out = -1, rc = -1;
    int fd = open("p.pkg", O_RDONLY | O_CLOEXEC, 0);

    (void)ctx;
    if (fd < 0) {
        return tally_err_errno(err, TALLY_E_IO, "p.pkg");
    }
    if (tally_tmpfile(NULL, &out, err) == 0 &&
        tally_package_open(&p, fd, "package", err) == 0 &&
        tally_package_admit(p, agreement, &linker.card, TALLY_PACKAGE_LINKAGE, &from,
                            err) == 0 &&
        tally_agreement_unseal(agreement, A, LINKER, passphrase, &own, err) == 0) {
        rc = tally_package_unseal(p, own, out, &len, err);
        assert_true(rc != 0 || len == 140000);
    }
    if (out >= 0) {
        (void)close(out);
    }
    (void)close(fd);
    tally_secret_free(own);
    tally_package_close(p);
    return rc;
}

static int
cut_and_join(void *ctx, struct tally_err *err)
{
    static const char *const all[] = {"content.part-0001", "content.part-0002",
                                      "content.part-0003"};
    struct tally_part part;
    size_t n;
    int fd;

    (void)ctx;
    if (tally_parts_cut("content", 65536, true, &n, err) != 0 ||
        tally_part_check(all[2], &part, err) != 0 ||
        tally_parts_join(all, 3, &fd, err) != 0) {
        return -1;
    }
    assert_int_equal(lseek(fd, 0, SEEK_END), 140000);
    assert_int_equal(close(fd), 0);
    if (tally_parts_join(all, 1, &fd, err) != 0) { /* the others lie beside it */
        return -1;
    }
    assert_int_equal(lseek(fd, 0, SEEK_END), 140000);
    return close(fd);
}

static void
put_content(void)
{
    char *text = malloc(140001);

    assert_non_null(text);
    memset(text, 'x', 140000);
    text[140000] = '\0';
    tally_scratch_put("content", text, 0600);
    free(text);
}

static void
packages_fail_well(void **state)
{
    (void)state;
    put_content();
    fails_well(send_package);
    fails_well(receive_package);
}

static void
parts_fail_well(void **state)
{
    (void)state;
    put_content();
    (void)tally_nth_each(TALLY_NTH_ALLOC, 0, cut_and_join, NULL);
    (void)tally_nth_each(TALLY_NTH_INTERRUPT, 0, cut_and_join, NULL);
}

/* Files of their own formats. */

static int
map_links(void *ctx, struct tally_err *err)
{
    static const uint8_t tokens[32] = {1, [16] = 2}, others[32] = {7, [16] = 9};
    static const uint8_t strengths[8], parts[8];
    struct tally_linkmap_source s = {.name = "police",
                                     .records = 2,
                                     .tokens = tokens,
                                     .pseudonyms = others,
                                     .strengths = strengths,
                                     .parts = parts,
                                     .wider = others};
    struct tally_linkmap *m = NULL;
    struct tally_outfile *f = NULL;
    int rc = -1;

    (void)ctx;
    if (tally_outfile_open(&f, "links.map", 0600, true, err) == 0 &&
        tally_linkmap_write(f, &s, 1, err) == 0 &&
        tally_outfile_commit(&f, 1, err) == 0) {
        rc = tally_linkmap_open(&m, "links.map", err);
        assert_true(rc != 0 || tally_linkmap_sources(m) == 1);
    }
    tally_outfile_free(f);
    tally_linkmap_close(m);
    return rc;
}

static int
pair_up(void *ctx, struct tally_err *err)
{
    static const struct tally_scored_pair two[] = {{1.0, 0, 1, 7, 3}, {.5, 1, 2, 5, 0}};
    struct tally_pairfile_writer w;
    struct tally_scored_pair pair;
    struct tally_pairfile *p = NULL;
    struct tally_outfile *f = NULL;
    size_t n = 0;
    int more = -1;

    (void)ctx;
    if (tally_outfile_open(&f, "pairs.bin", 0600, true, err) == 0 &&
        tally_pairfile_begin(&w, f, err) == 0 &&
        tally_pairfile_add(&w, &two[0], err) == 0 &&
        tally_pairfile_add(&w, &two[1], err) == 0 &&
        tally_outfile_commit(&f, 1, err) == 0 &&
        tally_pairfile_open(&p, "pairs.bin", err) == 0) {
        while ((more = tally_pairfile_next(p, &pair, err)) == 1) {
            n++;
        }
        assert_true(more < 0 || n == 2);
    }
    tally_outfile_free(f);
    tally_pairfile_close(p);
    return more;
}

static int
ask(void *ctx, struct tally_err *err)
{
    static const uint8_t tokens[32] = {1, [16] = 2};
    struct tally_review r = {.nlists = 2, .own = 1, .tokens = tokens};
    struct tally_review_file *back = NULL;
    struct tally_outfile *f = NULL;
    int rc = -1;

    (void)ctx;
    strcpy(r.lists[0].source, "health");
    r.lists[0].records = 1;
    tally_review_list_digest(tokens, 1, r.lists[0].digest);
    strcpy(r.lists[1].source, "police");
    r.lists[1].records = 2;
    tally_review_list_digest(tokens, 2, r.lists[1].digest);
    tally_review_digest(&r);
    if (tally_outfile_open(&f, "police.ask", 0600, true, err) == 0 &&
        tally_review_write(f, &r, err) == 0 && tally_outfile_commit(&f, 1, err) == 0) {
        rc = tally_review_open(&back, "police.ask", err);
        assert_true(rc != 0 || tally_review_of(back)->lists[1].records == 2);
    }
    tally_outfile_free(f);
    tally_review_close(back);
    return rc;
}

static void
files_fail_well(void **state)
{
    (void)state;
    fails_well(map_links);
    fails_well(pair_up);
    fails_well(ask);
}

/* Papers. */

static int
approve(void *ctx, struct tally_err *err)
{
    struct tally_request q = {.title = "tables", .tables = 3, .columns = "", .alike = 10},
                         back;
    struct tally_outfile *f = NULL;
    struct tally_identity *analyst = ctx;
    int rc = -1;

    memcpy(q.agreement, agreement->digest, sizeof q.agreement);
    if (tally_outfile_open(&f, "release.ask", 0600, true, err) == 0 &&
        tally_request_write(f, &q, analyst, err) == 0 &&
        tally_outfile_commit(&f, 1, err) == 0) {
        rc = tally_request_read(&back, "release.ask", agreement, err);
        assert_true(rc != 0 || back.tables == 3);
    }
    tally_outfile_free(f);
    return rc;
}

static void
papers_fail_well(void **state)
{
    struct tally_identity analyst = tally_party_open("analyst");

    (void)state;
    (void)tally_nth_each(TALLY_NTH_ALLOC, 0, approve, &analyst);
    (void)tally_nth_each(TALLY_NTH_IO, 0, approve, &analyst);
    tally_identity_close(&analyst);
}

static int
read_agreement(void *ctx, struct tally_err *err)
{
    struct tally_agreement *a = NULL;
    int rc = tally_agreement_open(&a, A, TALLY_STEPS_TODAY, err);

    (void)ctx;
    assert_true(rc != 0 || a->nparties == 5);
    tally_agreement_free(a);
    return rc;
}

static int
sign_agreement(void *ctx, struct tally_err *err)
{
    char *written = NULL;
    int rc = tally_agreement_sign(agreement, A, &police, passphrase, &cheap, true,
                                  &written, err);

    (void)ctx;
    free(written);
    return rc;
}

static void
agreements_fail_well(void **state)
{
    (void)state;
    fails_well(read_agreement);
    (void)tally_nth_each(TALLY_NTH_ALLOC, 0, sign_agreement, NULL);
    (void)tally_nth_each(TALLY_NTH_IO, 0, sign_agreement, NULL);
}

/* Logs: each run adds to what stands in the folder, and all of it must hold. */

static int
note(struct tally_log *log, struct tally_err *err)
{
    struct tally_jnode *e = tally_log_entry("sealed");

    tally_meta_set_hex(e, "agreement", agreement->digest, TALLY_DIGEST_BYTES);
    tally_meta_set_hex(e, "with", linker.card.fingerprint, TALLY_DIGEST_BYTES);
    tally_meta_set_hex(e, "digest", agreement->digest, TALLY_DIGEST_BYTES);
    tally_jset_int(e, "delivery", 7);
    return tally_log_append(log, e, err);
}

static int
keep_log(void *ctx, struct tally_err *err)
{
    const struct tally_card *const with[] = {&police.card, &linker.card};
    struct tally_log *log = NULL;
    struct tally_log_head head = {.n = 0};
    uint64_t delivery = 0;
    bool has = false;
    int rc = -1;

    (void)ctx;
    if (tally_log_open(&log, "police", &police, agreement->digest, err) == 0 &&
        note(log, err) == 0 && note(log, err) == 0 &&
        tally_log_end(log, &head, err) == 0 &&
        tally_log_delivery(log, "sealed", with, &delivery, err) == 0) {
        rc = tally_log_has(log, "sealed", agreement->digest, &has, err);
    }
    tally_log_close(log);
    assert_true(rc != 0 || (head.n >= 2 && delivery == 7 && has));
    return rc;
}

static int
hand_over(void *ctx, struct tally_err *err)
{
    (void)ctx;
    return tally_log_hand_over("police", "health", err);
}

static void
logs_fail_well(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_log_head head = {.n = 0};
    bool unfinished;

    (void)state;
    fails_well(keep_log);
    assert_int_equal(
        tally_log_walk("police", &police.card, NULL, NULL, &head, &unfinished, &err), 0);
    assert_true(head.n > 4);
    fails_well(hand_over);
    assert_int_equal(tally_log_walk("health/before", &police.card, NULL, NULL, &head,
                                    &unfinished, &err),
                     0);
}

/* Filters as JSON, which is looked at before it is read. */

static int
open_encodings(void *ctx, struct tally_err *err)
{
    struct tally_encfile *e = NULL;

    (void)ctx;
    if (tally_encodings_open(&e, "few.json", err) != 0) {
        return -1;
    }
    tally_encfile_close(e);
    return 0;
}

static void
filters_as_json_fail_well(void **state)
{
    (void)state;
    tally_scratch_put("few.json", "{\"clks\": [\"AAAAAAAAAAA=\"]}\n", 0600);
    fails_well(open_encodings);
}

/* Keys. */

static int
split_and_join(void *ctx, struct tally_err *err)
{
    static const char *const paths[] = {"./share-01", "./share-02"};
    struct tally_card holders[2] = {agreement->parties[HEALTH].card,
                                    agreement->parties[EDUCATION].card};
    struct tally_secret *key = ctx, *back = NULL;
    int rc = -1;

    if (tally_escrow_split(key, &police, holders, 2, 2, ".", true, err) == 0) {
        rc = tally_escrow_join(paths, 2, &police.card, &back, err);
        assert_true(rc != 0 || tally_secret_equal(key, back));
    }
    tally_secret_free(back);
    return rc;
}

static void
escrow_fails_well(void **state)
{
    struct tally_secret *key = tally_party_passphrase("thirty-two bytes that make a key");

    (void)state;
    (void)tally_nth_each(TALLY_NTH_ALLOC, 0, split_and_join, key);
    (void)tally_nth_each(TALLY_NTH_IO, 0, split_and_join, key);
    tally_secret_free(key);
}

static int
step(void *ctx, struct tally_err *err)
{
    struct tally_ceremony c = {.path = A,
                               .agreement = agreement,
                               .self = &police,
                               .passphrase = passphrase,
                               .cost = &cheap,
                               .force = true};
    uint8_t check[TALLY_KEY_CHECK_BYTES];

    switch (*(enum tally_step *)ctx) {
    case COMMIT:
        return tally_ceremony_commit(&c, err);
    case CONTRIBUTE:
        return tally_ceremony_contribute(&c, err);
    case COMBINE:
        break;
    }
    return tally_ceremony_combine(&c, "police.key", check, err);
}

static void
the_ceremony_fails_well(void **state)
{
    struct tally_err err = TALLY_ERR_INIT;

    (void)state;
    for (enum tally_step s = COMMIT; s <= COMBINE; s++) {
        if (s != COMBINE) { /* which ends it */
            (void)tally_nth_each(TALLY_NTH_ALLOC, 0, step, &s);
            (void)tally_nth_each(TALLY_NTH_IO, 0, step, &s);
        }
        assert_int_equal(tally_step(s, "police", true, &err), 0);
        assert_int_equal(tally_step(s, "health", true, &err), 0);
        assert_int_equal(tally_step(s, "education", true, &err), 0);
    }
}

#define STEPS(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STEPS(packages_fail_well),   STEPS(parts_fail_well),
        STEPS(files_fail_well),      STEPS(papers_fail_well),
        STEPS(agreements_fail_well), STEPS(escrow_fails_well),
        STEPS(logs_fail_well),       STEPS(the_ceremony_fails_well),
        STEPS(filters_as_json_fail_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
