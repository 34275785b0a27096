/*
 * The files of 'tally pairs': candidate pairs and groups.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_pairs.h"

#include <unistd.h>

#include "bloom/base/interrupt.h"
#include "protocols/pairfile.h"

#define CHECK_EVERY 65536

static int
open_one(struct tally_outfile **out, const char *path,
         const struct tally_pairs_request *q, const struct tally_operands *inputs,
         struct tally_err *err)
{
    if (path == NULL) {
        return 0;
    }
    for (size_t i = 0; i < inputs->n; i++) {
        if (tally_path_distinct(inputs->list[i], path, err) != 0) {
            return -1;
        }
    }
    return tally_outfile_open(out, path, 0600, q->force, err);
}

int
tally_pairs_outputs_open(struct tally_pairs_outputs *o,
                         const struct tally_pairs_request *q,
                         const struct tally_operands *inputs, struct tally_err *err)
{
    if (q->pairs != NULL || q->groups != NULL) {
        if (open_one(&o->pairs, q->pairs, q, inputs, err) != 0) {
            return -1;
        }
        return open_one(&o->groups, q->groups, q, inputs, err);
    }
    if (isatty(STDOUT_FILENO) && !q->convert) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "pairs are not for a terminal: give -o FILE");
    }
    return tally_outfile_open(&o->pairs, NULL, 0600, false, err);
}

void
tally_pairs_outputs_free(struct tally_pairs_outputs *o)
{
    tally_outfile_free(o->pairs);
    tally_outfile_free(o->groups);
}

/* [[[source, record], ...], ...], a group a line. */
static int
write_groups(struct tally_outfile *f, const struct tally_group_list *l,
             struct tally_err *err)
{
    if (tally_outfile_printf(f, err, "[") != 0) {
        return -1;
    }
    for (size_t i = 0; i < l->n; i++) {
        if (tally_outfile_printf(f, err, i == 0 ? "\n[" : ",\n[") != 0) {
            return -1;
        }
        for (size_t m = l->start[i]; m < l->start[i + 1]; m++) {
            if (tally_outfile_printf(f, err, "%s[%u, %u]", m == l->start[i] ? "" : ", ",
                                     l->members[m].source, l->members[m].record) != 0) {
                return -1;
            }
        }
        if (tally_outfile_printf(f, err, "]") != 0) {
            return -1;
        }
    }
    return tally_outfile_printf(f, err, "\n]\n");
}

static int
finish_groups(struct tally_outfile *f, const struct tally_groups *g,
              struct tally_pairs_summary *s, struct tally_err *err)
{
    struct tally_group_list list;
    int status;

    if (g == NULL) {
        return 0;
    }
    if (tally_groups_list(g, &list, err) != 0) {
        return -1;
    }
    s->groups = list.n;
    status = write_groups(f, &list, err);
    tally_group_list_free(&list);
    return status;
}

static int
begin_groups(struct tally_groups **g, const struct tally_pairs_request *q,
             const struct tally_candidates_job *job, struct tally_err *err)
{
    size_t records[TALLY_CANDIDATE_SOURCES_MAX];

    for (size_t i = 0; i < job->nsources; i++) {
        records[i] = tally_candidate_source_records(job->sources[i]);
    }
    return tally_groups_create(g, &q->rule, records, job->nsources, err);
}

static int
take(struct tally_pairfile_writer *w, struct tally_groups *g,
     const struct tally_candidate *c, struct tally_err *err)
{
    const struct tally_scored_pair pair = {.score = tally_candidate_score(c),
                                           .source_a = c->source_a,
                                           .source_b = c->source_b,
                                           .a = c->a,
                                           .b = c->b};

    if (w->f != NULL && tally_pairfile_add(w, &pair, err) != 0) {
        return -1;
    }
    return g == NULL ? 0 : tally_groups_add(g, c->source_a, c->a, c->source_b, c->b, err);
}

static int
write_all(struct tally_pairfile_writer *w, struct tally_groups *g,
          struct tally_candidates *found, struct tally_progress *progress,
          struct tally_pairs_summary *s, struct tally_err *err)
{
    struct tally_candidate c;
    int more;

    tally_progress_begin(progress, "writing", "pairs", s->find.found);
    while ((more = tally_candidates_next(found, &c, err)) == 1) {
        if (take(w, g, &c, err) != 0) {
            more = -1;
            break;
        }
        if (++s->pairs % CHECK_EVERY == 0) {
            tally_progress_add(progress, CHECK_EVERY);
            if (tally_interrupt_check(err) != 0) {
                more = -1;
                break;
            }
        }
    }
    tally_progress_end(progress);
    return more;
}

static int
commit(struct tally_pairs_outputs *o, struct tally_err *err)
{
    struct tally_outfile *files[2];
    size_t n = 0;

    if (o->pairs != NULL) {
        files[n++] = o->pairs;
    }
    if (o->groups != NULL) {
        files[n++] = o->groups;
    }
    return tally_outfile_commit(files, n, err);
}

int
tally_pairs_outputs_write(struct tally_pairs_outputs *o,
                          const struct tally_pairs_request *q,
                          const struct tally_candidates_job *job,
                          struct tally_candidates *found, struct tally_pairs_summary *s,
                          struct tally_err *err)
{
    struct tally_pairfile_writer w = {.f = NULL};
    struct tally_groups *g = NULL;
    int status = -1;

    if ((o->groups == NULL || begin_groups(&g, q, job, err) == 0) &&
        (o->pairs == NULL || tally_pairfile_begin(&w, o->pairs, err) == 0) &&
        write_all(&w, g, found, job->progress, s, err) == 0 &&
        finish_groups(o->groups, g, s, err) == 0) {
        status = commit(o, err);
    }
    tally_groups_free(g);
    return status;
}
