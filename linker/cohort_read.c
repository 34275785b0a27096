/*
 * Reading a cohort back, for a report: how many people were seen by which sources.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/cohort_impl.h"

#include "bloom/base/bytes.h"

#include <stdlib.h>
#include <string.h>

/** Sources and the SQL that makes a bit mask of a person's flags, as "NAME << 0 | NAME <<
 * 1". */
static int
read_sources(struct tally_db *db, const char *path, struct tally_cohort_facts *f,
             struct tally_buf *mask, struct tally_err *err)
{
    struct tally_stmt *q = NULL;
    int rc = tally_db_prepare(
        db, "SELECT name, seen_column, rows FROM cohort_source ORDER BY position", &q,
        err);

    while (rc == 0 && (rc = tally_db_step(q, err)) == 1) {
        const char *name = tally_db_text(q, 0, NULL);
        int64_t rows = tally_db_int(q, 2);
        char seen[TALLY_COHORT_QUOTED];

        if (f->nsources == TALLY_SOURCES_MAX || !tally_source_valid(name) || rows < 0 ||
            !tally_db_quote_name(tally_db_text(q, 1, NULL), seen, sizeof seen)) {
            rc = tally_err_set(err, TALLY_E_CORRUPT,
                               "%s: its list of sources makes no sense", path);
            break;
        }
        memcpy(f->names[f->nsources], name, strlen(name) + 1);
        f->rows[f->nsources] = (uint64_t)rows;
        rc = tally_buf_printf(mask, err, "%s(%s << %zu)", f->nsources == 0 ? "" : " | ",
                              seen, f->nsources);
        f->nsources++;
    }
    tally_db_finalize(q);
    if (rc == 0 && f->nsources == 0) {
        rc = tally_err_set(err, TALLY_E_CORRUPT, "%s: it has no sources", path);
    }
    return rc;
}

static int
add_overlap(struct tally_cohort_facts *f, size_t *cap, uint64_t mask, uint64_t people,
            struct tally_err *err)
{
    if (f->noverlaps == *cap) {
        size_t more = *cap == 0 ? 64 : 2 * *cap;
        uint64_t *m = realloc(f->overlap_masks, more * sizeof *m);
        uint64_t *n;

        if (m == NULL) {
            return tally_err_nomem(err);
        }
        f->overlap_masks = m;
        n = realloc(f->overlap_people, more * sizeof *n);
        if (n == NULL) {
            return tally_err_nomem(err);
        }
        f->overlap_people = n;
        *cap = more;
    }
    f->overlap_masks[f->noverlaps] = mask;
    f->overlap_people[f->noverlaps] = people;
    f->noverlaps++;
    f->people += people;
    return 0;
}

static int
read_overlaps(struct tally_db *db, const char *path, const char *mask,
              struct tally_cohort_facts *f, struct tally_err *err)
{
    struct tally_buf sql = {0};
    struct tally_stmt *q = NULL;
    size_t cap = 0;
    int rc = tally_buf_printf(&sql, err,
                              "SELECT %s AS mask, COUNT(*) AS n FROM person GROUP BY mask"
                              " ORDER BY n DESC, mask",
                              mask);

    if (rc == 0) {
        rc = tally_buf_append(&sql, "", 1, err);
    }
    if (rc == 0) {
        rc = tally_db_prepare(db, (const char *)sql.data, &q, err);
    }
    while (rc == 0 && (rc = tally_db_step(q, err)) == 1) {
        uint64_t m = (uint64_t)tally_db_int(q, 0);

        if (m == 0 || (f->nsources < 64 && m >> f->nsources != 0)) {
            rc = tally_err_set(err, TALLY_E_CORRUPT, "%s: a person was seen by no source",
                               path);
            break;
        }
        rc = add_overlap(f, &cap, m, (uint64_t)tally_db_int(q, 1), err);
    }
    tally_db_finalize(q);
    tally_buf_free(&sql);
    return rc;
}

static int
read_facts(struct tally_db *db, const char *path, struct tally_cohort_facts *f,
           struct tally_err *err)
{
    struct tally_buf mask = {0};
    int version = 0;
    int rc = tally_db_version(db, &version, err);

    if (rc == 0 && version != TALLY_COHORT_VERSION) {
        rc =
            tally_err_set(err, TALLY_E_FORMAT,
                          "%s: a cohort of version %d, but this program knows version %d",
                          path, version, TALLY_COHORT_VERSION);
    }
    if (rc == 0) {
        rc = read_sources(db, path, f, &mask, err);
    }
    if (rc == 0) {
        rc = tally_buf_append(&mask, "", 1, err);
    }
    if (rc == 0) {
        rc = read_overlaps(db, path, (const char *)mask.data, f, err);
    }
    if (rc == 0) {
        rc = tally_cohort_read_groups(db, path, f, err);
    }
    tally_buf_free(&mask);
    return rc;
}

int
tally_cohort_read(const char *path, struct tally_cohort_facts *out, struct tally_err *err)
{
    struct tally_cohort_facts f;
    struct tally_db *db = NULL;
    int rc;

    memset(&f, 0, sizeof f);
    if (tally_db_open(&db, path, TALLY_DB_READ, TALLY_COHORT_APPLICATION, err) != 0) {
        return -1;
    }
    rc = read_facts(db, path, &f, err);
    tally_db_close(db);
    if (rc != 0) {
        tally_cohort_facts_free(&f);
        return -1;
    }
    *out = f;
    return 0;
}

void
tally_cohort_facts_free(struct tally_cohort_facts *f)
{
    if (f == NULL) {
        return;
    }
    free(f->overlap_masks);
    free(f->overlap_people);
    free(f->groups);
    f->groups = NULL;
    f->ngroups = 0;
    f->overlap_masks = NULL;
    f->overlap_people = NULL;
    f->noverlaps = 0;
}
