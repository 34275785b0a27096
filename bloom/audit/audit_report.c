/*
 * The result of an audit as JSON.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/audit/audit.h"

#include <math.h>

static struct tally_jnode *
attack_json(enum tally_audit_attack a, const struct tally_audit_outcome *o)
{
    struct tally_jnode *n = tally_jobject();

    tally_jset_str(n, "attack", tally_audit_about(a)->id);
    tally_jset_int(n, "correct", (int64_t)o->correct);
    tally_jset_int(n, "claimed", (int64_t)o->claimed);
    tally_jset_int(n, "possible", (int64_t)o->possible);
    tally_jset_real(n, "success", o->success.share);
    tally_jset_real(n, "low", o->success.low);
    tally_jset_real(n, "high", o->success.high);
    tally_jset_real(n, "floor", o->floor);
    tally_jset_real(n, "seconds", o->seconds);
    tally_jset_int(n, "sure", (int64_t)o->sure);
    tally_jset_str(n, "view", o->view);
    tally_jset_bool(n, "broken", o->broken);
    return n;
}

static struct tally_jnode *
attacks_json(const struct tally_audit_result *r)
{
    struct tally_jnode *list = tally_jarray();

    for (int a = 0; a < TALLY_AUDIT_ATTACKS; a++) {
        if (r->attacks[a].ran) {
            tally_jpush(list, attack_json((enum tally_audit_attack)a, &r->attacks[a]));
        }
    }
    return list;
}

static struct tally_jnode *
skipped_json(const struct tally_audit_result *r)
{
    struct tally_jnode *list = tally_jarray();

    for (int a = 0; a < TALLY_AUDIT_ATTACKS; a++) {
        if (!r->attacks[a].ran) {
            struct tally_jnode *n = tally_jobject();

            tally_jset_str(n, "attack",
                           tally_audit_about((enum tally_audit_attack)a)->id);
            tally_jset_str(n, "why", r->attacks[a].why_not);
            tally_jpush(list, n);
        }
    }
    return list;
}

static struct tally_jnode *
leaks_json(const struct tally_audit_result *r)
{
    struct tally_jnode *list = tally_jarray();

    for (size_t v = 0; v < r->nviews; v++) {
        const struct tally_audit_static *s = &r->leaks[v];
        struct tally_jnode *n = tally_jobject();

        tally_jset_str(n, "view", r->views[v]);
        tally_jset_int(n, "rows", (int64_t)s->rows);
        tally_jset_int(n, "empty", (int64_t)s->empty);
        tally_jset_real(n, "unique", s->unique);
        tally_jset_int(n, "largest_group", (int64_t)s->largest_group);
        tally_jset_real(n, "frequent", s->frequent);
        tally_jset_real(n, "frequency_low", s->frequency_low);
        tally_jset_real(n, "frequency_high", s->frequency_high);
        tally_jset_real(n, "gini", s->gini);
        tally_jset_real(n, "entropy", s->entropy);
        tally_jset_real(n, "largest_phi", s->largest_phi);
        tally_jset_int(n, "linked_columns", (int64_t)s->linked);
        tally_jset_real(n, "neighbours", s->neighbours);
        tally_jset_int(n, "neighbours_of", (int64_t)s->compared);
        tally_jset_real(n, "ones_low", s->ones_low);
        tally_jset_real(n, "ones_mean", s->ones_mean);
        tally_jset_real(n, "ones_high", s->ones_high);
        tally_jset_real(n, "token_correlation", s->token_correlation);
        tally_jpush(list, n);
    }
    return list;
}

struct tally_jnode *
tally_audit_json(const struct tally_audit_job *job, const struct tally_audit_result *r)
{
    static const char *const knowing[] = {"none", "ids", "key"};
    struct tally_jnode *n = tally_jobject();

    tally_jset_str(n, "verdict", !r->attacked ? NULL : r->broken ? "fail" : "pass");
    tally_jset(n, "attacks", attacks_json(r));
    tally_jset(n, "skipped", skipped_json(r));
    tally_jset_real(n, "budget", job->budget);
    tally_jset_int(n, "records", (int64_t)r->records);
    tally_jset_int(n, "victims", (int64_t)r->victims);
    tally_jset_int(n, "population", (int64_t)r->population);
    tally_jset_int(n, "people", (int64_t)r->people);
    tally_jset_int(n, "overlap", (int64_t)r->overlap);
    tally_jset_str(n, "truth", knowing[r->knowing]);
    tally_jset_int(n, "seed", (int64_t)job->seed);
    tally_jset(n, "static", leaks_json(r));
    return n;
}
