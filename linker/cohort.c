/*
 * The cohort: payload rows take the pseudonym that the link map gives their token, and
 * are sorted by it outside memory. A token without payload gives no row and no person,
 * since the linker's side cannot tell a dummy record from a person and the analyst's side
 * must not have to.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/cohort.h"

#include "bloom/base/bytes.h"
#include "bloom/base/interrupt.h"
#include "bloom/container.h"
#include "linker/cohort_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SORT_MEMORY        (128u << 20) /* shared by the rows of all sources */
#define SORT_MEMORY_LEAST  (4u << 20)
#define SORT_MEMORY_PEOPLE (32u << 20)
#define PERSON_ENTRY       (5 + TALLY_PSEUDONYM_BYTES) /* source number, LE32 strength, wider \
                                                        */

/** The rows of one person in one source, to be put into the order of what they say. */
struct row_group {
    struct tally_buf bytes;
    struct row_ref {
        size_t at;
        size_t len;
    } * rows;
    size_t n;
    size_t cap;
};

/** Encodings are refused by name; anything else that is not what it should be keeps its
 * error. */
static int
refuse_encodings(const char *path, struct tally_err *err)
{
    struct tally_err other = TALLY_ERR_INIT;
    struct tally_container *c = NULL;

    if (err->code != TALLY_E_FORMAT ||
        tally_container_open(&c, path, TALLY_KIND_ENCODINGS, &other) != 0) {
        return -1;
    }
    tally_container_close(c);
    tally_err_set(err, TALLY_E_POLICY, "%s: the analyst may not hold encodings", path);
    return tally_err_hint(
        err, "delete this copy, and tell whoever sent it: encodings go to the "
             "linker, payload parts to the analyst");
}

/** Which source of the link map the delivery of ${p} is. */
static int
find_source(const struct cohort *c, const struct tally_payload *p, const char *path,
            size_t *out, struct tally_err *err)
{
    for (size_t i = 0; i < tally_linkmap_sources(c->map); i++) {
        const struct tally_linkmap_source *m = tally_linkmap_source(c->map, i);

        if (memcmp(m->delivery, tally_payload_delivery(p), TALLY_DELIVERY_BYTES) == 0) {
            *out = i;
            return 0;
        }
    }
    tally_err_set(
        err, TALLY_E_DATA,
        "%s: this payload of source %s is of a delivery that link map %s does not have",
        path, tally_payload_source(p), c->job->linkmap);
    return tally_err_hint(
        err, "use the payload part from the same encode run as the encodings "
             "that were linked");
}

/** Open every payload, by its source's place in the link map. The paths in ${by} say
 * which was first. */
static int
open_payloads(struct cohort *c, struct tally_payload *slots[TALLY_SOURCES_MAX],
              struct tally_err *err)
{
    const char *paths[TALLY_SOURCES_MAX] = {NULL};

    for (size_t i = 0; i < c->job->npayloads; i++) {
        const char *path = c->job->payloads[i];
        struct tally_payload *p = NULL;
        size_t at = 0;

        if (tally_path_distinct(path, c->job->out, err) != 0) {
            return -1;
        }
        if (tally_payload_open(&p, path, err) != 0) {
            return refuse_encodings(path, err);
        }
        if (find_source(c, p, path, &at, err) != 0) {
            tally_payload_close(p);
            return -1;
        }
        if (slots[at] != NULL) {
            tally_payload_close(p);
            return tally_err_set(err, TALLY_E_USAGE,
                                 "%s and %s are payloads of one source, %s", paths[at],
                                 path, tally_linkmap_source(c->map, at)->name);
        }
        slots[at] = p;
        paths[at] = path;
    }
    return 0;
}

/** The link map is believed when every canary is linked as it must be. */
static int
check_canaries(struct cohort *c, struct tally_err *err)
{
    if (c->job->canaries == NULL) {
        return 0;
    }
    return tally_canaries_load(&c->canaries, c->job->canaries, err) == 0
               ? tally_canaries_check(c->canaries, c->map, err)
               : -1;
}

static int
open_inputs(struct cohort *c, struct tally_err *err)
{
    struct tally_payload *slots[TALLY_SOURCES_MAX] = {NULL};
    int rc;

    if (c->job->npayloads == 0) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "a cohort needs at least one payload part");
    }
    if (tally_path_distinct(c->job->linkmap, c->job->out, err) != 0) {
        return -1;
    }
    if (tally_linkmap_open(&c->map, c->job->linkmap, err) != 0) {
        return refuse_encodings(c->job->linkmap, err);
    }
    if (check_canaries(c, err) != 0) {
        return -1;
    }
    rc = open_payloads(c, slots, err);
    /* What was opened belongs to the cohort even when the next one failed. */
    for (size_t i = 0; i < TALLY_SOURCES_MAX; i++) {
        if (slots[i] != NULL) {
            c->sources[c->nsources].map = tally_linkmap_source(c->map, i);
            c->sources[c->nsources].payload = slots[i];
            c->nsources++;
        }
    }
    return rc;
}

static int
create_sorters(struct cohort *c, struct tally_err *err)
{
    size_t memory = SORT_MEMORY / c->nsources;

    if (memory < SORT_MEMORY_LEAST) {
        memory = SORT_MEMORY_LEAST;
    }
    for (size_t i = 0; i < c->nsources; i++) {
        if (tally_sorter_create(&c->sources[i].rows, memory, c->job->out, err) != 0) {
            return -1;
        }
    }
    return tally_sorter_create(&c->people, SORT_MEMORY_PEOPLE, c->job->out, err);
}

/** Row ${i} of the payload, of record ${m}, as bytes. Text is checked: a database and a
 * CSV file promise UTF-8 to their readers. */
static int
pack_row(struct cohort_source *s, uint64_t m, uint64_t i, struct tally_buf *b,
         struct tally_err *err)
{
    b->len = 0;
    if (tally_payload_row(s->payload, i, s->cells, err) != 0 ||
        tally_buf_append(b, s->map->parts + 4 * m, 4, err) != 0) {
        return -1;
    }
    for (size_t j = 0; j < s->ncolumns; j++) {
        const struct tally_cell *cell = &s->cells[j];
        uint8_t len[4];

        tally_le32_store(len, (uint32_t)cell->len);
        if (tally_buf_append(b, len, sizeof len, err) != 0 ||
            tally_buf_append(b, cell->data, cell->len, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/** Payload row ${i} belongs to record ${m} of the link map. */
static int
take_record(struct cohort *c, size_t source, uint64_t m, uint64_t i, struct tally_buf *b,
            struct tally_err *err)
{
    struct cohort_source *s = &c->sources[source];
    const uint8_t *pseudonym = s->map->pseudonyms + m * TALLY_PSEUDONYM_BYTES;
    uint8_t entry[PERSON_ENTRY];

    entry[0] = (uint8_t)source;
    memcpy(entry + 1, s->map->strengths + 4 * m, 4);
    memcpy(entry + 5, s->map->wider + m * TALLY_PSEUDONYM_BYTES, TALLY_PSEUDONYM_BYTES);
    if (pack_row(s, m, i, b, err) != 0 ||
        tally_sorter_add(s->rows, pseudonym, b->data, b->len, err) != 0 ||
        tally_sorter_add(c->people, pseudonym, entry, sizeof entry, err) != 0) {
        return -1;
    }
    s->nrows++;
    return 0;
}

/** Link map and payload both stand in token order: walk them side by side. */
static int
join_source(struct cohort *c, size_t source, struct tally_err *err)
{
    struct cohort_source *s = &c->sources[source];
    const uint8_t *tokens = tally_payload_tokens(s->payload);
    uint64_t n = tally_payload_records(s->payload);
    struct tally_buf b = {0};
    uint64_t i = 0;
    uint64_t m = 0;
    int rc = 0;

    while (rc == 0 && i < n && m < s->map->records) {
        int order = memcmp(tokens + i * TALLY_TOKEN_BYTES,
                           s->map->tokens + m * TALLY_TOKEN_BYTES, TALLY_TOKEN_BYTES);

        if (order == 0) {
            if (c->canaries != NULL &&
                tally_canaries_has(c->canaries, s->map->name,
                                   tokens + i * TALLY_TOKEN_BYTES)) {
                s->canaries++;
            } else {
                rc = take_record(c, source, m, i, &b, err);
            }
            i++;
            m++;
        } else if (order < 0) {
            i++;
        } else {
            m++;
        }
        if (rc == 0 && (i & 0xfff) == 0) {
            rc = tally_interrupt_check(err);
        }
    }
    tally_buf_free(&b);
    if (rc != 0) {
        return -1;
    }
    s->no_link = n - s->nrows - s->canaries;
    s->no_payload = s->map->records - s->nrows - s->canaries;
    tally_progress_add(c->job->progress, s->nrows);
    return tally_sorter_finish(s->rows, err);
}

static int
join_all(struct cohort *c, struct tally_err *err)
{
    uint64_t total = 0;
    int rc = 0;

    for (size_t i = 0; i < c->nsources; i++) {
        total += tally_payload_records(c->sources[i].payload);
    }
    tally_progress_begin(c->job->progress, "join payloads", "records", total);
    for (size_t i = 0; rc == 0 && i < c->nsources; i++) {
        rc = join_source(c, i, err);
    }
    tally_progress_end(c->job->progress);
    return rc == 0 ? tally_sorter_finish(c->people, err) : -1;
}

static int
put_person(struct cohort *c, const uint8_t *pseudonym, uint64_t nrecords,
           struct cohort_person *p, struct tally_err *err)
{
    tally_hex_encode(pseudonym, TALLY_PSEUDONYM_BYTES, p->pseudonym);
    if (nrecords == 1) {
        p->strength_ppm = TALLY_COHORT_NO_STRENGTH;
    }
    c->npeople++;
    c->nlinked += (p->seen & (p->seen - 1)) != 0;
    if (tally_cohort_insert_person(c, p, err) != 0) {
        return -1;
    }
    return tally_cohort_csv_person(c, p, err);
}

/** Records of one pseudonym come one after the other: fold them into a person. */
static int
write_people(struct cohort *c, struct tally_err *err)
{
    uint8_t now[TALLY_PSEUDONYM_BYTES];
    struct cohort_person p = {.seen = 0, .strength_ppm = TALLY_COHORT_NO_STRENGTH};
    uint64_t nrecords = 0;
    const uint8_t *key;
    const void *data;
    size_t len;
    int rc;

    while ((rc = tally_sorter_next(c->people, &key, &data, &len, err)) == 1) {
        const uint8_t *entry = data;
        uint32_t strength = tally_le32_load(entry + 1);

        if (nrecords > 0 && memcmp(now, key, sizeof now) != 0) {
            if (put_person(c, now, nrecords, &p, err) != 0) {
                return -1;
            }
            p = (struct cohort_person){.seen = 0,
                                       .strength_ppm = TALLY_COHORT_NO_STRENGTH};
            nrecords = 0;
        }
        memcpy(now, key, sizeof now);
        tally_hex_encode(entry + 5, TALLY_PSEUDONYM_BYTES, p.wider);
        p.seen |= 1ull << entry[0];
        if (strength < p.strength_ppm) {
            p.strength_ppm = strength;
        }
        nrecords++;
    }
    if (rc == 0 && nrecords > 0) {
        rc = put_person(c, now, nrecords, &p, err);
    }
    return rc;
}

static int
compare_rows(const void *a, const void *b, void *ctx)
{
    const struct row_ref *x = a;
    const struct row_ref *y = b;
    const uint8_t *bytes = ctx;
    size_t n = (x->len < y->len ? x->len : y->len) - 4;
    int order = memcmp(bytes + x->at + 4, bytes + y->at + 4, n);

    order = order != 0 ? order : (x->len > y->len) - (x->len < y->len);
    return order != 0 ? order
                      : memcmp(bytes + x->at, bytes + y->at, 4); /* the part last */
}

static int
group_add(struct row_group *g, const void *data, size_t len, struct tally_err *err)
{
    if (g->n == g->cap) {
        size_t cap = g->cap == 0 ? 16 : 2 * g->cap;
        struct row_ref *rows = realloc(g->rows, cap * sizeof *rows);

        if (rows == NULL) {
            return tally_err_nomem(err);
        }
        g->rows = rows;
        g->cap = cap;
    }
    g->rows[g->n] = (struct row_ref){g->bytes.len, len};
    if (tally_buf_append(&g->bytes, data, len, err) != 0) {
        return -1;
    }
    g->n++;
    return 0;
}

static void
unpack_row(struct cohort_source *s, const uint8_t *p)
{
    s->part = tally_le32_load(p);
    p += 4;
    for (size_t j = 0; j < s->ncolumns; j++) {
        s->cells[j].len = tally_le32_load(p);
        s->cells[j].data = p + 4;
        p += 4 + s->cells[j].len;
    }
}

/** Write the rows of one person, in the order of their contents, and empty the group. */
static int
group_write(struct cohort *c, struct cohort_source *s, struct row_group *g,
            const uint8_t *pseudonym, struct tally_err *err)
{
    char text[2 * TALLY_PSEUDONYM_BYTES + 1];

    if (g->n == 0) {
        return 0;
    }
    tally_hex_encode(pseudonym, TALLY_PSEUDONYM_BYTES, text);
    qsort_r(g->rows, g->n, sizeof g->rows[0], compare_rows, g->bytes.data);
    for (size_t i = 0; i < g->n; i++) {
        unpack_row(s, g->bytes.data + g->rows[i].at);
        if (tally_cohort_insert_row(s, text, err) != 0 ||
            tally_cohort_csv_row(s, text, err) != 0) {
            return -1;
        }
    }
    tally_progress_add(c->job->progress, g->n);
    g->n = 0;
    g->bytes.len = 0;
    return 0;
}

static int
write_rows(struct cohort *c, struct cohort_source *s, struct tally_err *err)
{
    uint8_t now[TALLY_PSEUDONYM_BYTES] = {0};
    struct row_group g = {0};
    const uint8_t *key;
    const void *data;
    size_t len;
    int rc;

    while ((rc = tally_sorter_next(s->rows, &key, &data, &len, err)) == 1) {
        if (memcmp(now, key, sizeof now) != 0 && group_write(c, s, &g, now, err) != 0) {
            rc = -1;
            break;
        }
        memcpy(now, key, sizeof now);
        if (group_add(&g, data, len, err) != 0) {
            rc = -1;
            break;
        }
    }
    if (rc == 0) {
        rc = group_write(c, s, &g, now, err);
    }
    tally_buf_free(&g.bytes);
    free(g.rows);
    return rc;
}

static int
write_tables(struct cohort *c, struct tally_err *err)
{
    uint64_t total = 0;
    int rc;

    if (tally_cohort_create_tables(c, err) != 0 || tally_cohort_prepare(c, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < c->nsources; i++) {
        total += c->sources[i].nrows;
    }
    tally_progress_begin(c->job->progress, "write cohort", "rows", total);
    rc = write_people(c, err);
    for (size_t i = 0; rc == 0 && i < c->nsources; i++) {
        rc = write_rows(c, &c->sources[i], err);
    }
    tally_progress_end(c->job->progress);
    if (rc != 0 || tally_cohort_insert_sources(c, err) != 0) {
        return -1;
    }
    return tally_db_exec(c->db, "COMMIT", err);
}

static void
finalize_inserts(struct cohort *c)
{
    tally_db_finalize(c->insert_person);
    c->insert_person = NULL;
    for (size_t i = 0; i < c->nsources; i++) {
        tally_db_finalize(c->sources[i].insert);
        c->sources[i].insert = NULL;
    }
}

/** Database and CSV files appear together. */
static int
publish(struct cohort *c, struct tally_err *err)
{
    struct tally_outfile *files[TALLY_SOURCES_MAX + 2];
    size_t n = 0;

    finalize_inserts(c);
    if (tally_db_save(c->db, c->out, err) != 0) {
        return -1;
    }
    files[n++] = c->out;
    if (c->person_csv != NULL) {
        files[n++] = c->person_csv;
        for (size_t i = 0; i < c->nsources; i++) {
            files[n++] = c->sources[i].csv;
        }
    }
    return tally_outfile_commit(files, n, err);
}

static int
build(struct cohort *c, struct tally_err *err)
{
    if (open_inputs(c, err) != 0 || tally_cohort_name_columns(c, err) != 0 ||
        tally_outfile_open(&c->out, c->job->out, 0600, c->job->force, err) != 0 ||
        tally_cohort_csv_open(c, err) != 0 ||
        tally_db_open(&c->db, c->job->out, TALLY_DB_BUILD, TALLY_COHORT_APPLICATION,
                      err) != 0 ||
        create_sorters(c, err) != 0 || join_all(c, err) != 0 ||
        write_tables(c, err) != 0) {
        return -1;
    }
    return publish(c, err);
}

static void
summarise(const struct cohort *c, struct tally_cohort_summary *summary)
{
    memset(summary, 0, sizeof *summary);
    summary->people = c->npeople;
    summary->linked_people = c->nlinked;
    summary->nsources = c->nsources;
    for (size_t i = 0; i < c->nsources; i++) {
        const struct cohort_source *s = &c->sources[i];

        snprintf(summary->sources[i].name, sizeof summary->sources[i].name, "%s",
                 s->map->name);
        summary->canaries += s->canaries;
        summary->sources[i].rows = s->nrows;
        summary->sources[i].no_payload = s->no_payload;
        summary->sources[i].no_link = s->no_link;
    }
}

static void
cohort_free(struct cohort *c)
{
    finalize_inserts(c);
    for (size_t i = 0; i < c->nsources; i++) {
        struct cohort_source *s = &c->sources[i];

        for (size_t j = 0; j < s->ncolumns; j++) {
            free(s->columns[j]);
        }
        free(s->columns);
        free(s->cells);
        tally_sorter_free(s->rows);
        tally_outfile_free(s->csv);
        tally_payload_close(s->payload);
    }
    tally_sorter_free(c->people);
    tally_outfile_free(c->person_csv);
    tally_outfile_free(c->out);
    tally_db_close(c->db);
    tally_canaries_free(c->canaries);
    tally_linkmap_close(c->map);
    free(c);
}

int
tally_cohort_build(const struct tally_cohort_job *job,
                   struct tally_cohort_summary *summary, struct tally_err *err)
{
    struct cohort *c = calloc(1, sizeof *c);
    bool made_csv_dir;
    int rc;

    if (c == NULL) {
        return tally_err_nomem(err);
    }
    c->job = job;
    rc = build(c, err);
    if (rc == 0) {
        summarise(c, summary);
    }
    made_csv_dir = c->made_csv_dir;
    cohort_free(c);
    if (rc != 0 && made_csv_dir) {
        rmdir(job->csv_dir);
    }
    return rc;
}
