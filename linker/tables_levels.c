/*
 * Levels of dimensions: those listed, or those that enough people have.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/tables_count_impl.h"

#include <stdlib.h>
#include <string.h>

/* Levels. */

static int
copy_levels(struct tally_counted_dim *out, char *const *labels, size_t n,
            const char *other, struct tally_err *err)
{
    size_t total = n + (other != NULL);

    out->labels = calloc(total + 1, sizeof *out->labels);
    if (out->labels == NULL) {
        return tally_err_nomem(err);
    }
    out->nlevels = total;
    out->others = other != NULL;
    for (size_t i = 0; i < total; i++) {
        out->labels[i] = strdup(i < n ? labels[i] : other);
        if (out->labels[i] == NULL) {
            return tally_err_nomem(err);
        }
    }
    return 0;
}

/** A value that was found, and by how many people. */
struct found {
    char *text;
    uint64_t people;
    uint64_t last;
};
struct finds {
    struct found *list; /* ascending */
    size_t n;
    size_t cap;
};

/* Room for one more. */
static int
grow(struct finds *f, struct tally_err *err)
{
    size_t cap = f->cap == 0 ? 64 : 2 * f->cap;
    struct found *more;

    if (f->n < f->cap) {
        return 0;
    }
    if (cap > TALLY_COUNT_ATOMS_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT,
                             "a column with \"levels\": \"found\" has too many "
                             "different values");
    }
    more = realloc(f->list, cap * sizeof *more);
    if (more == NULL) {
        return tally_err_nomem(err);
    }
    f->list = more;
    f->cap = cap;
    return 0;
}

static int
find_more(struct finds *f, const char *text, size_t len, uint64_t person,
          struct tally_err *err)
{
    size_t low = 0, high = f->n;

    while (low < high) {
        size_t mid = (low + high) / 2;
        int c = strncmp(f->list[mid].text, text, len);

        c = c != 0 ? c : f->list[mid].text[len] != '\0';
        if (c == 0) {
            f->list[mid].people += f->list[mid].last != person;
            f->list[mid].last = person;
            return 0;
        }
        if (c < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    if (grow(f, err) != 0) {
        return -1;
    }
    memmove(f->list + low + 1, f->list + low, (f->n - low) * sizeof *f->list);
    f->list[low] = (struct found){strndup(text, len), 1, person};
    f->n++;
    return f->list[low].text != NULL ? 0 : tally_err_nomem(err);
}

/** Where levels are being looked for. */
struct look_for {
    size_t asked;
    size_t event;
    size_t dim;
    struct finds finds;
};

static int
look_at_person(struct counting *c, const struct tally_person *p, void *ctx,
               struct tally_err *err)
{
    struct look_for *l = ctx;
    const struct tally_matcher *m = c->matchers[l->asked];

    for (size_t i = 0; i < p->nrecords; i++) {
        size_t len;
        const char *text;

        if (!tally_matcher_event(m, l->event, &p->records[i])) {
            continue;
        }
        text = tally_matcher_value(m, l->event, l->dim, &p->records[i], &len);
        if (len > 0 && len <= TALLY_TABLES_TEXT_MAX &&
            find_more(&l->finds, text, len, c->person, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* How many people have none of the levels found. */
struct others {
    const struct coord *coord;
    const struct tally_counted_dim *levels;
    uint64_t people;
};

bool
tally_counting_among(const struct tally_counted_dim *levels, size_t n, const char *text,
                     size_t len, size_t *at)
{
    for (*at = 0; *at < n; ++*at) {
        if (strncmp(levels->labels[*at], text, len) == 0 &&
            levels->labels[*at][len] == '\0') {
            return true;
        }
    }
    return false;
}

static int
look_for_others(struct counting *c, const struct tally_person *p, void *ctx,
                struct tally_err *err)
{
    struct others *o = ctx;
    const struct coord *q = o->coord;
    const struct tally_matcher *m = c->matchers[q->asked];

    (void)err;
    for (size_t i = 0; i < p->nrecords; i++) {
        const char *text;
        size_t len, at;

        if (!tally_matcher_event(m, q->event, &p->records[i])) {
            continue;
        }
        text = tally_matcher_value(m, q->event, q->dim, &p->records[i], &len);
        if (!tally_counting_among(o->levels, o->levels->nlevels, text, len, &at)) {
            o->people++;
            break;
        }
    }
    return 0;
}

/* A level for others is there when enough people have it: its standing there alone would
 * tell of a few. */
static int
add_others(struct counting *c, const struct coord *q, struct tally_counted_dim *levels,
           struct tally_err *err)
{
    const struct tally_dimension *d = &c->job->asked[q->asked].spec->dims[q->dim];
    struct others o = {.coord = q, .levels = levels};

    if (d->other == NULL) {
        return 0;
    }
    if (tally_counting_each(c, look_for_others, &o, err) != 0) {
        return -1;
    }
    if (o.people < c->job->threshold) {
        return 0;
    }
    levels->labels[levels->nlevels] = strdup(d->other); /* there is room for one more */
    if (levels->labels[levels->nlevels] == NULL) {
        return tally_err_nomem(err);
    }
    levels->nlevels++;
    levels->others = true;
    return 0;
}

/* The levels that enough people have; a value that few have would say so by standing
 * there. */
static int
find_levels(struct counting *c, const struct coord *q, struct tally_counted_dim *out,
            struct tally_err *err)
{
    const struct tally_dimension *d = &c->job->asked[q->asked].spec->dims[q->dim];
    struct look_for l = {.asked = q->asked, .event = q->event, .dim = q->dim};
    char *kept[TALLY_TABLES_LEVELS_MAX];
    size_t n = 0;
    int rc = tally_counting_each(c, look_at_person, &l, err);

    for (size_t i = 0; rc == 0 && i < l.finds.n; i++) {
        if (l.finds.list[i].people < c->job->threshold) {
            continue;
        }
        if (n == TALLY_TABLES_LEVELS_MAX) {
            tally_err_set(err, TALLY_E_LIMIT, "dimension '%s' has more than %d levels",
                          d->name, TALLY_TABLES_LEVELS_MAX);
            rc = tally_err_hint(err, "\"characters\" makes one of values that begin "
                                     "alike");
            break;
        }
        kept[n++] = l.finds.list[i].text;
    }
    if (rc == 0 &&
        (copy_levels(out, kept, n, NULL, err) != 0 || add_others(c, q, out, err) != 0)) {
        rc = -1;
    }
    for (size_t i = 0; i < l.finds.n; i++) {
        free(l.finds.list[i].text);
    }
    free(l.finds.list);
    return rc;
}

int
tally_counting_levels(struct counting *c, struct coord *q,
                      const struct tally_counted_dim *fixed, struct tally_err *err)
{
    const struct tally_dimension *d = &c->job->asked[q->asked].spec->dims[q->dim];

    if (fixed != NULL) {
        size_t n = fixed->nlevels;

        if (copy_levels(&q->levels, fixed->labels, n, NULL, err) != 0) {
            return -1;
        }
        q->levels.others =
            d->other != NULL && n > 0 && strcmp(fixed->labels[n - 1], d->other) == 0;
        return 0;
    }
    return d->kind == TALLY_DIM_FOUND
               ? find_levels(c, q, &q->levels, err)
               : copy_levels(&q->levels, d->levels, d->nlevels, d->other, err);
}

void
tally_counting_free_levels(struct tally_counted_dim *d)
{
    for (size_t i = 0; d->labels != NULL && i < d->nlevels; i++) {
        free(d->labels[i]);
    }
    free(d->labels);
    d->labels = NULL;
}
