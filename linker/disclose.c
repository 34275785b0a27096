/*
 * Disclosure control of counts: suppress first, then round, then print. Shares are worked
 * out from what is shown, so that no unrounded figure can be read back out of them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/disclose.h"

#include <stdio.h>

static struct tally_count
suppressed_count(void)
{
    struct tally_count c = {.suppressed = true, .value = 0, .text = "[c]"};

    return c;
}

/** ${v} with a comma between thousands. 2^64 takes 20 digits and 6 commas. */
static void
print_thousands(uint64_t v, char out[32])
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

    print_thousands(value, c.text);
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

/** Suppress the smallest other count of one sum (${cells} NULL: counts 0 to n - 1) if it
 * gives one away. */
static bool
close_sum(const uint64_t *raw, struct tally_count *counts, const size_t *cells, size_t n)
{
    size_t nsuppressed = 0;
    size_t smallest = SIZE_MAX;

    for (size_t j = 0; j < n; j++) {
        size_t i = cells == NULL ? j : cells[j];

        if (counts[i].suppressed) {
            nsuppressed++;
        } else if (smallest == SIZE_MAX || raw[i] < raw[smallest]) {
            smallest = i;
        }
    }
    if (nsuppressed != 1 || smallest == SIZE_MAX) {
        return false;
    }
    counts[smallest] = suppressed_count();
    return true;
}

void
tally_disclose_list(const uint64_t *raw, struct tally_count *counts, size_t n)
{
    (void)close_sum(raw, counts, NULL, n);
}

void
tally_disclose_sums(const uint64_t *raw, struct tally_count *counts,
                    const struct tally_disclose_sum *sums, size_t nsums)
{
    bool changed = true;

    /* Every round that changes something suppresses at least one more count, so this
     * ends. */
    while (changed) {
        changed = false;
        for (size_t s = 0; s < nsums; s++) {
            changed |= close_sum(raw, counts, sums[s].cells, sums[s].n);
        }
    }
}
