/*
 * Households: families with children, couples, people alone, shared homes, lodgers. A
 * family is drawn from a child (so that ages of children come out as in the population),
 * everyone else from the ages that families leave over. Rates not credited to a source
 * are our assumptions and stand in docs/synthetic-data.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/synth_people.h"

#include <stdio.h>
#include <string.h>

#define STREAM_HOUSEHOLD 0x686f7573u
#define FAMILY_PERCENT                                                                   \
    315u /* in 1,000 draws: 60.5 % of people live in families of 3.33 on average */
#define YEAR 365u

/* One household while it is being made. */
struct maker {
    const struct tally_synth_source *s;
    struct tally_synth_rng rng;
    struct tally_synth_household *h;
};

/* How many of a hundred married women keep their own surname. */
static uint32_t
keeps_surname(unsigned pool)
{
    switch (pool) {
    case TALLY_SYNTH_CHINESE:
    case TALLY_SYNTH_VIETNAMESE:
    case TALLY_SYNTH_EASTAFRICAN:
    case TALLY_SYNTH_IRANIAN:
        return 85;
    case TALLY_SYNTH_SOUTHERN:
    case TALLY_SYNTH_PAKISTANI:
    case TALLY_SYNTH_BANGLADESHI:
    case TALLY_SYNTH_ARAB:
        return 65;
    case TALLY_SYNTH_SIKH:
    case TALLY_SYNTH_GHANAIAN:
        return 40;
    default:
        return 15;
    }
}

/* The NHS number that the next person gets: numbers beginning with 9, so that they
 * are easily told from issued ones, stepped through by a multiplier prime to 10^8 so that
 * neighbours differ throughout. */
static uint32_t
next_nhs(struct tally_synth_source *s)
{
    uint32_t nine;

    do {
        uint64_t k = s->nhs_tried++ + tally_synth_mix(s->seed) % 100000000u;

        nine = 900000000u + (uint32_t)(k % 100000000u * 61803399u % 100000000u);
    } while (tally_synth_nhs_check(nine) == 10);
    return nine;
}

static struct tally_synth_rng *
rng(struct maker *m)
{
    return &m->rng;
}

/* A day within the year of someone aged ${years}; 90 stands for 90 and above. */
static uint32_t
age_in_days(struct maker *m, unsigned years)
{
    while (years >= 90 && years < 106 && tally_synth_percent(rng(m), 72)) {
        years++;
    }
    return (uint32_t)((uint64_t)years * 3652425 / 10000) + 1 +
           tally_synth_below(rng(m), YEAR - 1);
}

static uint8_t
pick_group(struct maker *m)
{
    uint32_t shares[TALLY_SYNTH_GROUPS];

    for (size_t i = 0; i < TALLY_SYNTH_GROUPS; i++) {
        shares[i] = m->s->even_groups ? 1 : tally_synth_groups[i].share;
    }
    return (uint8_t)tally_synth_pick_index(shares, TALLY_SYNTH_GROUPS, rng(m));
}

static uint8_t
pick_pool(struct maker *m, uint8_t group)
{
    const struct tally_synth_group *g = &tally_synth_groups[group];
    uint32_t x = tally_synth_below(rng(m), 100);
    size_t i = 0;

    while (x >= g->pools[i].percent) {
        x -= g->pools[i].percent;
        i++;
    }
    return g->pools[i].pool;
}

/* Add someone without surname and place. */
static struct tally_synth_person *
add_person(struct maker *m, uint32_t age_days, uint8_t sex, uint8_t group, uint8_t pool)
{
    struct tally_synth_person *p = &m->h->people[m->h->n++];
    int year = tally_synth_date(TALLY_SYNTH_TODAY - (int32_t)age_days).year;
    unsigned names = pool;

    *p = (struct tally_synth_person){.age_days = age_days,
                                     .sex = sex,
                                     .group = group,
                                     .pool = pool,
                                     .moved_days = TALLY_SYNTH_NEVER,
                                     .renamed_days = TALLY_SYNTH_NEVER};
    if (tally_synth_percent(rng(m), tally_synth_groups[group].british_forenames)) {
        names = TALLY_SYNTH_BRITISH;
    }
    p->forename = tally_synth_forename(m->s->lists, rng(m), names, sex, year);
    return p;
}

/* A surname of one's own, by birth. */
static void
own_surname(struct maker *m, struct tally_synth_person *p)
{
    const struct tally_synth_lists *l = m->s->lists;

    if (p->sex == TALLY_SYNTH_FEMALE && p->pool < TALLY_SYNTH_POOLS &&
        l->womens[p->pool].n > 0 && tally_synth_percent(rng(m), 45)) {
        snprintf(p->surname, sizeof p->surname, "%s",
                 tally_synth_pick(&l->womens[p->pool], rng(m)));
        return;
    }
    tally_synth_surname(l, rng(m), p->pool, p->surname);
    tally_synth_inflect(p->surname, p->pool, p->sex);
}

static struct tally_synth_person *
add_adult(struct maker *m, uint32_t age_days, uint8_t sex, uint8_t group, uint8_t pool)
{
    struct tally_synth_person *p = add_person(m, age_days, sex, group, pool);

    own_surname(m, p);
    return p;
}

static void
copy_surname(struct tally_synth_person *to, const char *surname)
{
    snprintf(to->surname, sizeof to->surname, "%s", surname);
    tally_synth_inflect(to->surname, to->pool, to->sex);
}

static void
join_surnames(char out[TALLY_SYNTH_NAME], const char *a, const char *b)
{
    if (strchr(a, '-') != NULL || strchr(b, '-') != NULL) {
        snprintf(out, TALLY_SYNTH_NAME, "%s", b);
    } else {
        snprintf(out, TALLY_SYNTH_NAME, "%.30s-%.30s", a, b);
    }
}

/* The surname changed ${days} ago. */
static void
rename_person(struct tally_synth_person *p, const char *surname, uint32_t days)
{
    memcpy(p->former_surname, p->surname, sizeof p->former_surname);
    snprintf(p->surname, sizeof p->surname, "%s", surname);
    p->renamed_days = days;
}

/* A wife takes her husband's surname, or both, or keeps hers. Weddings fall between 20
 * and 38. */
static void
marry(struct maker *m, struct tally_synth_person *wife,
      struct tally_synth_person *husband)
{
    uint32_t wedding = (20 + tally_synth_below(rng(m), 19)) * YEAR;
    uint32_t days = wife->age_days > wedding + 30 ? wife->age_days - wedding
                                                  : 30 + tally_synth_below(rng(m), 700);
    char surname[TALLY_SYNTH_NAME];

    if (tally_synth_percent(rng(m), keeps_surname(husband->pool))) {
        return;
    }
    if (tally_synth_percent(rng(m), 5)) {
        join_surnames(surname, wife->surname, husband->surname);
    } else {
        memcpy(surname, husband->surname, sizeof surname);
    }
    tally_synth_inflect(surname, husband->pool, wife->sex);
    rename_person(wife, surname, days);
}

/* A second group for a partner: the same nine times in ten. */
static void
partner_group(struct maker *m, uint8_t *group, uint8_t *pool)
{
    if (tally_synth_percent(rng(m), 10)) {
        *group = pick_group(m);
        *pool = pick_pool(m, *group);
    }
}

static uint8_t
other_sex(uint8_t sex)
{
    return sex == TALLY_SYNTH_FEMALE ? TALLY_SYNTH_MALE : TALLY_SYNTH_FEMALE;
}

/* The ages in days of a family's children, oldest last, drawn around one of them. */
struct children {
    uint32_t days[TALLY_SYNTH_HOUSEHOLD_MAX];
    size_t n;
    unsigned anchor; /* years */
    unsigned oldest;
};

static void
add_child_age(struct maker *m, struct children *c, unsigned years)
{
    uint32_t days = age_in_days(m, years);

    c->days[c->n++] = days;
    if (tally_synth_chance(rng(m), 15000)) { /* 1.5 % of births are of twins */
        c->days[c->n++] = days;
    }
    if (years > c->oldest) {
        c->oldest = years;
    }
}

/* Whether a child of ${years} still lives at home, by the shares of
 * tally_synth_children_by_age. */
static bool
at_home(struct maker *m, unsigned years)
{
    static const uint8_t percent[] = {98, 95, 80, 68, 62, 58, 55, 50, 45, 38,
                                      33, 28, 23, 19, 15, 12, 10, 8,  7};

    if (years < 16) {
        return true;
    }
    return years < 35 && tally_synth_percent(rng(m), percent[years - 16]);
}

static void
draw_children(struct maker *m, struct children *c)
{
    static const uint32_t sizes[] = {45, 39, 12, 4}; /* one child, two, three, four */
    uint32_t n = 1 + tally_synth_pick_index(sizes, 4, rng(m));
    uint32_t older = tally_synth_below(rng(m), n);
    unsigned years;

    c->anchor =
        tally_synth_pick_index(tally_synth_children_by_age, TALLY_SYNTH_AGES, rng(m));
    add_child_age(m, c, c->anchor);
    years = c->anchor;
    for (uint32_t i = 0; i < older; i++) {
        years += 1 + tally_synth_below(rng(m), 5);
        if (at_home(m, years)) {
            add_child_age(m, c, years);
        }
    }
    years = c->anchor;
    for (uint32_t i = older + 1; i < n; i++) {
        unsigned gap = 1 + tally_synth_below(rng(m), 5);

        if (gap > years) {
            break;
        }
        years -= gap;
        if (at_home(m, years)) {
            add_child_age(m, c, years);
        }
    }
}

/* A group for a child of parents of two groups: one of the mixed ones. */
static uint8_t
child_group(struct maker *m, uint8_t mother, uint8_t father)
{
    static const char *const mixed[] = {"White and Black Caribbean",
                                        "White and Black African", "White and Asian",
                                        "Other Mixed"};
    const char *want = mixed[tally_synth_below(rng(m), 4)];

    if (mother == father) {
        return mother;
    }
    for (uint8_t i = 0; i < TALLY_SYNTH_GROUPS; i++) {
        if (strcmp(tally_synth_groups[i].label, want) == 0) {
            return i;
        }
    }
    return mother;
}

/* Parents as indexes into the household, or -1. */
struct parents {
    int mother;
    int father;
    bool married;
};

static struct parents
add_parents(struct maker *m, const struct children *c)
{
    struct parents who = {-1, -1, false};
    unsigned mother = c->anchor + 17 +
                      tally_synth_pick_index(tally_synth_mothers_by_age,
                                             TALLY_SYNTH_MOTHER_AGES, rng(m));
    uint32_t kind =
        tally_synth_below(rng(m), 100); /* 75 both, 21 mother, 4 father alone */
    uint8_t group = pick_group(m);
    uint8_t pool = pick_pool(m, group);
    unsigned father;

    if (mother < c->oldest + 16) {
        mother = c->oldest + 16;
    }
    father = mother - 4 + tally_synth_below(rng(m), 7) + tally_synth_below(rng(m), 7);
    if (father < 18) {
        father = 18;
    }
    if (kind < 96) {
        who.mother = (int)m->h->n;
        add_adult(m, age_in_days(m, mother), TALLY_SYNTH_FEMALE, group, pool);
    }
    if (kind < 75) {
        partner_group(m, &group, &pool);
    }
    if (kind < 75 || kind >= 96) {
        who.father = (int)m->h->n;
        add_adult(m, age_in_days(m, father), TALLY_SYNTH_MALE, group, pool);
    }
    if (kind < 75 && tally_synth_percent(rng(m), 70)) {
        who.married = true;
        marry(m, &m->h->people[who.mother], &m->h->people[who.father]);
    }
    return who;
}

/* The surname that the children of a family share. */
static void
children_surname(struct maker *m, const struct parents *who, char out[TALLY_SYNTH_NAME])
{
    const struct tally_synth_person *mother =
        who->mother >= 0 ? &m->h->people[who->mother] : NULL;
    const struct tally_synth_person *father =
        who->father >= 0 ? &m->h->people[who->father] : NULL;
    uint32_t kind = tally_synth_below(rng(m), 100);

    if (mother == NULL) {
        memcpy(out, father->surname, TALLY_SYNTH_NAME);
    } else if (father == NULL) {
        if (kind < 55) {
            memcpy(out, mother->surname, TALLY_SYNTH_NAME);
        } else {
            tally_synth_surname(m->s->lists, rng(m), mother->pool, out);
        }
    } else if (who->married || kind < 75) {
        memcpy(out, father->surname, TALLY_SYNTH_NAME);
    } else if (kind < 90) {
        memcpy(out, mother->surname, TALLY_SYNTH_NAME);
    } else {
        join_surnames(out, mother->surname, father->surname);
    }
}

/* A forename no brother or sister in the home bears, if a few draws find one. */
static void
distinct_forename(struct maker *m, struct tally_synth_person *p)
{
    int year = tally_synth_date(TALLY_SYNTH_TODAY - (int32_t)p->age_days).year;

    for (int tries = 0; tries < 5; tries++) {
        bool taken = false;

        for (size_t i = 0; i + 1 < m->h->n; i++) {
            taken |= strcmp(m->h->people[i].forename, p->forename) == 0;
        }
        if (!taken) {
            return;
        }
        p->forename = tally_synth_forename(m->s->lists, rng(m), p->pool, p->sex, year);
    }
}

static void
add_children(struct maker *m, const struct children *c, const struct parents *who)
{
    struct tally_synth_person parent =
        m->h->people[who->mother >= 0 ? who->mother : who->father];
    uint8_t group = parent.group;
    char shared[TALLY_SYNTH_NAME];
    char other[TALLY_SYNTH_NAME];
    bool step = tally_synth_percent(rng(m), 10);

    children_surname(m, who, shared);
    tally_synth_surname(m->s->lists, rng(m), parent.pool, other);
    if (who->mother >= 0 && who->father >= 0) {
        parent.pool = m->h->people[who->father].pool;
        group = child_group(m, group, m->h->people[who->father].group);
    }
    for (size_t i = 0; i < c->n && m->h->n < TALLY_SYNTH_HOUSEHOLD_MAX - 1; i++) {
        uint8_t sex =
            (uint8_t)(tally_synth_below(rng(m), 1000) < 512); /* 512 boys in 1,000 */
        struct tally_synth_person *p = add_person(m, c->days[i], sex, group, parent.pool);

        distinct_forename(m, p);
        /* In a step-family some of the children bear another surname. */
        copy_surname(p, step && tally_synth_percent(rng(m), 50) ? other : shared);
        if (tally_synth_percent(rng(m), 2)) {
            rename_person(p, shared, tally_synth_below(rng(m), p->age_days));
            memcpy(p->former_surname, other, sizeof other);
        }
    }
}

static void
add_family(struct maker *m)
{
    struct children c = {.n = 0};
    struct parents who;

    m->h->kind = "family";
    draw_children(m, &c);
    who = add_parents(m, &c);
    add_children(m, &c, &who);
}

/* A man and a woman, or in 3 of 100 couples two of one sex, near each other in age. */
static void
add_couple(struct maker *m, unsigned years, uint8_t group, uint8_t pool)
{
    uint8_t sex = (uint8_t)tally_synth_below(rng(m), 2);
    uint32_t married = years < 30 ? 25 : years < 45 ? 55 : years < 65 ? 80 : 94;
    unsigned other = years + tally_synth_below(rng(m), 7);
    struct tally_synth_person *one;
    struct tally_synth_person *two;

    other = other < 21 ? 18 : other - 3;
    one = add_adult(m, age_in_days(m, years), sex, group, pool);
    partner_group(m, &group, &pool);
    if (!tally_synth_percent(rng(m), 3)) {
        sex = other_sex(sex);
    }
    two = add_adult(m, age_in_days(m, other > 90 ? 90 : other), sex, group, pool);
    if (one->sex != two->sex && tally_synth_percent(rng(m), married)) {
        marry(m, one->sex == TALLY_SYNTH_FEMALE ? one : two,
              one->sex == TALLY_SYNTH_FEMALE ? two : one);
    }
}

/* Women past 30 who live alone: 15 in 100 took another surname in the last eight years.
 */
static void
add_single(struct maker *m, unsigned years, uint8_t group, uint8_t pool)
{
    uint8_t sex = (uint8_t)(tally_synth_below(rng(m), 1000) < (years < 60 ? 560u : 360u));
    struct tally_synth_person *p = add_adult(m, age_in_days(m, years), sex, group, pool);

    if (sex == TALLY_SYNTH_FEMALE && years > 30 && tally_synth_percent(rng(m), 15)) {
        char surname[TALLY_SYNTH_NAME];

        tally_synth_surname(m->s->lists, rng(m), pool, surname);
        tally_synth_inflect(surname, pool, sex);
        rename_person(p, surname, tally_synth_below(rng(m), 8 * YEAR));
    }
}

static void
add_sharers(struct maker *m, unsigned years, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint8_t group = pick_group(m);
        unsigned age = i == 0 ? years : years + tally_synth_below(rng(m), 7);

        /* Drawn one after another: arguments have no order of their own. */
        uint8_t pool = pick_pool(m, group);
        uint8_t sex = (uint8_t)tally_synth_below(rng(m), 2);

        add_adult(m, age_in_days(m, age < 21 || i == 0 ? age : age - 3), sex, group, pool);
    }
}

/* Adults without children. Someone who will live with others stands for all of them:
 * taken one time in as many, so that each age comes out as often as the table has it.
 * False: not taken. */
static bool
add_childless(struct maker *m)
{
    unsigned years =
        tally_synth_pick_index(tally_synth_adults_by_age, TALLY_SYNTH_AGES, rng(m));
    uint32_t kind = tally_synth_below(rng(m), 100);
    uint32_t alone = years < 30 ? 22 : years < 65 ? 42 : years < 80 ? 34 : 55;
    uint32_t couple = years < 30 ? 40 : years < 65 ? 52 : years < 80 ? 64 : 44;
    uint8_t group = pick_group(m);
    uint8_t pool = pick_pool(m, group);

    m->h->kind = kind < alone ? "alone" : kind < alone + couple ? "couple" : "shared";
    if (kind < alone) {
        add_single(m, years, group, pool);
    } else if (kind < alone + couple) {
        if (tally_synth_percent(rng(m), 50)) {
            return false;
        }
        add_couple(m, years, group, pool);
    } else {
        uint32_t n = 2 + tally_synth_below(rng(m), 4);

        if (tally_synth_below(rng(m), n) != 0) {
            return false;
        }
        add_sharers(m, years, n);
    }
    return true;
}

/* How many homes in a hundred are left in a year. */
static uint32_t
yearly_moves(const struct tally_synth_household *h)
{
    unsigned years = tally_synth_age(&h->people[0]);

    if (years < 35) {
        return h->n > 2 ? 12 : 22;
    }
    return years < 65 ? 7 : 3;
}

/* Days since the last move of the last ten years, or never. */
static uint32_t
last_move(struct maker *m, uint32_t percent)
{
    for (uint32_t year = 0; year < 10; year++) {
        if (tally_synth_percent(rng(m), percent)) {
            return year * YEAR + tally_synth_below(rng(m), YEAR);
        }
    }
    return TALLY_SYNTH_NEVER;
}

static struct tally_synth_place
former_place(struct maker *m, const struct tally_synth_place *now)
{
    /* Six moves in ten stay nearby. */
    if (tally_synth_percent(rng(m), 60)) {
        return tally_synth_place_near(m->s->lists, rng(m), now);
    }
    return tally_synth_place_any(m->s->lists, rng(m));
}

/* One home for all; they came together, unless adults met there. */
static void
settle_household(struct maker *m, bool together)
{
    struct tally_synth_household *h = m->h;
    struct tally_synth_place now = tally_synth_place_any(m->s->lists, rng(m));
    struct tally_synth_place before = former_place(m, &now);
    uint32_t percent = yearly_moves(h);
    uint32_t moved = last_move(m, percent);

    for (size_t i = 0; i < h->n; i++) {
        struct tally_synth_person *p = &h->people[i];

        p->place = now;
        p->former_place = before;
        p->moved_days = moved;
        if (!together) {
            p->former_place = former_place(m, &now);
            p->moved_days = last_move(m, percent);
        }
        if (p->moved_days >= p->age_days) {
            p->moved_days = TALLY_SYNTH_NEVER;
        }
    }
}

void
tally_synth_household(struct tally_synth_source *s, struct tally_synth_household *h)
{
    struct maker m = {.s = s, .h = h};
    bool together = true;

    h->n = 0;
    tally_synth_seed(&m.rng, s->seed, STREAM_HOUSEHOLD, s->households++);
    while (h->n == 0) {
        if (tally_synth_below(&m.rng, 1000) < FAMILY_PERCENT) {
            add_family(&m);
        } else if (add_childless(&m)) {
            together = h->n == 2 && tally_synth_percent(&m.rng, 60);
        }
    }
    if (tally_synth_percent(&m.rng, 2)) { /* a lodger */
        add_sharers(&m, 19 + tally_synth_below(&m.rng, 30), 1);
    }
    settle_household(&m, together);
    for (size_t i = 0; i < h->n; i++) {
        h->people[i].number = ++s->people;
        h->people[i].nhs = next_nhs(s);
    }
}
