/*
 * Unit tests of benchmarks/evaluate: small truths whose counts are worked out by hand.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/evaluate.h"

#include "bloom/base/json.h"
#include "tests/support/scratch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HEADER "source_a,id_a,source_b,id_b,score,probability\n"

static const char links_csv[] = "links.csv";
static const char truth_csv[] = "truth.csv";
static const char groups_csv[] = "groups.csv";

struct fixture {
    void *scratch;
    struct tally_evaluation e;
    struct tally_err err;
};

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    *state = f;
    return tally_scratch_enter(&f->scratch);
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;
    int rc = tally_scratch_leave(&f->scratch);

    tally_evaluation_free(&f->e);
    free(f);
    return rc;
}

static void
put(const char *path, const char *text)
{
    tally_scratch_put(path, text, 0600);
}

/* Evaluate the three texts; ${groups} may be NULL. */
static int
run(struct fixture *f, const char *links, const char *truth, const char *groups)
{
    tally_evaluation_free(&f->e);
    put(links_csv, links);
    put(truth_csv, truth);
    if (groups != NULL) {
        put(groups_csv, groups);
    }
    return tally_evaluate(links_csv, truth_csv, groups == NULL ? NULL : groups_csv, NULL,
                          &f->e, &f->err);
}

static void
assert_counts(const struct tally_measures *m, uint64_t tp, uint64_t fp, uint64_t fn)
{
    assert_int_equal(m->tp, tp);
    assert_int_equal(m->fp, fp);
    assert_int_equal(m->fn, fn);
}

static const struct tally_measures *
group(const struct fixture *f, const char *column, const char *name)
{
    for (size_t i = 0; i < f->e.ngroups; i++) {
        if (strcmp(f->e.groups[i].column, column) == 0 &&
            strcmp(f->e.groups[i].group, name) == 0) {
            return &f->e.groups[i].at;
        }
    }
    fail_msg("no group %s of %s", name, column);
    return NULL;
}

static void
pairs_give_precision_recall_f1_and_f_star(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(run(f,
                         HEADER "a,A1,b,B1,0.900000,\n"
                                "a,A2,b,B2,0.800000,\n"
                                "a,A3,b,B9,0.700000,\n",
                         "id_1,id_2\nA1,B1\nA2,B2\nA3,B3\nA4,B4\n", NULL),
                     0);
    assert_counts(&f->e.at, 2, 1, 2);
    assert_float_equal(f->e.at.precision, 2.0 / 3, 1e-12);
    assert_float_equal(f->e.at.recall, 0.5, 1e-12);
    assert_float_equal(f->e.at.f1, 4.0 / 7, 1e-12);
    assert_float_equal(f->e.at.f_star, 2.0 / 5, 1e-12);
    assert_int_equal(f->e.at.threshold_ppm, 700000);
    assert_counts(&f->e.best, 2, 0, 2);
    assert_int_equal(f->e.best.threshold_ppm, 800000);
    assert_int_equal(f->e.ncurve, 3);
    assert_int_equal(f->e.curve[0].threshold_ppm, 700000);
    assert_int_equal(f->e.curve[2].threshold_ppm, 900000);
    assert_counts(&f->e.curve[2], 1, 0, 3);
}

static void
a_pair_matches_whichever_side_it_is_written(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(run(f, HEADER "b,B1,a,A1,1.000000,\na,A1,b,B1,0.5,\n",
                         "id_1,id_2\nA1,B1\nB1,A1\n", NULL),
                     0);
    assert_counts(&f->e.at, 1, 0, 0);
    assert_int_equal(f->e.at.threshold_ppm, 1000000);
}

static void
ties_of_best_f1_take_the_higher_threshold(void **state)
{
    struct fixture *f = *state;

    /* 1 right of 2: F1 2/3; then 1 wrong, 1 wrong, 1 right: 2 of 4 against 2: F1 2/3
     * again. */
    assert_int_equal(run(f,
                         HEADER "a,A1,b,B1,0.9,\na,A5,b,B5,0.8,\n"
                                "a,A6,b,B6,0.7,\na,A2,b,B2,0.6,\n",
                         "id_1,id_2\nA1,B1\nA2,B2\n", NULL),
                     0);
    assert_float_equal(f->e.at.f1, 2.0 / 3, 1e-12);
    assert_int_equal(f->e.best.threshold_ppm, 900000);
}

static void
deduplication_counts_every_pair_of_a_person(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(run(f, HEADER "a,1,a,2,0.9,\na,2,a,3,0.8,\na,4,a,5,0.7,\n",
                         "id,ent_id\n1,x\n2,x\n3,x\n4,y\n5,z\n", NULL),
                     0);
    assert_counts(&f->e.at, 2, 1, 1);
}

static void
sources_keep_equal_ids_apart(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(
        run(f, HEADER "police,1,health,1,0.9,\npolice,2,health,1,0.8,\n",
            "source,id,ent_id\npolice,1,p\nhealth,1,p\npolice,2,q\nhealth,2,q\n", NULL),
        0);
    assert_counts(&f->e.at, 1, 1, 1);
}

static void
only_sources_that_occur_in_the_links_are_counted(void **state)
{
    struct fixture *f = *state;
    const char *truth = "source,id,ent_id\na,1,p\na,2,p\nb,1,p\nc,1,p\n";

    /* a1-b1 and a2-b1 count; a1-a2 does not, nor any pair with c. */
    assert_int_equal(run(f, HEADER "a,1,b,1,0.9,\n", truth, NULL), 0);
    assert_counts(&f->e.at, 1, 0, 1);
    /* A link inside a asks for pairs inside a. */
    assert_int_equal(run(f, HEADER "a,1,b,1,0.9,\na,1,a,2,0.9,\n", truth, NULL), 0);
    assert_counts(&f->e.at, 2, 0, 1);
}

static void
no_links_at_all_leave_every_pair_between_sources_missed(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(
        run(f, HEADER, "source,id,ent_id\na,1,p\na,2,p\nb,1,p\nc,1,p\n", NULL), 0);
    assert_counts(&f->e.at, 0, 0, 5);
    assert_true(isnan(f->e.at.precision));
    assert_float_equal(f->e.at.recall, 0, 0);
    assert_int_equal(f->e.ncurve, 0);
}

static void
an_empty_truth_leaves_recall_undefined(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(run(f, HEADER, "id_1,id_2\n", NULL), 0);
    assert_counts(&f->e.at, 0, 0, 0);
    assert_true(isnan(f->e.at.recall));
    assert_true(isnan(f->e.at.f1));
    assert_int_equal(run(f, HEADER "a,1,b,2,0.5,\n", "id_1,id_2\n", NULL), 0);
    assert_counts(&f->e.at, 0, 1, 0);
    assert_float_equal(f->e.at.precision, 0, 0);
}

static void
a_source_the_truth_does_not_know_is_ignored(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(run(f, HEADER "a,1,b,1,0.9,\na,1,x,1,0.9,\nx,1,y,1,0.9,\n",
                         "source,id,ent_id\na,1,p\nb,1,p\n", NULL),
                     0);
    assert_counts(&f->e.at, 1, 0, 0);
    assert_int_equal(f->e.ignored, 2);
}

static void
an_id_the_truth_does_not_know_has_no_match(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(run(f, HEADER "a,1,b,1,0.9,\na,7,b,8,0.9,\n",
                         "source,id,ent_id\na,1,p\nb,1,p\n", NULL),
                     0);
    assert_counts(&f->e.at, 1, 1, 0);
}

static void
groups_count_pairs_with_a_record_on_either_side(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(run(f, HEADER "a,1,b,1,0.9,\na,2,b,3,0.8,\n",
                         "source,id,ent_id\na,1,p\nb,1,p\na,2,q\nb,2,q\na,3,r\nb,3,r\n",
                         "source,id,sex\na,1,female\nb,1,female\na,2,male\nb,2,male\n"
                         "a,3,male\nb,3,female\nz,9,male\n"),
                     0);
    assert_counts(group(f, "sex", "female"), 1, 1, 1);
    assert_counts(group(f, "sex", "male"), 0, 1, 2);
    assert_int_equal(f->e.ngroups, 2);
}

static void
groups_work_on_a_list_of_pairs_too(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(run(f, HEADER "a,A1,b,B1,0.9,\n", "id_1,id_2\nA1,B1\nA2,B2\n",
                         "id,age,moved\nA1,0-15,no\nA2,65+,yes\nB2,65+,\nB7,65+,yes\n"),
                     0);
    assert_counts(group(f, "age", "0-15"), 1, 0, 0);
    assert_counts(group(f, "age", "65+"), 0, 0, 1);
    assert_counts(group(f, "moved", "yes"), 0, 0, 1);
    assert_int_equal(f->e.ngroups, 4);
}

static void
the_curve_has_at_most_200_points_and_both_ends(void **state)
{
    struct fixture *f = *state;
    FILE *links;

    put(truth_csv, "id_1,id_2\nA0,B0\nA999,B999\n");
    links = fopen(links_csv, "w");
    assert_non_null(links);
    fputs(HEADER, links);
    for (int i = 0; i < 1000; i++) {
        fprintf(links, "a,A%d,b,B%d,0.%06d,\n", i, i, 100000 + i);
    }
    assert_int_equal(fclose(links), 0);
    assert_int_equal(tally_evaluate(links_csv, truth_csv, NULL, NULL, &f->e, &f->err), 0);
    assert_int_equal(f->e.ncurve, 200);
    assert_int_equal(f->e.curve[0].threshold_ppm, 100000);
    assert_int_equal(f->e.curve[199].threshold_ppm, 100999);
    for (size_t i = 1; i < f->e.ncurve; i++) {
        assert_true(f->e.curve[i].threshold_ppm > f->e.curve[i - 1].threshold_ppm);
    }
    assert_counts(&f->e.at, 2, 998, 0);
}

static void
scores_are_decimals_from_0_to_1(void **state)
{
    static const char *const bad[] = {"",    "1.5", "-0.1",     "0,5", "1e-1", "0.",
                                      "abc", ".5",  "1.000001", "nan", " 0.5"};
    struct fixture *f = *state;
    char links[256];

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(links, sizeof links, HEADER "a,A1,b,B1,\"%s\",\n", bad[i]);
        assert_int_equal(run(f, links, "id_1,id_2\nA1,B1\n", NULL), -1);
        assert_int_equal(f->err.code, TALLY_E_DATA);
        assert_non_null(strstr(f->err.text, "row 2"));
        assert_non_null(strstr(f->err.text, "score"));
    }
    assert_int_equal(run(f, HEADER "a,A1,b,B1,0,\na,A2,b,B2,1,\na,A3,b,B3,0.1234567,\n",
                         "id_1,id_2\nA1,B1\n", NULL),
                     0);
    assert_int_equal(f->e.curve[0].threshold_ppm, 0);
    assert_int_equal(f->e.curve[1].threshold_ppm, 123456);
    assert_int_equal(f->e.curve[2].threshold_ppm, 1000000);
}

static void
bad_files_are_refused_with_what_is_wrong(void **state)
{
    struct fixture *f = *state;
    const char *good = "source,id,ent_id\na,1,p\nb,1,p\n";

    assert_int_equal(run(f, HEADER, "left,right\n1,2\n", NULL), -1);
    assert_int_equal(f->err.code, TALLY_E_DATA);
    assert_non_null(strstr(f->err.hint, "source,id,ent_id"));
    assert_int_equal(run(f, "id_a,id_b\n1,2\n", good, NULL), -1);
    assert_non_null(strstr(f->err.text, "source_a"));
    assert_int_equal(run(f, HEADER, "source,id,ent_id\na,1,p\na,1,q\n", NULL), -1);
    assert_int_equal(f->err.code, TALLY_E_DATA);
    assert_int_equal(run(f, HEADER, "id,ent_id\n1,p\n1,q\n", NULL), -1);
    assert_non_null(strstr(f->err.hint, "unique within a source"));
    assert_int_equal(run(f, HEADER, good, "source,id,sex\na,1,f\na,1,m\n"), -1);
    assert_int_equal(run(f, HEADER, good, "id,sex\n1,f\n"), -1);
    assert_int_equal(run(f, HEADER, good, "source,sex\na,f\n"), -1);
    assert_int_equal(run(f, HEADER, "source,id,ent_id\na,,p\n", NULL), -1);
    assert_non_null(strstr(f->err.text, "row 2"));
    assert_int_equal(run(f, HEADER "a,1,b,1,0.5,\n", "id,ent_id\n1,p\n2,p\n", NULL), -1);
    assert_non_null(strstr(f->err.text, "itself"));
    unlink(truth_csv);
    assert_int_equal(tally_evaluate(links_csv, truth_csv, NULL, NULL, &f->e, &f->err),
                     -1);
    assert_int_equal(f->err.code, TALLY_E_NO_FILE);
}

static void
a_long_id_is_refused(void **state)
{
    struct fixture *f = *state;
    char *truth = calloc(1, 4096);

    assert_non_null(truth);
    strcpy(truth, "id,ent_id\n");
    memset(truth + strlen(truth), 'x', 2000);
    strcat(truth, ",p\n");
    assert_int_equal(run(f, HEADER, truth, NULL), -1);
    assert_int_equal(f->err.code, TALLY_E_LIMIT);
    free(truth);
}

/* 40 true pairs of women, all found; 40 of men, half found; 5 of others, none found. */
static void
evaluate_three_groups(struct fixture *f)
{
    FILE *links = fopen(links_csv, "w");
    FILE *truth = fopen(truth_csv, "w");
    FILE *groups = fopen(groups_csv, "w");

    assert_true(links != NULL && truth != NULL && groups != NULL);
    fputs(HEADER, links);
    fputs("id_1,id_2\n", truth);
    fputs("id,sex\n", groups);
    for (int i = 0; i < 85; i++) {
        fprintf(truth, "A%d,B%d\n", i, i);
        fprintf(groups, "A%d,%s\n", i, i < 40 ? "female" : i < 80 ? "male" : "other<&>");
        if (i < 60) {
            fprintf(links, "a,A%d,b,B%d,0.9,\n", i, i);
        }
    }
    assert_int_equal(fclose(links) | fclose(truth) | fclose(groups), 0);
    assert_int_equal(
        tally_evaluate(links_csv, truth_csv, groups_csv, NULL, &f->e, &f->err), 0);
}

static void
write_report(struct fixture *f, const char *path, bool html)
{
    struct tally_outfile *out = NULL;

    assert_int_equal(tally_outfile_open(&out, path, 0600, true, &f->err), 0);
    assert_int_equal(html ? tally_evaluation_html(out, &f->e, &f->err)
                          : tally_evaluation_json(out, &f->e, &f->err),
                     0);
    assert_int_equal(tally_outfile_commit(&out, 1, &f->err), 0);
    tally_outfile_free(out);
}

static double
real_at(const struct tally_json *obj, const char *key)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_json j;
    double x = -1;

    assert_int_equal(tally_json_need(obj, key, &j, &err), 0);
    assert_int_equal(tally_json_real(&j, -1e9, 1e9, &x, &err), 0);
    return x;
}

static void
groups_of_two_evaluations_are_pooled(void **state)
{
    struct fixture *f = *state;
    const struct tally_group_measures *low;
    const struct tally_group_measures *high;
    struct tally_group_measures more[2];
    struct tally_evaluation other = {.groups = more, .ngroups = 2};
    uint64_t found;
    uint64_t missed;

    evaluate_three_groups(f);
    (void)tally_evaluation_gap(&f->e, 0, &low, &high);
    found = low->at.tp;
    missed = low->at.fn;
    more[0] = *low;
    more[0].at.tp = 100;
    more[0].at.fn = 7;
    more[1] = *high;
    more[1].column[0] = '?'; /* nobody has that */
    tally_evaluation_pool(&f->e, &other);
    assert_int_equal(low->at.tp, found + 100);
    assert_int_equal(low->at.fn, missed + 7);
    assert_true(low->at.recall == (double)(found + 100) / (double)(found + missed + 107));
    assert_true(high->at.recall == more[1].at.recall);
}

static void
json_holds_measures_groups_and_the_gap_of_large_groups(void **state)
{
    struct fixture *f = *state;
    struct tally_json_doc *doc = NULL;
    struct tally_json root;
    struct tally_json gaps;
    struct tally_json gap;
    struct tally_json low;
    const char *text = NULL;
    size_t n = 0;

    evaluate_three_groups(f);
    write_report(f, links_csv, false);
    assert_int_equal(tally_json_load(&doc, links_csv, &f->err), 0);
    root = tally_json_root(doc);
    assert_float_equal(real_at(&root, "recall"), 60.0 / 85, 1e-9);
    assert_float_equal(real_at(&root, "precision"), 1, 1e-9);
    assert_float_equal(real_at(&root, "threshold"), 0.9, 1e-9);
    assert_int_equal(tally_json_need(&root, "gaps", &gaps, &f->err), 0);
    assert_int_equal(tally_json_length(&gaps, &n, &f->err), 0);
    assert_int_equal(n, 1);
    assert_int_equal(tally_json_at(&gaps, 0, &gap, &f->err), 0);
    assert_float_equal(real_at(&gap, "recall_gap"), 0.5, 1e-9);
    assert_int_equal(tally_json_need(&gap, "lowest", &low, &f->err), 0);
    assert_int_equal(tally_json_str(&low, 63, &text, &f->err), 0);
    assert_string_equal(text, "male");
    tally_json_doc_free(doc);
}

static void
html_is_escaped_and_whole(void **state)
{
    struct fixture *f = *state;
    uint8_t *page = NULL;
    size_t len = 0;

    evaluate_three_groups(f);
    write_report(f, links_csv, true);
    assert_int_equal(tally_file_read(links_csv, 1 << 20, &page, &len, &f->err), 0);
    assert_non_null(strstr((char *)page, "other&lt;&amp;&gt;"));
    assert_null(strstr((char *)page, "other<&>"));
    assert_non_null(strstr((char *)page, "</html>"));
    free(page);
}

static void
clusters_are_measured_by_record_and_whole(void **state)
{
    struct fixture *f = *state;

    /* One person found whole, one in two pieces, two in one cluster, a stranger alone. */
    assert_int_equal(run(f,
                         HEADER "a,1,b,2,0.9,\n"
                                "a,3,b,4,0.9,\n"
                                "a,6,b,7,0.9,\n"
                                "a,6,b,99,0.9,\n",
                         "id,ent_id\n1,p\n2,p\n3,q\n4,q\n5,q\n6,r\n7,s\n", NULL),
                     0);
    assert_int_equal(f->e.clusters.records, 8);
    assert_int_equal(f->e.clusters.found, 3);
    assert_int_equal(f->e.clusters.people, 2);
    assert_int_equal(f->e.clusters.exact, 1);
    /* 1 for records 1 to 5, a third for 6, 7 and the stranger. */
    assert_float_equal(f->e.clusters.b3_precision, .75f, 1e-6);
    /* 1 but for the records of q: 2/3, 2/3, 1/3. */
    assert_float_equal(f->e.clusters.b3_recall, .8333333f, 1e-6);
}

/* A truth of pairs says whose records are as well: people hang together by pairs. */
static void
people_of_a_truth_of_pairs_are_measured(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(run(f, HEADER "a,1,b,2,0.9,\na,3,b,4,0.9,\na,6,b,8,0.9,\n",
                         "id_1,id_2\n1,2\n3,4\n4,5\n6,7\n", NULL),
                     0);
    assert_int_equal(f->e.clusters.records, 8);
    assert_int_equal(f->e.clusters.found, 3);
    assert_int_equal(f->e.clusters.people, 3);
    assert_int_equal(f->e.clusters.exact, 1);
    /* 1 but for 6 and the stranger, half each. */
    assert_float_equal(f->e.clusters.b3_precision, .875f, 1e-6);
    /* 1 for 1, 2 and the stranger; 2/3, 2/3, 1/3; half each. */
    assert_float_equal(f->e.clusters.b3_recall, .7083333f, 1e-6);
}

static void
a_stranger_in_two_links_is_one_record(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(run(f, HEADER "a,1,b,9,0.9,\na,2,b,9,0.8,\na,1,b,9,0.7,\n",
                         "id_1,id_2\n1,2\n", NULL),
                     0);
    assert_counts(&f->e.at, 0, 2, 1);
    assert_int_equal(f->e.clusters.records, 3);
    assert_int_equal(f->e.clusters.found, 1);
}

static void
blocking_is_measured_from_the_pairs_it_left(void **state)
{
    struct fixture *f = *state;

    put(links_csv, HEADER "a,1,b,1,0.9,\n");
    put(truth_csv, "source,id,ent_id\na,1,p\na,2,q\na,3,r\nb,1,p\nb,2,q\nc,1,p\n");
    put("pairs.csv", "source_a,id_a,source_b,id_b\na,1,b,1\nb,1,a,1\na,2,b,1\n");
    assert_int_equal(
        tally_evaluate(links_csv, truth_csv, NULL, "pairs.csv", &f->e, &f->err), 0);
    assert_true(f->e.blocking.measured);
    assert_int_equal(f->e.blocking.candidates, 2);
    assert_float_equal(f->e.blocking.completeness, 0.5, 1e-12);
    assert_float_equal(f->e.blocking.reduction, .6666667f, 1e-6);
}

static void
shares_have_score_intervals(void **state)
{
    struct tally_interval i = tally_interval_share(8, 10);
    struct tally_interval none = tally_interval_share(0, 0);
    struct tally_interval all = tally_interval_share(10, 10);
    struct tally_interval a = tally_interval_share(56, 70);
    struct tally_interval b = tally_interval_share(48, 80);
    struct tally_interval d = tally_interval_difference(&a, &b);

    (void)state;
    assert_float_equal(i.low, .490162, 1e-6);
    assert_float_equal(i.high, .943318, 1e-6);
    assert_true(isnan(none.share) && isnan(none.low));
    assert_float_equal(all.high, 1, 0);
    /* Newcombe (1998), example a: 56/70 - 48/80. */
    assert_float_equal(d.low, .0524, 1e-4);
    assert_float_equal(d.high, .3339, 1e-4);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(pairs_give_precision_recall_f1_and_f_star),
        T(a_pair_matches_whichever_side_it_is_written),
        T(ties_of_best_f1_take_the_higher_threshold),
        T(deduplication_counts_every_pair_of_a_person),
        T(sources_keep_equal_ids_apart),
        T(only_sources_that_occur_in_the_links_are_counted),
        T(no_links_at_all_leave_every_pair_between_sources_missed),
        T(an_empty_truth_leaves_recall_undefined),
        T(a_source_the_truth_does_not_know_is_ignored),
        T(an_id_the_truth_does_not_know_has_no_match),
        T(groups_count_pairs_with_a_record_on_either_side),
        T(groups_work_on_a_list_of_pairs_too),
        T(the_curve_has_at_most_200_points_and_both_ends),
        T(scores_are_decimals_from_0_to_1),
        T(bad_files_are_refused_with_what_is_wrong),
        T(a_long_id_is_refused),
        T(groups_of_two_evaluations_are_pooled),
        T(json_holds_measures_groups_and_the_gap_of_large_groups),
        T(html_is_escaped_and_whole),
        T(clusters_are_measured_by_record_and_whole),
        T(people_of_a_truth_of_pairs_are_measured),
        T(a_stranger_in_two_links_is_one_record),
        T(blocking_is_measured_from_the_pairs_it_left),
        T(shares_have_score_intervals),
#undef T
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
