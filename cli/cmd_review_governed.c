/*
 * tally review under an agreement: requests and answers sealed, and only as often as
 * agreed.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_review.h"

#include <stdlib.h>
#include <string.h>

int
tally_review_begin_governed(struct tally_governed *g, struct tally_review_terms *terms,
                            struct tally_err *err)
{
    if (tally_governed_open(g, TALLY_AS_LINKER, err) != 0) {
        return -1;
    }
    if (g->agreement->second_round.requests_max == 0) {
        tally_err_set(err, TALLY_E_POLICY,
                      "agreement %s has no second round for uncertain pairs",
                      g->agreement->reference);
        return tally_err_hint(err, "match.second_round of an agreement allows it");
    }
    terms->agreement = g->agreement->digest;
    terms->records_max = g->agreement->second_round.records_max;
    return tally_governed_next(g, TALLY_PACKAGE_REQUEST, &terms->number, err);
}

/* Names of plain requests, on their way only, and of packages. */
struct names {
    char content[TALLY_REVIEW_SOURCES_MAX][4096];
    char package[TALLY_REVIEW_SOURCES_MAX][4096];
};

static int
name_all(struct names *names, const char *dir, const struct tally_review_plan *p,
         uint64_t number, struct tally_err *err)
{
    for (size_t i = 0; i < p->request.nlists; i++) {
        const char *source = p->request.lists[i].source;

        if (tally_path_format(names->content[i], err, "%s/%s-%llu-.request", dir, source,
                              (unsigned long long)number) != 0 ||
            tally_path_format(names->package[i], err, "%s/%s-request-%llu.pkg", dir,
                              source, (unsigned long long)number) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
seal_all(const struct tally_review_request *q, const struct tally_governed *g,
         const struct tally_review_plan *p, const struct names *names, uint64_t number,
         struct tally_err *err)
{
    struct tally_sending list[TALLY_REVIEW_SOURCES_MAX];

    for (size_t i = 0; i < p->request.nlists; i++) {
        list[i] = (struct tally_sending){
            .kind = TALLY_PACKAGE_REQUEST,
            .to = tally_agreement_source(g->agreement, p->request.lists[i].source),
            .content = names->content[i],
            .package = names->package[i],
            .records = p->request.lists[i].records};
        if (list[i].to == NULL) {
            return tally_err_set(err, TALLY_E_POLICY,
                                 "'%s' of the latest run is no source of the agreement",
                                 p->request.lists[i].source);
        }
    }
    if (tally_governed_send(g, list, p->request.nlists, number, NULL, q->force, err) !=
        0) {
        return -1;
    }
    for (size_t i = 0; i < p->request.nlists; i++) {
        tally_say("Sealed for %s: %s", list[i].to->card.name, list[i].package);
    }
    return 0;
}

int
tally_review_export_governed(const struct tally_review_request *q,
                             const struct tally_governed *g,
                             const struct tally_review_plan *p, uint64_t number,
                             struct tally_store *store, struct tally_err *err)
{
    struct names *names = calloc(1, sizeof *names);
    int rc = -1;

    if (names == NULL) {
        return tally_err_nomem(err);
    }
    if (name_all(names, q->out, p, number, err) == 0 &&
        /* what a killed run left has the same name */
        tally_review_write_all(p, names->content, true, store, err) == 0) {
        rc = seal_all(q, g, p, names, number, err);
    }
    free(names);
    return rc;
}

/* Answers taken in. */
struct arrivals {
    struct tally_received list[TALLY_REVIEW_SOURCES_MAX];
    struct tally_encfile *enc[TALLY_REVIEW_SOURCES_MAX];
};

/* What is sealed in an answer must be what agreement, manifest and request say. */
static int
check_answer(const struct tally_governed *g, const struct tally_received *r,
             const struct tally_encfile *enc, const struct tally_schema *schema,
             uint64_t number, struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(enc);

    if (r->manifest.delivery != number) {
        return tally_err_set(err, TALLY_E_POLICY,
                             "%s: answers request %llu, and %llu waits for answers",
                             r->shown, (unsigned long long)r->manifest.delivery,
                             (unsigned long long)number);
    }
    if (strcmp(info->source, r->from->sends.source) != 0 || info->has_ids ||
        memcmp(info->schema_digest, schema->digest, TALLY_DIGEST_BYTES) != 0) {
        return tally_err_set(err, TALLY_E_POLICY,
                             "%s: not encoded as an answer of '%s' is to be", r->shown,
                             r->from->sends.source);
    }
    if (!info->has_key_check ||
        memcmp(info->key_check, r->manifest.key_check, TALLY_KEY_CHECK_BYTES) != 0) {
        return tally_err_set(err, TALLY_E_KEY_MISMATCH,
                             "%s: made with another key than its manifest says",
                             r->shown);
    }
    return tally_received_count(g, r, info->records, err);
}

static int
receive(const struct tally_governed *g, const char *path,
        const struct tally_schema *schema, uint64_t number, struct tally_received *r,
        struct tally_encfile **enc, struct tally_err *err)
{
    if (tally_governed_receive(g, &path, 1, TALLY_PACKAGE_ANSWER, r, err) != 0) {
        return -1;
    }
    return tally_encfile_open(enc, r->path, err) == 0
               ? check_answer(g, r, *enc, schema, number, err)
               : tally_received_failed(r, err);
}

static int
receive_all(const struct tally_governed *g, struct tally_store *store, char *const *paths,
            size_t n, struct arrivals *a, struct tally_err *err)
{
    struct tally_schema *schema = NULL;
    uint64_t number = 0;
    int rc = tally_review_waiting(store, &number, err);

    if (rc == 0) {
        rc = tally_review_schema(g->agreement->schema, &schema, err);
    }
    for (size_t i = 0; rc == 0 && i < n; i++) {
        rc = receive(g, paths[i], schema, number, &a->list[i], &a->enc[i], err) == 0
                 ? tally_received_once(a->list, i + 1, err)
                 : -1;
    }
    tally_schema_free(schema);
    return rc;
}

int
tally_review_import_governed(const struct tally_review_request *q,
                             struct tally_store *store, char *const *paths, size_t n,
                             struct tally_err *err)
{
    struct tally_governed g = q->governed;
    struct arrivals *a = calloc(1, sizeof *a);
    struct tally_review_result r;
    int rc = -1;

    if (a == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        a->list[i].fd = -1;
    }
    if (tally_governed_open(&g, TALLY_AS_LINKER, err) == 0 &&
        receive_all(&g, store, paths, n, a, err) == 0) {
        rc = tally_review_score(store, (const struct tally_encfile *const *)a->enc, n, &r,
                                err);
    }
    /* Noted before they are kept: those that a failure or a kill lets be noted alone are
     * taken again. */
    for (size_t i = 0; rc == 0 && !q->dry_run && i < n; i++) {
        rc = tally_governed_note(&g, NULL, &a->list[i], err);
    }
    rc = rc == 0 ? tally_review_keep(q, store, &r, err) : -1;
    for (size_t i = 0; i < n; i++) {
        tally_encfile_close(a->enc[i]);
        tally_received_close(&a->list[i]);
    }
    tally_governed_close(&g);
    free(a);
    return rc;
}
