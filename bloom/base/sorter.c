/*
 * External sort. One block of memory: records fill it from the bottom, an index of (key,
 * place) from the top, and between them stays room to merge-sort the index. A full block
 * is written as a sorted run; at the end the block becomes the read buffers that merge
 * the runs (run_merge.c).
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/sorter.h"

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "bloom/base/interrupt.h"
#include "bloom/base/run_merge.h"
#include "bloom/base/secret.h"
#include "bloom/base/size.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SORT_MEMORY_MIN (64u * 1024)
#define SORT_WRITE_MIN  (16u * 1024)
#define SORT_WRITE_MAX  (1024u * 1024)
#define SORT_INSERTION  12 /* shorter pieces are sorted by insertion */
#define SORT_SHIFT      53 /* leaves the first bits of a key */
#define SORT_SPREAD     ((size_t)1 << (64 - SORT_SHIFT))
#define SORT_AHEAD      8 /* records to begin to fetch before they are written */

/* A record in the block; ${at} grows with every record, so it also keeps the order of
 * adding. */
struct sort_entry {
    uint64_t hi; /* the key as two big-endian numbers */
    uint64_t lo;
    uint64_t at;
};

struct tally_sorter {
    char *beside;
    uint8_t *mem;
    size_t cap;
    size_t used;     /* by records, from the bottom */
    size_t nentries; /* from the top */
    size_t low_water;
    size_t high_water; /* what must be wiped: below the one, above the other */
    uint64_t count;
    bool finished;

    int fd; /* of the runs */
    struct tally_run *runs;
    size_t nruns;
    size_t cap_runs;
    uint64_t file_len;
    uint8_t *wbuf;
    size_t wcap;
    size_t wused;

    struct sort_entry *sorted; /* reading from memory */
    size_t next;
    uint8_t key[TALLY_SORT_KEY];
    struct tally_run_merge *merge; /* reading from runs */
};

static bool
entry_less(const struct sort_entry *a, const struct sort_entry *b)
{
    if (a->hi != b->hi) {
        return a->hi < b->hi;
    }
    if (a->lo != b->lo) {
        return a->lo < b->lo;
    }
    return a->at < b->at;
}

static void
entries_insertion(struct sort_entry *e, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct sort_entry x = e[i];
        size_t j = i;

        while (j > 0 && entry_less(&x, &e[j - 1])) {
            e[j] = e[j - 1];
            j--;
        }
        e[j] = x;
    }
}

static void
entries_merge(const struct sort_entry *in, size_t mid, size_t n, struct sort_entry *out)
{
    size_t a = 0;
    size_t b = mid;

    for (size_t i = 0; i < n; i++) {
        bool left = b >= n || (a < mid && !entry_less(&in[b], &in[a]));

        out[i] = left ? in[a] : in[b];
        a += left;
        b += !left;
    }
}

/* Sort by merging, whose worst case is its usual case. Returns where the result is: ${e}
 * or ${scratch}. */
static struct sort_entry *
entries_merge_all(struct sort_entry *e, struct sort_entry *scratch, size_t n)
{
    for (size_t i = 0; i < n; i += SORT_INSERTION) {
        entries_insertion(e + i, n - i < SORT_INSERTION ? n - i : SORT_INSERTION);
    }
    for (size_t width = SORT_INSERTION; width < n; width *= 2) {
        struct sort_entry *swap = e;

        for (size_t i = 0; i < n; i += 2 * width) {
            size_t left = n - i;

            entries_merge(e + i, left < width ? left : width,
                          left < 2 * width ? left : 2 * width, scratch + i);
        }
        e = scratch;
        scratch = swap;
    }
    return e;
}

/* Into ${out} by the first bits of the key, in the order in which they came; ${ends} gets
 * where those of each value end. */
static void
entries_spread(const struct sort_entry *e, size_t n, struct sort_entry *out,
               uint32_t ends[SORT_SPREAD])
{
    uint32_t at = 0;

    memset(ends, 0, SORT_SPREAD * sizeof *ends);
    for (size_t i = 0; i < n; i++) {
        ends[e[i].hi >> SORT_SHIFT]++;
    }
    for (size_t v = 0; v < SORT_SPREAD; v++) {
        uint32_t count = ends[v];

        ends[v] = at; /* where they begin, so far */
        at += count;
    }
    for (size_t i = 0; i < n; i++) {
        out[ends[e[i].hi >> SORT_SHIFT]++] = e[i];
    }
}

/* Most keys are random: their first bits leave little to merge. Returns as merging does.
 */
static struct sort_entry *
entries_sort(struct sort_entry *e, struct sort_entry *scratch, size_t n)
{
    uint32_t ends[SORT_SPREAD];
    size_t start = 0;

    if (n < SORT_SPREAD || n > UINT32_MAX) {
        return entries_merge_all(e, scratch, n);
    }
    entries_spread(e, n, scratch, ends);
    for (size_t v = 0; v < SORT_SPREAD; v++) {
        size_t len = ends[v] - start;
        const struct sort_entry *sorted =
            entries_merge_all(scratch + start, e + start, len);

        if (sorted != scratch + start) {
            memcpy(scratch + start, sorted, len * sizeof *sorted);
        }
        start = ends[v];
    }
    return scratch;
}

/* Widen what must be wiped by what is in use, scratch for sorting included. */
static void
sorter_mark_used(struct tally_sorter *s)
{
    size_t high = s->cap - 2 * s->nentries * sizeof(struct sort_entry);

    s->low_water = s->used > s->low_water ? s->used : s->low_water;
    s->high_water = high < s->high_water ? high : s->high_water;
}

static void
sorter_release_memory(struct tally_sorter *s)
{
    if (s->mem == NULL) {
        return;
    }
    sorter_mark_used(s);
    if (s->low_water >= s->high_water) {
        tally_wipe(s->mem, s->cap);
    } else {
        /* The middle was never touched: wiping it would only make it resident. */
        tally_wipe(s->mem, s->low_water);
        tally_wipe(s->mem + s->high_water, s->cap - s->high_water);
    }
    free(s->mem);
    s->mem = NULL;
    s->cap = 0;
}

static int
sorter_take_memory(struct tally_sorter *s, size_t cap, struct tally_err *err)
{
    sorter_release_memory(s);
    s->mem = malloc(cap);
    if (s->mem == NULL) {
        return tally_err_nomem(err);
    }
    s->cap = cap;
    s->low_water = 0;
    s->high_water = cap;
    return 0;
}

int
tally_sorter_create(struct tally_sorter **out, size_t memory, const char *beside,
                    struct tally_err *err)
{
    struct tally_sorter *s;
    size_t cap = memory < SORT_MEMORY_MIN ? SORT_MEMORY_MIN : memory;

    s = calloc(1, sizeof *s);
    if (s == NULL) {
        return tally_err_nomem(err);
    }
    s->fd = -1;
    if (beside != NULL) {
        s->beside = strdup(beside);
        if (s->beside == NULL) {
            tally_err_nomem(err);
            goto fail;
        }
    }
    /* Entries are laid out from the end: it must be aligned. */
    if (sorter_take_memory(s, cap & ~(size_t)15, err) != 0) {
        goto fail;
    }
    *out = s;
    return 0;

fail:
    tally_sorter_free(s);
    return -1;
}

/* The index: the last entry added lies lowest. */
static struct sort_entry *
sorter_entries(const struct tally_sorter *s)
{
    return (struct sort_entry *)(void *)(s->mem + s->cap) - s->nentries;
}

static struct sort_entry *
sorter_sort(struct tally_sorter *s)
{
    struct sort_entry *e = sorter_entries(s);

    sorter_mark_used(s);
    return entries_sort(e, e - s->nentries, s->nentries);
}

static int
sorter_flush(struct tally_sorter *s, int fd, struct tally_err *err)
{
    if (tally_interrupt_check(err) != 0) {
        return -1;
    }
    if (tally_pwrite_full(fd, s->wbuf, s->wused, s->file_len, err) != 0) {
        return tally_err_wrap(err, "temporary file for sorting");
    }
    s->file_len += s->wused;
    s->wused = 0;
    return 0;
}

static int
sorter_emit_bytes(struct tally_sorter *s, int fd, const uint8_t *p, size_t len,
                  struct tally_err *err)
{
    while (len > 0) {
        size_t room = s->wcap - s->wused;
        size_t take = len < room ? len : room;

        memcpy(s->wbuf + s->wused, p, take);
        s->wused += take;
        p += take;
        len -= take;
        if (s->wused == s->wcap && sorter_flush(s, fd, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
sorter_emit(struct tally_sorter *s, int fd, const uint8_t *key, const uint8_t *data,
            size_t len, struct tally_err *err)
{
    uint8_t head[TALLY_RUN_HEAD];

    memcpy(head, key, TALLY_SORT_KEY);
    tally_le32_store(head + TALLY_SORT_KEY, (uint32_t)len);
    if (sorter_emit_bytes(s, fd, head, sizeof head, err) != 0) {
        return -1;
    }
    return sorter_emit_bytes(s, fd, data, len, err);
}

/* Note that the bytes of the file from ${start} on are a run. */
static int
sorter_add_run(struct tally_sorter *s, uint64_t start, struct tally_err *err)
{
    if (s->nruns == s->cap_runs) {
        size_t cap = s->cap_runs == 0 ? 64 : 2 * s->cap_runs;
        struct tally_run *runs = reallocarray(s->runs, cap, sizeof *runs);

        if (runs == NULL) {
            return tally_err_nomem(err);
        }
        s->runs = runs;
        s->cap_runs = cap;
    }
    s->runs[s->nruns++] = (struct tally_run){start, s->file_len - start};
    return 0;
}

static int
sorter_prepare_spill(struct tally_sorter *s, struct tally_err *err)
{
    if (s->wbuf == NULL) {
        s->wcap = s->cap / 16;
        s->wcap = s->wcap < SORT_WRITE_MIN ? SORT_WRITE_MIN : s->wcap;
        s->wcap = s->wcap > SORT_WRITE_MAX ? SORT_WRITE_MAX : s->wcap;
        s->wbuf = malloc(s->wcap);
        if (s->wbuf == NULL) {
            return tally_err_nomem(err);
        }
    }
    return s->fd >= 0 ? 0 : tally_tmpfile(s->beside, &s->fd, err);
}

/* Write what the block holds as a sorted run, and empty the block. */
static int
sorter_spill(struct tally_sorter *s, struct tally_err *err)
{
    struct sort_entry *e;
    uint64_t start;

    if (sorter_prepare_spill(s, err) != 0) {
        return -1;
    }
    e = sorter_sort(s);
    start = s->file_len;
    for (size_t i = 0; i < s->nentries; i++) {
        const uint8_t *rec = s->mem + e[i].at;
        uint8_t key[TALLY_SORT_KEY];

        if (i + SORT_AHEAD < s->nentries) {
            __builtin_prefetch(s->mem + e[i + SORT_AHEAD].at);
            __builtin_prefetch(s->mem + e[i + SORT_AHEAD].at + 128);
        }
        tally_be64_store(key, e[i].hi);
        tally_be64_store(key + 8, e[i].lo);
        if (sorter_emit(s, s->fd, key, rec + 4, tally_le32_load(rec), err) != 0) {
            return -1;
        }
    }
    if (sorter_flush(s, s->fd, err) != 0) {
        return -1;
    }
    s->used = 0;
    s->nentries = 0;
    return sorter_add_run(s, start, err);
}

/* Whether ${bytes} more and their entry, with scratch for sorting, fit. */
static bool
sorter_fits(const struct tally_sorter *s, size_t bytes)
{
    size_t index = 2 * (s->nentries + 1) * sizeof(struct sort_entry);

    return index <= s->cap - s->used && bytes <= s->cap - s->used - index;
}

int
tally_sorter_add_room(struct tally_sorter *s, const uint8_t key[TALLY_SORT_KEY],
                      size_t len, uint8_t **room, struct tally_err *err)
{
    size_t bytes;
    uint8_t *rec;

    TALLY_INVARIANT(!s->finished);
    if (len > TALLY_RUN_RECORD_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT,
                             "a record to sort is larger than the limit of %u bytes",
                             TALLY_RUN_RECORD_MAX);
    }
    /* Aligned so that records never meet the index half-way through an entry. */
    bytes = tally_size_align(4 + len, 8);
    if (!sorter_fits(s, bytes) && s->nentries > 0 && sorter_spill(s, err) != 0) {
        return -1;
    }
    if (!sorter_fits(s, bytes) &&
        sorter_take_memory(s, tally_size_align(bytes + 2 * sizeof(struct sort_entry), 16),
                           err) != 0) {
        return -1;
    }
    rec = s->mem + s->used;
    tally_le32_store(rec, (uint32_t)len);
    *room = rec + 4;
    s->nentries++;
    *sorter_entries(s) =
        (struct sort_entry){tally_be64_load(key), tally_be64_load(key + 8), s->used};
    s->used += bytes;
    s->count++;
    return 0;
}

int
tally_sorter_add(struct tally_sorter *s, const uint8_t key[TALLY_SORT_KEY],
                 const void *data, size_t len, struct tally_err *err)
{
    uint8_t *room;

    if (tally_sorter_add_room(s, key, len, &room, err) != 0) {
        return -1;
    }
    if (len > 0) {
        memcpy(room, data, len);
    }
    return 0;
}

uint64_t
tally_sorter_count(const struct tally_sorter *s)
{
    return s->count;
}

/* Begin to merge ${nruns} runs of the file, with the block as their read buffers. */
static int
sorter_open_merge(struct tally_sorter *s, const struct tally_run *runs, size_t nruns,
                  struct tally_err *err)
{
    s->low_water = s->cap;
    return tally_run_merge_open(&s->merge, s->fd, runs, nruns, s->mem, s->cap, err);
}

/* Merge ${nruns} neighbouring runs into one at the end of ${fd}. */
static int
sorter_merge_group(struct tally_sorter *s, const struct tally_run *runs, size_t nruns,
                   int fd, struct tally_err *err)
{
    const uint8_t *key;
    const void *data;
    size_t len;
    int more = sorter_open_merge(s, runs, nruns, err) == 0 ? 1 : -1;

    while (more > 0) {
        more = tally_run_merge_next(s->merge, &key, &data, &len, err);
        if (more > 0 && sorter_emit(s, fd, key, data, len, err) != 0) {
            more = -1;
        }
    }
    tally_run_merge_free(s->merge);
    s->merge = NULL;
    return more < 0 ? -1 : sorter_flush(s, fd, err);
}

/* One pass over all runs, that leaves one for each ${fan} of them, in a new file. */
static int
sorter_merge_pass(struct tally_sorter *s, size_t fan, struct tally_err *err)
{
    struct tally_run *old = s->runs;
    size_t nold = s->nruns;
    int fd = -1;
    int rc = -1;

    s->runs = NULL;
    s->nruns = 0;
    s->cap_runs = 0;
    s->file_len = 0;
    if (tally_tmpfile(s->beside, &fd, err) != 0) {
        goto done;
    }
    for (size_t i = 0; i < nold; i += fan) {
        uint64_t start = s->file_len;

        if (sorter_merge_group(s, old + i, nold - i < fan ? nold - i : fan, fd, err) !=
                0 ||
            sorter_add_run(s, start, err) != 0) {
            goto done;
        }
    }
    close(s->fd);
    s->fd = fd;
    fd = -1;
    rc = 0;

done:
    if (fd >= 0) {
        close(fd);
    }
    free(old);
    return rc;
}

int
tally_sorter_finish(struct tally_sorter *s, struct tally_err *err)
{
    size_t fan = s->cap / TALLY_RUN_READ_MIN;

    TALLY_INVARIANT(!s->finished && s->mem != NULL);
    s->finished = true;
    if (s->nruns == 0) {
        s->sorted = sorter_sort(s);
        return 0;
    }
    if (s->nentries > 0 && sorter_spill(s, err) != 0) {
        return -1;
    }
    while (s->nruns > fan) {
        if (sorter_merge_pass(s, fan, err) != 0) {
            return -1;
        }
    }
    return sorter_open_merge(s, s->runs, s->nruns, err);
}

int
tally_sorter_next(struct tally_sorter *s, const uint8_t **key, const void **data,
                  size_t *len, struct tally_err *err)
{
    const struct sort_entry *e;
    const uint8_t *rec;

    TALLY_INVARIANT(s->finished);
    if (s->nruns > 0) {
        return tally_run_merge_next(s->merge, key, data, len, err);
    }
    if (s->next == s->nentries) {
        return 0;
    }
    e = &s->sorted[s->next++];
    rec = s->mem + e->at;
    tally_be64_store(s->key, e->hi);
    tally_be64_store(s->key + 8, e->lo);
    *key = s->key;
    *data = rec + 4;
    *len = tally_le32_load(rec);
    return 1;
}

void
tally_sorter_free(struct tally_sorter *s)
{
    if (s == NULL) {
        return;
    }
    tally_run_merge_free(s->merge);
    sorter_release_memory(s);
    if (s->wbuf != NULL) {
        tally_wipe(s->wbuf, s->wcap);
        free(s->wbuf);
    }
    if (s->fd >= 0) {
        close(s->fd);
    }
    free(s->runs);
    free(s->beside);
    free(s);
}
