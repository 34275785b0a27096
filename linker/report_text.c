/*
 * Figures of a report in words.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/report_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct report_text
tally_report_percent(double share)
{
    struct report_text t;

    if (isnan(share)) {
        snprintf(t.s, sizeof t.s, "cannot be said");
    } else if (share < 0.0005) {
        snprintf(t.s, sizeof t.s, "under 0.1%%");
    } else if (share > 0.9995) {
        snprintf(t.s, sizeof t.s, "over 99.9%%");
    } else {
        snprintf(t.s, sizeof t.s, "%.1f%%", 100 * share);
    }
    return t;
}

struct report_text
tally_report_score(uint32_t ppm)
{
    struct report_text t;
    size_t len;

    snprintf(t.s, sizeof t.s, "%.4f", (double)ppm / 1e6);
    len = strlen(t.s);
    /* Three decimals stay. */
    while (len > 5 && t.s[len - 1] == '0') {
        t.s[--len] = '\0';
    }
    return t;
}

struct report_text
tally_report_about(uint64_t n)
{
    static const struct {
        uint64_t unit;
        const char *name;
    } units[] = {{1000000000000000, "thousand million million"},
                 {1000000000000, "million million"},
                 {1000000000, "thousand million"},
                 {1000000, "million"},
                 {1000, "thousand"}};
    struct report_text t;

    snprintf(t.s, sizeof t.s, "fewer than a thousand");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (n >= units[i].unit) {
            double v = (double)n / (double)units[i].unit;

            snprintf(t.s, sizeof t.s, v < 10 ? "about %.1f %s" : "about %.0f %s", v,
                     units[i].name);
            break;
        }
    }
    return t;
}

struct report_text
tally_report_duration(double seconds)
{
    struct report_text t;
    /* Read from a store that anyone may have changed: of any sign, or no number. */
    unsigned whole = (unsigned)(fmin(fmax(seconds, 0), 1e9) + 0.5);

    if (!(seconds >= 1)) {
        snprintf(t.s, sizeof t.s, "under a second");
    } else if (whole < 60) {
        snprintf(t.s, sizeof t.s, "%u second%s", whole, whole == 1 ? "" : "s");
    } else {
        snprintf(t.s, sizeof t.s, "%u minute%s %u second%s", whole / 60,
                 whole / 60 == 1 ? "" : "s", whole % 60, whole % 60 == 1 ? "" : "s");
    }
    return t;
}

struct report_text
tally_report_date(const char *iso)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    struct report_text t;
    unsigned y;
    unsigned m;
    unsigned d;
    unsigned hour;
    unsigned minute;

    if (sscanf(iso, "%4u-%2u-%2uT%2u:%2u:", &y, &m, &d, &hour, &minute) == 5 && m >= 1 &&
        m <= 12) {
        snprintf(t.s, sizeof t.s, "%u %s %u, %02u:%02u UTC", d, months[m - 1], y, hour,
                 minute);
    } else {
        snprintf(t.s, sizeof t.s, "%s", iso);
    }
    return t;
}

struct report_text
tally_report_names(const char *const *names, size_t n, size_t most)
{
    struct report_text t;
    size_t used = 0;

    t.s[0] = '\0';
    if (n >= most) {
        snprintf(t.s, sizeof t.s, "%zu sources", n);
        return t;
    }
    for (size_t i = 0; i < n && used < sizeof t.s; i++) {
        const char *before = i == 0 ? "" : i + 1 == n ? " and " : ", ";

        used += (size_t)snprintf(t.s + used, sizeof t.s - used, "%s%s", before, names[i]);
    }
    return t;
}
