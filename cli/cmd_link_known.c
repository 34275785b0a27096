/*
 * What a store knows, as pairs that are linked or kept apart: the lists that the runs of
 * its series were given, and what second rounds decided.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "linker/review_store.h"

/* People that the lists make: records numbered through, and the sources of each group. */
struct people {
    uint32_t start[TALLY_SOURCES_MAX + 1];
    uint32_t *parent;
    uint64_t *sources; /* bits of those that hold nobody twice; of a group's first */
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
        const struct tally_enc_info *info = tally_encfile_info(job->sources[i].enc);
        bool clean = job->nsources > 1 && job->assign != TALLY_ASSIGN_MANY &&
                     !info->duplicates_possible;
        uint64_t n = info->records;

        for (uint32_t k = p->start[i]; k < p->start[i] + n; k++) {
            p->parent[k] = k;
            p->sources[k] = clean ? UINT64_C(1) << i : 0;
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

/* Whether a pair of ${list} that must not be linked stands between groups ${a} and ${b}.
 */
static bool
stands_between(const struct people *p, const struct tally_forced *list, size_t n,
               uint32_t a, uint32_t b)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t x = group_of(p, list[i].source_a, list[i].row_a);
        uint32_t y = group_of(p, list[i].source_b, list[i].row_b);

        if ((x == a && y == b) || (x == b && y == a)) {
            return true;
        }
    }
    return false;
}

/* The pairs of a job as they grow. */
struct lists {
    struct tally_forced **list[2]; /* that must not be linked, and that must */
    size_t *n[2];
};

/* Whether ${f} fits in: nobody gets two records of a source that holds nobody twice, and
 * nobody who is one person by a list is two. */
static bool
fits(const struct people *p, const struct tally_link_job *job, const struct lists *l,
     const struct tally_forced *f, bool match)
{
    uint32_t a = group_of(p, f->source_a, f->row_a);
    uint32_t b = group_of(p, f->source_b, f->row_b);

    if (!match || a == b) {
        return match == (a == b);
    }
    return (f->source_a != f->source_b || job->nsources == 1) &&
           (p->sources[a] & p->sources[b]) == 0 &&
           !stands_between(p, *l->list[0], *l->n[0], a, b);
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

/* Records of deliveries that were replaced, by the tokens that they had. */
struct renaming {
    struct tally_successor *list;
    size_t n;
};

/* All that the series has seen, this run included. */
static int
read_renaming(struct tally_store *store, const struct tally_link_files *files,
              struct renaming *r, struct tally_err *err)
{
    struct tally_successor *all;
    size_t more = 0;

    if (tally_store_successions(store, files->series.run, &r->list, &r->n, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < files->n; i++) {
        more += files->stored[i].nsuccessors;
    }
    all = realloc(r->list, (r->n + more + 1) * sizeof *all);
    if (all == NULL) {
        return tally_err_nomem(err);
    }
    r->list = all;
    for (size_t i = 0; i < files->n; i++) {
        size_t n = files->stored[i].nsuccessors;

        if (n > 0) {
            memcpy(all + r->n, files->successors[i], n * sizeof *all);
            r->n += n;
        }
    }
    tally_successors_by_was(all, r->n);
    return 0;
}

static bool
take_known(const struct tally_link_job *job, const struct tally_store_known *d,
           struct tally_forced *f)
{
    if (!find_record(job, d->source_a, d->token_a, &f->source_a, &f->row_a) ||
        !find_record(job, d->source_b, d->token_b, &f->source_b, &f->row_b)) {
        return false;
    }
    if (f->source_a > f->source_b ||
        (f->source_a == f->source_b && f->row_a > f->row_b)) {
        *f = (struct tally_forced){.source_a = f->source_b,
                                   .row_a = f->row_b,
                                   .source_b = f->source_a,
                                   .row_b = f->row_a};
    }
    return true;
}

/* A pair whose records are both here. */
struct known {
    struct tally_forced f;
    bool match;
    size_t at; /* what comes first holds */
};

/* What is known, and how much of it was taken and left out. */
struct knowledge {
    const struct tally_store_known *list;
    size_t n;
    bool reviewed;
    struct known *here;
    size_t nhere;
    size_t absent; /* of records that are not here */
    size_t taken;
    size_t left;
};

static int
compare_order(const void *a, const void *b)
{
    const struct known *x = a, *y = b;

    return (x->at > y->at) - (x->at < y->at);
}

static int
compare_pairs(const void *a, const void *b)
{
    const struct tally_forced *x = &((const struct known *)a)->f;
    const struct tally_forced *y = &((const struct known *)b)->f;
    const uint32_t p[] = {x->source_a, x->row_a, x->source_b, x->row_b};
    const uint32_t q[] = {y->source_a, y->row_a, y->source_b, y->row_b};
    size_t i = 0;

    while (i < 3 && p[i] == q[i]) {
        i++;
    }
    return (p[i] > q[i]) - (p[i] < q[i]);
}

static int
compare_known(const void *a, const void *b)
{
    int by = compare_pairs(a, b);

    return by != 0 ? by : compare_order(a, b);
}

/* Find the records of what is known. Two second rounds may have decided a pair. */
static int
find_here(const struct tally_link_job *job, struct knowledge *k, struct tally_err *err)
{
    struct known *here = calloc(k->n + 1, sizeof *here);
    size_t n = 0;

    if (here == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < k->n; i++) {
        struct known *x = &here[n];

        x->match = k->list[i].match;
        x->at = i;
        n += take_known(job, &k->list[i], &x->f);
        x->f.reviewed = k->reviewed;
    }
    k->absent = k->n - n;
    qsort(here, n, sizeof *here, compare_known);
    for (size_t i = 0; i < n; i++) {
        if (k->nhere == 0 || compare_pairs(&here[k->nhere - 1], &here[i]) != 0) {
            here[k->nhere++] = here[i];
        }
    }
    qsort(here, k->nhere, sizeof *here, compare_order);
    k->here = here;
    return 0;
}

/* Append those that are a match, or that are none. */
static int
append(struct people *p, const struct tally_link_job *job, struct knowledge *k,
       bool match, const struct lists *l, struct tally_err *err)
{
    size_t *n = l->n[match];
    struct tally_forced *all =
        realloc(*l->list[match], (*n + k->nhere + 1) * sizeof *all);

    if (all == NULL) {
        return tally_err_nomem(err);
    }
    *l->list[match] = all;
    for (size_t i = 0; i < k->nhere; i++) {
        const struct tally_forced *f = &k->here[i].f;

        if (k->here[i].match != match) {
            continue;
        }
        if (!fits(p, job, l, f, match)) {
            k->left++;
            continue;
        }
        if (match) {
            join(p, f);
        }
        k->taken++;
        all[(*n)++] = *f;
    }
    return 0;
}

/* "; 12 " and what they are, or nothing; ${text} is room. */
static const char *
besides(size_t n, const char *what, char *text, size_t cap)
{
    (void)snprintf(text, cap, "; %s %s", tally_thousands(n), what);
    return n > 0 ? text : "";
}

static int
add(struct people *p, const struct tally_link_job *job, struct knowledge *k,
    const struct lists *l, const char *what, struct tally_err *err)
{
    char left[64], absent[64];
    int rc = find_here(job, k, err) != 0 || append(p, job, k, true, l, err) != 0 ||
                     append(p, job, k, false, l, err) != 0
                 ? -1
                 : 0;

    free(k->here);
    if (rc == 0 && k->n > 0) {
        tally_say("  %s pairs as %s%s%s.", tally_thousands(k->taken), what,
                  besides(k->left, "left out, which contradict others", left,
                          sizeof left),
                  besides(k->absent, "of records that are not here", absent,
                          sizeof absent));
    }
    return rc;
}

static void
rename_all(const struct renaming *r, struct tally_store_known *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        tally_successor_now(r->list, r->n, list[i].token_a);
        tally_successor_now(r->list, r->n, list[i].token_b);
    }
}

int
tally_link_add_known(const struct tally_link_request *q, const struct tally_link_job *job,
                     const struct tally_link_files *files, struct tally_forced **must,
                     size_t *nmust, struct tally_forced **must_not, size_t *nmust_not,
                     struct tally_err *err)
{
    const struct lists l = {{must_not, must}, {nmust_not, nmust}};
    struct tally_store_known *listed = NULL;
    struct tally_store_known *decided = NULL;
    struct knowledge lists = {.reviewed = false};
    struct knowledge reviews = {.reviewed = true};
    struct tally_store *store = NULL;
    struct people p = {.parent = NULL};
    struct renaming r = {.n = 0};
    int rc = -1;

    if (q->store == NULL || access(q->store, F_OK) != 0) {
        return 0;
    }
    if (tally_store_open(&store, q->store, false, err) == 0 &&
        tally_store_known(store, files->series.run, &listed, &lists.n, err) == 0 &&
        tally_review_decisions(store, &decided, &reviews.n, err) == 0 &&
        read_renaming(store, files, &r, err) == 0 && people_begin(&p, job, err) == 0) {
        rename_all(&r, listed, lists.n);
        rename_all(&r, decided, reviews.n);
        lists.list = listed;
        reviews.list = decided;
        for (size_t i = 0; i < *nmust; i++) {
            join(&p, &(*must)[i]);
        }
        rc = add(&p, job, &lists, &l, "the lists of the series say", err) != 0
                 ? -1
                 : add(&p, job, &reviews, &l, "second rounds decided", err);
    }
    tally_store_close(store);
    free(r.list);
    free(listed);
    free(decided);
    free(p.parent);
    free(p.sources);
    return rc;
}
