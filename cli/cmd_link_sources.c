/*
 * The sources of tally link: files on the command line, those that a series holds
 * already, and what withdrawals leave of them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bloom/clks.h"
#include "linker/without.h"

void
tally_link_files_close(struct tally_link_files *s)
{
    for (size_t i = 0; i < s->n; i++) {
        tally_encfile_close(s->files[i]);
        tally_encfile_close(s->whole[i]);
        tally_encfile_close(s->old[i]);
        free(s->successors[i]);
        free(s->paths[i]);
    }
    tally_buf_free(&s->withdrawn);
    tally_buf_free(&s->again);
}

/* "NAME=FILE" gives a source another name for this run, unless a file of the whole name
 * is there. */
static const char *
split_name(const char *operand, char name[TALLY_NAME_MAX + 1])
{
    const char *eq = strchr(operand, '=');
    struct stat st;

    name[0] = '\0';
    if (eq == NULL || eq == operand || eq - operand > TALLY_NAME_MAX ||
        memchr(operand, '/', (size_t)(eq - operand)) != NULL || stat(operand, &st) == 0) {
        return operand;
    }
    memcpy(name, operand, (size_t)(eq - operand));
    name[eq - operand] = '\0';
    return eq + 1;
}

static int
open_source(struct tally_link_files *s, const char *operand, struct tally_err *err)
{
    size_t i = s->n;
    const char *path = split_name(operand, s->names[i]);

    if (tally_encodings_open(&s->files[i], path, err) != 0) {
        return -1;
    }
    s->n++;
    s->paths[i] = realpath(path, NULL);
    if (s->paths[i] == NULL) {
        return tally_err_errno(err, TALLY_E_IO, "cannot tell where %s is", path);
    }
    if (s->names[i][0] == '\0') {
        (void)snprintf(s->names[i], sizeof s->names[i], "%s",
                       tally_encfile_info(s->files[i])->source);
    }
    return 0;
}

static int
open_operands(struct tally_link_files *s, const struct tally_link_request *q,
              const struct tally_operands *files, struct tally_err *err)
{
    if ((files->n == 0 && !q->add) || files->n > TALLY_SOURCES_MAX) {
        (void)tally_err_set(err, TALLY_E_USAGE,
                            "link takes 1 to %d encodings files, not %zu",
                            TALLY_SOURCES_MAX, files->n);
        return tally_err_hint(err, "one file alone is searched for duplicates");
    }
    for (size_t i = 0; i < files->n; i++) {
        if (open_source(s, files->list[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Put the source at ${from} in the place ${to}, the others one on. */
static void
move_up(struct tally_link_files *s, size_t from, size_t to)
{
    struct tally_encfile *file = s->files[from];
    char *path = s->paths[from];
    char name[TALLY_NAME_MAX + 1];

    memcpy(name, s->names[from], sizeof name);
    for (size_t i = from; i > to; i--) {
        s->files[i] = s->files[i - 1];
        s->paths[i] = s->paths[i - 1];
        memcpy(s->names[i], s->names[i - 1], sizeof name);
    }
    s->files[to] = file;
    s->paths[to] = path;
    memcpy(s->names[to], name, sizeof name);
}

static bool
is_member(const struct tally_link_files *s, size_t i, const struct tally_store_member *m)
{
    return memcmp(tally_encfile_digest(s->files[i]), m->digest, sizeof m->digest) == 0;
}

/* A source of the series whose file was not named: from where it was. */
static int
open_member(struct tally_link_files *s, const struct tally_store_member *m,
            struct tally_err *err)
{
    if (s->n == TALLY_SOURCES_MAX) {
        return tally_err_set(err, TALLY_E_USAGE, "a run has %d sources at most",
                             TALLY_SOURCES_MAX);
    }
    if (m->path[0] == '\0') {
        (void)tally_err_set(err, TALLY_E_NO_FILE,
                            "the store does not say where the file of '%s' is", m->name);
    } else if (open_source(s, m->path, err) == 0) {
        if (is_member(s, s->n - 1, m)) {
            return 0;
        }
        (void)tally_err_set(err, TALLY_E_DATA,
                            "%s is not the file of '%s' that the store knows", m->path,
                            m->name);
    } else if (err->code != TALLY_E_NO_FILE) {
        return -1;
    }
    return tally_err_hint(err, "name the file of '%s' on the command line as well",
                          m->name);
}

/* The delivery that source ${m} takes the place of, to tell its records by. Where it is
 * not to be had, tokens alone can. */
static int
open_old(struct tally_link_files *s, size_t m, const struct tally_store_member *member,
         struct tally_err *err)
{
    struct tally_err why = TALLY_ERR_INIT;

    s->stored[m].replaces = member->id;
    if (tally_encfile_info(s->files[m])->legacy) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "'%s' is clkhash JSON, which has no tokens: it cannot take "
                             "the place of another delivery",
                             member->name);
    }
    if (member->path[0] != '\0' &&
        tally_encodings_open(&s->old[m], member->path, &why) == 0 &&
        memcmp(tally_encfile_digest(s->old[m]), member->digest, sizeof member->digest) ==
            0) {
        return 0;
    }
    tally_encfile_close(s->old[m]);
    s->old[m] = NULL;
    tally_say(
        "  warning: the delivery of '%s' that is replaced is not at %s: only records "
        "that kept their tokens keep their people for sure, and of those withdrawn "
        "only such stay out",
        member->name, member->path[0] != '\0' ? member->path : "a place that is known");
    return 0;
}

/* Where the file of member ${m} is among the operands from ${m} on: the file itself, or
 * with --replace one of its name; s->n when there is none. */
static size_t
find_operand(const struct tally_link_files *s, const struct tally_link_request *q,
             size_t m, const struct tally_store_member *member, bool *replaces)
{
    size_t at = m;

    while (at < s->n && !is_member(s, at, member)) {
        at++;
    }
    *replaces = at == s->n && q->replace;
    for (size_t i = m; *replaces && i < s->n; i++) {
        if (strcmp(s->names[i], member->name) == 0) {
            return i;
        }
    }
    *replaces = false;
    return at;
}

/* The sources of the series come first, in its order and under its names; what is left of
 * the command line is new. */
static int
join_series(struct tally_link_files *s, const struct tally_link_request *q,
            struct tally_err *err)
{
    size_t given = s->n, replaced = 0;

    for (size_t m = 0; m < s->series.nsources; m++) {
        const struct tally_store_member *member = &s->series.sources[m];
        bool replaces = false;
        size_t at = find_operand(s, q, m, member, &replaces);

        if (at == s->n && open_member(s, member, err) != 0) {
            return -1;
        }
        move_up(s, at, m);
        memcpy(s->names[m], member->name, sizeof member->name);
        if (replaces && open_old(s, m, member, err) != 0) {
            return -1;
        }
        replaced += replaces;
    }
    if (q->replace && q->agreement == NULL && replaced == 0) {
        (void)tally_err_set(err, TALLY_E_USAGE,
                            given == 0
                                ? "--replace needs the file of a new delivery"
                                : "no file here takes the place of a delivery: none "
                                  "is a new one of a source of the series");
        return tally_err_hint(err, "NAME=FILE says of which source a file is");
    }
    return 0;
}

static int
check_names(const struct tally_link_files *s, struct tally_err *err)
{
    for (size_t i = 0; i < s->n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(s->names[j], s->names[i]) == 0) {
                (void)tally_err_set(err, TALLY_E_USAGE, "two sources are called '%s'",
                                    s->names[i]);
                if (j < s->series.nsources) {
                    return tally_err_hint(
                        err,
                        "with --replace it takes the place of the delivery "
                        "that is there; NAME=%s adds it under another name",
                        s->paths[i]);
                }
                return tally_err_hint(err, "name one of them anew: NAME=%s", s->paths[i]);
            }
        }
    }
    return 0;
}

/* Leave out the records that were withdrawn from the store. */
static int
leave_out(struct tally_link_files *s, const char *store, struct tally_err *err)
{
    size_t n = s->withdrawn.len / TALLY_TOKEN_BYTES;

    for (size_t i = 0; n > 0 && i < s->n; i++) {
        size_t found = tally_without_count(s->files[i], s->withdrawn.data, n);
        struct tally_encfile *less = NULL;

        if (found == 0 || tally_encfile_info(s->files[i])->legacy) {
            continue;
        }
        if (tally_without(&less, s->files[i], s->withdrawn.data, n, store, err) != 0) {
            return -1;
        }
        s->whole[i] = s->files[i];
        s->files[i] = less;
        s->left_out += found;
    }
    return 0;
}

/* What the store knows: the series that is added to, and who was withdrawn. */
static int
ask_store(struct tally_link_files *s, const struct tally_link_request *q,
          struct tally_err *err)
{
    struct tally_store *store = NULL;
    uint8_t *tokens = NULL;
    struct stat st;
    size_t n = 0;
    int rc = -1;

    if (q->store == NULL || (!q->add && stat(q->store, &st) != 0)) {
        return 0;
    }
    if (tally_store_open(&store, q->store, false, err) == 0 &&
        (!q->add || tally_store_series(store, &s->series, err) == 0) &&
        tally_store_withdrawn(store, &tokens, &n, err) == 0) {
        if (q->add && s->series.run == 0) {
            rc = tally_err_set(err, TALLY_E_USAGE, "%s: there is no run to add to",
                               q->store);
        } else {
            rc = join_series(s, q, err) == 0
                     ? tally_buf_append(&s->withdrawn, tokens, n * TALLY_TOKEN_BYTES, err)
                     : -1;
        }
    }
    free(tokens);
    tally_store_close(store);
    return rc;
}

int
tally_link_files_open(struct tally_link_files *s, const struct tally_link_request *q,
                      const struct tally_operands *files, struct tally_err *err)
{
    if (open_operands(s, q, files, err) != 0 || ask_store(s, q, err) != 0 ||
        check_names(s, err) != 0) {
        return -1;
    }
    return 0;
}

static int
compare_tokens(const void *a, const void *b)
{
    return memcmp(a, b, TALLY_TOKEN_BYTES);
}

static bool
is_withdrawn(const struct tally_link_files *s, const uint8_t *token)
{
    size_t n = s->withdrawn.len / TALLY_TOKEN_BYTES;

    return n > 0 && bsearch(token, s->withdrawn.data, n, TALLY_TOKEN_BYTES,
                            compare_tokens) != NULL;
}

/* Records of source ${i} that were in the delivery before; those of them that were
 * withdrawn are so under their new tokens too. */
static int
succeed(struct tally_link_files *s, size_t i, const struct tally_link_request *q,
        struct tally_err *err)
{
    enum tally_succession_by by;
    size_t before = s->again.len;
    size_t n = 0;

    if (tally_succession(s->old[i], s->files[i], q->work.pool, NULL, &s->successors[i],
                         &n, &by, err) != 0) {
        return -1;
    }
    for (size_t k = 0; k < n; k++) {
        const struct tally_successor *x = &s->successors[i][k];

        if (is_withdrawn(s, x->was) && !is_withdrawn(s, x->token) &&
            tally_buf_append(&s->again, x->token, TALLY_TOKEN_BYTES, err) != 0) {
            return -1;
        }
    }
    s->stored[i].successors = s->successors[i];
    s->stored[i].nsuccessors = tally_successors_sure(s->successors[i], n);
    if (s->again.len > before) {
        tally_say(
            "  warning: %s records of the new delivery of '%s' are of people who were "
            "withdrawn: they are left out, and their owner should know",
            tally_thousands((s->again.len - before) / TALLY_TOKEN_BYTES), s->names[i]);
    }
    return 0;
}

int
tally_link_files_settle(struct tally_link_files *s, const struct tally_link_request *q,
                        struct tally_err *err)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->old[i] != NULL && succeed(s, i, q, err) != 0) {
            return -1;
        }
    }
    if (tally_buf_append(&s->withdrawn, s->again.data, s->again.len, err) != 0) {
        return -1;
    }
    if (s->withdrawn.len > 0) {
        qsort(s->withdrawn.data, s->withdrawn.len / TALLY_TOKEN_BYTES, TALLY_TOKEN_BYTES,
              compare_tokens);
    }
    if (leave_out(s, q->store, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < s->n; i++) {
        const struct tally_encfile *whole =
            s->whole[i] != NULL ? s->whole[i] : s->files[i];

        s->list[i] = (struct tally_link_source){s->names[i], s->files[i]};
        s->stored[i].path = s->paths[i];
        s->stored[i].digest = tally_encfile_digest(whole);
        s->stored[i].records = tally_encfile_info(whole)->records;
    }
    return 0;
}
