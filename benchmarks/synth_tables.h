/*
 * Tables of the synthetic population, as text that synth_lists.c reads: words separated
 * by blanks, "word=weight" (a weight holds for the words after it), "Heading:", an
 * underscore for a blank inside a word. Each synth_tables_*.c says what it was made from.
 * Private to benchmarks/synth*.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_SYNTH_TABLES_H
#define TALLY_SYNTH_TABLES_H

#include <stdint.h>

#define TALLY_SYNTH_PERIODS     14
#define TALLY_SYNTH_AGES        91 /* 0 to 89, and 90 for all above */
#define TALLY_SYNTH_MOTHER_AGES 29
#define TALLY_SYNTH_GROUPS      19
#define TALLY_SYNTH_GROUP_POOLS 6

/** Sets of names. Those before TALLY_SYNTH_POOLS stand in tally_synth_pools. */
enum tally_synth_pool_id {
    TALLY_SYNTH_IRISH,
    TALLY_SYNTH_POLISH,
    TALLY_SYNTH_ROMANIAN,
    TALLY_SYNTH_SOUTHERN, /* Portuguese, Italian, Spanish */
    TALLY_SYNTH_EASTERN,  /* Baltic, Bulgarian, Ukrainian, Hungarian, Czech */
    TALLY_SYNTH_INDIAN,
    TALLY_SYNTH_SIKH,
    TALLY_SYNTH_PAKISTANI,
    TALLY_SYNTH_BANGLADESHI,
    TALLY_SYNTH_CHINESE,
    TALLY_SYNTH_FILIPINO,
    TALLY_SYNTH_TAMIL, /* and Sinhalese */
    TALLY_SYNTH_NEPALI,
    TALLY_SYNTH_VIETNAMESE,
    TALLY_SYNTH_NIGERIAN,
    TALLY_SYNTH_GHANAIAN,
    TALLY_SYNTH_EASTAFRICAN, /* Somali, Eritrean, Kenyan, Zimbabwean */
    TALLY_SYNTH_ARAB,
    TALLY_SYNTH_TURKISH,
    TALLY_SYNTH_IRANIAN, /* Kurdish, Afghan */
    TALLY_SYNTH_POOLS,
    TALLY_SYNTH_BRITISH = TALLY_SYNTH_POOLS,
    TALLY_SYNTH_ALL_POOLS
};

/** Sexes index forenames everywhere. */
enum tally_synth_sex { TALLY_SYNTH_FEMALE, TALLY_SYNTH_MALE };

/** Forenames of those born in or after ${first} until the next period. ${rare}: weight of
 * all other names together, to be drawn from tally_synth_rare_forenames. */
struct tally_synth_period {
    uint16_t first;
    uint32_t rare[2];
    const char *forenames[2];
};

struct tally_synth_pool {
    const char *forenames[2];
    const char *surnames;
    const char *womens_surnames; /* NULL: women bear the same surnames */
};

/** An ethnic group: share in 100,000 people, percent with a forename of the British
 * tables, and its names. */
struct tally_synth_group {
    const char *label;
    uint32_t share;
    uint8_t british_forenames;
    struct {
        uint8_t pool;
        uint8_t percent;
    } pools[TALLY_SYNTH_GROUP_POOLS];
};

extern const struct tally_synth_period tally_synth_periods[TALLY_SYNTH_PERIODS];
extern const char *const tally_synth_rare_forenames[2];
extern const char *const tally_synth_british_surnames;
extern const char *const tally_synth_surname_heads;
extern const char *const tally_synth_surname_tails;
extern const struct tally_synth_pool tally_synth_pools[TALLY_SYNTH_POOLS];
extern const struct tally_synth_group tally_synth_groups[TALLY_SYNTH_GROUPS];
extern const uint32_t tally_synth_children_by_age[TALLY_SYNTH_AGES];
extern const uint32_t tally_synth_adults_by_age[TALLY_SYNTH_AGES];
extern const uint32_t tally_synth_mothers_by_age[TALLY_SYNTH_MOTHER_AGES];
extern const char *const tally_synth_nicknames;
extern const char *const tally_synth_districts;
extern const char *const tally_synth_streets;
extern const char *const tally_synth_street_stems;
extern const char *const tally_synth_street_kinds;

#endif
