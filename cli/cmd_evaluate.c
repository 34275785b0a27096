/*
 * tally evaluate: links against truth.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>

#include "benchmarks/evaluate.h"

static void
print_measures(const char *name, const struct tally_measures *m)
{
    printf("%-36s P %.4f  R %.4f  F1 %.4f  F* %.4f  (%s right, %s wrong, %s missed, "
           "from score %.4f)\n",
           name, m->precision, m->recall, m->f1, m->f_star, tally_thousands(m->tp),
           tally_thousands(m->fp), tally_thousands(m->fn), m->threshold_ppm / 1e6);
}

/* The groups of each column, and the gap in recall between those large enough to compare.
 */
static void
print_groups(const struct tally_evaluation *e)
{
    for (size_t i = 0; i < e->ngroups;) {
        const struct tally_group_measures *low;
        const struct tally_group_measures *high;
        size_t next = tally_evaluation_gap(e, i, &low, &high);

        for (; i < next; i++) {
            const struct tally_group_measures *g = &e->groups[i];
            char name[140];

            (void)snprintf(name, sizeof name, "%s=%s", g->column, g->group);
            print_measures(name, &g->at);
        }
        if (low != NULL) {
            struct tally_interval gap = tally_evaluation_gap_of(low, high);

            printf("  largest gap in recall by %s: %.4f, 95 %% interval %.4f to %.4f "
                   "(%s %.4f, %s %.4f)\n",
                   low->column, gap.share, gap.low, gap.high, low->group, low->at.recall,
                   high->group, high->at.recall);
        }
    }
}

static void
print_clusters(const struct tally_evaluation *e)
{
    const struct tally_cluster_measures *c = &e->clusters;

    if (c->records > 0) {
        printf("clusters: B-cubed P %.4f  R %.4f  F1 %.4f; %s of two or more, %s people "
               "with two or more, %s exactly the same\n",
               c->b3_precision, c->b3_recall, c->b3_f1, tally_thousands(c->found),
               tally_thousands(c->people), tally_thousands(c->exact));
    }
    if (e->blocking.measured) {
        printf("blocking: %s pairs, pairs completeness %.4f, reduction ratio %.6f\n",
               tally_thousands(e->blocking.candidates), e->blocking.completeness,
               e->blocking.reduction);
    }
}

static void
print_text(const struct tally_evaluation *e)
{
    print_measures("as linked", &e->at);
    print_measures("best threshold", &e->best);
    print_clusters(e);
    if (e->ignored > 0) {
        printf("%s links are between sources the truth says nothing about\n",
               tally_thousands(e->ignored));
    }
    print_groups(e);
}

static int
write_with(const char *path, bool force, const struct tally_evaluation *e,
           int (*write)(struct tally_outfile *, const struct tally_evaluation *,
                        struct tally_err *),
           struct tally_err *err)
{
    struct tally_outfile *f = NULL;
    int status = -1;

    if (tally_outfile_open(&f, path, 0644, force, err) == 0 && write(f, e, err) == 0 &&
        tally_outfile_commit(&f, 1, err) == 0) {
        status = 0;
    }
    tally_outfile_free(f);
    return status;
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    const char *links = NULL;
    const char *truth = NULL;
    const char *groups = NULL;
    const char *candidates = NULL;
    const char *out = NULL;
    bool force = false;
    bool json = false;
    struct tally_evaluation e;
    struct tally_operands files;
    int status = 0;
    const struct tally_opt opts[] = {
        TALLY_OPT_TEXT("links", "FILE", links, "links.csv of 'tally link'"),
        TALLY_OPT_TEXT("truth", "FILE", truth,
                       "id_1,id_2 - or id,ent_id - or source,id,ent_id"),
        TALLY_OPT_TEXT("by", "FILE", groups, "[source,]id and columns to measure by"),
        TALLY_OPT_TEXT("candidates", "FILE", candidates,
                       "pairs that blocking left: source_a,id_a,source_b,id_b"),
        TALLY_OPT_OUTPUT("FILE", out, "also write an HTML page"),
        TALLY_OPT_FORCE(force),
        TALLY_OPT_JSON(json),
        TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (files.n != 0) {
        return tally_err_set(err, TALLY_E_USAGE, "evaluate takes --links and --truth");
    }
    if (tally_opt_need(links, "--links FILE", err) != 0 ||
        tally_opt_need(truth, "--truth FILE", err) != 0 ||
        tally_opt_spare(out, (const char *const[]){links, truth, groups, candidates}, 4,
                        err) != 0 ||
        tally_evaluate(links, truth, groups, candidates, &e, err) != 0) {
        return -1;
    }
    if (out != NULL) {
        status = write_with(out, force, &e, tally_evaluation_html, err);
    }
    if (status == 0 && json) {
        status = write_with(NULL, false, &e, tally_evaluation_json, err);
    } else if (status == 0) {
        print_text(&e);
    }
    tally_evaluation_free(&e);
    return status;
}

const struct tally_verb tally_verb_evaluate = {
    "evaluate", "measure links against known truth",
    "--links links.csv --truth truth.csv [--by groups.csv] [-o page.html]",
    "  tally evaluate --links links.csv --truth people/truth.csv \\\n"
    "      --by people/truth_groups.csv -o quality.html\n",
    run};
