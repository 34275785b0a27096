/*
 * The plaintext reference linker on a set of the suite.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/quality_private.h"

#include <math.h>
#include <string.h>

#include "benchmarks/reference.h"

static int
load(const struct quality_ready *r, const struct tally_schema *schema,
     struct tally_reference **out, struct tally_err *err)
{
    if (tally_reference_create(out, schema, err) != 0) {
        return -1;
    }
    for (size_t s = 0; s < r->nsources; s++) {
        struct tally_mapping mapping;
        struct tally_csv *csv = NULL;
        int rc = quality_open(r, s, schema, &csv, &mapping, err);

        if (rc == 0) {
            rc = tally_reference_add(*out, csv, &mapping,
                                     (size_t)tally_csv_find(csv, "id"), err);
        }
        tally_csv_free(csv);
        if (rc != 0) {
            return -1;
        }
    }
    return 0;
}

/* The truth's number of the source that record ${x} is of. */
static int
source_of(const struct quality_ready *r, const struct tally_reference *ref, uint32_t x)
{
    const char *name = r->sources[tally_reference_source(ref, x)];
    struct tally_cell cell = {(const uint8_t *)name, strlen(name)};

    return tally_truth_source(r->truth, &cell);
}

static int
add_pair(const struct quality_ready *r, const struct tally_reference *ref, uint32_t x,
         uint32_t y, double probability, struct tally_judged *j, struct tally_err *err)
{
    const char *id_x = tally_reference_id(ref, x);
    const char *id_y = tally_reference_id(ref, y);
    struct tally_cell a = {(const uint8_t *)id_x, strlen(id_x)};
    struct tally_cell b = {(const uint8_t *)id_y, strlen(id_y)};

    return tally_judged_add(j, r->truth, source_of(r, ref, x), &a, source_of(r, ref, y),
                            &b, (uint32_t)(probability * 1e6), err);
}

/* Links of ${least} probability or more. */
static int
judge(const struct quality_ready *r, const struct tally_reference *ref,
      const struct tally_reference_links *links, double least,
      struct tally_evaluation *out, struct tally_err *err)
{
    int numbers[QUALITY_FILES_MAX];
    struct tally_judged j = {0};
    int rc = 0;

    quality_sources(r, numbers, &j);
    for (size_t i = 0; i < links->n && rc == 0; i++) {
        const struct tally_reference_link *l = &links->links[i];

        if (l->probability >= least) {
            rc = add_pair(r, ref, l->x, l->y, l->probability, &j, err);
        }
    }
    if (rc == 0) {
        rc = tally_evaluate_judged(&j, r->truth, out, err);
    }
    tally_judged_free(&j);
    return rc;
}

/* How many of the true pairs blocking left. */
static int
judge_blocking(const struct quality_ready *r, const struct tally_reference *ref,
               const struct tally_reference_links *links, uint64_t wanted,
               struct tally_blocking *out, struct tally_err *err)
{
    struct tally_judged j = {0};
    uint64_t right = 0;
    int rc = 0;

    for (size_t i = 0; i < links->ncandidates && rc == 0; i++) {
        rc = add_pair(r, ref, (uint32_t)(links->candidates[i] >> 32),
                      (uint32_t)links->candidates[i], 0, &j, err);
    }
    for (size_t i = 0; i < j.n; i++) {
        right += j.items[i].match;
    }
    tally_judged_free(&j);
    out->measured = true;
    out->candidates = links->ncandidates;
    out->completeness = wanted == 0 ? (double)NAN : (double)right / (double)wanted;
    out->reduction = links->pairs == 0
                         ? (double)NAN
                         : 1 - (double)links->ncandidates / (double)links->pairs;
    return rc;
}

/* What becomes of the groups in the further populations. */
static int
pool_groups(const struct quality_ready *r, const struct tally_schema *schema,
            struct tally_evaluation *own, struct tally_err *err)
{
    int rc = 0;

    for (size_t i = 0; i < r->nmore && rc == 0; i++) {
        struct tally_reference *ref = NULL;
        struct tally_reference_links links = {0};
        struct tally_evaluation e = {0};

        rc = load(&r->more[i], schema, &ref, err) == 0 &&
                     tally_reference_link(ref, &links, err) == 0 &&
                     judge(&r->more[i], ref, &links, TALLY_REFERENCE_PROBABILITY, &e,
                           err) == 0
                 ? 0
                 : -1;
        if (rc == 0) {
            tally_evaluation_pool(own, &e);
        }
        tally_evaluation_free(&e);
        tally_reference_links_free(&links);
        tally_reference_free(ref);
    }
    return rc;
}

static int
measure(const struct quality_ready *r, const struct tally_schema *schema,
        struct tally_reference *ref, struct tally_quality_row *row, struct tally_err *err)
{
    struct tally_reference_links links = {0};
    struct tally_evaluation own = {0};
    struct tally_evaluation all = {0};
    int rc = -1;

    if (tally_reference_link(ref, &links, err) == 0 &&
        judge(r, ref, &links, TALLY_REFERENCE_PROBABILITY, &own, err) == 0 &&
        judge(r, ref, &links, 0, &all, err) == 0 &&
        judge_blocking(r, ref, &links, own.at.tp + own.at.fn, &row->blocking, err) == 0 &&
        pool_groups(r, schema, &own, err) == 0) {
        quality_take(row, &own);
        row->f1_best = all.best.f1;
        row->f1_low = own.at.f1;
        row->f1_high = own.at.f1;
        rc = 0;
    }
    tally_evaluation_free(&own);
    tally_evaluation_free(&all);
    tally_reference_links_free(&links);
    return rc;
}

int
quality_reference(const struct quality_ready *r, struct tally_quality_row *row,
                  struct tally_err *err)
{
    double start = quality_cpu_seconds();
    struct tally_schema *schema = NULL;
    struct tally_reference *ref = NULL;
    int rc = -1;

    memset(row, 0, sizeof *row);
    row->set = r->set->name;
    row->threshold = TALLY_REFERENCE_PROBABILITY;
    row->how = "probability";
    row->f1_tenth = (double)NAN;
    row->estimated_precision = (double)NAN;
    row->estimated_low = (double)NAN;
    row->estimated_high = (double)NAN;
    if (tally_schema_new(&schema, r->set->fields, "plain", NULL, err) == 0 &&
        load(r, schema, &ref, err) == 0) {
        rc = measure(r, schema, ref, row, err);
        row->populations = r->set->folder == NULL ? (unsigned)r->nmore + 1 : 0;
    }
    row->cpu_seconds = quality_cpu_seconds() - start;
    tally_reference_free(ref);
    tally_schema_free(schema);
    return rc;
}
