/*
 * Releases under an agreement.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_release_governed.h"

#include <stdio.h>
#include <string.h>

#include "bloom/base/bytes.h"
#include "bloom/meta.h"
#include "cli/cli.h"
#include "protocols/approval.h"
#include "protocols/calendar.h"

static const char event[] = "released";

/* The last release that the log tells of under the agreement. */
struct last {
    const char *agreement; /* its digest in hexadecimal */
    struct tally_log_head head;
};

static int
look(void *ctx, const struct tally_flat *entry, struct tally_err *err)
{
    struct last *l = ctx;
    struct tally_log_head head;

    (void)err;
    if (tally_flat_is(entry, "what", event) &&
        tally_flat_is(entry, "agreement", l->agreement) &&
        tally_flat_count(entry, "entry", &head.n) &&
        tally_flat_hex(entry, "ledger", head.digest, sizeof head.digest)) {
        l->head = head;
    }
    return 0;
}

/* A ledger that was cut, or begun anew, shows against the log. */
static int
check_ledger(const struct tally_release_under *u, struct tally_err *err)
{
    struct last l = {.agreement = u->agreement};

    if (tally_log_each(u->g.log, look, &l, err) != 0) {
        return -1;
    }
    if (tally_ledger_has(u->ledger, &l.head)) {
        return 0;
    }
    tally_err_set(err, TALLY_E_POLICY,
                  "%s lacks a release that the log of %s tells of, or has another in its "
                  "place",
                  u->ledger_path, u->g.id.card.name);
    return tally_err_hint(err, "use the project's whole ledger");
}

static int
open_governed(struct tally_release_under *u, struct tally_err *err)
{
    const uint8_t(*keys)[TALLY_SIGN_PUBLIC_BYTES];
    uint8_t both[2][TALLY_SIGN_PUBLIC_BYTES];
    char today[TALLY_DAY];

    if (tally_opt_need(u->ledger_path, "--ledger FILE", err) != 0 ||
        tally_governed_open(&u->g, TALLY_AS_ANALYST, err) != 0) {
        return -1;
    }
    tally_today(today);
    if (strcmp(today, u->g.agreement->dates.cohort) > 0) {
        tally_err_set(err, TALLY_E_POLICY,
                      "the cohort was to be destroyed by %s: nothing more is released",
                      u->g.agreement->dates.cohort);
        return tally_err_hint(err, "'tally destroy' gives a certificate");
    }
    memcpy(both[0], u->g.self->first.sign, sizeof both[0]);
    memcpy(both[1], u->g.id.card.sign, sizeof both[1]);
    keys = (const uint8_t(*)[TALLY_SIGN_PUBLIC_BYTES])both;
    if (tally_ledger_open(&u->ledger, u->ledger_path, keys, 2, u->g.agreement->digest,
                          err) != 0) {
        return -1;
    }
    tally_hex_encode(u->g.agreement->digest, TALLY_DIGEST_BYTES, u->agreement);
    return check_ledger(u, err);
}

int
tally_release_open(struct tally_release_under *u, struct tally_err *err)
{
    if (u->g.path != NULL || u->g.dir != NULL) {
        return open_governed(u, err);
    }
    return u->ledger_path == NULL
               ? 0
               : tally_ledger_open(&u->ledger, u->ledger_path, NULL, 0, NULL, err);
}

void
tally_release_close(struct tally_release_under *u)
{
    tally_ledger_free(u->ledger);
    u->ledger = NULL;
    tally_governed_close(&u->g);
}

int
tally_release_rules(const struct tally_release_under *u, const char *profile,
                    uint32_t threshold, struct tally_profile_rules *out,
                    struct tally_err *err)
{
    const struct tally_agreed_release *agreed =
        u->g.agreement != NULL ? &u->g.agreement->release : NULL;
    const char *name = profile != NULL  ? profile
                       : agreed != NULL ? agreed->profile
                                        : "ons";
    const struct tally_profile_rules *p = tally_profile_find(name);

    if (p == NULL) {
        tally_err_set(err, TALLY_E_USAGE, "there is no profile '%s'", name);
        return tally_err_hint(err, "choose ons, nhs-hes, opensafely, ukllc or acro");
    }
    if (agreed != NULL && strcmp(name, agreed->profile) != 0) {
        tally_err_set(err, TALLY_E_POLICY, "the agreement releases under profile %s",
                      agreed->profile);
        return tally_err_hint(err, "leave --profile out");
    }
    *out = *p;
    if (agreed != NULL) {
        out->threshold =
            agreed->threshold > p->threshold ? agreed->threshold : p->threshold;
        out->rounding = agreed->rounding > p->rounding ? agreed->rounding : p->rounding;
    }
    if (threshold > 0 && threshold < out->threshold) {
        tally_err_set(err, TALLY_E_POLICY,
                      "counts under %u are hidden here: the threshold cannot be lower",
                      out->threshold);
        return tally_err_hint(err, "leave --threshold out");
    }
    out->threshold = threshold > 0 ? threshold : out->threshold;
    return 0;
}

void
tally_release_fill(const struct tally_release_under *u, struct tally_release_head *head)
{
    tally_today(head->day);
    if (u->ledger != NULL) {
        head->number = tally_ledger_next(u->ledger);
    }
    if (u->g.agreement != NULL) {
        head->project = u->g.agreement->reference;
        head->agreement = u->agreement;
        head->purpose = u->g.agreement->purpose_words;
        head->analyst = u->g.id.card.name;
    }
}

static int
rows_agreed(const struct tally_release_under *u, struct tally_err *err)
{
    if (u->g.agreement == NULL) {
        return tally_err_set(err, TALLY_E_POLICY,
                             "rows leave under an agreement only, not from a pilot");
    }
    if (u->g.agreement->release.row_level) {
        return 0;
    }
    tally_err_set(err, TALLY_E_POLICY, "the agreement lets no rows leave, only tables");
    return tally_err_hint(err, "take the rows out of the spec, or agree anew");
}

/* Whether ${r} may be asked for at all: of an agreement with somebody to approve it. */
static int
may_ask(const struct tally_release_under *u, const struct tally_release *r,
        struct tally_err *err)
{
    const struct tally_agreement *a = u->g.agreement;

    if (tally_release_rows(r) != NULL && rows_agreed(u, err) != 0) {
        return -1;
    }
    if (a == NULL) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "--request and --approval go with --agreement");
    }
    if (tally_agreement_with(a, TALLY_AS_CHECKER) == NULL) {
        tally_err_set(err, TALLY_E_POLICY,
                      "the agreement names no output checker, so nobody can approve a "
                      "release");
        return tally_err_hint(err, "agree anew, with the role output-checker for a party "
                                   "other than the analyst");
    }
    return 0;
}

int
tally_release_allowed(const struct tally_release_under *u, const struct tally_release *r,
                      const char *approval, struct tally_release_head *head,
                      struct tally_err *err)
{
    uint8_t digest[TALLY_DIGEST_BYTES];

    if (u->g.agreement == NULL && approval == NULL && tally_release_rows(r) == NULL) {
        return 0; /* a pilot, whose files say so */
    }
    if (may_ask(u, r, err) != 0) {
        return -1;
    }
    if (approval == NULL) {
        tally_err_set(err, TALLY_E_POLICY,
                      "releases leave with a second person's signature");
        return tally_err_hint(err,
                              "write a request and a draft with --request FILE -o "
                              "DRAFT; the output checker signs with 'tally approve'");
    }
    if (tally_release_digest(r, head, digest, err) != 0) {
        return -1;
    }
    return tally_approval_check(approval, digest, u->g.agreement, &head->approved, err);
}

static void
describe_rows(const struct tally_release *r, struct tally_request *q)
{
    const struct tally_released_table *rows = tally_release_rows(r);
    uint64_t records;
    size_t at = 0;

    if (rows == NULL) {
        return;
    }
    records = tally_profile_round(rows->counted->cells[rows->counted->ncells - 1].value,
                                  r->job->rules.rounding);
    q->records = records < UINT32_MAX ? (uint32_t)records : UINT32_MAX;
    for (size_t d = 0; d < rows->counted->ndims && at < sizeof q->columns; d++) {
        at += (size_t)snprintf(q->columns + at, sizeof q->columns - at, "%s%s",
                               d > 0 ? ", " : "",
                               r->job->spec->dims[rows->table->dims[d]].name);
    }
}

int
tally_release_request(const struct tally_release_under *u, const struct tally_release *r,
                      const struct tally_release_head *head, struct tally_outfile *f,
                      struct tally_err *err)
{
    struct tally_request q = {.alike = r->job->rules.threshold};

    if (may_ask(u, r, err) != 0 || tally_release_digest(r, head, q.release, err) != 0) {
        return -1;
    }
    memcpy(q.agreement, u->g.agreement->digest, sizeof q.agreement);
    (void)snprintf(q.title, sizeof q.title, "%s", r->job->spec->title);
    for (size_t i = 0; i < r->ntables; i++) {
        q.tables += !r->tables[i].table->rows;
    }
    describe_rows(r, &q);
    return tally_request_write(f, &q, &u->g.id, err);
}

/* The ledger first: what is remembered and never came out does no harm. */
int
tally_release_note(struct tally_release_under *u, const struct tally_release *r,
                   struct tally_err *err)
{
    struct tally_log_head head;
    struct tally_jnode *e;

    if (u->ledger == NULL) {
        return 0;
    }
    if (tally_ledger_add(u->ledger, u->g.id.sign, r, &head, err) != 0) {
        return -1;
    }
    if (u->g.agreement == NULL) {
        return 0;
    }
    e = tally_log_entry(event);
    tally_meta_set_hex(e, "agreement", u->g.agreement->digest, TALLY_DIGEST_BYTES);
    tally_jset_int(e, "entry", (int64_t)head.n);
    tally_meta_set_hex(e, "ledger", head.digest, sizeof head.digest);
    return tally_log_append(u->g.log, e, err);
}
