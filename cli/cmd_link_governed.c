/*
 * tally link --agreement: nothing is asked of the operator that the agreement says.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_link_governed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bloom/base/file.h"
#include "cli/deliveries.h"

/* NAME=PATH of the latest delivery of each owner, as operands. */
struct sources {
    char text[TALLY_SOURCES_MAX][4096 + TALLY_NAME_MAX + 2];
    char *list[TALLY_SOURCES_MAX];
    size_t n;
};

static int
add_owner(struct sources *s, const struct tally_governed *g, const char *store,
          const struct tally_agreed_party *p, struct tally_err *err)
{
    char path[4096];
    uint64_t delivery = 0;

    if (tally_governed_last(g, "received linkage part", p, &delivery, err) != 0) {
        return -1;
    }
    if (delivery == 0) {
        tally_err_set(err, TALLY_E_POLICY, "%s has delivered nothing yet", p->card.name);
        return tally_err_hint(err, "'%s ingest' takes its linkage part", tally_program());
    }
    if (tally_delivery_path(store, p->sends.source, delivery, "enc", path, err) != 0) {
        return -1;
    }
    (void)snprintf(s->text[s->n], sizeof s->text[0], "%s=%s", p->sends.source, path);
    s->list[s->n] = s->text[s->n];
    s->n++;
    return 0;
}

static int
add_owners(struct sources *s, const struct tally_governed *g, const char *store,
           struct tally_err *err)
{
    for (size_t i = 0; i < g->agreement->nparties; i++) {
        const struct tally_agreed_party *p = &g->agreement->parties[i];

        if ((p->roles & TALLY_AS_OWNER) != 0 && add_owner(s, g, store, p, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
check_options(const struct tally_link_request *q, const struct tally_link_job *job,
              struct tally_err *err)
{
    if (q->assign != NULL || q->clusters != NULL || q->linkmap != NULL ||
        q->release_key != NULL || q->add || q->replace ||
        job->threshold_ppm != UINT32_MAX) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "--threshold, --fdr, --assign, --clusters, --linkmap, --add, "
                             "--replace and --release-key do not go with --agreement, "
                             "which says how to link");
    }
    return tally_opt_need(q->store, "--store run.db", err) != 0 ||
                   tally_opt_need(q->links, "-o LINKMAP", err) != 0
               ? -1
               : 0;
}

/* Link into ${plain}. A failure after it appeared must not leave it. */
static int
link_plain(struct tally_link_request *q, struct tally_link_job *job, const char *plain,
           const struct tally_operands *files, tally_link_files_fn *link_files,
           struct tally_err *err)
{
    if (link_files(q, job, files, err) == 0) {
        return 0;
    }
    tally_file_discard(plain);
    return -1;
}

/* A run that was killed before it sealed its link map left that behind. */
static int
clear_leftover(const char *plain, struct tally_err *err)
{
    if (access(plain, F_OK) != 0) {
        return 0;
    }
    tally_say("An earlier run was cut short: destroying %s, which it left.", plain);
    return tally_file_destroy(plain, err);
}

/* Told before the linking, not after it: a run that is recorded has its link map. */
static int
check_free(const char *path, bool force, struct tally_err *err)
{
    struct tally_outfile *f = NULL;
    int rc = tally_outfile_open(&f, path, 0600, force, err);

    tally_outfile_free(f);
    return rc;
}

/* A run under the agreement of the store's latest run continues it: people keep their
 * pseudonyms, and the latest deliveries take the places of those before. */
static int
find_series(struct tally_link_request *q, struct tally_err *err)
{
    struct tally_store_series *series;
    struct tally_store *store = NULL;
    int rc;

    if (access(q->store, F_OK) != 0) {
        return 0;
    }
    series = calloc(1, sizeof *series);
    if (series == NULL) {
        return tally_err_nomem(err);
    }
    /* To write: one that a run was killed in may not even have its tables yet. */
    rc = tally_store_open(&store, q->store, true, err) == 0
             ? tally_store_series(store, series, err)
             : -1;
    q->add = q->replace =
        rc == 0 && series->run != 0 && series->agreed &&
        memcmp(series->agreement, q->agreement, sizeof series->agreement) == 0;
    tally_store_close(store);
    free(series);
    return rc;
}

/* The link map is plain beside the package until it is sealed. */
static int
link_and_seal(struct tally_link_request *q, struct tally_link_job *job,
              const struct tally_governed *g, struct sources *s,
              tally_link_files_fn *link_files, struct tally_err *err)
{
    const struct tally_operands files = {.list = s->list, .n = s->n};
    struct tally_sending sending = {
        .kind = TALLY_PACKAGE_LINKMAP,
        .to = tally_agreement_with(g->agreement, TALLY_AS_ANALYST),
        .package = q->links};
    char plain[4096];
    uint64_t delivery = 0;

    if (tally_path_format(plain, err, "%s.plain", q->links) != 0) {
        return -1;
    }
    sending.content = plain;
    q->linkmap = plain;
    q->links = NULL;
    q->assign = g->agreement->one_to_one ? "one-to-one" : "many";
    job->assign = g->agreement->one_to_one ? TALLY_ASSIGN_ONE_TO_ONE : TALLY_ASSIGN_MANY;
    job->threshold_ppm = 0;
    job->fdr = g->agreement->fdr;
    q->agreement = g->agreement->digest;
    if (check_free(sending.package, q->force, err) != 0 ||
        find_series(q, err) != 0 ||
        clear_leftover(plain, err) != 0 ||
        tally_governed_next(g, TALLY_PACKAGE_LINKMAP, &delivery, err) != 0 ||
        link_plain(q, job, plain, &files, link_files, err) != 0 ||
        tally_governed_send(g, &sending, 1, delivery, NULL, q->force, err) != 0) {
        return -1;
    }
    tally_say("Sealed the link map %s to %s.", sending.package,
              tally_agreement_with(g->agreement, TALLY_AS_ANALYST)->card.name);
    return 0;
}

int
tally_link_governed(struct tally_link_request *q, struct tally_link_job *job,
                    struct tally_governed *g, tally_link_files_fn *link_files,
                    struct tally_err *err)
{
    struct sources *s = calloc(1, sizeof *s);
    int rc = -1;

    if (s == NULL) {
        return tally_err_nomem(err);
    }
    if (check_options(q, job, err) == 0 &&
        tally_governed_open(g, TALLY_AS_LINKER, err) == 0 &&
        add_owners(s, g, q->store, err) == 0) {
        rc = link_and_seal(q, job, g, s, link_files, err);
    }
    tally_governed_close(g);
    free(s);
    return rc;
}
