/*
 * Suppression. What must be protected is a list of targets: hidden figures, and small
 * groups that lie between figures. Each is stretched both ways over the facts that are
 * known; when it does not reach, one of the facts that hold it is hidden as well, and
 * becomes a target itself. Every point that a search ends at counts for all targets.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/protect.h"

#include "linker/bounds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLACK   1e-6 /* by which a reach may fall short */
#define TRIES   300     /* figures looked at again once all is protected, at most */
#define WORK    4000000 /* figures shown times targets, over all those tries */
#define BATCHES 8    /* joint searches before targets are looked at one by one */

/* What must not be known too well. */
struct target {
    const uint32_t *atoms;
    size_t n;
    double need_low;
    double need_high;
    double low; /* where it has been seen */
    double high;
    unsigned label;
};

struct search {
    struct tally_fact_list *facts;
    const struct tally_profile_rules *rules;
    struct tally_bounds *bounds;
    size_t *starts; /* of the atoms of each fact, one after another */
    uint32_t *atoms;
    bool *known;
    bool *binding;
    struct target *targets;
    size_t ntargets;
    uint32_t *groups; /* atoms of the small groups */
    struct tally_conflict *conflict;
};

void
tally_fact_list_free(struct tally_fact_list *facts)
{
    for (size_t i = 0; i < facts->nfacts; i++) {
        free(facts->list[i].atoms);
    }
    free(facts->list);
    free(facts->x);
    free(facts->people);
    memset(facts, 0, sizeof *facts);
}

bool
tally_protect_small(const struct tally_fact *f, const struct tally_profile_rules *rules)
{
    if (f->people == 0) {
        return rules->zeros || f->full;
    }
    if (f->people < rules->threshold) {
        return true;
    }
    return (f->sum || rules->dominance_of_records) &&
           tally_profile_dominated(rules, f->value, f->first, f->second);
}

/* How uncertain a figure of ${value} has to stay: a small one may be anything that is
 * small, another half more or less if a few people make it up, else by the threshold. */
static void
set_needs(struct target *t, double value, bool few, uint32_t threshold)
{
    double by = few ? ceil(value / 2) : ceil((threshold - 1) / 2.0);

    if (value < threshold) {
        t->need_low = 0;
        t->need_high = threshold - 1;
    } else {
        t->need_low = value - by;
        t->need_high = value + by;
    }
    t->low = t->high = value;
}

static void
add_fact_target(struct search *s, size_t f)
{
    const struct tally_fact *fact = &s->facts->list[f];
    struct target *t;

    if (fact->natoms == 0) {
        return; /* nothing is in it, and nothing could be */
    }
    t = &s->targets[s->ntargets++];
    t->atoms = fact->atoms;
    t->n = fact->natoms;
    t->label = fact->label;
    set_needs(t, (double)fact->value, fact->people > 0 && fact->state == TALLY_FACT_SMALL,
              s->rules->threshold);
}

/* Small groups: atoms that the same known facts are made of. */

struct keyed {
    uint64_t key[2];
    uint32_t atom;
};

static uint64_t
mix(uint64_t z)
{
    z += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static int
compare_keyed(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int c = memcmp(x->key, y->key, sizeof x->key);

    return c != 0 ? c : (x->atom > y->atom) - (x->atom < y->atom);
}

/* The group that begins at ${k}[i] and ends before ${k}[end] is a target when it is of a
 * few people, and in some fact. */
static void
add_group(struct search *s, const struct keyed *k, size_t i, size_t end)
{
    struct target *t = &s->targets[s->ntargets];
    uint64_t people = 0;
    double value = 0;

    for (size_t j = i; j < end; j++) {
        people += s->facts->people[k[j].atom];
        value += s->facts->x[k[j].atom];
        s->groups[j] = k[j].atom;
    }
    if (people == 0 || people >= s->rules->threshold ||
        (k[i].key[0] | k[i].key[1]) == 0) {
        return;
    }
    t->atoms = s->groups + i;
    t->n = end - i;
    t->label = UINT32_MAX;
    set_needs(t, value, true, s->rules->threshold);
    s->ntargets++;
}

static int
add_groups(struct search *s, struct tally_err *err)
{
    struct keyed *k = calloc(s->facts->natoms + 1, sizeof *k);
    size_t end;

    if (k == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < s->facts->natoms; i++) {
        k[i].atom = (uint32_t)i;
    }
    for (size_t f = 0; f < s->facts->nfacts; f++) {
        for (size_t i = s->starts[f]; s->known[f] && i < s->starts[f + 1]; i++) {
            k[s->atoms[i]].key[0] += mix(2 * f);
            k[s->atoms[i]].key[1] += mix(2 * f + 1);
        }
    }
    qsort(k, s->facts->natoms, sizeof *k, compare_keyed);
    for (size_t i = 0; i < s->facts->natoms; i = end) {
        for (end = i + 1;
             end < s->facts->natoms && memcmp(k[end].key, k[i].key, sizeof k[i].key) == 0;
             end++) {
        }
        add_group(s, k, i, end);
    }
    free(k);
    return 0;
}

/* The search. */

static bool
wants(const struct target *t, bool up)
{
    return up ? t->high < t->need_high - SLACK : t->low > t->need_low + SLACK;
}

/* What the point that was just reached shows of every target. */
static void
look(struct search *s)
{
    const double *x = tally_bounds_point(s->bounds);

    for (size_t i = 0; i < s->ntargets; i++) {
        struct target *t = &s->targets[i];
        double sum = 0;

        for (size_t j = 0; j < t->n; j++) {
            sum += x[t->atoms[j]];
        }
        t->low = fmin(t->low, sum);
        t->high = fmax(t->high, sum);
    }
}

/* Stretch every ${every}th of the targets that want it at once: cheap, and most are done
 * with it. */
static int
stretch_together(struct search *s, bool up, size_t every, size_t from,
                 struct tally_err *err)
{
    bool *in = calloc(s->facts->natoms + 1, sizeof *in);
    uint32_t *atoms = calloc(s->facts->natoms + 1, sizeof *atoms);
    size_t n = 0, k = 0;
    double reached, most = 0;
    int rc = 0;

    if (in == NULL || atoms == NULL) {
        free(in);
        free(atoms);
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < s->ntargets; i++) {
        if (!wants(&s->targets[i], up) || k++ % every != from) {
            continue;
        }
        for (size_t j = 0; j < s->targets[i].n; j++) {
            uint32_t a = s->targets[i].atoms[j];

            if (!in[a]) {
                in[a] = true;
                atoms[n++] = a;
            }
        }
        most += s->targets[i].need_high;
    }
    if (n > 0) {
        rc = tally_bounds_reach(s->bounds, atoms, n, up, up ? most : 0, &reached, NULL,
                                err);
        if (rc == 0) {
            look(s);
        }
    }
    free(in);
    free(atoms);
    return rc;
}

static int
stretch_batches(struct search *s, struct tally_err *err)
{
    for (size_t i = 0; i < BATCHES; i++) {
        if (stretch_together(s, false, 1 + i / 2, 0, err) != 0 ||
            stretch_together(s, true, BATCHES, i, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* The fact to hide so that a target can move by ${gap} more: of those that hold it the
 * smallest that leaves enough room, or else the largest. SIZE_MAX: none. */
static size_t
choose(const struct search *s, double gap)
{
    size_t best = SIZE_MAX;

    for (size_t f = 0; f < s->facts->nfacts; f++) {
        const struct tally_fact *a = &s->facts->list[f], *b;
        bool enough = (double)a->value >= gap, was;

        if (!s->binding[f] || a->state != TALLY_FACT_SHOWN || a->again) {
            continue;
        }
        if (best == SIZE_MAX) {
            best = f;
            continue;
        }
        b = &s->facts->list[best];
        was = (double)b->value >= gap;
        if (enough != was ? enough
                          : (a->value < b->value) == enough && a->value != b->value) {
            best = f;
        }
    }
    return best;
}

/* When no fact holds the target by itself: any that is made of its atoms. */
static void
mark_near(struct search *s, const struct target *t)
{
    for (size_t f = 0; f < s->facts->nfacts; f++) {
        const struct tally_fact *a = &s->facts->list[f];

        s->binding[f] = false;
        for (size_t i = 0, j = 0; s->known[f] && i < a->natoms && j < t->n;) {
            if (a->atoms[i] == t->atoms[j]) {
                s->binding[f] = true;
                break;
            }
            if (a->atoms[i] < t->atoms[j]) {
                i++;
            } else {
                j++;
            }
        }
    }
}

static void
note_label(struct tally_conflict *c, unsigned label)
{
    for (size_t i = 0; i < c->nlabels; i++) {
        if (c->labels[i] == label) {
            return;
        }
    }
    if (c->nlabels < sizeof c->labels / sizeof *c->labels) {
        c->labels[c->nlabels++] = label;
    }
}

/* Nothing can be done any more: what holds the target is why. */
static void
note_conflict(struct search *s, const struct target *t)
{
    s->conflict->found = true;
    if (t->label != UINT32_MAX) {
        note_label(s->conflict, t->label);
    }
    for (size_t f = 0; f < s->facts->nfacts; f++) {
        const struct tally_fact *a = &s->facts->list[f];

        if (s->binding[f]) {
            note_label(s->conflict, a->label);
            if (a->again) {
                note_label(s->conflict, a->before);
            }
        }
    }
}

/* Whether what holds a target was known before this release, all of it: the prices of the
 * facts prove that those alone hold it, so hiding helps nothing and showing does no harm. */
static bool
known_before(const struct search *s)
{
    bool any = false;

    for (size_t f = 0; f < s->facts->nfacts; f++) {
        const struct tally_fact *a = &s->facts->list[f];

        if (s->binding[f] && a->state == TALLY_FACT_SHOWN && (!a->again || a->exact)) {
            return false;
        }
        any = any || s->binding[f];
    }
    return any;
}

static void
hide(struct search *s, size_t f)
{
    s->facts->list[f].state = TALLY_FACT_BESIDE;
    s->known[f] = false;
    tally_bounds_forget(s->bounds, f);
}

/* Stretch target ${i} until it reaches, hiding what holds it. With ${fixed} nothing may
 * be hidden. */
static int
stretch(struct search *s, size_t i, bool up, bool fixed, struct tally_err *err)
{
    while (!s->conflict->found && wants(&s->targets[i], up)) {
        struct target *t = &s->targets[i];
        double need = up ? t->need_high : t->need_low, reached;
        size_t f;

        memset(s->binding, 0, s->facts->nfacts * sizeof *s->binding);
        if (tally_bounds_reach(s->bounds, t->atoms, t->n, up, need, &reached, s->binding,
                               err) != 0) {
            return -1;
        }
        look(s);
        if (!wants(t, up) || known_before(s)) {
            break;
        }
        f = fixed ? SIZE_MAX : choose(s, fabs(need - reached));
        if (f == SIZE_MAX && !fixed) {
            mark_near(s, t);
            f = choose(s, fabs(need - reached));
        }
        if (f == SIZE_MAX) {
            note_conflict(s, t);
            break;
        }
        hide(s, f);
    }
    return 0;
}

static int
stretch_all(struct search *s, bool fixed, struct tally_err *err)
{
    if (stretch_batches(s, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < s->ntargets && !s->conflict->found; i++) {
        if (stretch(s, i, true, fixed, err) != 0 ||
            stretch(s, i, false, fixed, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static void
search_free(struct search *s)
{
    tally_bounds_free(s->bounds);
    free(s->starts);
    free(s->atoms);
    free(s->known);
    free(s->binding);
    free(s->targets);
    free(s->groups);
}

static int
search_begin(struct search *s, struct tally_err *err)
{
    size_t nentries = 0, n = s->facts->nfacts;

    for (size_t f = 0; f < n; f++) {
        nentries += s->facts->list[f].natoms;
    }
    s->starts = calloc(n + 1, sizeof *s->starts);
    s->atoms = calloc(nentries + 1, sizeof *s->atoms);
    s->known = calloc(n + 1, sizeof *s->known);
    s->binding = calloc(n + 1, sizeof *s->binding);
    s->targets = calloc(n + s->facts->natoms + 1, sizeof *s->targets);
    s->groups = calloc(s->facts->natoms + 1, sizeof *s->groups);
    if (s->starts == NULL || s->atoms == NULL || s->known == NULL || s->binding == NULL ||
        s->targets == NULL || s->groups == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t f = 0; f < n; f++) {
        const struct tally_fact *a = &s->facts->list[f];

        memcpy(s->atoms + s->starts[f], a->atoms, a->natoms * sizeof *a->atoms);
        s->starts[f + 1] = s->starts[f] + a->natoms;
    }
    return 0;
}

/* What a search may do and know. */
enum search_mode {
    SEARCH_HIDE,   /* hide what must be, of this release alone */
    SEARCH_FIXED,  /* hide nothing: is it well as it is? */
    SEARCH_EARLIER /* the same, with what earlier releases tell */
};

static int
search_once(struct tally_fact_list *facts, const struct tally_profile_rules *rules,
            enum search_mode mode, struct tally_conflict *conflict, size_t *ntargets,
            struct tally_err *err)
{
    bool earlier = mode == SEARCH_EARLIER;
    struct search s = {.facts = facts, .rules = rules, .conflict = conflict};
    int rc = search_begin(&s, err);

    for (size_t f = 0; rc == 0 && f < facts->nfacts; f++) {
        const struct tally_fact *a = &facts->list[f];

        s.known[f] = a->state == TALLY_FACT_SHOWN ||
                     (earlier && (a->state == TALLY_FACT_EARLIER || a->again));
        if (a->state == TALLY_FACT_SMALL) {
            add_fact_target(&s, f);
        }
    }
    if (rc == 0 && add_groups(&s, err) == 0 &&
        tally_bounds_create(&s.bounds, facts->x, facts->natoms, s.starts, s.atoms,
                            facts->nfacts, s.known, err) == 0) {
        rc = stretch_all(&s, mode != SEARCH_HIDE, err);
    } else {
        rc = -1;
    }
    *ntargets = s.ntargets;
    search_free(&s);
    return rc;
}

/* The largest that is hidden beside others and was not tried in this round; SIZE_MAX. */
static size_t
next_to_try(const struct tally_fact_list *facts)
{
    size_t best = SIZE_MAX;

    for (size_t f = 0; f < facts->nfacts; f++) {
        const struct tally_fact *a = &facts->list[f];

        if (a->state == TALLY_FACT_BESIDE && !a->tried &&
            (best == SIZE_MAX || a->value > facts->list[best].value)) {
            best = f;
        }
    }
    return best;
}

/* Show again what turns out not to be needed, until nothing more can be: what then is
 * hidden beside others cannot be worked out, or showing it would do no harm. Each try is
 * a search, so there are so many tries only. */
static int
give_back(struct tally_fact_list *facts, const struct tally_profile_rules *rules,
          size_t ntargets, struct tally_err *err)
{
    size_t each = (ntargets + 1) * (facts->nfacts + 1);
    bool any = false;

    for (size_t tries = 0; tries < TRIES && tries < WORK / each; tries++) {
        struct tally_conflict conflict = {.found = false};
        size_t f = next_to_try(facts);

        if (f == SIZE_MAX && any) { /* once more: less is hidden now */
            for (size_t i = 0; i < facts->nfacts; i++) {
                facts->list[i].tried = false;
            }
            any = false;
            f = next_to_try(facts);
        }
        if (f == SIZE_MAX) {
            break;
        }
        facts->list[f].tried = true;
        facts->list[f].state = TALLY_FACT_SHOWN;
        if (search_once(facts, rules, SEARCH_FIXED, &conflict, &ntargets, err) != 0) {
            return -1;
        }
        if (conflict.found) {
            facts->list[f].state = TALLY_FACT_BESIDE;
        }
        any = any || !conflict.found;
    }
    return 0;
}

static size_t
count_hidden(const struct tally_fact_list *facts)
{
    size_t n = 0;

    for (size_t f = 0; f < facts->nfacts; f++) {
        n += facts->list[f].state == TALLY_FACT_BESIDE;
    }
    return n;
}

int
tally_protect(struct tally_fact_list *facts, const struct tally_profile_rules *rules,
              struct tally_conflict *conflict, struct tally_err *err)
{
    bool before = false;
    size_t hidden, ntargets = 0;

    memset(conflict, 0, sizeof *conflict);
    for (size_t f = 0; f < facts->nfacts; f++) {
        struct tally_fact *a = &facts->list[f];

        if (a->state == TALLY_FACT_EARLIER) {
            before = true;
            continue;
        }
        before = before || a->again;
        a->state = !a->again && tally_protect_small(a, rules) ? TALLY_FACT_SMALL
                                                              : TALLY_FACT_SHOWN;
    }
    do { /* with less shown, other groups are what lies between figures */
        hidden = count_hidden(facts);
        if (search_once(facts, rules, SEARCH_HIDE, conflict, &ntargets, err) != 0) {
            return -1;
        }
    } while (!conflict->found && count_hidden(facts) > hidden);
    if (!conflict->found && give_back(facts, rules, ntargets, err) != 0) {
        return -1;
    }
    return before && !conflict->found
               ? search_once(facts, rules, SEARCH_EARLIER, conflict, &ntargets, err)
               : 0;
}
