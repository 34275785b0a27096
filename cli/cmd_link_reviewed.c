/*
 * What second rounds decided, as pairs that are linked or kept apart.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_link.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "linker/review_store.h"

/* People that the lists make: records numbered through, and the sources of each group. */
struct people {
    uint32_t start[TALLY_SOURCES_MAX + 1];
    uint32_t *parent;
    uint64_t *sources; /* bits; of a group's first */
};

static uint32_t
find(const struct people *p, uint32_t x)
{
    while (p->parent[x] != x) {
        p->parent[x] = p->parent[p->parent[x]];
        x = p->parent[x];
    }
    return x;
}

static int
people_begin(struct people *p, const struct tally_link_job *job, struct tally_err *err)
{
    uint64_t total = 0;

    for (size_t i = 0; i < job->nsources; i++) {
        p->start[i] = (uint32_t)total;
        total += tally_encfile_info(job->sources[i].enc)->records;
    }
    p->parent = calloc((size_t)total + 1, sizeof *p->parent);
    p->sources = calloc((size_t)total + 1, sizeof *p->sources);
    if (p->parent == NULL || p->sources == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < job->nsources; i++) {
        uint64_t n = tally_encfile_info(job->sources[i].enc)->records;

        for (uint32_t k = p->start[i]; k < p->start[i] + n; k++) {
            p->parent[k] = k;
            p->sources[k] = UINT64_C(1) << i;
        }
    }
    return 0;
}

static uint32_t
group_of(const struct people *p, uint32_t source, uint32_t row)
{
    return find(p, p->start[source] + row);
}

static void
join(struct people *p, const struct tally_forced *f)
{
    uint32_t a = group_of(p, f->source_a, f->row_a);
    uint32_t b = group_of(p, f->source_b, f->row_b);

    p->parent[b] = a;
    p->sources[a] |= p->sources[b];
}

/* Whether ${f} fits in: nobody gets two records of a source, and nobody who is one person
 * by a list is two. */
static bool
fits(const struct people *p, const struct tally_forced *f, bool match)
{
    uint32_t a = group_of(p, f->source_a, f->row_a);
    uint32_t b = group_of(p, f->source_b, f->row_b);

    return match ? a == b || (p->sources[a] & p->sources[b]) == 0 : a != b;
}

static int
compare_tokens(const void *a, const void *b)
{
    return memcmp(a, b, TALLY_TOKEN_BYTES);
}

static bool
find_record(const struct tally_link_job *job, const char *name, const uint8_t *token,
            uint32_t *source, uint32_t *row)
{
    for (uint32_t s = 0; s < job->nsources; s++) {
        const struct tally_encfile *enc = job->sources[s].enc;
        const uint8_t *tokens = tally_encfile_tokens(enc), *at;

        if (strcmp(job->sources[s].name, name) == 0 && tokens != NULL) {
            at = bsearch(token, tokens, (size_t)tally_encfile_info(enc)->records,
                         TALLY_TOKEN_BYTES, compare_tokens);
            *source = s;
            *row = at != NULL ? (uint32_t)((at - tokens) / TALLY_TOKEN_BYTES) : 0;
            return at != NULL;
        }
    }
    return false;
}

static bool
take_decision(const struct tally_link_job *job, const struct tally_review_decision *d,
              struct tally_forced *f)
{
    if (!find_record(job, d->source_a, d->token_a, &f->source_a, &f->row_a) ||
        !find_record(job, d->source_b, d->token_b, &f->source_b, &f->row_b)) {
        return false;
    }
    if (f->source_a > f->source_b) {
        *f = (struct tally_forced){f->source_b, f->row_b, f->source_a, f->row_a, 0};
    }
    return true;
}

/* Append those of ${list} that are a match, or that are none. */
static int
append(struct people *p, const struct tally_link_job *job,
       const struct tally_review_decision *list, size_t n, bool match,
       struct tally_forced **to, size_t *nto, size_t *left, struct tally_err *err)
{
    struct tally_forced *all = realloc(*to, (*nto + n + 1) * sizeof *all);

    if (all == NULL) {
        return tally_err_nomem(err);
    }
    *to = all;
    for (size_t i = 0; i < n; i++) {
        struct tally_forced *f = &all[*nto];

        memset(f, 0, sizeof *f);
        if (list[i].match != match || !take_decision(job, &list[i], f)) {
            continue;
        }
        if (!fits(p, f, match)) {
            ++*left;
            continue;
        }
        if (match) {
            join(p, f);
        }
        ++*nto;
    }
    return 0;
}

int
tally_link_add_reviewed(const struct tally_link_request *q,
                        const struct tally_link_job *job, struct tally_forced **must,
                        size_t *nmust, struct tally_forced **must_not, size_t *nmust_not,
                        struct tally_err *err)
{
    struct tally_review_decision *list = NULL;
    struct tally_store *store = NULL;
    struct people p = {.parent = NULL};
    size_t n = 0, left = 0, before = *nmust + *nmust_not;
    int rc = -1;

    if (q->store == NULL || access(q->store, F_OK) != 0) {
        return 0;
    }
    if (tally_store_open(&store, q->store, false, err) == 0 &&
        tally_review_decisions(store, &list, &n, err) == 0) {
        rc = n > 0 ? people_begin(&p, job, err) : 0;
    }
    if (rc == 0 && n > 0) {
        for (size_t i = 0; i < *nmust; i++) {
            join(&p, &(*must)[i]);
        }
        rc = append(&p, job, list, n, true, must, nmust, &left, err) == 0
                 ? append(&p, job, list, n, false, must_not, nmust_not, &left, err)
                 : -1;
    }
    if (rc == 0 && n > 0) {
        tally_say("  %s pairs as second rounds decided%s%s%s.",
                  tally_thousands(*nmust + *nmust_not - before), left > 0 ? "; " : "",
                  left > 0 ? tally_thousands(left) : "",
                  left > 0 ? " left out, which contradict others" : "");
    }
    tally_store_close(store);
    free(list);
    free(p.parent);
    free(p.sources);
    return rc;
}
