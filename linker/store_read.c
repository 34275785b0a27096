/*
 * The linker's store, the half that reads a run back for a report. A store may have been
 * damaged since: what does not fit the limits of a run is refused, not cut.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/store.h"

#include "bloom/base/bytes.h"
#include "bloom/base/text.h"
#include "linker/store_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALIBRATIONS_MAX (TALLY_SOURCES_MAX * (TALLY_SOURCES_MAX + 1) / 2)

static int
corrupt(const struct tally_store *s, const char *what, struct tally_err *err)
{
    return tally_err_set(err, TALLY_E_CORRUPT, "%s: %s", s->path, what);
}

/** Column ${col} as text for a page; false when it is longer than ${cap} - 1. */
static bool
take_text(struct tally_stmt *q, int col, char *out, size_t cap)
{
    size_t len = 0;
    const char *p = tally_db_text(q, col, &len);

    if (len >= cap || memchr(p, 0, len) != NULL) {
        return false;
    }
    tally_text_printable(p, out, cap);
    return true;
}

static bool
take_count(struct tally_stmt *q, int col, uint64_t *out)
{
    int64_t v = tally_db_int(q, col);

    *out = (uint64_t)v;
    return v >= 0;
}

static bool
take_u32(struct tally_stmt *q, int col, uint32_t max, uint32_t *out)
{
    int64_t v = tally_db_int(q, col);

    *out = (uint32_t)v;
    return v >= 0 && v <= (int64_t)max;
}

/** Prepare ${sql} with the run's number as ?1. */
static int
query_run(struct tally_store *s, const char *sql, int64_t run, struct tally_stmt **out,
          struct tally_err *err)
{
    if (tally_db_prepare(s->db, sql, out, err) != 0) {
        return -1;
    }
    tally_db_bind_int(*out, 1, run);
    return 0;
}

static bool
take_run(struct tally_stmt *q, struct tally_store_run *r)
{
    size_t len = 0;
    const uint8_t *digest = tally_db_blob(q, 6, &len);

    if (digest == NULL || len != TALLY_DIGEST_BYTES) {
        return false;
    }
    tally_hex_encode(digest, len, r->schema_digest);
    r->id = tally_db_int(q, 0);
    r->seconds = tally_db_real(q, 2);
    r->min_probability = tally_db_real(q, 10);
    r->fdr = tally_db_real(q, 11);
    return take_text(q, 1, r->started, sizeof r->started) &&
           take_text(q, 3, r->version, sizeof r->version) &&
           take_text(q, 4, r->schema_name, sizeof r->schema_name) &&
           take_text(q, 5, r->profile, sizeof r->profile) &&
           take_u32(q, 7, TALLY_BITS_MAX, &r->bits) &&
           take_text(q, 8, r->hardening, sizeof r->hardening) &&
           take_text(q, 9, r->assign, sizeof r->assign) &&
           take_count(q, 12, &r->compared) && take_count(q, 13, &r->nlinks) &&
           take_count(q, 14, &r->nclusters);
}

static int
read_run_row(struct tally_store *s, int64_t run_id, struct tally_store_run *r,
             struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc;

    if (query_run(
            s,
            "SELECT id, started, seconds, version, schema_name, profile, schema_digest,"
            " bits, hardening, assign, min_probability, fdr, compared, links, clusters"
            " FROM run WHERE id = ?1 OR ?1 = 0 ORDER BY id DESC LIMIT 1",
            run_id, &q, err) != 0) {
        return -1;
    }
    rc = tally_db_step(q, err);
    if (rc == 0 && run_id == 0) {
        rc = tally_err_set(err, TALLY_E_USAGE, "%s: no run is recorded in it", s->path);
    } else if (rc == 0) {
        rc = tally_err_set(err, TALLY_E_USAGE, "%s: there is no run %lld in it", s->path,
                           (long long)run_id);
    } else if (rc == 1) {
        rc = take_run(q, r) ? 0 : corrupt(s, "the row of the run makes no sense", err);
    }
    tally_db_finalize(q);
    return rc;
}

static int
read_sources(struct tally_store *s, struct tally_store_run *r, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc;

    if (query_run(s,
                  "SELECT x.position, y.name, y.records, y.duplicates_possible, x.linked,"
                  " y.delivery"
                  " FROM run_source x JOIN source y ON y.id = x.source"
                  " WHERE x.run = ?1 ORDER BY x.position",
                  r->id, &q, err) != 0) {
        return -1;
    }
    while ((rc = tally_db_step(q, err)) == 1) {
        struct tally_store_source *src = &r->sources[r->nsources];
        size_t len = 0;
        const void *delivery = tally_db_blob(q, 5, &len);

        if (r->nsources == TALLY_SOURCES_MAX ||
            tally_db_int(q, 0) != (int64_t)r->nsources ||
            !take_text(q, 1, src->name, sizeof src->name) ||
            !take_count(q, 2, &src->records) || !take_count(q, 4, &src->linked) ||
            src->linked > src->records || len != sizeof src->delivery) {
            rc = corrupt(s, "the sources of the run make no sense", err);
            break;
        }
        memcpy(src->delivery, delivery, sizeof src->delivery);
        src->duplicates_possible = tally_db_int(q, 3) != 0;
        r->nsources++;
    }
    tally_db_finalize(q);
    if (rc == 0 && r->nsources == 0) {
        rc = corrupt(s, "the run has no sources", err);
    }
    return rc;
}

/* The bins of column ${col}: see bind_bins. */
static bool
take_bins(struct tally_stmt *q, int col, uint64_t bins[TALLY_HISTOGRAM_BINS])
{
    size_t len = 0;
    const uint8_t *p = tally_db_blob(q, col, &len);
    uint64_t first = len >= 16 ? tally_le64_load(p) : 0;
    size_t n = len / 8 - (len > 0);

    if (len % 8 != 0 || len == 8 || first > TALLY_HISTOGRAM_BINS ||
        n > TALLY_HISTOGRAM_BINS - first) {
        return false;
    }
    memset(bins, 0, 8 * TALLY_HISTOGRAM_BINS);
    for (size_t i = 0; i < n; i++) {
        bins[first + i] = tally_le64_load(p + 8 + 8 * i);
    }
    return true;
}

static bool
take_histograms(struct tally_stmt *q, struct tally_calibration *c)
{
    uint64_t bins[TALLY_HISTOGRAM_BINS];

    if (!take_bins(q, 12, c->histogram) || !take_bins(q, 13, bins)) {
        return false;
    }
    memcpy(c->false_histogram, bins, sizeof bins);
    for (size_t i = 0; i < TALLY_HISTOGRAM_BINS; i++) {
        if (!isfinite(c->false_histogram[i]) || c->false_histogram[i] < 0) {
            return false;
        }
    }
    return true;
}

static bool
take_calibration(struct tally_stmt *q, size_t nsources, struct tally_calibration *c)
{
    uint32_t how = 0;

    c->false_links = tally_db_real(q, 7);
    c->estimated_precision = tally_db_real(q, 8);
    c->estimated_recall = tally_db_real(q, 9);
    c->low_confidence = tally_db_int(q, 10) != 0;
    c->precision_low = tally_db_real(q, 16);
    c->precision_high = tally_db_real(q, 17);
    c->sensitivity = tally_db_real(q, 18);
    if (!take_u32(q, 2, TALLY_THRESHOLD_GROUPS, &how)) {
        return false;
    }
    c->how = (enum tally_threshold_how)how;
    return take_u32(q, 0, (uint32_t)nsources - 1, &c->source_a) &&
           take_u32(q, 1, (uint32_t)nsources - 1, &c->source_b) &&
           take_u32(q, 3, TALLY_PPM, &c->threshold_ppm) &&
           take_u32(q, 4, TALLY_PPM, &c->floor_ppm) && take_count(q, 5, &c->candidates) &&
           take_count(q, 6, &c->links) && take_text(q, 11, c->note, sizeof c->note) &&
           take_u32(q, 14, TALLY_BAND_NONE_PPM, &c->low_ppm) &&
           take_u32(q, 15, TALLY_BAND_NONE_PPM, &c->high_ppm) &&
           take_count(q, 19, &c->matches) && take_count(q, 20, &c->possible) &&
           take_count(q, 21, &c->further) &&
           take_count(q, 22, &c->rivals) && take_count(q, 23, &c->twins) &&
           take_count(q, 24, &c->household) && take_histograms(q, c);
}

static int
read_calibrations(struct tally_store *s, struct tally_store_run *r, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc;

    if (query_run(s,
                  "SELECT source_a, source_b, how, threshold_ppm, floor_ppm, candidates,"
                  " links, false_links, estimated_precision, estimated_recall,"
                  " low_confidence, note, histogram, false_histogram, low_ppm, high_ppm,"
                  " precision_low, precision_high, sensitivity, matches, possible, further,"
                  " rivals, twins, household"
                  " FROM calibration WHERE run = ?1 ORDER BY source_a, source_b",
                  r->id, &q, err) != 0) {
        return -1;
    }
    while ((rc = tally_db_step(q, err)) == 1) {
        struct tally_calibration *list =
            realloc(r->calibrations, (r->ncalibrations + 1) * sizeof *list);

        if (list == NULL) {
            rc = tally_err_nomem(err);
            break;
        }
        r->calibrations = list;
        memset(&list[r->ncalibrations], 0, sizeof *list);
        if (r->ncalibrations == CALIBRATIONS_MAX ||
            !take_calibration(q, r->nsources, &list[r->ncalibrations])) {
            rc = corrupt(s, "the thresholds of the run make no sense", err);
            break;
        }
        r->ncalibrations++;
    }
    tally_db_finalize(q);
    return rc;
}

static bool
take_reviewed(struct tally_stmt *q, struct tally_store_reviewed *r)
{
    double *const shares[] = {&r->precision, &r->precision_low, &r->precision_high,
                              &r->recall};

    r->review = tally_db_int(q, 2);
    r->false_links = tally_db_real(q, 5);
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        *shares[i] = tally_db_real(q, 6 + (int)i);
        if (*shares[i] < 0 || *shares[i] > 1) {
            return false;
        }
    }
    return r->review > 0 && take_count(q, 3, &r->checked) && take_count(q, 4, &r->links);
}

/** What the latest second round that holds says of each pair of sources. */
static int
read_reviewed(struct tally_store *s, struct tally_store_run *r, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc;

    r->reviewed = calloc(r->ncalibrations + 1, sizeof *r->reviewed);
    if (r->reviewed == NULL) {
        return tally_err_nomem(err);
    }
    if (query_run(s,
                  "SELECT x.source_a, x.source_b, x.review, x.checked, x.links,"
                  " x.false_links, x.estimated_precision, x.precision_low,"
                  " x.precision_high, x.estimated_recall FROM reviewed x"
                  " JOIN review v ON v.id = x.review AND v.undone = 0 WHERE x.run = ?1"
                  " ORDER BY x.review",
                  r->id, &q, err) != 0) {
        return -1;
    }
    while ((rc = tally_db_step(q, err)) == 1) {
        size_t i = 0;

        while (i < r->ncalibrations &&
               (tally_db_int(q, 0) != r->calibrations[i].source_a ||
                tally_db_int(q, 1) != r->calibrations[i].source_b)) {
            i++;
        }
        if (i == r->ncalibrations || !take_reviewed(q, &r->reviewed[i])) {
            rc = corrupt(s, "what a review says of the run makes no sense", err);
            break;
        }
    }
    tally_db_finalize(q);
    return rc;
}

static int
read_overlaps(struct tally_store *s, struct tally_store_run *r, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    size_t cap = 0;
    int rc;

    if (query_run(s,
                  "SELECT sources, COUNT(*) AS n FROM cluster WHERE run = ?1"
                  " GROUP BY sources ORDER BY n DESC, sources",
                  r->id, &q, err) != 0) {
        return -1;
    }
    while ((rc = tally_db_step(q, err)) == 1) {
        uint64_t mask = (uint64_t)tally_db_int(q, 0);

        if (mask == 0 || (r->nsources < 64 && mask >> r->nsources != 0)) {
            rc = corrupt(s, "a cluster has sources that the run has not", err);
            break;
        }
        if (r->noverlaps == cap) {
            size_t more = cap == 0 ? 64 : 2 * cap;
            uint64_t *m = realloc(r->overlap_masks, more * sizeof *m);
            uint64_t *n = realloc(r->overlap_people, more * sizeof *n);

            r->overlap_masks = m == NULL ? r->overlap_masks : m;
            r->overlap_people = n == NULL ? r->overlap_people : n;
            if (m == NULL || n == NULL) {
                rc = tally_err_nomem(err);
                break;
            }
            cap = more;
        }
        r->overlap_masks[r->noverlaps] = mask;
        r->overlap_people[r->noverlaps] = (uint64_t)tally_db_int(q, 1);
        r->noverlaps++;
    }
    tally_db_finalize(q);
    return rc;
}

static int
read_sizes(struct tally_store *s, struct tally_store_run *r, struct tally_err *err)
{
    const int64_t most = (int64_t)(sizeof r->sizes / sizeof r->sizes[0]);
    struct tally_stmt *q = NULL;
    int rc;

    if (query_run(s,
                  "SELECT MIN(records, 65) AS size, COUNT(*) FROM cluster WHERE run = ?1"
                  " GROUP BY size ORDER BY size",
                  r->id, &q, err) != 0) {
        return -1;
    }
    while ((rc = tally_db_step(q, err)) == 1) {
        int64_t size = tally_db_int(q, 0);

        if (size < 1 || size > most) {
            rc = corrupt(s, "a cluster has no records", err);
            break;
        }
        r->sizes[size - 1] = (uint64_t)tally_db_int(q, 1);
        r->nsizes = (size_t)size;
    }
    tally_db_finalize(q);
    return rc;
}

static int
read_bands(struct tally_store *s, struct tally_store_run *r, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc;

    if (query_run(
            s,
            "SELECT CASE WHEN probability IS NULL THEN 4 WHEN probability >= 0.99 THEN 0"
            " WHEN probability >= 0.95 THEN 1 WHEN probability >= 0.8 THEN 2"
            " ELSE 3 END AS sure, COUNT(*) FROM link WHERE run = ?1 AND accepted = 1"
            " GROUP BY sure",
            r->id, &q, err) != 0) {
        return -1;
    }
    while ((rc = tally_db_step(q, err)) == 1) {
        r->bands[tally_db_int(q, 0)] = (uint64_t)tally_db_int(q, 1);
    }
    tally_db_finalize(q);
    return rc;
}

/** Clusters and links are counted in the row of the run as well: a store in which they
 * differ was changed. */
static int
check_totals(const struct tally_store *s, const struct tally_store_run *r,
             struct tally_err *err)
{
    uint64_t by_overlap = 0;
    uint64_t by_size = 0;
    uint64_t links = 0;

    for (size_t i = 0; i < r->noverlaps; i++) {
        by_overlap += r->overlap_people[i];
    }
    for (size_t i = 0; i < r->nsizes; i++) {
        by_size += r->sizes[i];
    }
    for (size_t i = 0; i < TALLY_STORE_BANDS; i++) {
        links += r->bands[i];
    }
    if (by_overlap != r->nclusters || by_size != r->nclusters || links != r->nlinks) {
        return corrupt(s, "links or clusters of the run are missing", err);
    }
    return 0;
}

int
tally_store_read_run(struct tally_store *s, int64_t run_id, struct tally_store_run *out,
                     struct tally_err *err)
{
    struct tally_store_run *r = calloc(1, sizeof *r);

    if (r == NULL) {
        return tally_err_nomem(err);
    }
    if (read_run_row(s, run_id, r, err) != 0 || read_sources(s, r, err) != 0 ||
        read_calibrations(s, r, err) != 0 || read_reviewed(s, r, err) != 0 ||
        read_overlaps(s, r, err) != 0 || read_sizes(s, r, err) != 0 || read_bands(s, r, err) != 0 ||
        check_totals(s, r, err) != 0) {
        tally_store_run_free(r);
        free(r);
        return -1;
    }
    *out = *r;
    free(r);
    return 0;
}

struct tally_precision
tally_store_reviewed_precision(const struct tally_store_run *r)
{
    struct tally_precision none = {(double)NAN, (double)NAN, (double)NAN};
    struct tally_calibration *c = calloc(r->ncalibrations + 1, sizeof *c);
    bool any = false;

    for (size_t i = 0; c != NULL && r->reviewed != NULL && i < r->ncalibrations; i++) {
        const struct tally_store_reviewed *v = &r->reviewed[i];

        c[i] = r->calibrations[i];
        if (v->review != 0 && !isnan(v->precision)) {
            c[i].false_links = v->false_links;
            c[i].estimated_precision = v->precision;
            c[i].precision_low = v->precision_low;
            c[i].precision_high = v->precision_high;
            any = true;
        }
    }
    if (any) {
        none = tally_link_precision(c, r->ncalibrations);
    }
    free(c);
    return none;
}

void
tally_store_run_free(struct tally_store_run *r)
{
    if (r == NULL) {
        return;
    }
    free(r->calibrations);
    free(r->reviewed);
    free(r->overlap_masks);
    free(r->overlap_people);
    r->calibrations = NULL;
    r->reviewed = NULL;
    r->overlap_masks = NULL;
    r->overlap_people = NULL;
    r->ncalibrations = 0;
    r->noverlaps = 0;
}
