/*
 * Figures of a report in words, for linker/report.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_REPORT_TEXT_H
#define TALLY_REPORT_TEXT_H

#include <stddef.h>
#include <stdint.h>

/** A short text, passed by value. */
struct report_text {
    char s[512];
};

/** "1.3%", "under 0.1%", "over 99.9%"; "cannot be said" for NAN. */
struct report_text tally_report_percent(double share);
/** "0.8123" of parts per million: four decimals, or three when that is exact. */
struct report_text tally_report_score(uint32_t ppm);
/** "about 360 million". */
struct report_text tally_report_about(uint64_t n);
/** "under a second", "41 seconds", "3 minutes 5 seconds". */
struct report_text tally_report_duration(double seconds);
/** "21 November 2025, 22:09 UTC" of an ISO 8601 time; anything else stays as it is. */
struct report_text tally_report_date(const char *iso);
/** "police, health and education"; from ${most} names on "12 sources". */
struct report_text tally_report_names(const char *const *names, size_t n, size_t most);

#endif
