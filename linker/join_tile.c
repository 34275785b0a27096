/*
 * One tile of a join: scan, verify, keep.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/join_tile.h"

#include <stdlib.h>

/* Room for hits of one scan: kernels take up to 16 rows at a time while a whole tile of
 * hits of each would fit. */
#define HITS_CAP (32 * TALLY_TILE_ROWS)

/* Candidates to ask memory for ahead of the one at hand. */
#define AHEAD 4

/* What a worker finds in one scan, and what is left after verifying. */
struct tally_join_scratch {
    struct tally_hit hits[HITS_CAP];
    struct tally_pair pairs[HITS_CAP];
    int32_t need_a[TALLY_TILE_ROWS];
};

/* Tile ${ta} of A against tile ${tb} of B. */
struct tile {
    size_t ta;
    size_t tb;
    size_t first_a;
    size_t first_b;
    size_t na;
    size_t nb;
};

static bool
reaches(uint32_t threshold_ppm, uint32_t common, uint32_t pa, uint32_t pb)
{
    return 2ull * TALLY_PPM * common >= (uint64_t)threshold_ppm * ((uint64_t)pa + pb);
}

/* Whether the numbers of set bits leave room for a match anywhere in the tile. Rows have
 * in common at most all the bits of the lesser, so the nearest numbers decide. */
static bool
tile_possible(const struct tally_join_work *j, const struct tile *t)
{
    struct tally_join_span a = j->a.span[t->ta];
    struct tally_join_span b = j->b.span[t->tb];

    if (a.high < b.low) {
        return reaches(j->threshold_ppm, a.high, a.high, b.low);
    }
    if (b.high < a.low) {
        return reaches(j->threshold_ppm, b.high, b.high, a.low);
    }
    return true;
}

static const uint8_t *
row_at(const struct tally_join_side *s, size_t at)
{
    return s->matrix->rows + s->order[at] * s->matrix->stride;
}

static void
prefetch_hit(const struct tally_join_work *j, const struct tile *t,
             const struct tally_hit *hit)
{
    const uint8_t *a = row_at(&j->a, t->first_a + hit->i);
    const uint8_t *b = row_at(&j->b, t->first_b + hit->j);

    for (size_t line = 0; line < j->choice.sketch.stride; line += 64) {
        __builtin_prefetch(a + line);
        __builtin_prefetch(b + line);
    }
}

/* Decide a candidate. In a self-join each pair is met twice, or once with itself; the
 * places tell which to take. */
static bool
verify(const struct tally_join_work *j, const struct tile *t, const struct tally_hit *hit,
       struct tally_pair *out)
{
    size_t at_a = t->first_a + hit->i;
    size_t at_b = t->first_b + hit->j;
    uint32_t a = j->a.order[at_a];
    uint32_t b = j->b.order[at_b];
    uint32_t common = hit->common;

    if (j->collect.self && at_a >= at_b) {
        return false;
    }
    if (!j->choice.sketch.kind->decides) {
        common = j->kernel->and_popcount(row_at(&j->a, at_a), row_at(&j->b, at_b),
                                         j->choice.sketch.stride);
    }
    if (!reaches(j->threshold_ppm, common, j->a.matrix->popcounts[a],
                 j->b.matrix->popcounts[b])) {
        return false;
    }
    if (j->collect.self && a > b) {
        *out = (struct tally_pair){b, a, common};
    } else {
        *out = (struct tally_pair){a, b, common};
    }
    return true;
}

/* Whether both rows of a pair are known to have k better ones. */
static bool
beaten(const struct tally_join_work *j, const struct tally_pair *p)
{
    const struct tally_collect *c = &j->collect;
    uint32_t ppm =
        tally_dice_ppm(p->common, c->a->popcounts[p->a], c->b->popcounts[p->b]);

    return ppm < tally_collect_floor(c, false, p->a) &&
           ppm < tally_collect_floor(c, true, p->b);
}

static size_t
verify_hits(const struct tally_join_work *j, const struct tile *t,
            const struct tally_hit *hits, size_t nhits, struct tally_pair *out)
{
    size_t n = 0;

    for (size_t h = 0; h < nhits; h++) {
        if (h + AHEAD < nhits) {
            prefetch_hit(j, t, &hits[h + AHEAD]);
        }
        n += verify(j, t, &hits[h], &out[n]) && !beaten(j, &out[n]);
    }
    return n;
}

/*
 * Needs of A in a tile. With k, a pair must reach the floor of one of its rows at least,
 * hence the lesser of its row in A's floor and the least floor of B in the tile. What
 * that is above the threshold, times (pa + pb) / 2, comes on top of the terms of both
 * rows; the least pb of the tile makes it a term of A's row alone.
 */
static const int32_t *
tile_needs(const struct tally_join_work *j, const struct tile *t,
           struct tally_join_scratch *s)
{
    const int32_t *base = j->a.need + t->first_a;
    uint32_t least_b = UINT32_MAX;
    uint64_t per_bit = j->choice.sketch.kind->per_bit_ppm(&j->choice.sketch);

    for (size_t i = 0; i < t->nb && per_bit != 0 && least_b > j->threshold_ppm; i++) {
        uint32_t floor =
            tally_collect_floor(&j->collect, true, j->b.order[t->first_b + i]);

        least_b = floor < least_b ? floor : least_b;
    }
    if (per_bit == 0 || least_b <= j->threshold_ppm) {
        return base;
    }
    for (size_t i = 0; i < t->na; i++) {
        uint32_t floor =
            tally_collect_floor(&j->collect, false, j->a.order[t->first_a + i]);
        uint64_t least = floor < least_b ? floor : least_b;
        uint64_t above = least > j->threshold_ppm ? least - j->threshold_ppm : 0;
        uint64_t bits =
            (uint64_t)tally_join_popcount(&j->a, t->first_a + i) + j->b.span[t->tb].low;

        s->need_a[i] =
            base[i] + (int32_t)(above * bits / 2 * per_bit / TALLY_PPM / TALLY_PPM);
    }
    return s->need_a;
}

static int
scan_tile(struct tally_join_work *j, const struct tile *t, unsigned worker,
          struct tally_err *err)
{
    struct tally_join_scratch *s = &j->scratch[worker];
    const int32_t *need_a = tile_needs(j, t, s);
    const struct tally_join_side *a = &j->a;
    const struct tally_join_side *b = &j->b;
    uint64_t verified = 0;

    for (size_t row = 0; row < t->na;) {
        size_t nhits =
            j->choice.scan->scan(a->scan + t->ta * a->tile_stride, need_a, t->na, row,
                                 b->scan + t->tb * b->tile_stride, b->need + t->first_b,
                                 t->nb, j->choice.sketch.width, s->hits, HITS_CAP, &row);
        size_t npairs = verify_hits(j, t, s->hits, nhits, s->pairs);

        verified += nhits;

        if (tally_keep_add(&j->collect, &j->keeps[worker], s->pairs, npairs, err) != 0) {
            return -1;
        }
    }
    atomic_fetch_add_explicit(&j->scanned, (uint64_t)t->na * t->nb, memory_order_relaxed);
    atomic_fetch_add_explicit(&j->verified, verified, memory_order_relaxed);
    return 0;
}

/* Pairs of the tile that count: in a self-join those whose place in A is before the place
 * in B. */
static uint64_t
tile_pairs(const struct tally_join_work *j, const struct tile *t)
{
    uint64_t pairs = 0;

    if (!j->collect.self) {
        return (uint64_t)t->na * t->nb;
    }
    for (size_t i = t->first_a; i < t->first_a + t->na; i++) {
        size_t last = t->first_b + t->nb;
        size_t first = i + 1 > t->first_b ? i + 1 : t->first_b;

        pairs += first < last ? last - first : 0;
    }
    return pairs;
}

int
tally_join_tile(struct tally_join_work *j, size_t ta, size_t tb, unsigned worker,
                struct tally_err *err)
{
    struct tile t = {.ta = ta, .tb = tb};
    uint64_t pairs;

    t.first_a = t.ta * j->a.tile;
    t.first_b = t.tb * j->b.tile;
    t.na = tally_join_tile_rows(&j->a, t.ta);
    t.nb = tally_join_tile_rows(&j->b, t.tb);
    pairs = tile_pairs(j, &t);
    if (pairs != 0 && tile_possible(j, &t) && scan_tile(j, &t, worker, err) != 0) {
        return -1;
    }
    tally_progress_add(j->progress, pairs);
    return 0;
}

struct tally_join_scratch *
tally_join_scratch_make(size_t nworkers)
{
    return calloc(nworkers, sizeof(struct tally_join_scratch));
}
