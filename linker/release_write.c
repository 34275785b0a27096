/*
 * Files of a release. Only what may be shown is looked at here.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/release_write.h"

#include "bloom/base/csv.h"
#include "linker/release_page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
put(struct tally_outfile *f, const char *text, bool last, struct tally_err *err)
{
    return tally_csv_write_safe(f, text, strlen(text), last, err);
}

static int
put_number(struct tally_outfile *f, bool shown, uint64_t n, bool last,
           struct tally_err *err)
{
    char text[24] = "[c]";

    if (shown) {
        (void)snprintf(text, sizeof text, "%" PRIu64, n);
    }
    return put(f, text, last, err);
}

static int
write_csv(struct tally_outfile *f, const struct tally_release *r, size_t table,
          struct tally_err *err)
{
    const struct tally_released_table *t = &r->tables[table];
    const struct tally_counted *c = t->counted;

    for (size_t d = 0; d < c->ndims; d++) {
        if (put(f, r->job->spec->dims[t->table->dims[d]].name, false, err) != 0) {
            return -1;
        }
    }
    if (put(f, tally_release_measure(t->table), false, err) != 0 ||
        put(f, "low", false, err) != 0 || put(f, "high", true, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < c->ncells; i++) {
        const struct tally_released_cell *cell = &t->cells[i];
        size_t at[TALLY_TABLES_DIMS_MAX];

        tally_counted_levels(c, i, at);
        for (size_t d = 0; d < c->ndims; d++) {
            if (put(f, tally_release_level(c, d, at[d]), false, err) != 0) {
                return -1;
            }
        }
        if (put_number(f, cell->shown, cell->value, false, err) != 0 ||
            put_number(f, cell->shown, cell->low, false, err) != 0 ||
            put_number(f, cell->shown, cell->high, true, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* A line a person, in the order of the levels, which says nothing about who is who. */
static int
write_rows(struct tally_outfile *f, const struct tally_release *r, size_t table,
           struct tally_err *err)
{
    const struct tally_released_table *t = &r->tables[table];
    const struct tally_counted *c = t->counted;

    for (size_t d = 0; d < c->ndims; d++) {
        if (put(f, r->job->spec->dims[t->table->dims[d]].name, d + 1 == c->ndims, err) !=
            0) {
            return -1;
        }
    }
    for (size_t i = 0; i < c->ncells; i++) {
        size_t at[TALLY_TABLES_DIMS_MAX];
        bool total = false;

        tally_counted_levels(c, i, at);
        for (size_t d = 0; d < c->ndims; d++) {
            total = total || at[d] == c->dims[d].nlevels;
        }
        for (uint64_t k = 0; !total && k < t->cells[i].value; k++) {
            for (size_t d = 0; d < c->ndims; d++) {
                if (put(f, tally_release_level(c, d, at[d]), d + 1 == c->ndims, err) !=
                    0) {
                    return -1;
                }
            }
        }
    }
    return 0;
}

const struct tally_released_table *
tally_release_rows(const struct tally_release *r)
{
    for (size_t i = 0; i < r->ntables; i++) {
        if (r->tables[i].table->rows) {
            return &r->tables[i];
        }
    }
    return NULL;
}

/* What an approval is of: the same on the day of the request and on that of the release.
 */
static char *
draft_text(const struct tally_release *r, const struct tally_release_head *head,
           struct tally_err *err)
{
    const struct tally_release_head fixed = {.project = head->project,
                                             .agreement = head->agreement,
                                             .analyst = head->analyst,
                                             .approved = "",
                                             .day = ""};
    struct tally_json spec = tally_json_root(r->job->spec->doc);
    struct tally_jnode *root = tally_jobject();
    char *text;

    tally_jset(root, "spec", tally_jcopy(&spec));
    tally_jset(root, "release", tally_release_json(r, &fixed));
    text = tally_json_text(root, 0);
    tally_jfree(root);
    if (text == NULL) {
        tally_err_nomem(err);
    }
    return text;
}

int
tally_release_digest(const struct tally_release *r, const struct tally_release_head *head,
                     uint8_t out[TALLY_DIGEST_BYTES], struct tally_err *err)
{
    char *text = draft_text(r, head, err);

    if (text == NULL) {
        return -1;
    }
    tally_digest(text, strlen(text), out);
    free(text);
    return 0;
}

static struct tally_jnode *
cell_json(const struct tally_counted *c, const struct tally_released_cell *cell, size_t i)
{
    struct tally_jnode *o = tally_jobject(), *at = tally_jarray();
    size_t levels[TALLY_TABLES_DIMS_MAX];

    tally_counted_levels(c, i, levels);
    for (size_t d = 0; d < c->ndims; d++) {
        tally_jpush_str(at, tally_release_level(c, d, levels[d]));
    }
    tally_jset(o, "levels", at);
    if (cell->shown) {
        tally_jset_int(o, "value", (int64_t)cell->value);
        tally_jset_int(o, "low", (int64_t)cell->low);
        tally_jset_int(o, "high", (int64_t)cell->high);
    } else {
        tally_jset_str(o, "value", NULL);
    }
    return o;
}

static struct tally_jnode *
table_json(const struct tally_release *r, const struct tally_released_table *t,
           bool cells_too)
{
    struct tally_jnode *o = tally_jobject(), *by = tally_jarray(),
                       *left_out = tally_jarray(), *cells = tally_jarray();

    tally_jset_str(o, "name", t->table->name);
    tally_jset_str(o, "title", t->table->title);
    tally_jset_str(o, "counts", tally_release_measure(t->table));
    tally_jset_bool(o, "rows", t->table->rows);
    for (size_t d = 0; d < t->counted->ndims; d++) {
        const char *name = r->job->spec->dims[t->table->dims[d]].name;

        tally_jpush_str(by, name);
        if (!t->counted->dims[d].others) {
            tally_jpush_str(left_out, name);
        }
    }
    tally_jset(o, "by", by);
    tally_jset(o, "left_out_without", left_out);
    for (size_t i = 0; cells_too && i < t->counted->ncells; i++) {
        tally_jpush(cells, cell_json(t->counted, &t->cells[i], i));
    }
    tally_jset(o, "cells", cells);
    return o;
}

struct tally_jnode *
tally_release_json(const struct tally_release *r, const struct tally_release_head *head)
{
    const struct tally_profile_rules *rules = &r->job->rules;
    struct tally_jnode *root = tally_jobject(), *tables = tally_jarray();

    tally_jset_str(root, "tallystick", "release");
    tally_jset_int(root, "version", 1);
    tally_jset_str(root, "status", "aggregate");
    tally_jset_bool(root, "pilot", head->project == NULL);
    tally_jset_str(root, "spec", r->job->spec->name);
    tally_jset_str(root, "title", r->job->spec->title);
    tally_jset_str(root, "project", head->project);
    tally_jset_str(root, "agreement", head->agreement);
    tally_jset_str(root, "analyst", head->analyst);
    tally_jset_str(root, "approved", head->approved);
    tally_jset_str(root, "day", head->day);
    tally_jset_int(root, "number", (int64_t)head->number);
    tally_jset_str(root, "profile", rules->name);
    tally_jset_int(root, "threshold", rules->threshold);
    tally_jset_int(root, "rounding", rules->rounding);
    for (size_t i = 0; i < r->ntables; i++) {
        tally_jpush(tables,
                    table_json(r, &r->tables[i],
                               !r->tables[i].table->rows || head->approved != NULL));
    }
    tally_jset(root, "tables", tables);
    return root;
}

static int
open_file(struct tally_release_files *f, const char *name, const char *ending, bool force,
          struct tally_err *err)
{
    char *path = NULL;
    int rc;

    if (asprintf(&path, "%s/%s%s", f->dir, name, ending) < 0) {
        return tally_err_nomem(err);
    }
    rc = tally_outfile_open(&f->list[f->n], path, 0644, force, err);
    f->n += rc == 0;
    free(path);
    return rc;
}

static int
write_json(struct tally_outfile *f, const struct tally_release *r,
           const struct tally_release_head *head, struct tally_err *err)
{
    struct tally_jnode *root = tally_release_json(r, head);
    char *text = tally_json_text(root, 2);
    int rc;

    tally_jfree(root);
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    rc = tally_outfile_printf(f, err, "%s\n", text);
    free(text);
    return rc;
}

static int
make_dir(struct tally_release_files *f, const char *dir, struct tally_err *err)
{
    f->dir = strdup(dir);
    if (f->dir == NULL) {
        return tally_err_nomem(err);
    }
    if (mkdir(dir, 0755) == 0) {
        f->made_dir = true;
        return 0;
    }
    return errno == EEXIST
               ? 0
               : tally_err_errno(err, TALLY_E_IO, "cannot make the folder %s", dir);
}

int
tally_release_files(struct tally_release_files *f, const struct tally_release *r,
                    const struct tally_release_head *head, const char *dir, bool force,
                    struct tally_err *err)
{
    if (make_dir(f, dir, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < r->ntables; i++) {
        if (open_file(f, r->tables[i].table->name, ".csv", force, err) != 0 ||
            (r->tables[i].table->rows ? write_rows : write_csv)(f->list[f->n - 1], r, i,
                                                                err) != 0) {
            return -1;
        }
    }
    if (open_file(f, "release", ".json", force, err) != 0 ||
        write_json(f->list[f->n - 1], r, head, err) != 0 ||
        open_file(f, "release", ".html", force, err) != 0) {
        return -1;
    }
    return tally_release_page(f->list[f->n - 1], r, head, err);
}

static int
write_draft(struct tally_outfile *f, const struct tally_release *r,
            const struct tally_release_head *head, struct tally_err *err)
{
    char *text = draft_text(r, head, err);
    int rc = text != NULL ? tally_outfile_printf(f, err, "%s", text) : -1;

    free(text);
    return rc;
}

int
tally_release_draft(struct tally_release_files *f, const struct tally_release *r,
                    const struct tally_release_head *head, const char *dir, bool force,
                    struct tally_err *err)
{
    if (make_dir(f, dir, err) != 0 || open_file(f, "draft", ".json", force, err) != 0 ||
        write_draft(f->list[f->n - 1], r, head, err) != 0 ||
        open_file(f, "draft", ".html", force, err) != 0) {
        return -1;
    }
    return tally_release_page(f->list[f->n - 1], r, head, err);
}

int
tally_release_files_commit(struct tally_release_files *f, struct tally_err *err)
{
    if (tally_outfile_commit(f->list, f->n, err) != 0) {
        return -1;
    }
    f->made_dir = false;
    return 0;
}

void
tally_release_files_end(struct tally_release_files *f)
{
    for (size_t i = 0; i < f->n; i++) {
        tally_outfile_free(f->list[i]);
    }
    if (f->made_dir) {
        (void)rmdir(f->dir);
    }
    free(f->dir);
    memset(f, 0, sizeof *f);
}
