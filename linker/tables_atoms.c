/*
 * Atoms: the smallest groups that the tables of a universe tell apart.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/tables_count_impl.h"

#include <stdlib.h>
#include <string.h>

/* Atoms. */

static uint64_t
hash_key(const int16_t *key, size_t n)
{
    uint64_t h = 0xcbf29ce484222325ull;

    for (size_t i = 0; i < n; i++) {
        h = (h ^ (uint16_t)key[i]) * 0x100000001b3ull;
        h ^= h >> 29;
    }
    return h;
}

/* Make room for one more atom. */
static int
grow_atoms(struct tally_universe *u, struct making *m, struct tally_err *err)
{
    size_t cap = m->cap == 0 ? 256 : 2 * m->cap, n = key_len(u);
    int16_t *keys = realloc(u->keys, (cap * n + 1) * sizeof *keys);
    double *x = realloc(u->x, cap * sizeof *x);
    uint64_t *people = realloc(u->people, cap * sizeof *people);
    uint64_t *stamps = realloc(m->stamps, cap * sizeof *stamps);
    size_t *slots = malloc(4 * cap * sizeof *slots);

    u->keys = keys != NULL ? keys : u->keys;
    u->x = x != NULL ? x : u->x;
    u->people = people != NULL ? people : u->people;
    m->stamps = stamps != NULL ? stamps : m->stamps;
    if (keys == NULL || x == NULL || people == NULL || stamps == NULL || slots == NULL) {
        free(slots);
        return tally_err_nomem(err);
    }
    free(m->slots);
    m->slots = slots;
    m->nslots = 4 * cap;
    m->cap = cap;
    for (size_t i = 0; i < m->nslots; i++) {
        slots[i] = SIZE_MAX;
    }
    for (size_t a = 0; a < u->natoms; a++) {
        size_t s = hash_key(u->keys + a * n, n) % m->nslots;

        while (slots[s] != SIZE_MAX) {
            s = (s + 1) % m->nslots;
        }
        slots[s] = a;
    }
    return 0;
}

int
tally_counting_atom(struct tally_universe *u, struct making *m, const int16_t *key,
                    size_t *out, struct tally_err *err)
{
    size_t n = key_len(u), s;

    if (u->natoms == m->cap && grow_atoms(u, m, err) != 0) {
        return -1;
    }
    for (s = hash_key(key, n) % m->nslots; m->slots[s] != SIZE_MAX;
         s = (s + 1) % m->nslots) {
        if (memcmp(u->keys + m->slots[s] * n, key, n * sizeof *key) == 0) {
            *out = m->slots[s];
            return 0;
        }
    }
    if (u->natoms == TALLY_COUNT_ATOMS_MAX) {
        tally_err_set(err, TALLY_E_LIMIT,
                      "the tables tell more than %d groups apart between them",
                      TALLY_COUNT_ATOMS_MAX);
        return tally_err_hint(err, "release fewer dimensions, or fewer levels");
    }
    m->slots[s] = *out = u->natoms;
    memcpy(u->keys + u->natoms * n, key, n * sizeof *key);
    u->x[u->natoms] = 0;
    u->people[u->natoms] = 0;
    m->stamps[u->natoms] = 0;
    u->natoms++;
    return 0;
}

/* Groups that nobody is in, and somebody might be: without them an empty cell would be
 * known to be empty. Each is made like a few groups that are not empty. */

#define ALIKE       8
#define ALIKE_AMONG 1000

struct near {
    size_t atom;
    size_t apart;
};

static size_t
levels_apart(const struct tally_counted *t, const struct tally_universe *u, size_t atom,
             const size_t *at)
{
    const int16_t *key = u->keys + atom * key_len(u) + u->npopulations;
    size_t n = 0;

    for (size_t d = 0; d < t->ndims; d++) {
        n += key[t->coords[d]] != (int16_t)at[d];
    }
    return n;
}

/* The ALIKE nearest of ${among}. */
static size_t
find_alike(const struct tally_counted *t, const struct tally_universe *u,
           const size_t *among, size_t n, const size_t *at, struct near *out)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        size_t apart = levels_apart(t, u, among[i], at), k;

        if (found == ALIKE && apart >= out[ALIKE - 1].apart) {
            continue;
        }
        found += found < ALIKE;
        for (k = found - 1; k > 0 && out[k - 1].apart > apart; k--) {
            out[k] = out[k - 1];
        }
        out[k] = (struct near){among[i], apart};
    }
    return found;
}

static int
add_like(struct counting *c, const struct tally_counted *t, size_t base, const size_t *at,
         struct tally_err *err)
{
    struct tally_universe *u = &c->counts->universes[t->universe];
    struct making *m = &c->makings[t->universe];
    size_t n = key_len(u), atom;

    if (base != TALLY_NONE) {
        memcpy(m->key, u->keys + base * n, n * sizeof *m->key);
    } else {
        for (size_t i = 0; i < n; i++) {
            m->key[i] = i < u->npopulations ? 0 : UNSEEN;
        }
        m->key[t->population] = 1;
    }
    for (size_t d = 0; d < t->ndims; d++) {
        m->key[u->npopulations + t->coords[d]] = (int16_t)at[d];
    }
    return tally_counting_atom(u, m, m->key, &atom, err);
}

int
tally_counting_possible(struct counting *c, const struct tally_counted *t,
                        struct tally_err *err)
{
    const struct tally_universe *u = &c->counts->universes[t->universe];
    size_t among[ALIKE_AMONG], n = 0;

    for (size_t a = 0; a < u->natoms && n < ALIKE_AMONG; a++) {
        if (tally_counted_in(t, u, u->keys + a * key_len(u)) && u->people[a] > 0) {
            among[n++] = a;
        }
    }
    for (size_t i = 0; i < t->ncells; i++) {
        size_t at[TALLY_TABLES_DIMS_MAX], found;
        struct near alike[ALIKE];
        bool total = false;

        tally_counted_levels(t, i, at);
        for (size_t d = 0; d < t->ndims; d++) {
            total = total || at[d] == t->dims[d].nlevels;
        }
        if (total || t->cells[i].people > 0) {
            continue;
        }
        found = find_alike(t, u, among, n, at, alike);
        for (size_t k = 0; k < found; k++) {
            if (add_like(c, t, alike[k].atom, at, err) != 0) {
                return -1;
            }
        }
        if (found == 0 && add_like(c, t, TALLY_NONE, at, err) != 0) {
            return -1;
        }
    }
    return 0;
}
