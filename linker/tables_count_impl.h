/*
 * What the parts of counting share: linker/tables_layout.c settles universes and tables,
 * linker/tables_levels.c levels, linker/tables_atoms.c keeps atoms, linker/tables_count.c
 * counts.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_TABLES_COUNT_IMPL_H
#define TALLY_TABLES_COUNT_IMPL_H

#include "linker/matcher.h"
#include "linker/tables_count.h"

#define UNSEEN (-1) /* the level of a unit that has none */

/** Who is counted: the first table that said so stands for all. */
struct population {
    char *words;
    size_t asked;
    size_t event;
    size_t rule;
};
struct coord {
    char *words;
    size_t asked;
    size_t event;
    size_t dim;
    struct tally_counted_dim levels;
};

/** What a universe needs while it is counted. */
struct making {
    struct population *populations;
    struct coord *coords;
    uint64_t *stamps; /* of each atom: the last person in it */
    size_t cap;
    size_t *slots; /* a hash table of atoms; SIZE_MAX for none */
    size_t nslots;
    int16_t *key;
};

struct counting {
    const struct tally_counting_job *job;
    struct tally_people *people;
    struct tally_matcher **matchers;
    struct tally_counts *counts;
    struct making *makings;
    uint64_t person; /* number of the person being counted */
    enum { AS_LINKED, UNDER_HIGH, UNDER_LOW } view;
    uint32_t *touched; /* cells of a table that the person is in */
    size_t ntouched;
    size_t touched_cap;
};

/** Length of the key of an atom. */
static inline size_t
key_len(const struct tally_universe *u)
{
    return u->npopulations + u->ncoords;
}

/** Called with each person. */
typedef int person_fn(struct counting *c, const struct tally_person *p, void *ctx,
                      struct tally_err *err);
TALLY_NODISCARD int tally_counting_each(struct counting *c, person_fn *fn, void *ctx,
                                        struct tally_err *err);

/* tables_layout.c */

/** Universes, populations, coordinates and cells of every table asked for. */
TALLY_NODISCARD int tally_counting_lay(struct counting *c, struct tally_err *err);

/* tables_levels.c */

/** The levels of coordinate ${q}: as they were (${fixed}), as listed, or as found. */
TALLY_NODISCARD int tally_counting_levels(struct counting *c, struct coord *q,
                                          const struct tally_counted_dim *fixed,
                                          struct tally_err *err);
/** Whether ${text} is one of the first ${n} levels, and which. */
bool tally_counting_among(const struct tally_counted_dim *levels, size_t n,
                          const char *text, size_t len, size_t *at);
void tally_counting_free_levels(struct tally_counted_dim *d);

/* tables_atoms.c */

/** The atom with ${key}, a new one if there is none. */
TALLY_NODISCARD int tally_counting_atom(struct tally_universe *u, struct making *m,
                                        const int16_t *key, size_t *out,
                                        struct tally_err *err);
/** Add atoms for the empty cells of ${t}. */
TALLY_NODISCARD int tally_counting_possible(struct counting *c,
                                            const struct tally_counted *t,
                                            struct tally_err *err);

#endif
