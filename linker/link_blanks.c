/*
 * Whether scores allow for blanks: where sources are rich in them, and clearly more is
 * found.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/link_impl.h"

#include <math.h>

/* Blanks are thought of where one record in twenty of some source is short of a quarter
 * and no threshold is given: that is one of Dice. */
#define MANY_SHORT .05

int
link_blanks_learn(struct link_run *run, bool *many, struct tally_err *err)
{
    const struct tally_hardening *h =
        &tally_encfile_info(run->job->sources[0].enc)->hardening;

    *many = false;
    for (size_t i = 0; i < run->job->nsources && run->job->threshold_ppm == 0; i++) {
        struct link_view *v = &run->sources[i].views[0];

        if (tally_blanks_learn(&v->blanks, &v->m, h, err) != 0) {
            return -1;
        }
        *many = *many || v->blanks.blank_rich > MANY_SHORT;
    }
    for (size_t i = 0; i < run->job->nsources && !*many; i++) {
        tally_blanks_free(&run->sources[i].views[0].blanks);
    }
    return 0;
}

/* Scores that allow for blanks are taken where they find clearly more: beyond what counts
 * of decoys may be off by, and worth while. */
#define WORTH_ALLOWING 1.01
#define CLEARLY        2.0

int
link_blanks_try(struct link_run *run, struct tally_err *err)
{
    double untrue;
    double least = link_accepted(run, &untrue) * WORTH_ALLOWING;
    double found;

    if (link_score_again(run, true, err) != 0) {
        return -1;
    }
    found = link_accepted(run, &untrue);
    return found > least &&
                   found > least / WORTH_ALLOWING + CLEARLY * sqrt(2 * untrue + 2)
               ? 0
               : link_score_again(run, false, err);
}
