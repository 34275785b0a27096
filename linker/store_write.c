/*
 * The linker's store, the half that writes: a run recorded whole or not at all.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/store.h"

#include "bloom/base/bytes.h"
#include "linker/store_impl.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/** Sources and size of each cluster of a result. */
struct cluster_facts {
    uint64_t *masks;
    uint32_t *sizes;
};

/** A run on its way into the store. */
struct store_run_job {
    struct tally_store *store;
    const struct tally_link_job *job;
    const struct tally_link_result *r;
    const struct tally_store_how *how;
    struct cluster_facts clusters;
    int64_t *ids; /* of the clusters, by number in the result */
    int64_t run;
};

static int
describe_clusters(const struct tally_link_result *r, struct cluster_facts *c,
                  struct tally_err *err)
{
    c->masks = calloc(r->nclusters + 1, sizeof *c->masks);
    c->sizes = calloc(r->nclusters + 1, sizeof *c->sizes);
    if (c->masks == NULL || c->sizes == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t s = 0; s < r->nsources; s++) {
        for (size_t i = 0; i < r->nrecords[s]; i++) {
            TALLY_INVARIANT(r->cluster[s][i] < r->nclusters);
            c->masks[r->cluster[s][i]] |= 1ull << s;
            c->sizes[r->cluster[s][i]]++;
        }
    }
    return 0;
}

/** Records of source ${s} that share a cluster with another source, or when there is only
 * one, with another record. */
static uint64_t
count_linked(const struct store_run_job *w, size_t s)
{
    uint64_t linked = 0;

    for (size_t i = 0; i < w->r->nrecords[s]; i++) {
        uint32_t c = w->r->cluster[s][i];

        linked += w->r->nsources == 1 ? w->clusters.sizes[c] > 1
                                      : (w->clusters.masks[c] & ~(1ull << s)) != 0;
    }
    return linked;
}

void
store_time_text(double ago, char *out, size_t cap)
{
    time_t t = time(NULL) - (time_t)ago;
    struct tm tm;

    memset(&tm, 0, sizeof tm);
    gmtime_r(&t, &tm);
    if (strftime(out, cap, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0) {
        out[0] = '\0';
    }
}

static int
add_run_row(struct store_run_job *w, struct tally_err *err)
{
    const struct tally_link_job *job = w->job;
    const struct tally_link_result *r = w->r;
    const struct tally_enc_info *info = tally_encfile_info(job->sources[0].enc);
    const char *assign = tally_assign_name(job->assign);
    char hardening[TALLY_HARDENING_TEXT];
    struct tally_stmt *q = NULL;
    char started[32];

    if (tally_db_prepare(
            w->store->db,
            "INSERT INTO run VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
            " ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, 0, ?18)",
            &q, err) != 0) {
        return -1;
    }
    store_time_text(r->seconds, started, sizeof started);
    tally_db_bind_text(q, 1, started, strlen(started));
    tally_db_bind_real(q, 2, r->seconds);
    tally_db_bind_text(q, 3, TALLY_VERSION, strlen(TALLY_VERSION));
    tally_db_bind_text(q, 4, info->schema_name, strlen(info->schema_name));
    tally_db_bind_text(q, 5, info->profile, strlen(info->profile));
    tally_db_bind_blob(q, 6, info->schema_digest, sizeof info->schema_digest);
    tally_db_bind_int(q, 7, info->bits);
    if (info->legacy) {
        (void)snprintf(hardening, sizeof hardening, "not stated");
    } else {
        tally_hardening_text(&info->hardening, hardening);
    }
    tally_db_bind_text(q, 8, hardening, strlen(hardening));
    tally_db_bind_text(q, 9, assign, strlen(assign));
    if (job->threshold_ppm != 0) {
        tally_db_bind_int(q, 10, job->threshold_ppm);
    }
    if (job->min_probability > 0) {
        tally_db_bind_real(q, 11, job->min_probability);
    }
    tally_db_bind_real(q, 12, tally_link_fdr(job));
    tally_db_bind_int(q, 13, (int64_t)r->compared);
    tally_db_bind_int(q, 14, (int64_t)r->nlinks);
    tally_db_bind_int(q, 15, (int64_t)r->nclusters);
    tally_db_bind_int(q, 16, 0); /* known once ids are given */
    if (w->how->previous != 0) {
        tally_db_bind_int(q, 17, w->how->previous);
    }
    tally_db_bind_blob(q, 18, w->how->agreement, TALLY_DIGEST_BYTES);
    if (tally_db_finish(q, err) != 0) {
        return -1;
    }
    w->run = tally_db_last_id(w->store->db);
    return 0;
}

/** The number of the source, which is recorded once however many runs it takes part in.
 */
static int
add_source(struct store_run_job *w, size_t s, int64_t *id, struct tally_err *err)
{
    const struct tally_link_source *src = &w->job->sources[s];
    const struct tally_enc_info *info = tally_encfile_info(src->enc);
    const struct tally_store_file *file =
        w->how->files == NULL ? NULL : &w->how->files[s];
    const uint8_t *digest = file == NULL ? tally_encfile_digest(src->enc) : file->digest;
    const char *path = file == NULL ? "" : file->path;
    struct tally_stmt *q = NULL;
    int rc;

    /* A file that moved is looked for in its new place the next time. */
    if (tally_db_prepare(w->store->db,
                         "INSERT INTO source VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                         " ON CONFLICT (file_digest, name) DO UPDATE SET path = ?7"
                         " RETURNING id",
                         &q, err) != 0) {
        return -1;
    }
    tally_db_bind_text(q, 1, src->name, strlen(src->name));
    tally_db_bind_blob(q, 2, info->delivery, sizeof info->delivery);
    tally_db_bind_blob(q, 3, info->schema_digest, sizeof info->schema_digest);
    tally_db_bind_blob(q, 4, digest, TALLY_DIGEST_BYTES);
    tally_db_bind_int(q, 5, (int64_t)(file == NULL ? info->records : file->records));
    tally_db_bind_int(q, 6, info->duplicates_possible);
    tally_db_bind_text(q, 7, path, strlen(path));
    rc = tally_db_step(q, err);
    if (rc == 1) {
        *id = tally_db_int(q, 0);
        rc = tally_db_step(q, err);
    }
    tally_db_finalize(q);
    return rc;
}

static int
add_sources(struct store_run_job *w, struct tally_err *err)
{
    for (size_t s = 0; s < w->job->nsources; s++) {
        struct tally_stmt *q = NULL;
        int64_t id = 0;

        if (add_source(w, s, &id, err) != 0 ||
            tally_db_prepare(w->store->db,
                             "INSERT INTO run_source VALUES (?1, ?2, ?3, ?4)", &q,
                             err) != 0) {
            return -1;
        }
        tally_db_bind_int(q, 1, w->run);
        tally_db_bind_int(q, 2, (int64_t)s);
        tally_db_bind_int(q, 3, id);
        tally_db_bind_int(q, 4, (int64_t)count_linked(w, s));
        if (tally_db_finish(q, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* The number of the first bin that is not zero, and the bins from it to the last such:
 * nothing of a histogram without any. Most deliveries are small. */
static void
bind_bins(struct tally_stmt *q, int i, const uint64_t bins[TALLY_HISTOGRAM_BINS],
          uint8_t *bytes)
{
    size_t first = 0, n = TALLY_HISTOGRAM_BINS;

    while (n > 0 && bins[n - 1] == 0) {
        n--;
    }
    while (first < n && bins[first] == 0) {
        first++;
    }
    tally_le64_store(bytes, first);
    for (size_t k = first; k < n; k++) {
        tally_le64_store(bytes + 8 * (1 + k - first), bins[k]);
    }
    tally_db_bind_blob(q, i, bytes, n > 0 ? 8 * (1 + n - first) : 0);
}

static void
bind_histograms(struct tally_stmt *q, const struct tally_calibration *c, uint8_t *bytes)
{
    uint64_t bins[TALLY_HISTOGRAM_BINS];

    bind_bins(q, 14, c->histogram, bytes);
    memcpy(bins, c->false_histogram, sizeof bins);
    bind_bins(q, 15, bins, bytes);
}

static int
add_calibrations(struct store_run_job *w, struct tally_err *err)
{
    uint8_t *bytes = malloc(TALLY_STORE_HISTOGRAM_BYTES);
    struct tally_stmt *q = NULL;
    int rc = -1;

    if (bytes == NULL) {
        return tally_err_nomem(err);
    }
    rc = tally_db_prepare(
        w->store->db,
        "INSERT INTO calibration VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
        " ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,"
        " ?24, ?25, ?26)",
        &q, err);
    for (size_t i = 0; rc == 0 && i < w->r->ncalibrations; i++) {
        const struct tally_calibration *c = &w->r->calibrations[i];

        tally_db_bind_int(q, 1, w->run);
        tally_db_bind_int(q, 2, c->source_a);
        tally_db_bind_int(q, 3, c->source_b);
        tally_db_bind_int(q, 4, (int64_t)c->how);
        tally_db_bind_int(q, 5, c->threshold_ppm);
        tally_db_bind_int(q, 6, c->floor_ppm);
        tally_db_bind_int(q, 7, (int64_t)c->candidates);
        tally_db_bind_int(q, 8, (int64_t)c->links);
        tally_db_bind_real(q, 9, c->false_links);
        tally_db_bind_real(q, 10, c->estimated_precision);
        tally_db_bind_real(q, 11, c->estimated_recall);
        tally_db_bind_int(q, 12, c->low_confidence);
        tally_db_bind_text(q, 13, c->note, strlen(c->note));
        bind_histograms(q, c, bytes);
        tally_db_bind_int(q, 16, c->low_ppm);
        tally_db_bind_int(q, 17, c->high_ppm);
        tally_db_bind_real(q, 18, c->precision_low);
        tally_db_bind_real(q, 19, c->precision_high);
        tally_db_bind_real(q, 20, c->sensitivity);
        tally_db_bind_int(q, 21, (int64_t)c->matches);
        tally_db_bind_int(q, 22, (int64_t)c->possible);
        tally_db_bind_int(q, 23, (int64_t)c->further);
        tally_db_bind_int(q, 24, (int64_t)c->rivals);
        tally_db_bind_int(q, 25, (int64_t)c->twins);
        tally_db_bind_int(q, 26, (int64_t)c->household);
        rc = tally_db_step(q, err);
    }
    tally_db_finalize(q);
    free(bytes);
    return rc;
}

static int
add_clusters(struct store_run_job *w, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(w->store->db, "INSERT INTO cluster VALUES (?1, ?2, ?3, ?4)",
                              &q, err);

    for (size_t c = 0; rc == 0 && c < w->r->nclusters; c++) {
        tally_db_bind_int(q, 1, w->ids[c]);
        tally_db_bind_int(q, 2, w->run);
        tally_db_bind_int(q, 3, w->clusters.sizes[c]);
        tally_db_bind_int(q, 4, (int64_t)w->clusters.masks[c]);
        rc = tally_db_step(q, err);
    }
    tally_db_finalize(q);
    return rc;
}

static int
add_records(struct store_run_job *w, size_t s, struct tally_err *err)
{
    const uint8_t *tokens = tally_encfile_tokens(w->job->sources[s].enc);
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(
        w->store->db, "INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        &q, err);

    for (size_t i = 0; rc == 0 && i < w->r->nrecords[s]; i++) {
        tally_db_bind_int(q, 1, w->run);
        tally_db_bind_int(q, 2, (int64_t)s);
        tally_db_bind_int(q, 3, (int64_t)i);
        tally_db_bind_blob(q, 4, tokens + i * TALLY_TOKEN_BYTES, TALLY_TOKEN_BYTES);
        tally_db_bind_int(q, 5, w->ids[w->r->cluster[s][i]]);
        tally_db_bind_real(q, 6, (double)w->r->strength[s][i]);
        tally_db_bind_int(q, 7, w->r->part[s][i]);
        tally_db_bind_int(q, 8, w->ids[w->r->wider[s][i]]);
        rc = tally_db_step(q, err);
    }
    tally_db_finalize(q);
    return rc;
}

static int
add_views(struct store_run_job *w, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc =
        tally_db_prepare(w->store->db, "INSERT INTO view VALUES (?1, ?2, ?3)", &q, err);

    for (size_t v = 0; rc == 0 && v < w->r->nviews; v++) {
        tally_db_bind_int(q, 1, w->run);
        tally_db_bind_int(q, 2, (int64_t)v);
        tally_db_bind_text(q, 3, w->r->view_names[v], strlen(w->r->view_names[v]));
        rc = tally_db_step(q, err);
    }
    tally_db_finalize(q);
    return rc;
}

static void
bind_second(struct tally_stmt *q, int column, const struct tally_second *s)
{
    if (s->row != UINT32_MAX) {
        tally_db_bind_int(q, column, s->row);
        tally_db_bind_int(q, column + 1, s->score_ppm);
    }
}

static void
store_float(uint8_t *out, float v)
{
    uint32_t bits;

    memcpy(&bits, &v, sizeof bits);
    tally_le32_store(out, bits);
}

/* Why the link was made; ${views} is room for what its views say. */
static void
bind_reason(struct tally_stmt *q, const struct tally_link_result *r, size_t i,
            uint8_t *views)
{
    const struct tally_link_reason *why = &r->reasons[i];

    for (size_t v = 0; v < r->nviews; v++) {
        const struct tally_view_score *s = &r->views[i * r->nviews + v];

        tally_le32_store(views + v * TALLY_STORE_VIEW_BYTES, s->dice_ppm);
        store_float(views + v * TALLY_STORE_VIEW_BYTES + 4, s->level);
        store_float(views + v * TALLY_STORE_VIEW_BYTES + 8, s->weight);
    }
    tally_db_bind_int(q, 12, why->by);
    tally_db_bind_int(q, 13, why->flags);
    tally_db_bind_real(q, 14, why->weight);
    bind_second(q, 15, &why->second_a);
    bind_second(q, 17, &why->second_b);
    tally_db_bind_blob(q, 19, views, r->nviews * TALLY_STORE_VIEW_BYTES);
}

static int
add_links(struct store_run_job *w, const struct tally_link *links, size_t n,
          bool accepted, struct tally_err *err)
{
    uint8_t views[TALLY_VIEWS_MAX * TALLY_STORE_VIEW_BYTES];
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(w->store->db,
                              "INSERT INTO link VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
                              " ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
                              &q, err);

    for (size_t i = 0; rc == 0 && i < n; i++) {
        const struct tally_link *l = &links[i];

        tally_db_bind_int(q, 1, w->run);
        tally_db_bind_int(q, 2, accepted);
        tally_db_bind_int(q, 3, (int64_t)i);
        tally_db_bind_int(q, 4, l->source_a);
        tally_db_bind_int(q, 5, l->row_a);
        tally_db_bind_int(q, 6, l->source_b);
        tally_db_bind_int(q, 7, l->row_b);
        tally_db_bind_int(q, 8, l->common);
        tally_db_bind_int(q, 9, l->total);
        tally_db_bind_real(q, 10, (double)l->probability);
        tally_db_bind_int(q, 11, l->band);
        bind_reason(q, w->r, (accepted ? 0 : w->r->nlinks) + i, views);
        rc = tally_db_step(q, err);
    }
    tally_db_finalize(q);
    return rc;
}

static int
add_everything(struct store_run_job *w, struct tally_err *err)
{
    if (add_run_row(w, err) != 0 || add_sources(w, err) != 0 ||
        store_carry(w->store, w->job, w->r, w->run, w->how, w->ids, err) != 0 ||
        add_calibrations(w, err) != 0 || add_clusters(w, err) != 0 ||
        add_views(w, err) != 0 || store_known_write(w->store, w->job, w->run, err) != 0) {
        return -1;
    }
    for (size_t s = 0; s < w->r->nsources; s++) {
        if (add_records(w, s, err) != 0) {
            return -1;
        }
    }
    return store_succession_write(w->store, w->how, w->job->nsources, w->run, err) != 0 ||
                   add_links(w, w->r->links, w->r->nlinks, true, err) != 0
               ? -1
               : add_links(w, w->r->further, w->r->nfurther, false, err);
}

int
tally_store_add_run(struct tally_store *s, const struct tally_link_job *job,
                    const struct tally_link_result *r, const struct tally_store_how *how,
                    int64_t *run_id, int64_t *ids, struct tally_err *err)
{
    static const struct tally_store_how alone = {0};
    struct store_run_job w = {.store = s, .job = job, .r = r, .ids = ids};
    int rc = -1;

    TALLY_INVARIANT(job->nsources == r->nsources);
    w.how = how == NULL ? &alone : how;
    if (describe_clusters(r, &w.clusters, err) == 0 &&
        tally_db_exec(s->db, "BEGIN IMMEDIATE", err) == 0) {
        rc = add_everything(&w, err);
        if (rc != 0) {
            struct tally_err ignored = TALLY_ERR_INIT;

            /* What went wrong is told already; a rollback that fails happens at the
             * close. */
            (void)!tally_db_exec(s->db, "ROLLBACK", &ignored);
        }
    }
    free(w.clusters.masks);
    free(w.clusters.sizes);
    if (rc != 0) {
        return -1;
    }
    s->pending = true;
    *run_id = w.run;
    return 0;
}
