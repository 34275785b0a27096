/*
 * Disclosure control of counts: suppress first, then round, then print. Shares are worked
 * out from what is shown, so that no unrounded figure can be read back out of them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/disclose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct tally_count
suppressed_count(void)
{
    struct tally_count c = {.suppressed = true, .value = 0, .text = "[c]"};

    return c;
}

/* 2^64 takes 20 digits and 6 commas. */
void
tally_disclose_thousands(uint64_t v, char out[32])
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)v);
    size_t at = 0;

    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) {
            out[at++] = ',';
        }
        out[at++] = digits[i];
    }
    out[at] = '\0';
}

/** ${n} rounded to the nearest multiple of ${unit}, down where up does not fit. */
static uint64_t
round_to(uint64_t n, uint64_t unit)
{
    uint64_t down = n / unit * unit;

    return n - down > (unit - 1) / 2 && down <= UINT64_MAX - unit ? down + unit : down;
}

static struct tally_count
shown(uint64_t value)
{
    struct tally_count c = {.suppressed = false, .value = value};

    tally_disclose_thousands(value, c.text);
    return c;
}

struct tally_count
tally_disclose(uint64_t n)
{
    return n < TALLY_DISCLOSE_MIN ? suppressed_count()
                                  : shown(round_to(n, TALLY_DISCLOSE_ROUND));
}

struct tally_count
tally_disclose_coarse(uint64_t n)
{
    uint64_t unit = 50;

    if (n < unit) {
        return suppressed_count();
    }
    if (n >= 1000) {
        for (unit = 100; n / unit >= 100; unit *= 10) {
        }
    }
    return shown(round_to(n, unit));
}

struct tally_count
tally_disclose_share(uint64_t part, uint64_t whole)
{
    struct tally_count c = suppressed_count();

    /* A remainder under the threshold is a small count of the others: 100% says that
     * there are none. */
    if (part < TALLY_DISCLOSE_MIN || whole < part || whole - part < TALLY_DISCLOSE_MIN) {
        return c;
    }
    c.suppressed = false;
    c.value = (uint64_t)(1000.0L * (long double)round_to(part, TALLY_DISCLOSE_ROUND) /
                             (long double)round_to(whole, TALLY_DISCLOSE_ROUND) +
                         0.5L);
    snprintf(c.text, sizeof c.text, "%u.%u%%", (unsigned)(c.value / 10),
             (unsigned)(c.value % 10));
    return c;
}

void
tally_disclose_list(const uint64_t *raw, struct tally_count *counts, size_t n)
{
    size_t nsuppressed = 0;
    size_t smallest = n;

    for (size_t i = 0; i < n; i++) {
        if (counts[i].suppressed) {
            nsuppressed++;
        } else if (smallest == n || raw[i] < raw[smallest]) {
            smallest = i;
        }
    }
    if (nsuppressed == 1 && smallest < n) {
        counts[smallest] = suppressed_count();
    }
}

/** What suppressing a count would do to the sums it stands in. */
struct effect {
    bool helps;     /* some sum gives a count away and this one is in it */
    int64_t opened; /* sums that would then have one suppressed count, less those that
                       would no longer */
};

static void
weigh(const struct tally_count *counts, struct effect *effects, size_t n,
      const struct tally_disclose_sum *sums, size_t nsums)
{
    memset(effects, 0, n * sizeof *effects);
    for (size_t s = 0; s < nsums; s++) {
        size_t nsuppressed = 0;

        for (size_t j = 0; j < sums[s].n; j++) {
            nsuppressed += counts[sums[s].cells[j]].suppressed;
        }
        for (size_t j = 0; j < sums[s].n && nsuppressed < 2; j++) {
            effects[sums[s].cells[j]].helps |= nsuppressed == 1;
            effects[sums[s].cells[j]].opened += nsuppressed == 1 ? -1 : 1;
        }
    }
}

int
tally_disclose_sums(const uint64_t *raw, struct tally_count *counts, size_t n,
                    const struct tally_disclose_sum *sums, size_t nsums,
                    struct tally_err *err)
{
    struct effect *effects = calloc(n + 1, sizeof *effects);
    size_t best = 0;

    if (effects == NULL) {
        return tally_err_nomem(err);
    }
    /* Every round but the last suppresses one more count, so this ends. */
    while (best < n) {
        weigh(counts, effects, n, sums, nsums);
        best = n;
        for (size_t i = 0; i < n; i++) {
            if (!effects[i].helps || counts[i].suppressed) {
                continue;
            }
            if (best == n || effects[i].opened < effects[best].opened ||
                (effects[i].opened == effects[best].opened && raw[i] < raw[best])) {
                best = i;
            }
        }
        if (best < n) {
            counts[best] = suppressed_count();
        }
    }
    free(effects);
    return 0;
}
