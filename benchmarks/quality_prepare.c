/*
 * Getting a set ready: its files cut to the rows wanted, its columns mapped, and its
 * truth cut to the records that take part.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/quality_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "benchmarks/synth.h"
#include "bloom/base/bytes.h"
#include "bloom/base/file.h"

/* Ids of all records that take part, for searching. */
struct ids {
    struct tally_buf text;
    size_t *at;
    size_t n;
    size_t cap;
};

static bool
there(const char *folder, const char *name, const char *file, char *path)
{
    struct stat st;
    int n = snprintf(path, TALLY_WORKDIR_PATH_MAX, "%s/%s/%s.csv", folder, name, file);

    return n > 0 && n < TALLY_WORKDIR_PATH_MAX && stat(path, &st) == 0;
}

bool
quality_is_there(const struct tally_quality_job *job, const struct quality_set *set)
{
    char path[TALLY_WORKDIR_PATH_MAX];

    if (set->folder == NULL) {
        return true;
    }
    if (job->data == NULL || !there(job->data, set->folder, "truth", path)) {
        return false;
    }
    for (size_t i = 0; set->files[i] != NULL; i++) {
        if (!there(job->data, set->folder, set->files[i], path)) {
            return false;
        }
    }
    return true;
}

static int
put_text(const char *path, const char *text, struct tally_err *err)
{
    struct tally_outfile *f = NULL;
    int rc = -1;

    if (tally_outfile_open(&f, path, 0600, true, err) == 0 &&
        tally_outfile_write(f, text, strlen(text), err) == 0 &&
        tally_outfile_commit(&f, 1, err) == 0) {
        rc = 0;
    }
    tally_outfile_free(f);
    return rc;
}

static int
write_header(struct tally_outfile *f, const struct tally_csv *csv, struct tally_err *err)
{
    size_t n = tally_csv_columns(csv);
    int rc = 0;

    for (size_t i = 0; i < n && rc == 0; i++) {
        const char *name = tally_csv_column(csv, i);

        rc = tally_csv_write(f, name, strlen(name), i + 1 == n, err);
    }
    return rc;
}

static int
write_row(struct tally_outfile *f, const struct tally_csv *csv,
          const struct tally_cell *cells, struct tally_err *err)
{
    size_t n = tally_csv_columns(csv);
    int rc = 0;

    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = tally_csv_write(f, cells[i].data, cells[i].len, i + 1 == n, err);
    }
    return rc;
}

/* Rows of a file that go into its copy. */
typedef int row_filter(void *ctx, uint64_t row, const struct tally_csv *csv,
                       const struct tally_cell *cells, bool *keep, struct tally_err *err);

static int
copy_rows(struct tally_csv *csv, struct tally_outfile *f, row_filter *filter, void *ctx,
          struct tally_err *err)
{
    struct tally_cell *cells = calloc(tally_csv_columns(csv), sizeof *cells);
    uint64_t row = 0;
    int more = -1;

    if (cells == NULL) {
        return tally_err_nomem(err);
    }
    if (write_header(f, csv, err) == 0) {
        while ((more = tally_csv_next(csv, cells, err)) > 0) {
            bool keep = false;

            if (filter(ctx, row++, csv, cells, &keep, err) != 0 ||
                (keep && write_row(f, csv, cells, err) != 0)) {
                more = -1;
                break;
            }
        }
    }
    free(cells);
    return more;
}

static int
copy_csv(const char *from, const char *to, row_filter *filter, void *ctx,
         struct tally_err *err)
{
    struct tally_csv *csv = NULL;
    struct tally_outfile *f = NULL;
    int rc = -1;

    if (tally_csv_open(&csv, from, NULL, err) == 0 &&
        tally_outfile_open(&f, to, 0600, true, err) == 0 &&
        copy_rows(csv, f, filter, ctx, err) == 0 &&
        tally_outfile_commit(&f, 1, err) == 0) {
        rc = 0;
    }
    tally_outfile_free(f);
    tally_csv_free(csv);
    return rc;
}

static int
add_id(struct ids *ids, const struct tally_cell *id, struct tally_err *err)
{
    if (ids->n == ids->cap) {
        size_t cap = ids->cap == 0 ? 1024 : 2 * ids->cap;
        size_t *at = realloc(ids->at, cap * sizeof *at);

        if (at == NULL) {
            return tally_err_nomem(err);
        }
        ids->at = at;
        ids->cap = cap;
    }
    ids->at[ids->n++] = ids->text.len;
    return tally_buf_append(&ids->text, id->data, id->len, err) != 0 ||
                   tally_buf_append(&ids->text, "", 1, err) != 0
               ? -1
               : 0;
}

static int
compare_ids(const void *p, const void *q, void *text)
{
    return strcmp((const char *)text + *(const size_t *)p,
                  (const char *)text + *(const size_t *)q);
}

static bool
has_id(const struct ids *ids, const struct tally_cell *id)
{
    const char *text = (const char *)ids->text.data;
    size_t low = 0;
    size_t high = ids->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const char *at = text + ids->at[mid];
        int c = strncmp(at, (const char *)id->data, id->len);

        c = c == 0 && at[id->len] != '\0' ? 1 : c;
        if (c == 0) {
            return true;
        }
        if (c < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return false;
}

/* The first rows of a file, whose ids are noted. */
struct head {
    struct ids *ids;
    uint64_t rows;
};

static int
keep_head(void *ctx, uint64_t row, const struct tally_csv *csv,
          const struct tally_cell *cells, bool *keep, struct tally_err *err)
{
    const struct head *h = ctx;
    ptrdiff_t id = tally_csv_find(csv, "id");

    if (id < 0) {
        return tally_err_set(err, TALLY_E_DATA, "%s has no column 'id'",
                             tally_csv_path(csv));
    }
    *keep = h->rows == 0 || row < h->rows;
    return *keep ? add_id(h->ids, &cells[id], err) : 0;
}

/* Rows of a truth all of whose records take part: columns id, or id_1 and id_2. */
static int
keep_known(void *ctx, uint64_t row, const struct tally_csv *csv,
           const struct tally_cell *cells, bool *keep, struct tally_err *err)
{
    static const char *const columns[] = {"id", "id_1", "id_2"};

    (void)row;
    (void)err;
    *keep = true;
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        ptrdiff_t c = tally_csv_find(csv, columns[i]);

        *keep = *keep && (c < 0 || has_id(ctx, &cells[c]));
    }
    return 0;
}

/* Files and truth of a set in a folder of data, cut, into the work folder. */
static int
cut_set(struct quality_ready *r, const struct tally_quality_job *job, struct ids *ids,
        struct tally_err *err)
{
    const struct quality_set *set = r->set;
    struct head head = {ids, set->rows};
    char from[TALLY_WORKDIR_PATH_MAX];
    char to[TALLY_WORKDIR_PATH_MAX];

    for (size_t s = 0; set->files[s] != NULL; s++) {
        char name[80];

        (void)snprintf(name, sizeof name, "%s.csv", set->files[s]);
        if (!there(job->data, set->folder, set->files[s], from) ||
            tally_workdir_path(r->dir, name, r->paths[s], err) != 0 ||
            copy_csv(from, r->paths[s], keep_head, &head, err) != 0) {
            return -1;
        }
    }
    qsort_r(ids->at, ids->n, sizeof *ids->at, compare_ids, ids->text.data);
    if (!there(job->data, set->folder, "truth", from) ||
        tally_workdir_path(r->dir, "truth.csv", to, err) != 0 ||
        copy_csv(from, to, keep_known, ids, err) != 0) {
        return -1;
    }
    return tally_truth_load(&r->truth, to, NULL, err);
}

static int
make_people(struct quality_ready *r, const struct tally_quality_job *job,
            struct tally_err *err)
{
    char folder[TALLY_WORKDIR_PATH_MAX];
    char truth[TALLY_WORKDIR_PATH_MAX];
    char groups[TALLY_WORKDIR_PATH_MAX];
    struct tally_synth_summary made;
    struct tally_synth_job synth = {.people =
                                        job->people > 0 ? job->people : r->set->people,
                                    .sources = r->set->files,
                                    .nsources = r->nsources,
                                    .seed = job->seed,
                                    .scenario = r->set->scenario,
                                    .out = folder,
                                    .force = true};

    if (tally_workdir_path(r->dir, "people", folder, err) != 0 ||
        tally_workdir_path(r->dir, "people/truth.csv", truth, err) != 0 ||
        tally_workdir_path(r->dir, "people/truth_groups.csv", groups, err) != 0 ||
        tally_synth(&synth, &made, err) != 0) {
        return -1;
    }
    for (size_t s = 0; s < r->nsources; s++) {
        char name[80];

        (void)snprintf(name, sizeof name, "people/%s.csv", r->set->files[s]);
        if (tally_workdir_path(r->dir, name, r->paths[s], err) != 0) {
            return -1;
        }
    }
    return tally_truth_load(&r->truth, truth, groups, err);
}

int
quality_prepare(struct quality_ready *r, const struct tally_quality_job *job,
                const struct quality_set *set, const struct tally_workdir *dir,
                struct tally_err *err)
{
    struct ids ids = {0};
    int rc = -1;

    memset(r, 0, sizeof *r);
    r->set = set;
    r->dir = dir;
    while (set->files[r->nsources] != NULL) {
        (void)snprintf(r->sources[r->nsources], sizeof r->sources[0], "%s",
                       set->files[r->nsources]);
        r->nsources++;
    }
    if (tally_workdir_path(dir, "map", r->map, err) == 0 &&
        put_text(r->map, set->map, err) == 0) {
        rc = set->folder == NULL ? make_people(r, job, err) : cut_set(r, job, &ids, err);
    }
    tally_buf_free(&ids.text);
    free(ids.at);
    return rc;
}

void
quality_ready_free(struct quality_ready *r)
{
    tally_truth_free(r->truth);
    r->truth = NULL;
}

void
quality_sources(const struct quality_ready *r, int *numbers, struct tally_judged *j)
{
    for (size_t s = 0; s < r->nsources; s++) {
        struct tally_cell name = {(const uint8_t *)r->sources[s], strlen(r->sources[s])};

        numbers[s] = tally_truth_source(r->truth, &name);
        if (numbers[s] >= 0) {
            j->seen.used[numbers[s]] = true;
        }
    }
}

int
quality_open(const struct quality_ready *r, size_t s, const struct tally_schema *schema,
             struct tally_csv **csv, struct tally_mapping *mapping, struct tally_err *err)
{
    if (tally_csv_open(csv, r->paths[s], NULL, err) != 0) {
        return -1;
    }
    if (tally_mapping_load(mapping, r->map, schema, *csv, err) != 0) {
        tally_csv_free(*csv);
        *csv = NULL;
        return -1;
    }
    return 0;
}
