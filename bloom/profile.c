/*
 * Profiling: rows in batches, each field of a batch by itself (so that nothing depends on
 * the number of threads), then what concerns whole records.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/profile.h"

#include "bloom/base/bytes.h"
#include "bloom/base/domains.h"
#include "bloom/base/interrupt.h"
#include "bloom/base/sorter.h"
#include "bloom/base/text.h"
#include "bloom/profile_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_ROWS     4096
#define BATCH_CELLS    ((size_t)1 << 20)
#define ARENA_BYTES    ((size_t)4 << 20)
#define COUNTER_MEMORY ((size_t)72 << 20) /* for the counters of all fields */
#define LIMIT_LEAST    768
#define LIMIT_MOST     ((size_t)3 << 20)
#define SLOT_BYTES     16
#define SORT_MEMORY    ((size_t)8 << 20)
#define ID_HASH        8 /* bytes of a key that are the hash */

static void
profiler_free(struct tally_profiler *p)
{
    for (size_t i = 0; p->fields != NULL && i < p->nfields; i++) {
        tally_counter_free(p->fields[i].counter);
    }
    if (p->fields != NULL) {
        tally_wipe(p->fields, p->nfields * sizeof *p->fields);
    }
    if (p->hashes != NULL) {
        tally_wipe(p->hashes, p->nfields * p->max_rows * sizeof *p->hashes);
    }
    tally_wipe(p->key, sizeof p->key);
    tally_sorter_free(p->people);
    tally_sorter_free(p->ids);
    tally_pii_free(p->arena);
    tally_pii_free(p->scratch_arena);
    free(p->fields);
    free(p->row);
    free(p->values);
    free(p->id_cells);
    free(p->aliases);
    free(p->hashes);
    free(p->marks);
    tally_profile_free(p->out);
}

/* Distinct values that each counter holds exactly, so that all fit the memory. */
static size_t
distinct_limit(const struct tally_profiler *p)
{
    size_t limit = LIMIT_MOST;

    if (p->job->distinct_limit > 0) {
        return p->job->distinct_limit;
    }
    while (limit > LIMIT_LEAST &&
           limit / 3 * 4 * SLOT_BYTES * p->nfields > COUNTER_MEMORY) {
        limit /= 2;
    }
    return limit;
}

/* The first identifying field of ${type}, or -1. */
static ptrdiff_t
first_field(const struct tally_profiler *p, enum tally_field_type type)
{
    for (size_t i = 0; i < p->nfields; i++) {
        if (p->out->fields[i].identifying && p->fields[i].field.type == type) {
            return (ptrdiff_t)i;
        }
    }
    return -1;
}

static int
make_counters(struct tally_profiler *p, struct tally_err *err)
{
    size_t limit = distinct_limit(p);

    for (size_t i = 0; i < p->nfields; i++) {
        if (tally_counter_create(&p->fields[i].counter, limit, err) != 0) {
            return -1;
        }
    }
    if (p->job->id_column >= 0 &&
        tally_sorter_create(&p->ids, SORT_MEMORY, NULL, err) != 0) {
        return -1;
    }
    return tally_sorter_create(&p->people, SORT_MEMORY, NULL, err);
}

static int
make_batch(struct tally_profiler *p, struct tally_err *err)
{
    size_t n = p->nfields > 0 ? p->nfields : 1;
    size_t threads = tally_pool_threads(p->job->pool);

    p->max_rows = BATCH_CELLS / n < BATCH_ROWS ? BATCH_CELLS / n : BATCH_ROWS;
    p->row = calloc(tally_csv_columns(p->job->csv) + 1, sizeof *p->row);
    p->values = calloc(n * p->max_rows, sizeof *p->values);
    p->id_cells = calloc(p->max_rows, sizeof *p->id_cells);
    p->aliases = calloc(p->max_rows, sizeof *p->aliases);
    p->hashes = calloc(n * p->max_rows, sizeof *p->hashes);
    p->marks = calloc(n * p->max_rows, sizeof *p->marks);
    if (p->row == NULL || p->values == NULL || p->id_cells == NULL || p->hashes == NULL ||
        p->marks == NULL || p->aliases == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_pii_create(&p->arena, ARENA_BYTES, err) != 0 ||
        tally_pii_create(&p->scratch_arena, threads * sizeof *p->scratch, err) != 0) {
        return -1;
    }
    p->scratch = tally_pii_alloc(p->scratch_arena, threads * sizeof *p->scratch);
    TALLY_INVARIANT(p->scratch != NULL);
    return 0;
}

/* A file without a row of column names would show its first record as such. */
static int
refuse_headless(struct tally_profiler *p, struct tally_err *err)
{
    const struct tally_csv *csv = p->job->csv;

    for (size_t i = 0; i < tally_csv_columns(csv); i++) {
        const char *name = tally_csv_column(csv, i);
        size_t len = strlen(name);
        enum tally_look look = tally_look_of((const uint8_t *)name, len, &p->scratch[0]);

        if (look == TALLY_LOOK_DATE || look == TALLY_LOOK_NHS ||
            look == TALLY_LOOK_EMAIL || (look == TALLY_LOOK_POSTCODE && len > 5)) {
            (void)tally_err_set(err, TALLY_E_DATA,
                                "'%s': column %zu of the first row looks like a value of "
                                "a record, not like a column name",
                                tally_csv_path(csv), i + 1);
            return tally_err_hint(err, "put a row of column names on top of the file");
        }
    }
    return 0;
}

static int
begin(struct tally_profiler *p, struct tally_err *err)
{
    const struct tally_profile_job *job = p->job;
    struct tally_profile *out = calloc(1, sizeof *out);
    const char *path = tally_csv_path(job->csv), *file;
    int rc;

    if (out == NULL) {
        return tally_err_nomem(err);
    }
    p->out = out;
    rc = job->schema != NULL
             ? tally_profile_of_schema(job->csv, job->schema, job->mapping, &p->fields,
                                       &out->fields, &p->nfields, err)
             : tally_profile_guess(job, &p->fields, &out->fields, &p->nfields, err);
    if (rc != 0) {
        return -1;
    }
    out->nfields = p->nfields;
    out->has_aliases = job->alias_column != NULL;
    file = strrchr(path, '/');
    path = file != NULL ? file + 1 : strcmp(path, "-") == 0 ? "standard input" : path;
    tally_text_printable(path, out->file, sizeof out->file);
    if (job->schema != NULL) {
        memcpy(out->schema, job->schema->name, sizeof out->schema);
        memcpy(out->digest, job->schema->digest, sizeof out->digest);
    }
    if (job->id_column >= 0) {
        tally_text_printable(tally_csv_column(job->csv, (size_t)job->id_column),
                             out->id_column, sizeof out->id_column);
    }
    p->forename = first_field(p, TALLY_FIELD_FORENAME);
    p->surname = first_field(p, TALLY_FIELD_SURNAME);
    if (make_counters(p, err) != 0 || make_batch(p, err) != 0) {
        return -1;
    }
    return refuse_headless(p, err);
}

/* The key of all hashes, from the first rows: nobody who does not hold the file can
 * choose values that collide, and the same file gives the same estimates. Nothing hashed
 * outlives the run. */
static void
make_key(struct tally_profiler *p)
{
    struct tally_digest_state st;
    uint8_t digest[TALLY_DIGEST_BYTES], len[8];

    tally_digest_init(&st);
    tally_digest_update(&st, TALLY_DOMAIN_PROFILE, sizeof TALLY_DOMAIN_PROFILE);
    for (size_t i = 0; i < p->nrows * p->nfields; i++) {
        tally_le64_store(len, p->values[i].len);
        tally_digest_update(&st, len, sizeof len);
        tally_digest_update(&st, p->values[i].data, p->values[i].len);
    }
    tally_digest_final(&st, digest);
    p->key[0] = tally_le64_load(digest);
    p->key[1] = tally_le64_load(digest + 8);
    tally_wipe(digest, sizeof digest);
    tally_wipe(&st, sizeof st);
    p->keyed = true;
}

/* What the columns without a known name hold, by the first batch. */
static void
guess_types(struct tally_profiler *p)
{
    for (size_t f = 0; f < p->nfields; f++) {
        uint64_t looks[TALLY_LOOKS] = {0};

        if (p->out->fields[f].type_source != TALLY_TYPE_FROM_CONTENT) {
            continue;
        }
        for (size_t r = 0; r < p->nrows; r++) {
            const struct tally_cell *v = &p->values[r * p->nfields + f];

            looks[tally_look_of(v->data, v->len, &p->scratch[0])]++;
        }
        tally_profile_guess_content(&p->fields[f], &p->out->fields[f], looks);
    }
}

/* A chunk of the pool: one field of the batch. */
static int
look_at_field(void *ctx, size_t f, unsigned worker, struct tally_err *err)
{
    struct tally_profiler *p = ctx;
    int rc = 0;

    for (size_t r = 0; r < p->nrows && rc == 0; r++) {
        rc = p->aliases[r] ? 0 : tally_profile_look(p, f, r, &p->scratch[worker], err);
    }
    return rc;
}

static int
add_hash(struct tally_sorter *s, uint64_t hash, struct tally_err *err)
{
    uint8_t key[TALLY_SORT_KEY] = {0};

    tally_be64_store(key, hash);
    return tally_sorter_add(s, key, NULL, 0, err);
}

/* The hash of the id, and whether it is that of an alias row's main row: so those of one
 * person are neighbours once sorted, the main row first. */
static int
add_id(struct tally_profiler *p, size_t r, struct tally_err *err)
{
    struct tally_cell id = tally_trimmed(p->id_cells[r]);
    uint8_t key[TALLY_SORT_KEY] = {0};

    if (id.len == 0) {
        p->records.ids_empty++;
        return 0;
    }
    p->records.ids += !p->aliases[r];
    tally_be64_store(key, tally_siphash(p->key, id.data, id.len));
    key[ID_HASH] = p->aliases[r];
    return tally_sorter_add(p->ids, key, NULL, 0, err);
}

static void
compare_names(struct tally_profiler *p, size_t r)
{
    unsigned forename, surname;

    if (p->forename < 0 || p->surname < 0) {
        return;
    }
    forename = p->marks[(size_t)p->forename * p->max_rows + r];
    surname = p->marks[(size_t)p->surname * p->max_rows + r];
    p->records.names_straight +=
        (forename & TALLY_MARK_FORENAME) != 0 && (surname & TALLY_MARK_SURNAME) != 0;
    p->records.names_swapped +=
        (forename & TALLY_MARK_SURNAME) != 0 && (surname & TALLY_MARK_FORENAME) != 0;
}

/* Row ${r} as a record: sex alone tells nobody apart, so it does not count towards the
 * fields that a record needs to be compared. */
static int
look_at_record(struct tally_profiler *p, size_t r, struct tally_err *err)
{
    uint64_t hash = 0;
    size_t usable = 0, telling = 0;

    for (size_t f = 0; f < p->nfields; f++) {
        size_t at = f * p->max_rows + r;
        uint64_t pair[2] = {hash, p->hashes[at]};

        if (!p->out->fields[f].identifying) {
            continue;
        }
        if ((p->marks[at] & TALLY_MARK_USABLE) != 0) {
            usable++;
            telling += p->fields[f].field.type != TALLY_FIELD_SEX;
        }
        hash = tally_siphash(p->key, pair, sizeof pair);
    }
    p->records.nothing_usable += usable == 0;
    compare_names(p, r);
    if (telling < TALLY_IDENTIFYING) {
        return 0;
    }
    p->out->compared++;
    return add_hash(p->people, hash, err);
}

static int
look_at_batch(struct tally_profiler *p, struct tally_err *err)
{
    if (!p->keyed) {
        make_key(p);
        guess_types(p);
    }
    if (tally_pool_run(p->job->pool, p->nfields, look_at_field, p, err) != 0) {
        return -1;
    }
    for (size_t r = 0; r < p->nrows; r++) {
        if (p->ids != NULL && add_id(p, r, err) != 0) {
            return -1;
        }
        p->out->alias_rows += p->aliases[r];
        if (!p->aliases[r] && look_at_record(p, r, err) != 0) {
            return -1;
        }
    }
    p->rows_before += p->nrows;
    return 0;
}

/* Groups of equal hashes: records in groups of two and more, those that repeat an earlier
 * one, and the largest group. */
static int
count_groups(struct tally_sorter *s, uint64_t *in_groups, uint64_t *repeats,
             uint64_t *largest, struct tally_err *err)
{
    uint8_t last[TALLY_SORT_KEY] = {0};
    uint64_t size = 0;
    const uint8_t *key;
    const void *data;
    size_t len;
    int rc;

    if (tally_sorter_finish(s, err) != 0) {
        return -1;
    }
    while ((rc = tally_sorter_next(s, &key, &data, &len, err)) > 0) {
        size = size > 0 && memcmp(last, key, sizeof last) == 0 ? size + 1 : 1;
        memcpy(last, key, sizeof last);
        *repeats += size > 1;
        *in_groups += size == 2 ? 2 : size > 2;
        *largest = size > *largest ? size : *largest;
    }
    return rc;
}

/* Ids of main rows that repeat an earlier one, and alias rows of nobody. */
static int
count_ids(struct tally_profiler *p, struct tally_err *err)
{
    uint8_t last[TALLY_SORT_KEY] = {0};
    bool any = false;
    const uint8_t *key;
    const void *data;
    size_t len;
    int rc;

    if (p->ids == NULL) {
        return 0;
    }
    if (tally_sorter_finish(p->ids, err) != 0) {
        return -1;
    }
    while ((rc = tally_sorter_next(p->ids, &key, &data, &len, err)) > 0) {
        bool met = any && memcmp(last, key, ID_HASH) == 0;

        if (key[ID_HASH] != 0) {
            p->records.orphans += !met;
            continue;
        }
        p->records.ids_repeated += met;
        memcpy(last, key, sizeof last);
        any = true;
    }
    return rc;
}

static int
finish(struct tally_profiler *p, struct tally_err *err)
{
    struct tally_profile *out = p->out;

    if (p->rows_before == out->alias_rows) {
        (void)tally_err_set(err, TALLY_E_DATA,
                            "%s: there are no data rows, only a header",
                            tally_csv_path(p->job->csv));
        return tally_err_hint(err, "check that the export finished");
    }
    if (count_groups(p->people, &out->in_groups, &p->records.duplicates, &out->largest,
                     err) != 0 ||
        count_ids(p, err) != 0) {
        return -1;
    }
    out->records = p->rows_before - out->alias_rows;
    out->nfields = 0;
    for (size_t f = 0; f < p->nfields; f++) {
        struct tally_profile_field *o = &out->fields[out->nfields];

        if (p->fields[f].extra &&
            out->fields[f].reasons[TALLY_VALUE_MISSING] == out->records) {
            continue; /* nobody has so many values */
        }
        *o = out->fields[f];
        out->nfields++;
        o->usable = o->reasons[TALLY_VALUE_OK] + o->reasons[TALLY_VALUE_REPAIRED];
        tally_counter_read(p->fields[f].counter, &o->frequency);
        tally_profile_judge_field(&p->fields[f], out->records, o);
    }
    tally_profile_judge_file(&p->records, out);
    return 0;
}

static int
read_all(struct tally_profiler *p, struct tally_err *err)
{
    bool pending = false;

    while (!p->ended) {
        uint64_t before = tally_csv_bytes(p->job->csv);

        if (tally_interrupt_check(err) != 0 ||
            tally_profile_fill(p, &pending, err) != 0 ||
            (p->nrows > 0 && look_at_batch(p, err) != 0)) {
            return -1;
        }
        tally_progress_add(p->job->progress, tally_csv_bytes(p->job->csv) - before);
    }
    return 0;
}

int
tally_profile_run(struct tally_profile **out, const struct tally_profile_job *job,
                  struct tally_err *err)
{
    struct tally_profiler p = {.job = job};
    int rc = -1;

    tally_progress_begin(job->progress, "reading", "bytes", tally_csv_size(job->csv));
    if (begin(&p, err) == 0 && read_all(&p, err) == 0 && finish(&p, err) == 0) {
        *out = p.out;
        p.out = NULL;
        rc = 0;
    }
    tally_progress_end(job->progress);
    profiler_free(&p);
    return rc;
}

void
tally_profile_free(struct tally_profile *p)
{
    if (p != NULL) {
        free(p->fields);
        free(p);
    }
}
