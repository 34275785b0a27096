/*
 * Weighted word lists, and the names and places drawn from them. Private to
 * benchmarks/synth*.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_SYNTH_LISTS_H
#define TALLY_SYNTH_LISTS_H

#include <stddef.h>
#include <stdint.h>

#include "benchmarks/synth_rng.h"
#include "benchmarks/synth_tables.h"
#include "bloom/base/err.h"

#define TALLY_SYNTH_NAME     64  /* bytes for a name with its NUL */
#define TALLY_SYNTH_POSTCODE 12  /* for a postcode */
#define TALLY_SYNTH_ADDRESS  160 /* for an address line */

/** Words with weights. ${cumulative}[i] is the sum of the weights of words 0 to i. */
struct tally_synth_list {
    char *text;
    const char **words;
    const char **headings; /* the "Heading:" above each word, or NULL */
    uint32_t *cumulative;
    size_t n;
};

/** All tables, read. */
struct tally_synth_lists {
    struct tally_synth_list periods[TALLY_SYNTH_PERIODS][2];
    struct tally_synth_list rare[2];
    struct tally_synth_list pools[TALLY_SYNTH_POOLS][2];
    struct tally_synth_list surnames[TALLY_SYNTH_ALL_POOLS];
    struct tally_synth_list womens[TALLY_SYNTH_POOLS];
    struct tally_synth_list heads;
    struct tally_synth_list tails;
    struct tally_synth_list nicknames;
    struct tally_synth_list districts;
    struct tally_synth_list streets;
    struct tally_synth_list stems;
    struct tally_synth_list kinds;
    uint64_t seed;      /* of places: which street and letters a postcode has */
    uint32_t postcodes; /* how many there are */
};

/** Where someone lives: a postcode number and a house in it. */
struct tally_synth_place {
    uint32_t postcode;
    uint16_t house;
    uint8_t flat; /* 0: a whole house */
};

/** Read the tables for a population of ${people}. */
TALLY_NODISCARD int tally_synth_lists_create(struct tally_synth_lists **out,
                                             uint64_t seed, uint64_t people,
                                             struct tally_err *err);
void tally_synth_lists_free(struct tally_synth_lists *l);

/** A word by weight; lives as long as the list. */
const char *tally_synth_pick(const struct tally_synth_list *l, struct tally_synth_rng *r);

/** An index of ${n} weights, by weight. */
uint32_t tally_synth_pick_index(const uint32_t *weights, uint32_t n,
                                struct tally_synth_rng *r);

/** A forename for someone of ${sex} born in ${year}, of the tables of ${pool}. */
const char *tally_synth_forename(const struct tally_synth_lists *l,
                                 struct tally_synth_rng *r, unsigned pool, unsigned sex,
                                 int year);

/** A surname of ${pool}, in the form that a man bears. */
void tally_synth_surname(const struct tally_synth_lists *l, struct tally_synth_rng *r,
                         unsigned pool, char out[TALLY_SYNTH_NAME]);

/** A nickname or short form of ${forename}, or NULL when the table has none. */
const char *tally_synth_nickname(const struct tally_synth_lists *l,
                                 struct tally_synth_rng *r, const char *forename);

/** A place anywhere, and one that is near ${from} (the same district, mostly). */
struct tally_synth_place tally_synth_place_any(const struct tally_synth_lists *l,
                                               struct tally_synth_rng *r);
struct tally_synth_place tally_synth_place_near(const struct tally_synth_lists *l,
                                                struct tally_synth_rng *r,
                                                const struct tally_synth_place *from);

/** The place as "AB1 2CD"; as a line such as "Flat 2, 14 Mill Lane"; and its town. */
void tally_synth_place_postcode(const struct tally_synth_lists *l,
                                const struct tally_synth_place *p,
                                char out[TALLY_SYNTH_POSTCODE]);
void tally_synth_place_line(const struct tally_synth_lists *l,
                            const struct tally_synth_place *p,
                            char out[TALLY_SYNTH_ADDRESS]);
const char *tally_synth_place_town(const struct tally_synth_lists *l,
                                   const struct tally_synth_place *p);

#endif
