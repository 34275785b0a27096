/*
 * Which records of a new delivery are which of the one before.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/succession.h"

#include <stdlib.h>
#include <string.h>

#include "bloom/base/secret.h"
#include "linker/link.h"

#define NOBODY UINT32_MAX

struct succeeding {
    const struct tally_encfile *old;
    const struct tally_encfile *new;
    size_t nold;
    size_t nnew;
    uint32_t *was;  /* row of the old by row of the new, or NOBODY */
    bool *taken;    /* by row of the old */
    bool *doubtful; /* by row of the new */
};

static const uint8_t *
token_at(const struct tally_encfile *e, size_t row)
{
    return tally_encfile_tokens(e) + row * TALLY_TOKEN_BYTES;
}

static void
take(struct succeeding *w, uint32_t was, uint32_t is)
{
    if (w->was[is] == NOBODY && !w->taken[was]) {
        w->was[is] = was;
        w->taken[was] = true;
    }
}

/* Both ascend. */
static void
by_token(struct succeeding *w)
{
    uint32_t i = 0, j = 0;

    while (i < w->nold && j < w->nnew) {
        int c = memcmp(token_at(w->old, i), token_at(w->new, j), TALLY_TOKEN_BYTES);

        if (c == 0) {
            take(w, i++, j++);
        } else {
            i += c < 0;
            j += c > 0;
        }
    }
}

struct id {
    const char *text;
    size_t len;
    uint32_t row;
};

static int
compare_ids(const void *p, const void *q)
{
    const struct id *x = p, *y = q;
    size_t len = x->len < y->len ? x->len : y->len;
    int c = len > 0 ? memcmp(x->text, y->text, len) : 0;

    return c != 0 ? c : (x->len > y->len) - (x->len < y->len);
}

static struct id *
sorted_ids(const struct tally_encfile *e, size_t n)
{
    struct id *ids = calloc(n + 1, sizeof *ids);

    for (size_t i = 0; ids != NULL && i < n; i++) {
        ids[i].text = tally_encfile_id(e, i, &ids[i].len);
        ids[i].row = (uint32_t)i;
    }
    if (ids != NULL && n > 0) {
        qsort(ids, n, sizeof *ids, compare_ids);
    }
    return ids;
}

static bool
alone(const struct id *ids, size_t n, size_t i)
{
    return (i == 0 || compare_ids(&ids[i - 1], &ids[i]) != 0) &&
           (i + 1 >= n || compare_ids(&ids[i + 1], &ids[i]) != 0);
}

/* An id that stands in a file twice says nothing. */
static int
by_id(struct succeeding *w, struct tally_err *err)
{
    struct id *old = sorted_ids(w->old, w->nold), *new = sorted_ids(w->new, w->nnew);
    size_t i = 0, j = 0;

    while (old != NULL && new != NULL && i < w->nold && j < w->nnew) {
        int c = compare_ids(&old[i], &new[j]);

        if (c == 0 && alone(old, w->nold, i) && alone(new, w->nnew, j)) {
            take(w, old[i].row, new[j].row);
        }
        i += c <= 0;
        j += c >= 0;
    }
    free(old);
    free(new);
    return old != NULL && new != NULL ? 0 : tally_err_nomem(err);
}

/* All encodings of a record as one number. */
struct print {
    uint8_t digest[TALLY_DIGEST_BYTES];
    uint32_t row;
};

static int
compare_prints(const void *p, const void *q)
{
    const struct print *x = p, *y = q;
    int c = memcmp(x->digest, y->digest, sizeof x->digest);

    return c != 0 ? c : (x->row > y->row) - (x->row < y->row);
}

/* Add the rows of record ${i} in view ${v} from ${at} on; false when it has none. */
static bool
add_rows(struct tally_digest_state *st, const struct tally_encfile *e, size_t v, size_t i,
         uint64_t *at)
{
    const struct tally_enc_info *info = tally_encfile_info(e);
    uint64_t first = *at;
    uint8_t view = (uint8_t)v;

    while (*at < info->views[v].rows && tally_encfile_record_of_row(e, v, *at) == i) {
        tally_digest_update(st, &view, sizeof view);
        tally_digest_update(st, tally_encfile_view_matrix(e, v) + *at * info->stride,
                            info->stride);
        ++*at;
    }
    return *at > first;
}

/* Of those that have encodings, ascending; ${used} gets how many. */
static struct print *
prints_of(const struct tally_encfile *e, size_t n, size_t *used)
{
    struct print *list = calloc(n + 1, sizeof *list);
    uint64_t at[TALLY_VIEWS_MAX] = {0};

    *used = 0;
    for (size_t i = 0; list != NULL && i < n; i++) {
        struct tally_digest_state st;
        bool any = false;

        tally_digest_init(&st);
        for (size_t v = 0; v < tally_encfile_info(e)->nviews; v++) {
            any = add_rows(&st, e, v, i, &at[v]) || any;
        }
        tally_digest_final(&st, list[*used].digest);
        list[*used].row = (uint32_t)i;
        *used += any;
    }
    if (list != NULL && *used > 0) {
        qsort(list, *used, sizeof *list, compare_prints);
    }
    return list;
}

/* Who has not changed: of several that are equal, each takes the next. */
static int
by_encodings(struct succeeding *w, struct tally_err *err)
{
    size_t nold = 0, nnew = 0, i = 0, j = 0;
    struct print *old = prints_of(w->old, w->nold, &nold);
    struct print *new = prints_of(w->new, w->nnew, &nnew);

    while (old != NULL && new != NULL && i < nold && j < nnew) {
        int c = memcmp(old[i].digest, new[j].digest, sizeof old[i].digest);

        if (c == 0) {
            take(w, old[i].row, new[j].row);
        }
        i += c <= 0;
        j += c >= 0;
    }
    free(old);
    free(new);
    return old != NULL && new != NULL ? 0 : tally_err_nomem(err);
}

/* The best links first, nobody twice. */
static int
by_link(struct succeeding *w, struct tally_pool *pool, struct tally_progress *progress,
        struct tally_err *err)
{
    const struct tally_link_source sources[] = {{"old", w->old}, {"new", w->new}};
    struct tally_link_job job = {
        .sources = sources, .nsources = 2, .pool = pool, .progress = progress};
    struct tally_link_result r = {0};
    int rc = tally_link_run(&job, &r, err);

    for (size_t i = 0; rc == 0 && i < r.nlinks; i++) {
        const struct tally_link *l = &r.links[i];

        if (w->was[l->row_b] == NOBODY && !w->taken[l->row_a]) {
            w->doubtful[l->row_b] = l->band != TALLY_BAND_IS_MATCH;
            take(w, l->row_a, l->row_b);
        }
    }
    tally_link_result_free(&r);
    return rc;
}

static int
tell(struct succeeding *w, struct tally_pool *pool, struct tally_progress *progress,
     enum tally_succession_by *by, struct tally_err *err)
{
    const struct tally_enc_info *old = tally_encfile_info(w->old);
    const struct tally_enc_info *new = tally_encfile_info(w->new);
    struct tally_err unfit = TALLY_ERR_INIT;

    by_token(w);
    if (old->has_ids && new->has_ids) {
        *by = TALLY_SUCCESSION_BY_ID;
        return by_id(w, err);
    }
    *by = TALLY_SUCCESSION_BY_TOKEN;
    if (w->nold == 0 || w->nnew == 0 || tally_enc_compatible(old, new, &unfit) != 0) {
        return 0;
    }
    *by = TALLY_SUCCESSION_BY_LINK;
    return by_encodings(w, err) == 0 ? by_link(w, pool, progress, err) : -1;
}

static struct tally_successor *
list_successors(const struct succeeding *w, size_t *n)
{
    struct tally_successor *list = calloc(w->nnew + 1, sizeof *list);

    *n = 0;
    for (size_t i = 0; list != NULL && i < w->nnew; i++) {
        if (w->was[i] != NOBODY) {
            memcpy(list[*n].token, token_at(w->new, i), TALLY_TOKEN_BYTES);
            memcpy(list[*n].was, token_at(w->old, w->was[i]), TALLY_TOKEN_BYTES);
            list[*n].doubtful = w->doubtful[i];
            ++*n;
        }
    }
    return list;
}

int
tally_succession(const struct tally_encfile *old, const struct tally_encfile *new,
                 struct tally_pool *pool, struct tally_progress *progress,
                 struct tally_successor **out, size_t *n, enum tally_succession_by *by,
                 struct tally_err *err)
{
    struct succeeding w = {.old = old,
                           .new = new,
                           .nold = (size_t)tally_encfile_info(old)->records,
                           .nnew = (size_t)tally_encfile_info(new)->records};
    int rc = -1;

    if (tally_encfile_info(old)->legacy || tally_encfile_info(new)->legacy) {
        return tally_err_set(
            err, TALLY_E_USAGE,
            "clkhash JSON has no tokens: nobody can tell which records of "
            "a delivery were in the one before");
    }
    w.was = malloc((w.nnew + 1) * sizeof *w.was);
    w.taken = calloc(w.nold + 1, sizeof *w.taken);
    w.doubtful = calloc(w.nnew + 1, sizeof *w.doubtful);
    if (w.was == NULL || w.taken == NULL || w.doubtful == NULL) {
        tally_err_nomem(err);
    } else {
        for (size_t i = 0; i < w.nnew; i++) {
            w.was[i] = NOBODY;
        }
        if (tell(&w, pool, progress, by, err) == 0) {
            *out = list_successors(&w, n);
            rc = *out != NULL ? 0 : tally_err_nomem(err);
        }
    }
    free(w.was);
    free(w.taken);
    free(w.doubtful);
    return rc;
}

const uint8_t *
tally_successor_was(const struct tally_successor *list, size_t n, const uint8_t *token)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int c = memcmp(list[middle].token, token, TALLY_TOKEN_BYTES);

        if (c == 0) {
            return list[middle].was;
        }
        if (c < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

size_t
tally_successors_sure(struct tally_successor *list, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (!list[i].doubtful) {
            list[kept++] = list[i];
        }
    }
    return kept;
}

static int
compare_was(const void *p, const void *q)
{
    const struct tally_successor *x = p, *y = q;

    return memcmp(x->was, y->was, sizeof x->was);
}

void
tally_successors_by_was(struct tally_successor *list, size_t n)
{
    if (n > 0) {
        qsort(list, n, sizeof *list, compare_was);
    }
}

void
tally_successor_now(const struct tally_successor *list, size_t n,
                    uint8_t token[TALLY_TOKEN_BYTES])
{
    for (size_t step = 0; n > 0 && step <= n; step++) {
        const struct tally_successor *at;
        struct tally_successor key = {0};

        memcpy(key.was, token, sizeof key.was);
        at = bsearch(&key, list, n, sizeof key, compare_was);
        if (at == NULL || memcmp(at->token, token, sizeof key.was) == 0) {
            return;
        }
        memcpy(token, at->token, sizeof key.was);
    }
}
