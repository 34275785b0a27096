/*
 * Whether the dates of a column are in the order in which they were read. Half of all
 * dates can be read both ways, and would be wrong without anybody noticing; a day above
 * 12 gives the order away.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encode_stages.h"

#include <inttypes.h>
#include <stdlib.h>

/* Fewer dates than this that only the other order can read are slips. */
#define EVIDENCE_MIN 5
/* From one in this many on, a column holds dates of both orders. Swaps by mistake are
 * rarer: public test sets made rich in errors have up to one such date in 400. */
#define MIXED_SHARE 20

static const char *
order_name(enum tally_reading_order order)
{
    return order == TALLY_READ_MDY ? "month, day, year" : "day, month, year";
}

/* The other order, and the line of the mapping that says so. */
static int
refuse(const struct encoder *e, const uint64_t *rules, size_t f, struct tally_err *err)
{
    const struct tally_encode_job *job = e->job;
    enum tally_reading_order order = job->mapping->readings[f].order;
    struct tally_date_reading other = {
        order == TALLY_READ_DMY ? TALLY_READ_MDY : TALLY_READ_DMY,
        job->mapping->readings[f].century, job->mapping->readings[f].january};
    char *line;

    tally_err_set(
        err, TALLY_E_DATA,
        "%s: column '%s' (field '%s'): %" PRIu64
        " dates can only be read as %s, and %" PRIu64 " only as %s",
        tally_csv_path(job->csv), tally_csv_column(job->csv, job->mapping->parts[f][0]),
        job->schema->fields[f].name, rules[TALLY_RULE_OTHER_ORDER],
        order_name(other.order), rules[TALLY_RULE_THIS_ORDER], order_name(order));
    if (rules[TALLY_RULE_OTHER_ORDER] <= rules[TALLY_RULE_THIS_ORDER]) {
        return tally_err_hint(err, "the column mixes both orders, so that many of its "
                                   "dates cannot be told: have it exported in one order, "
                                   "best as year-month-day");
    }
    line = tally_mapping_line(job->mapping, f, &other, job->schema, job->csv);
    if (line == NULL) {
        return tally_err_nomem(err);
    }
    tally_err_hint(err, "write '%s' in a mapping file, and name it with --map", line);
    free(line);
    return -1;
}

int
encode_check_dates(const struct encoder *e, const struct tally_encode_summary *sum,
                   struct tally_err *err)
{
    for (size_t f = 0; f < e->job->schema->nfields; f++) {
        const uint64_t *rules = sum->rules[f];
        uint64_t other = rules[TALLY_RULE_OTHER_ORDER];
        uint64_t dated = sum->reasons[f][TALLY_VALUE_OK] +
                         sum->reasons[f][TALLY_VALUE_REPAIRED] + other;

        if (other >= EVIDENCE_MIN &&
            (other > rules[TALLY_RULE_THIS_ORDER] || other >= dated / MIXED_SHARE)) {
            return refuse(e, rules, f, err);
        }
    }
    return 0;
}
