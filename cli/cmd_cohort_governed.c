/*
 * tally cohort --agreement: link map and payload parts are opened here and nowhere else.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_cohort_governed.h"

#include <stdlib.h>
#include <string.h>

#include "bloom/payload.h"
#include "cli/cli.h"
#include "protocols/linkmap.h"

/* That the delivery of ${p} was linked: an earlier payload part, or a later one, has other
 * tokens. */
static int
check_linked(const struct tally_received *r, const struct tally_payload *p,
             const struct tally_linkmap *map, struct tally_err *err)
{
    for (size_t i = 0; i < tally_linkmap_sources(map); i++) {
        if (memcmp(tally_linkmap_source(map, i)->delivery, tally_payload_delivery(p),
                   TALLY_DELIVERY_BYTES) == 0) {
            return 0;
        }
    }
    tally_err_set(err, TALLY_E_POLICY,
                  "%s: delivery %llu of %s is not the one that was linked", r->shown,
                  (unsigned long long)r->manifest.delivery, r->from->card.name);
    return tally_err_hint(err, "use the payload part of the delivery that the linker took "
                               "last, or ask for a link map of this one");
}

/* That a payload part holds what the agreement lists, and no more records than its
 * manifest says. */
static int
check_payload(const struct tally_governed *g, const struct tally_received *r,
              const struct tally_linkmap *map, struct tally_err *err)
{
    const struct tally_agreed_sending *s = &r->from->sends;
    struct tally_payload *p = NULL;
    bool agreed;
    int rc;

    if (tally_payload_open(&p, r->path, err) != 0) {
        return tally_received_failed(r, err);
    }
    agreed = strcmp(tally_payload_source(p), s->source) == 0 &&
             tally_payload_columns(p) == s->ncolumns;
    for (size_t i = 0; agreed && i < s->ncolumns; i++) {
        agreed = strcmp(tally_payload_column(p, i), s->columns[i].name) == 0;
    }
    rc = agreed ? check_linked(r, p, map, err)
                : tally_err_set(err, TALLY_E_POLICY,
                                "%s: does not hold just the columns that the agreement "
                                "lists for '%s'",
                                r->shown, s->source);
    if (rc == 0) {
        rc = tally_received_count(g, r, tally_payload_records(p), err);
    }
    tally_payload_close(p);
    return rc;
}

/* Everything received: the link map first. */
struct arrivals {
    struct tally_received list[1 + TALLY_SOURCES_MAX];
    const char *payloads[TALLY_SOURCES_MAX];
    size_t n;
};

static int
receive_payloads(const struct tally_cohort_job *job, const struct tally_governed *g,
                 const struct tally_linkmap *map, struct arrivals *a,
                 struct tally_err *err)
{
    for (a->n = 1; a->n <= job->npayloads; a->n++) {
        if (tally_governed_receive(g, &job->payloads[a->n - 1], 1, TALLY_PACKAGE_PAYLOAD,
                                   &a->list[a->n], err) != 0 ||
            tally_received_once(a->list + 1, a->n, err) != 0 ||
            check_payload(g, &a->list[a->n], map, err) != 0) {
            return -1;
        }
        a->payloads[a->n - 1] = a->list[a->n].path;
    }
    return 0;
}

static int
receive_all(const struct tally_cohort_job *job, const struct tally_governed *g,
            struct arrivals *a, struct tally_err *err)
{
    struct tally_linkmap *map = NULL;
    int rc;

    if (tally_governed_receive(g, &job->linkmap, 1, TALLY_PACKAGE_LINKMAP, &a->list[0],
                               err) != 0) {
        return -1;
    }
    if (tally_linkmap_open(&map, a->list[0].path, err) != 0) {
        return tally_received_failed(&a->list[0], err);
    }
    rc = receive_payloads(job, g, map, a, err);
    tally_linkmap_close(map);
    return rc;
}

/* Before anything is read of them, so that there is no cohort without an entry. A payload
 * part may serve the next link map too, so it is noted as used, not as received once and
 * for all. */
static int
note_all(const struct tally_governed *g, const struct arrivals *a, struct tally_err *err)
{
    for (size_t i = 0; i < a->n; i++) {
        if (tally_governed_note(g, i == 0 ? "used link map" : "used payload part",
                                &a->list[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

int
tally_cohort_governed(struct tally_cohort_job *job, struct tally_governed *g,
                      tally_cohort_fn *build, void *ctx, struct tally_err *err)
{
    struct arrivals *a = calloc(1, sizeof *a);
    int rc = -1;

    if (a == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < sizeof a->list / sizeof *a->list; i++) {
        a->list[i].fd = -1;
    }
    if (tally_governed_open(g, TALLY_AS_ANALYST, err) == 0 &&
        receive_all(job, g, a, err) == 0 && note_all(g, a, err) == 0) {
        job->linkmap = a->list[0].path;
        job->payloads = a->payloads;
        rc = build(job, ctx, err);
        for (size_t i = 0; rc != 0 && i < a->n; i++) {
            (void)tally_received_failed(&a->list[i], err);
        }
    }
    for (size_t i = 0; i < sizeof a->list / sizeof *a->list; i++) {
        tally_received_close(&a->list[i]);
    }
    tally_governed_close(g);
    free(a);
    return rc;
}
