/*
 * Reading the tables into weighted lists, and drawing names and places. The tail of
 * surnames is composed, since real tails are longer than any table: 6 % of British
 * surnames are put together of place-name parts and 2 % are double-barrelled (our
 * assumptions).
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/synth_lists.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEOPLE_A_POSTCODE 42u /* about 60 million people on 1.4 million postcodes */
#define POSTCODE_BLOCK    32u

static size_t
count_words(const char *text)
{
    size_t n = 0;

    for (const char *p = text; *p != '\0'; p++) {
        n += *p != ' ' && (p == text || p[-1] == ' ');
    }
    return n;
}

/* A word as it stands in the table: split off "=weight", blanks for underscores. */
static uint32_t
settle_word(char *word, uint32_t weight)
{
    char *equals = strchr(word, '=');

    if (equals != NULL) {
        *equals = '\0';
        weight = (uint32_t)strtoul(equals + 1, NULL, 10);
    }
    for (char *p = word; *p != '\0'; p++) {
        if (*p == '_') {
            *p = ' ';
        }
    }
    return weight;
}

static int
read_list(struct tally_synth_list *l, const char *text, struct tally_err *err)
{
    size_t words = count_words(text);
    const char *heading = NULL;
    uint32_t weight = 1;
    uint32_t total = 0;
    char *rest = NULL;

    l->text = strdup(text);
    l->words = calloc(words, sizeof *l->words);
    l->headings = calloc(words, sizeof *l->headings);
    l->cumulative = calloc(words, sizeof *l->cumulative);
    if (l->text == NULL || l->words == NULL || l->headings == NULL ||
        l->cumulative == NULL) {
        return tally_err_nomem(err);
    }
    for (char *w = strtok_r(l->text, " ", &rest); w != NULL;
         w = strtok_r(NULL, " ", &rest)) {
        weight = settle_word(w, weight);
        if (w[strlen(w) - 1] == ':') {
            w[strlen(w) - 1] = '\0';
            heading = w;
            continue;
        }
        total += weight;
        l->words[l->n] = w;
        l->headings[l->n] = heading;
        l->cumulative[l->n] = total;
        l->n++;
    }
    TALLY_INVARIANT(l->n > 0 && total > 0);
    return 0;
}

static void
free_list(struct tally_synth_list *l)
{
    free(l->text);
    free(l->words);
    free(l->headings);
    free(l->cumulative);
}

static int
read_forenames(struct tally_synth_lists *l, struct tally_err *err)
{
    for (size_t sex = 0; sex < 2; sex++) {
        for (size_t i = 0; i < TALLY_SYNTH_PERIODS; i++) {
            if (read_list(&l->periods[i][sex], tally_synth_periods[i].forenames[sex],
                          err) != 0) {
                return -1;
            }
        }
        for (size_t i = 0; i < TALLY_SYNTH_POOLS; i++) {
            if (read_list(&l->pools[i][sex], tally_synth_pools[i].forenames[sex], err) !=
                0) {
                return -1;
            }
        }
        if (read_list(&l->rare[sex], tally_synth_rare_forenames[sex], err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
read_surnames(struct tally_synth_lists *l, struct tally_err *err)
{
    for (size_t i = 0; i < TALLY_SYNTH_POOLS; i++) {
        const char *womens = tally_synth_pools[i].womens_surnames;

        if (read_list(&l->surnames[i], tally_synth_pools[i].surnames, err) != 0 ||
            (womens != NULL && read_list(&l->womens[i], womens, err) != 0)) {
            return -1;
        }
    }
    if (read_list(&l->surnames[TALLY_SYNTH_BRITISH], tally_synth_british_surnames, err) !=
            0 ||
        read_list(&l->heads, tally_synth_surname_heads, err) != 0) {
        return -1;
    }
    return read_list(&l->tails, tally_synth_surname_tails, err);
}

static int
read_places(struct tally_synth_lists *l, struct tally_err *err)
{
    if (read_list(&l->districts, tally_synth_districts, err) != 0 ||
        read_list(&l->streets, tally_synth_streets, err) != 0 ||
        read_list(&l->stems, tally_synth_street_stems, err) != 0) {
        return -1;
    }
    return read_list(&l->kinds, tally_synth_street_kinds, err);
}

int
tally_synth_lists_create(struct tally_synth_lists **out, uint64_t seed, uint64_t people,
                         struct tally_err *err)
{
    struct tally_synth_lists *l = calloc(1, sizeof *l);

    if (l == NULL) {
        return tally_err_nomem(err);
    }
    l->seed = tally_synth_mix(seed ^ 0x706c61636573u);
    l->postcodes = (uint32_t)(people / PEOPLE_A_POSTCODE) + POSTCODE_BLOCK;
    l->postcodes -= l->postcodes % POSTCODE_BLOCK;
    if (read_forenames(l, err) != 0 || read_surnames(l, err) != 0 ||
        read_places(l, err) != 0 ||
        read_list(&l->nicknames, tally_synth_nicknames, err) != 0) {
        tally_synth_lists_free(l);
        return -1;
    }
    *out = l;
    return 0;
}

void
tally_synth_lists_free(struct tally_synth_lists *l)
{
    if (l == NULL) {
        return;
    }
    for (size_t sex = 0; sex < 2; sex++) {
        for (size_t i = 0; i < TALLY_SYNTH_PERIODS; i++) {
            free_list(&l->periods[i][sex]);
        }
        for (size_t i = 0; i < TALLY_SYNTH_POOLS; i++) {
            free_list(&l->pools[i][sex]);
        }
        free_list(&l->rare[sex]);
    }
    for (size_t i = 0; i < TALLY_SYNTH_ALL_POOLS; i++) {
        free_list(&l->surnames[i]);
    }
    for (size_t i = 0; i < TALLY_SYNTH_POOLS; i++) {
        free_list(&l->womens[i]);
    }
    free_list(&l->heads);
    free_list(&l->tails);
    free_list(&l->nicknames);
    free_list(&l->districts);
    free_list(&l->streets);
    free_list(&l->stems);
    free_list(&l->kinds);
    free(l);
}

/* The first word whose cumulative weight is above ${x}. */
static size_t
find_weight(const struct tally_synth_list *l, uint32_t x)
{
    size_t low = 0;
    size_t high = l->n - 1;

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (l->cumulative[mid] > x) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return low;
}

const char *
tally_synth_pick(const struct tally_synth_list *l, struct tally_synth_rng *r)
{
    return l->words[find_weight(l, tally_synth_below(r, l->cumulative[l->n - 1]))];
}

uint32_t
tally_synth_pick_index(const uint32_t *weights, uint32_t n, struct tally_synth_rng *r)
{
    uint32_t total = 0;
    uint32_t x;
    uint32_t i;

    for (i = 0; i < n; i++) {
        total += weights[i];
    }
    x = tally_synth_below(r, total);
    for (i = 0; x >= weights[i]; i++) {
        x -= weights[i];
    }
    return i;
}

const char *
tally_synth_forename(const struct tally_synth_lists *l, struct tally_synth_rng *r,
                     unsigned pool, unsigned sex, int year)
{
    const struct tally_synth_list *list;
    size_t period = TALLY_SYNTH_PERIODS - 1;
    uint32_t rare;

    if (pool != TALLY_SYNTH_BRITISH) {
        return tally_synth_pick(&l->pools[pool][sex], r);
    }
    while (period > 0 && tally_synth_periods[period].first > year) {
        period--;
    }
    list = &l->periods[period][sex];
    rare = tally_synth_periods[period].rare[sex];
    if (tally_synth_below(r, list->cumulative[list->n - 1] + rare) < rare) {
        list = &l->rare[sex];
    }
    return tally_synth_pick(list, r);
}

/* Two place-name parts, the earlier ones of each list more often: the smaller of two
 * draws. */
static void
compose_surname(const struct tally_synth_lists *l, struct tally_synth_rng *r,
                char out[TALLY_SYNTH_NAME])
{
    uint32_t a = tally_synth_below(r, (uint32_t)l->tails.n);
    uint32_t b = tally_synth_below(r, (uint32_t)l->tails.n);

    snprintf(out, TALLY_SYNTH_NAME, "%s%s", tally_synth_pick(&l->heads, r),
             l->tails.words[a < b ? a : b]);
}

void
tally_synth_surname(const struct tally_synth_lists *l, struct tally_synth_rng *r,
                    unsigned pool, char out[TALLY_SYNTH_NAME])
{
    const struct tally_synth_list *list = &l->surnames[pool];
    uint32_t kind = tally_synth_below(r, 100);

    if (pool == TALLY_SYNTH_BRITISH && kind < 6) {
        compose_surname(l, r, out);
    } else if (pool == TALLY_SYNTH_BRITISH && kind < 8) {
        const char *first = tally_synth_pick(list, r);

        snprintf(out, TALLY_SYNTH_NAME, "%.30s-%.30s", first, tally_synth_pick(list, r));
    } else {
        snprintf(out, TALLY_SYNTH_NAME, "%s", tally_synth_pick(list, r));
    }
}

const char *
tally_synth_nickname(const struct tally_synth_lists *l, struct tally_synth_rng *r,
                     const char *forename)
{
    const struct tally_synth_list *list = &l->nicknames;
    size_t low = 0;
    size_t high = list->n;
    size_t first;

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (strcmp(list->headings[mid], forename) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    for (first = low; high < list->n && strcmp(list->headings[high], forename) == 0;) {
        high++;
    }
    if (high == first) {
        return NULL;
    }
    return list->words[first + tally_synth_below(r, (uint32_t)(high - first))];
}

/* Within a block of postcodes the first hold about four times as many homes as the last:
 * two draws in five are the product of two. */
static uint32_t
skewed_below(struct tally_synth_rng *r, uint32_t n)
{
    uint64_t x = tally_synth_next(r);
    uint64_t product = (x >> 32) * (x & 0xffffffffu) >> 32;

    if (tally_synth_percent(r, 60)) {
        return tally_synth_below(r, n);
    }
    return (uint32_t)(product * n >> 32);
}

static struct tally_synth_place
place_in(struct tally_synth_rng *r, uint32_t block)
{
    struct tally_synth_place p;

    p.postcode = block * POSTCODE_BLOCK + skewed_below(r, POSTCODE_BLOCK);
    p.house = (uint16_t)(1 + tally_synth_below(r, 150));
    p.flat = 0;
    if (tally_synth_percent(r, 15)) {
        p.flat = (uint8_t)(1 + tally_synth_below(r, 24));
    }
    return p;
}

struct tally_synth_place
tally_synth_place_any(const struct tally_synth_lists *l, struct tally_synth_rng *r)
{
    return place_in(r, tally_synth_below(r, l->postcodes / POSTCODE_BLOCK));
}

struct tally_synth_place
tally_synth_place_near(const struct tally_synth_lists *l, struct tally_synth_rng *r,
                       const struct tally_synth_place *from)
{
    uint32_t blocks = l->postcodes / POSTCODE_BLOCK;
    uint32_t block = from->postcode / POSTCODE_BLOCK + tally_synth_below(r, 3);

    return place_in(r, block == 0 ? 0 : block > blocks ? blocks - 1 : block - 1);
}

/* Postcode numbers are spread over the districts in order, by weight: neighbours share a
 * district. */
static size_t
district_of(const struct tally_synth_lists *l, uint32_t postcode)
{
    const struct tally_synth_list *d = &l->districts;
    uint64_t total = d->cumulative[d->n - 1];

    return find_weight(d, (uint32_t)((2 * (uint64_t)postcode + 1) * total /
                                     (2 * (uint64_t)l->postcodes)));
}

void
tally_synth_place_postcode(const struct tally_synth_lists *l,
                           const struct tally_synth_place *p,
                           char out[TALLY_SYNTH_POSTCODE])
{
    static const char letters[] = "ABDEFGHJLNPQRSTUWXYZ"; /* never C I K M O V */
    uint64_t h = tally_synth_mix(l->seed ^ p->postcode);

    snprintf(out, TALLY_SYNTH_POSTCODE, "%.4s %u%c%c",
             l->districts.words[district_of(l, p->postcode)], (unsigned)(h % 10),
             letters[(h >> 16) % 20], letters[(h >> 32) % 20]);
}

void
tally_synth_place_line(const struct tally_synth_lists *l,
                       const struct tally_synth_place *p, char out[TALLY_SYNTH_ADDRESS])
{
    struct tally_synth_rng r;
    char street[80];
    char flat[16] = "";

    tally_synth_seed(&r, l->seed, 0x73747265, p->postcode);
    if (tally_synth_percent(&r, 30)) {
        snprintf(street, sizeof street, "%s", tally_synth_pick(&l->streets, &r));
    } else {
        const char *stem = tally_synth_pick(&l->stems, &r);

        snprintf(street, sizeof street, "%s %s", stem, tally_synth_pick(&l->kinds, &r));
    }
    if (p->flat > 0) {
        snprintf(flat, sizeof flat, "Flat %u, ", p->flat);
    }
    if (p->house > 148) { /* one house in 75 has a name and no number */
        snprintf(out, TALLY_SYNTH_ADDRESS, "%s%s Cottage, %s", flat,
                 l->stems.words[(p->postcode + p->house) % l->stems.n], street);
    } else {
        snprintf(out, TALLY_SYNTH_ADDRESS, "%s%u %s", flat, p->house, street);
    }
}

const char *
tally_synth_place_town(const struct tally_synth_lists *l,
                       const struct tally_synth_place *p)
{
    return l->districts.headings[district_of(l, p->postcode)];
}
