/*
 * The cohort as CSV: person.csv and a file by source, written beside the database row by
 * row. Cells are made safe for spreadsheets, since that is where these files get opened.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/cohort_impl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static int
put(struct tally_outfile *f, const char *text, bool last, struct tally_err *err)
{
    return tally_csv_write_safe(f, text, strlen(text), last, err);
}

/** Open ${name}.csv in the folder. */
static int
open_one(struct cohort *c, const char *prefix, const char *name,
         struct tally_outfile **out, struct tally_err *err)
{
    char *path = NULL;
    int rc;

    if (asprintf(&path, "%s/%s%s.csv", c->job->csv_dir, prefix, name) < 0) {
        return tally_err_nomem(err);
    }
    rc = tally_outfile_open(out, path, 0600, c->job->force, err);
    free(path);
    return rc;
}

static int
person_header(struct cohort *c, struct tally_err *err)
{
    char seen[TALLY_NAME_MAX + 8];

    if (put(c->person_csv, "pseudonym", false, err) != 0 ||
        put(c->person_csv, "sources", false, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < c->nsources; i++) {
        snprintf(seen, sizeof seen, "seen_%s", c->sources[i].map->name);
        if (put(c->person_csv, seen, false, err) != 0) {
            return -1;
        }
    }
    return put(c->person_csv, "match_strength", true, err);
}

static int
open_source(struct cohort *c, struct cohort_source *s, struct tally_err *err)
{
    /* person.csv is taken, in a folder that may not tell small letters from capitals. */
    const char *prefix = strcasecmp(s->map->name, "person") == 0 ? "source_" : "";

    if (open_one(c, prefix, s->map->name, &s->csv, err) != 0 ||
        put(s->csv, "pseudonym", s->ncolumns == 0, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < s->ncolumns; i++) {
        if (put(s->csv, s->columns[i], i + 1 == s->ncolumns, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int
tally_cohort_csv_open(struct cohort *c, struct tally_err *err)
{
    if (c->job->csv_dir == NULL) {
        return 0;
    }
    if (mkdir(c->job->csv_dir, 0700) == 0) {
        c->made_csv_dir = true;
    } else if (errno != EEXIST) {
        return tally_err_errno(err, TALLY_E_IO, "cannot make the folder %s",
                               c->job->csv_dir);
    }
    if (open_one(c, "", "person", &c->person_csv, err) != 0 ||
        person_header(c, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < c->nsources; i++) {
        if (open_source(c, &c->sources[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

int
tally_cohort_csv_person(struct cohort *c, const struct cohort_person *p,
                        struct tally_err *err)
{
    char text[32];

    if (c->person_csv == NULL) {
        return 0;
    }
    snprintf(text, sizeof text, "%d", __builtin_popcountll(p->seen));
    if (put(c->person_csv, p->pseudonym, false, err) != 0 ||
        put(c->person_csv, text, false, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < c->nsources; i++) {
        if (put(c->person_csv, (p->seen >> i & 1) != 0 ? "1" : "0", false, err) != 0) {
            return -1;
        }
    }
    text[0] = '\0';
    if (p->strength_ppm != TALLY_COHORT_NO_STRENGTH) {
        snprintf(text, sizeof text, "%" PRIu32 ".%06" PRIu32, p->strength_ppm / 1000000,
                 p->strength_ppm % 1000000);
    }
    return put(c->person_csv, text, true, err);
}

int
tally_cohort_csv_row(struct cohort_source *s, const char *pseudonym,
                     struct tally_err *err)
{
    if (s->csv == NULL) {
        return 0;
    }
    if (put(s->csv, pseudonym, s->ncolumns == 0, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < s->ncolumns; i++) {
        if (tally_csv_write_safe(s->csv, s->cells[i].data, s->cells[i].len,
                                 i + 1 == s->ncolumns, err) != 0) {
            return -1;
        }
    }
    return 0;
}
