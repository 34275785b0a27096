/*
 * Requests and approvals.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/approval.h"

#include "bloom/meta.h"
#include "protocols/calendar.h"
#include "protocols/paper.h"

#include <string.h>

int
tally_request_write(struct tally_outfile *f, const struct tally_request *q,
                    const struct tally_identity *id, struct tally_err *err)
{
    struct tally_jnode *body = tally_paper_body(TALLY_PAPER_REQUEST);
    char today[TALLY_DAY];

    tally_today(today);
    tally_meta_set_hex(body, "agreement", q->agreement, sizeof q->agreement);
    tally_jset_str(body, "from", id->card.name);
    tally_jset_str(body, "title", q->title);
    tally_jset_int(body, "tables", q->tables);
    tally_jset_str(body, "columns", q->columns);
    tally_jset_int(body, "records", q->records);
    tally_jset_int(body, "alike", q->alike);
    tally_meta_set_hex(body, "release", q->release, sizeof q->release);
    tally_jset_str(body, "day", today);
    return tally_paper_write(f, TALLY_PAPER_REQUEST, body, id->sign, err);
}

static int
read_request(const struct tally_json *root, struct tally_request *out,
             struct tally_err *err)
{
    int64_t tables, records, alike;

    if (tally_meta_hex(root, "agreement", out->agreement, sizeof out->agreement, err) !=
            0 ||
        tally_meta_hex(root, "release", out->release, sizeof out->release, err) != 0 ||
        tally_meta_text(root, "title", TALLY_AGREEMENT_TEXT_MAX, out->title, err) != 0 ||
        tally_meta_text(root, "columns", TALLY_AGREEMENT_TEXT_MAX, out->columns, err) !=
            0 ||
        tally_meta_count(root, "tables", UINT32_MAX, &tables, err) != 0 ||
        tally_meta_count(root, "records", UINT32_MAX, &records, err) != 0 ||
        tally_meta_count(root, "alike", UINT32_MAX, &alike, err) != 0) {
        return tally_meta_failed(err);
    }
    out->tables = (uint32_t)tables;
    out->records = (uint32_t)records;
    out->alike = (uint32_t)alike;
    return 0;
}

static int
wrong_agreement(const char *path, struct tally_err *err)
{
    return tally_err_set(err, TALLY_E_POLICY, "%s is under another agreement", path);
}

int
tally_request_read(struct tally_request *out, const char *path,
                   const struct tally_agreement *a, struct tally_err *err)
{
    const struct tally_agreed_party *analyst = tally_agreement_with(a, TALLY_AS_ANALYST);
    struct tally_request q = {.alike = 0};
    struct tally_json root;
    struct tally_paper p;
    int rc;

    TALLY_INVARIANT(analyst != NULL); /* an agreement without one does not open */
    if (tally_paper_read(&p, path, TALLY_PAPER_REQUEST, analyst->card.sign, err) != 0) {
        return -1;
    }
    root = tally_json_root(p.doc);
    rc = read_request(&root, &q, err);
    tally_paper_free(&p);
    if (rc == 0 && memcmp(q.agreement, a->digest, sizeof q.agreement) != 0) {
        rc = wrong_agreement(path, err);
    }
    if (rc == 0) {
        *out = q;
    }
    return rc;
}

int
tally_approval_write(struct tally_outfile *f, const struct tally_request *q,
                     const struct tally_identity *id, struct tally_err *err)
{
    struct tally_jnode *body = tally_paper_body(TALLY_PAPER_APPROVAL);
    char today[TALLY_DAY];

    tally_today(today);
    tally_meta_set_hex(body, "agreement", q->agreement, sizeof q->agreement);
    tally_jset_str(body, "by", id->card.name);
    tally_meta_set_hex(body, "release", q->release, sizeof q->release);
    tally_jset_str(body, "day", today);
    return tally_paper_write(f, TALLY_PAPER_APPROVAL, body, id->sign, err);
}

/* The output checker with ${key}, who must not be the analyst too. */
static const struct tally_agreed_party *
find_checker(const struct tally_agreement *a, const uint8_t *key)
{
    for (size_t i = 0; i < a->nparties; i++) {
        const struct tally_agreed_party *p = &a->parties[i];

        if ((p->roles & TALLY_AS_CHECKER) != 0 && (p->roles & TALLY_AS_ANALYST) == 0 &&
            memcmp(p->card.sign, key, sizeof p->card.sign) == 0) {
            return p;
        }
    }
    return NULL;
}

int
tally_approval_check(const char *path, const uint8_t release[TALLY_DIGEST_BYTES],
                     const struct tally_agreement *a, const char **by,
                     struct tally_err *err)
{
    uint8_t agreement[TALLY_DIGEST_BYTES], digest[TALLY_DIGEST_BYTES];
    const struct tally_agreed_party *checker;
    struct tally_json root;
    struct tally_paper p;
    int rc = -1;

    if (tally_paper_read(&p, path, TALLY_PAPER_APPROVAL, NULL, err) != 0) {
        return -1;
    }
    root = tally_json_root(p.doc);
    checker = find_checker(a, p.key);
    if (tally_meta_hex(&root, "agreement", agreement, sizeof agreement, err) != 0 ||
        tally_meta_hex(&root, "release", digest, sizeof digest, err) != 0) {
        tally_meta_failed(err);
    } else if (checker == NULL) {
        tally_err_set(err, TALLY_E_POLICY,
                      "%s is not signed by an output checker of the agreement", path);
        tally_err_hint(err, "somebody other than the analyst runs 'tally approve'");
    } else if (memcmp(agreement, a->digest, sizeof agreement) != 0) {
        wrong_agreement(path, err);
    } else if (memcmp(digest, release, sizeof digest) != 0) {
        tally_err_set(err, TALLY_E_POLICY, "%s approves something else than this release",
                      path);
        tally_err_hint(err,
                       "ask anew with --request: the cohort or the spec has changed");
    } else {
        *by = checker->card.name;
        rc = 0;
    }
    tally_paper_free(&p);
    return rc;
}
