/*
 * Merging sorted runs: a heap of the runs' next keys, and one read buffer a run. A record
 * that fits its buffer is given out where it lies; a longer one is gathered in memory of
 * its own, so that many runs of long records need one such piece, not one each.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/run_merge.h"

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "bloom/base/secret.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define RUN_READ_MAX (1024u * 1024) /* larger reads are no faster */

/* A place in a run while it is merged. */
struct run_cursor {
    uint64_t pos; /* the first byte of the file that is not yet in ${buf} */
    uint64_t end;
    uint8_t *buf;
    size_t at;
    size_t have;
    uint8_t key[TALLY_SORT_KEY];
    size_t len; /* of the data that follows the key */
};

struct run_top {
    uint64_t hi;
    uint64_t lo;
    size_t run;
};

struct tally_run_merge {
    int fd;
    struct run_cursor *cursors;
    struct run_top *heap;
    size_t nheap;
    size_t nruns;
    size_t buf_len;
    uint8_t *big; /* a record longer than a read buffer */
    size_t big_cap;
    bool started; /* the top has been given out: advance it first */
};

static int
run_corrupt(struct tally_err *err)
{
    return tally_err_set(err, TALLY_E_CORRUPT, "temporary file for sorting has changed");
}

/* Move what is left to the front of the buffer and read more behind it. */
static int
cursor_fill(const struct tally_run_merge *m, struct run_cursor *c, struct tally_err *err)
{
    size_t left = c->have - c->at;
    size_t room = m->buf_len - left;
    size_t take = c->end - c->pos < room ? (size_t)(c->end - c->pos) : room;

    memmove(c->buf, c->buf + c->at, left);
    c->at = 0;
    c->have = left;
    if (tally_pread_full(m->fd, c->buf + left, take, c->pos, err) != 0) {
        return tally_err_wrap(err, "temporary file for sorting");
    }
    c->have += take;
    c->pos += take;
    return 0;
}

/* Read the key and length of the next record: 1, 0 at the end of the run, -1. */
static int
cursor_next(const struct tally_run_merge *m, struct run_cursor *c, struct tally_err *err)
{
    if (c->have - c->at < TALLY_RUN_HEAD && cursor_fill(m, c, err) != 0) {
        return -1;
    }
    if (c->have == c->at) {
        return 0;
    }
    if (c->have - c->at < TALLY_RUN_HEAD) {
        return run_corrupt(err);
    }
    memcpy(c->key, c->buf + c->at, TALLY_SORT_KEY);
    c->len = tally_le32_load(c->buf + c->at + TALLY_SORT_KEY);
    c->at += TALLY_RUN_HEAD;
    if (c->len > TALLY_RUN_RECORD_MAX || c->len > c->have - c->at + (c->end - c->pos)) {
        return run_corrupt(err);
    }
    return 1;
}

/* The data of a record longer than a read buffer, gathered in ${m}->big. */
static int
cursor_data_big(struct tally_run_merge *m, struct run_cursor *c, const void **data,
                struct tally_err *err)
{
    size_t left = c->have - c->at;

    if (m->big_cap < c->len) {
        if (m->big != NULL) {
            tally_wipe(m->big, m->big_cap);
            free(m->big);
        }
        m->big_cap = 0;
        m->big = malloc(c->len);
        if (m->big == NULL) {
            return tally_err_nomem(err);
        }
        m->big_cap = c->len;
    }
    memcpy(m->big, c->buf + c->at, left);
    if (tally_pread_full(m->fd, m->big + left, c->len - left, c->pos, err) != 0) {
        return tally_err_wrap(err, "temporary file for sorting");
    }
    c->pos += c->len - left;
    c->at = 0;
    c->have = 0;
    *data = m->big;
    return 0;
}

/* The data that follows the key; once for each cursor_next. */
static int
cursor_data(struct tally_run_merge *m, struct run_cursor *c, const void **data,
            struct tally_err *err)
{
    if (c->len > m->buf_len) {
        return cursor_data_big(m, c, data, err);
    }
    if (c->have - c->at < c->len && cursor_fill(m, c, err) != 0) {
        return -1;
    }
    *data = c->buf + c->at;
    c->at += c->len;
    return 0;
}

static bool
top_less(const struct run_top *a, const struct run_top *b)
{
    if (a->hi != b->hi) {
        return a->hi < b->hi;
    }
    if (a->lo != b->lo) {
        return a->lo < b->lo;
    }
    return a->run < b->run; /* an earlier run was added earlier */
}

static void
heap_sift_down(struct run_top *heap, size_t n, size_t i)
{
    struct run_top x = heap[i];

    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= n) {
            break;
        }
        if (child + 1 < n && top_less(&heap[child + 1], &heap[child])) {
            child++;
        }
        if (!top_less(&heap[child], &x)) {
            break;
        }
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = x;
}

static struct run_top
merge_top(const struct tally_run_merge *m, size_t run)
{
    const uint8_t *key = m->cursors[run].key;

    return (struct run_top){tally_be64_load(key), tally_be64_load(key + 8), run};
}

/* Cut ${mem} into read buffers and read the first key of each run. */
static int
merge_start(struct tally_run_merge *m, const struct tally_run *runs, size_t nruns,
            uint8_t *mem, struct tally_err *err)
{
    for (size_t i = 0; i < nruns; i++) {
        struct run_cursor *c = &m->cursors[i];
        int more;

        c->pos = runs[i].start;
        c->end = runs[i].start + runs[i].len;
        c->buf = mem + i * m->buf_len;
        more = cursor_next(m, c, err);
        if (more < 0) {
            return -1;
        }
        if (more > 0) {
            m->heap[m->nheap++] = merge_top(m, i);
        }
    }
    for (size_t i = m->nheap / 2; i-- > 0;) {
        heap_sift_down(m->heap, m->nheap, i);
    }
    return 0;
}

int
tally_run_merge_open(struct tally_run_merge **out, int fd, const struct tally_run *runs,
                     size_t nruns, uint8_t *mem, size_t cap, struct tally_err *err)
{
    struct tally_run_merge *m = calloc(1, sizeof *m);
    size_t share = cap / nruns;

    if (m == NULL) {
        return tally_err_nomem(err);
    }
    m->fd = fd;
    m->nruns = nruns;
    m->buf_len = share > RUN_READ_MAX ? RUN_READ_MAX : share;
    m->cursors = calloc(nruns, sizeof *m->cursors);
    m->heap = calloc(nruns, sizeof *m->heap);
    if (m->cursors == NULL || m->heap == NULL) {
        tally_err_nomem(err);
        goto fail;
    }
    if (merge_start(m, runs, nruns, mem, err) != 0) {
        goto fail;
    }
    *out = m;
    return 0;

fail:
    tally_run_merge_free(m);
    return -1;
}

/* Put the cursor that was given out last back in its place. */
static int
merge_advance(struct tally_run_merge *m, struct tally_err *err)
{
    size_t run = m->heap[0].run;
    int more = cursor_next(m, &m->cursors[run], err);

    if (more < 0) {
        return -1;
    }
    m->heap[0] = more > 0 ? merge_top(m, run) : m->heap[--m->nheap];
    if (m->nheap > 1) {
        heap_sift_down(m->heap, m->nheap, 0);
    }
    return 0;
}

int
tally_run_merge_next(struct tally_run_merge *m, const uint8_t **key, const void **data,
                     size_t *len, struct tally_err *err)
{
    struct run_cursor *c;

    if (m->nheap > 0 && m->started && merge_advance(m, err) != 0) {
        return -1;
    }
    m->started = true;
    if (m->nheap == 0) {
        return 0;
    }
    c = &m->cursors[m->heap[0].run];
    if (cursor_data(m, c, data, err) != 0) {
        return -1;
    }
    *key = c->key;
    *len = c->len;
    return 1;
}

void
tally_run_merge_free(struct tally_run_merge *m)
{
    if (m == NULL) {
        return;
    }
    if (m->big != NULL) {
        tally_wipe(m->big, m->big_cap);
        free(m->big);
    }
    if (m->cursors != NULL) {
        tally_wipe(m->cursors, m->nruns * sizeof *m->cursors);
        free(m->cursors);
    }
    if (m->heap != NULL) {
        tally_wipe(m->heap, m->nruns * sizeof *m->heap);
        free(m->heap);
    }
    free(m);
}
