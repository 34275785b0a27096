/*
 * Cuts from the hypergeometric distribution, and the prefix that is expected to cost
 * least. Only sums, products and quotients of doubles, so that the plan is the same
 * everywhere.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_prefix.h"

#include "linker/join_need.h"

#include <stdlib.h>
#include <string.h>

#include "bloom/bits.h"

/* A pair that is not given up costs as much as scanning this many words more. */
#define VERIFY_WORDS 600

/* The share of bits in which unrelated diffused filters differ: a half, but for what they
 * have in common. Measured .496 under the standard profile. */
#define UNRELATED .495

/* The least prefix; and the share of the words that one must save. */
#define WORDS_MIN  4
#define SAVING_MIN .1

/* Terms below this share of the greatest are left out of sums. */
#define NEGLIGIBLE 1e-25

/* Probabilities of 0, 1, ... n, of which those from ${low} to ${high} are not negligible.
 */
struct chances {
    double p[TALLY_ROW_BYTES_MAX * 8 + 1];
    size_t low;
    size_t high;
};

/* How much more likely x + 1 is than x. */
struct ratio {
    bool drawn;  /* hypergeometric: without putting back */
    double n;    /* bits looked at */
    double bits; /* of them all */
    double differ;
    double share; /* binomial: of a bit */
};

static double
ratio_at(const struct ratio *r, size_t at)
{
    double x = (double)at;

    if (r->drawn) {
        return (r->differ - x) * (r->n - x) /
               ((x + 1) * (r->bits - r->differ - r->n + x + 1));
    }
    return (r->n - x) / (x + 1) * (r->share / (1 - r->share));
}

/* Fill in the probabilities from the one at ${mode}, which is possible, up and down. */
static void
fill_chances(struct chances *c, const struct ratio *r, size_t mode, size_t most)
{
    double sum = 1;

    c->p[mode] = 1;
    c->low = c->high = mode;
    while (c->high < most) {
        double next = c->p[c->high] * ratio_at(r, c->high);

        if (!(next > NEGLIGIBLE)) {
            break;
        }
        c->p[++c->high] = next;
        sum += next;
    }
    while (c->low > 0) {
        double next = c->p[c->low] / ratio_at(r, c->low - 1);

        if (!(next > NEGLIGIBLE && next < 1 / NEGLIGIBLE)) {
            break;
        }
        c->p[--c->low] = next;
        sum += next;
    }
    for (size_t x = c->low; x <= c->high; x++) {
        c->p[x] /= sum;
    }
}

/* Differences among the first ${n} of ${bits} bits when ${differ} differ. */
static void
drawn_chances(struct chances *c, uint32_t bits, uint32_t differ, uint32_t n)
{
    struct ratio r = {.drawn = true, .n = n, .bits = bits, .differ = differ};
    size_t mode = (size_t)((uint64_t)(n + 1) * (differ + 1) / (bits + 2));
    size_t most = differ < n ? differ : n;

    fill_chances(c, &r, mode < most ? mode : most, most);
}

/* The chance of more than ${cut}. */
static double
chance_above(const struct chances *c, double cut)
{
    double sum = 0;

    for (size_t x = c->high; x > c->low && (double)x > cut; x--) {
        sum += c->p[x];
    }
    return (double)c->low > cut ? 1 : sum;
}

/* The least cut that is exceeded with a chance of at most ${miss}. */
static double
cut_for(const struct chances *c, double miss)
{
    double sum = 0;
    size_t x = c->high;

    while (x > c->low && sum + c->p[x] <= miss) {
        sum += c->p[x--];
    }
    return (double)x;
}

/* Where a plan stands. */
struct planning {
    uint32_t bits;
    uint32_t threshold_ppm;
    double miss;
    uint32_t differ_most; /* of a pair at the threshold */
    struct chances *chances;
};

/* Bits that differ in a pair at the threshold with ${set} set bits, rounded up: more may
 * not be missed either. */
static uint32_t
differ_of(const struct planning *p, uint64_t set)
{
    return (uint32_t)((set * (TALLY_PPM - p->threshold_ppm) + TALLY_PPM - 1) / TALLY_PPM);
}

static double
cut_at(const struct planning *p, uint32_t prefix, uint32_t differ)
{
    drawn_chances(p->chances, p->bits, differ, prefix);
    return cut_for(p->chances, p->miss);
}

/* The slope of the cuts, by bits that differ, around a pair of half-filled filters: cuts
 * bend down on both sides, so the line through there lies close above them. */
static double
slope_of(const struct planning *p, uint32_t prefix)
{
    uint32_t middle = differ_of(p, p->bits);
    uint32_t reach = middle / 4;

    if (reach == 0) {
        return 0;
    }
    return (cut_at(p, prefix, middle + reach) - cut_at(p, prefix, middle - reach)) /
           (2.0 * reach);
}

/* What scanning ${prefix} bits of unrelated pairs would cost, in words a pair. */
static double
cost_of(const struct planning *p, uint32_t prefix)
{
    struct ratio r = {.n = prefix, .share = UNRELATED};
    double cut = cut_at(p, prefix, differ_of(p, p->bits));

    fill_chances(p->chances, &r, (size_t)(prefix * UNRELATED), prefix);
    return prefix / 64.0 + VERIFY_WORDS * (1 - chance_above(p->chances, cut));
}

/* The prefix to try after ${prefix}: finely while a word is a great part of it. */
static uint32_t
next_prefix(uint32_t prefix)
{
    return prefix + (prefix < 512 ? 64 : prefix < 1280 ? 128 : 256);
}

static uint32_t
cheapest_prefix(const struct planning *p)
{
    double least = p->bits / 64.0 * (1 - SAVING_MIN);
    uint32_t best = 0;

    for (uint32_t prefix = WORDS_MIN * 64; prefix < p->bits;
         prefix = next_prefix(prefix)) {
        double cost = cost_of(p, prefix);

        if (cost < least) {
            least = cost;
            best = prefix;
        }
    }
    return best;
}

/* The line that lies nowhere below a cut, and the chance of a miss that leaves. Bits that
 * differ are counted rounded up, and the line is taken at the set bits that they come
 * from, rounded down. */
static void
lay_line(const struct planning *p, struct tally_prefix_plan *plan)
{
    double slope =
        slope_of(p, plan->prefix_bits) * (1 - (double)p->threshold_ppm / TALLY_PPM);
    double level = 0;

    plan->slope_e6 = (int64_t)(slope * 1e6);
    slope = (double)plan->slope_e6 / 1e6;
    for (uint32_t set = 0; set <= 2 * p->bits; set++) {
        double over;

        if (differ_of(p, set) > p->bits) {
            break;
        }
        over = cut_at(p, plan->prefix_bits, differ_of(p, set)) - slope * set;
        level = over > level ? over : level;
    }
    plan->level_e6 = (int64_t)(level * 1e6) + 1;
    for (uint32_t set = 0; set <= 2 * p->bits && differ_of(p, set) <= p->bits; set++) {
        double chance;

        drawn_chances(p->chances, p->bits, differ_of(p, set), plan->prefix_bits);
        chance = chance_above(p->chances, (double)plan->level_e6 / 1e6 + slope * set);
        plan->miss = chance > plan->miss ? chance : plan->miss;
    }
}

int
tally_prefix_plan_make(struct tally_prefix_plan *out, uint32_t bits,
                       uint32_t threshold_ppm, uint32_t miss_e12, struct tally_err *err)
{
    struct planning p = {
        .bits = bits, .threshold_ppm = threshold_ppm, .miss = miss_e12 / 1e12};

    *out = (struct tally_prefix_plan){0};
    if (miss_e12 == 0 || bits < 2 * WORDS_MIN * 64) {
        return 0;
    }
    p.chances = malloc(sizeof *p.chances);
    if (p.chances == NULL) {
        return tally_err_nomem(err);
    }
    out->prefix_bits = cheapest_prefix(&p);
    if (out->prefix_bits != 0) {
        lay_line(&p, out);
    }
    free(p.chances);
    return 0;
}

static const struct tally_scan *
prefix_scan(const struct tally_kernel *k)
{
    return &k->common;
}

/* A pair is kept when its first bits differ in at most level + slope (pa + pb). With q
 * set bits of a row among the first, and s in common, that is s >= (qa - slope pa - level
 * / 2) / 2 + the same of b. */
static void
prefix_make(const struct tally_join_sketch *s, const uint8_t *rows,
            const uint32_t *popcounts, size_t n, uint8_t *out, int32_t *need)
{
    const struct tally_prefix_plan *plan = s->model;

    for (size_t i = 0; i < n; i++) {
        uint8_t *row = out + i * s->width;
        int64_t set;

        memcpy(row, rows + i * s->stride, s->width);
        set = (int64_t)tally_bits_count(row, s->width);
        need[i] = (int32_t)tally_join_floor_div(
            2 * (set * 1000000 - plan->slope_e6 * popcounts[i]) - plan->level_e6,
            4000000);
    }
}

/* A need that rose as better pairs are met would make it depend on the order of work
 * which pairs are missed. */
static uint64_t
prefix_per_bit_ppm(const struct tally_join_sketch *s)
{
    (void)s;
    return 0;
}

static size_t
prefix_widths(uint32_t bits, uint32_t threshold_ppm, size_t widths[TALLY_SKETCH_WIDTHS])
{
    (void)bits;
    (void)threshold_ppm;
    (void)widths;
    return 0; /* the plan says */
}

const struct tally_sketch_kind tally_sketch_prefix = {
    .name = "prefix",
    .scan = prefix_scan,
    .widths = prefix_widths,
    .make = prefix_make,
    .per_bit_ppm = prefix_per_bit_ppm,
};

struct tally_join_sketch
tally_prefix_sketch(const struct tally_prefix_plan *plan, const struct tally_matrix *m,
                    uint32_t threshold_ppm)
{
    return (struct tally_join_sketch){.kind = &tally_sketch_prefix,
                                      .model = plan,
                                      .bits = m->bits,
                                      .stride = m->stride,
                                      .width = plan->prefix_bits / 8,
                                      .threshold_ppm = threshold_ppm};
}
