/*
 * Answers from a loaded truth: which record, whose, and how many true pairs there are.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/evaluate_private.h"

#include <stdlib.h>
#include <string.h>

int
tally_truth_source(const struct tally_truth *t, const struct tally_cell *name)
{
    if (t->shape != TALLY_TRUTH_SOURCES) {
        return 0;
    }
    for (size_t i = 0; i < t->nsources; i++) {
        if (strlen(t->sources[i]) == name->len &&
            memcmp(t->sources[i], name->data, name->len) == 0) {
            return (int)i;
        }
    }
    return -1;
}

void
tally_truth_free(struct tally_truth *t)
{
    if (t == NULL) {
        return;
    }
    tally_buf_free(&t->keys);
    free(t->records);
    free(t->members);
    free(t->pairs);
    free(t->columns);
    free(t->group_of);
    free(t);
}

bool
tally_truth_has_sources(const struct tally_truth *t)
{
    return t->shape == TALLY_TRUTH_SOURCES;
}

size_t
tally_truth_sources(const struct tally_truth *t)
{
    return t->shape == TALLY_TRUTH_SOURCES ? t->nsources : 1;
}

uint32_t
tally_truth_find(const struct tally_truth *t, int source, const struct tally_cell *id)
{
    char key[TALLY_TRUTH_ID_MAX + 2];
    size_t low = 0;
    size_t high = t->nrecords;

    if (source < 0 || id->len > TALLY_TRUTH_ID_MAX) {
        return TALLY_TRUTH_NONE;
    }
    key[0] = (char)(source + 1);
    memcpy(key + 1, id->data, id->len);
    key[1 + id->len] = '\0';
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = strcmp(tally_truth_key(t, t->records[mid].key), key);

        if (c == 0) {
            return (uint32_t)mid;
        }
        if (c < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return TALLY_TRUTH_NONE;
}

bool
tally_truth_match(const struct tally_truth *t, uint32_t a, uint32_t b)
{
    uint64_t key;

    if (a >= t->nrecords || b >= t->nrecords || a == b) {
        return false;
    }
    if (t->shape != TALLY_TRUTH_PAIRS) {
        return t->records[a].person != TALLY_TRUTH_NONE &&
               t->records[a].person == t->records[b].person;
    }
    key = tally_truth_pair_key(a, b);
    return t->npairs > 0 && bsearch(&key, t->pairs, t->npairs, sizeof key,
                                    tally_truth_compare_u64) != NULL;
}

size_t
tally_truth_records(const struct tally_truth *t)
{
    return t->nrecords;
}

bool
tally_truth_in_scope(const struct tally_truth *t, const struct tally_truth_scope *scope,
                     uint32_t x)
{
    return x < t->nrecords && t->records[x].person != TALLY_TRUTH_NONE &&
           scope->used[t->records[x].source];
}

static uint32_t
root_of(uint32_t *of, uint32_t x)
{
    while (of[x] != x) {
        of[x] = of[of[x]];
        x = of[x];
    }
    return x;
}

void
tally_truth_people(const struct tally_truth *t, uint32_t *of)
{
    if (t->shape != TALLY_TRUTH_PAIRS) {
        for (size_t i = 0; i < t->nrecords; i++) {
            of[i] = t->records[i].person;
        }
        return;
    }
    for (uint32_t i = 0; i < t->nrecords; i++) {
        of[i] = i;
    }
    for (size_t i = 0; i < t->npairs; i++) {
        uint32_t x = root_of(of, (uint32_t)(t->pairs[i] >> 32));
        uint32_t y = root_of(of, (uint32_t)t->pairs[i]);

        of[x > y ? x : y] = x > y ? y : x;
    }
    for (uint32_t i = 0; i < t->nrecords; i++) {
        of[i] = root_of(of, i);
    }
}

uint64_t
tally_truth_all_pairs(const struct tally_truth *t, const struct tally_truth_scope *scope)
{
    uint64_t counts[TALLY_TRUTH_SOURCES_MAX] = {0};
    uint64_t total = 0;
    uint64_t pairs = 0;

    if (t->shape == TALLY_TRUTH_PAIRS) {
        return 0;
    }
    for (uint32_t i = 0; i < t->nrecords; i++) {
        if (tally_truth_in_scope(t, scope, i)) {
            counts[t->records[i].source]++;
        }
    }
    for (size_t s = 0; s < tally_truth_sources(t); s++) {
        pairs += total * counts[s];
        total += counts[s];
        if (scope->inside[s] && counts[s] > 0) {
            pairs += counts[s] * (counts[s] - 1) / 2;
        }
    }
    return pairs;
}

size_t
tally_truth_columns(const struct tally_truth *t)
{
    return t->ncolumns;
}

const char *
tally_truth_column(const struct tally_truth *t, size_t column)
{
    return t->columns[column].name;
}

size_t
tally_truth_groups(const struct tally_truth *t, size_t column)
{
    return t->columns[column].ngroups;
}

const char *
tally_truth_group(const struct tally_truth *t, size_t column, size_t group)
{
    return t->columns[column].groups[group];
}

int
tally_truth_group_of(const struct tally_truth *t, size_t column, uint32_t record)
{
    if (record >= t->nrecords) {
        return -1;
    }
    return t->group_of[(size_t)record * t->ncolumns + column] - 1;
}

/* Pairs among one person's records: between sources, and inside those in scope. */
struct person_count {
    uint64_t total;   /* records in used sources */
    uint64_t squares; /* sum of squares by source */
    uint64_t inside;  /* pairs inside sources */
    uint64_t run;     /* records of the source being counted */
    int source;
};

static void
close_source(struct person_count *c, const struct tally_truth_scope *scope)
{
    if (c->run > 0) {
        c->total += c->run;
        c->squares += c->run * c->run;
        if (scope->inside[c->source]) {
            c->inside += c->run * (c->run - 1) / 2;
        }
    }
    c->run = 0;
}

static uint64_t
close_person(struct person_count *c, const struct tally_truth_scope *scope)
{
    uint64_t pairs;

    close_source(c, scope);
    pairs = (c->total * c->total - c->squares) / 2 + c->inside;
    *c = (struct person_count){.source = -1};
    return pairs;
}

/* True pairs among records that are not in ${group} of ${column}; of all when ${column}
 * is none. */
static uint64_t
count_outside(const struct tally_truth *t, const struct tally_truth_scope *scope,
              size_t column, size_t group)
{
    struct person_count c = {.source = -1};
    uint32_t person = TALLY_TRUTH_NONE;
    uint64_t pairs = 0;

    for (size_t i = 0; i < t->nmembers; i++) {
        const struct tally_truth_member *m = &t->members[i];

        if (!scope->used[m->source] ||
            (column < t->ncolumns &&
             tally_truth_group_of(t, column, m->record) == (int)group)) {
            continue;
        }
        if (m->person != person) {
            pairs += close_person(&c, scope);
            person = m->person;
        }
        if ((int)m->source != c.source) {
            close_source(&c, scope);
            c.source = (int)m->source;
        }
        c.run++;
    }
    return pairs + close_person(&c, scope);
}

uint64_t
tally_truth_pairs(const struct tally_truth *t, const struct tally_truth_scope *scope)
{
    if (t->shape == TALLY_TRUTH_PAIRS) {
        return t->npairs;
    }
    return count_outside(t, scope, SIZE_MAX, 0);
}

uint64_t
tally_truth_group_pairs(const struct tally_truth *t,
                        const struct tally_truth_scope *scope, size_t column,
                        size_t group)
{
    uint64_t pairs = 0;

    if (t->shape != TALLY_TRUTH_PAIRS) {
        return tally_truth_pairs(t, scope) - count_outside(t, scope, column, group);
    }
    for (size_t i = 0; i < t->npairs; i++) {
        if (tally_truth_group_of(t, column, (uint32_t)(t->pairs[i] >> 32)) ==
                (int)group ||
            tally_truth_group_of(t, column, (uint32_t)t->pairs[i]) == (int)group) {
            pairs++;
        }
    }
    return pairs;
}
