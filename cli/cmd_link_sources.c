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
        free(s->paths[i]);
    }
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

/* The sources of the series come first, in its order and under its names; what is left of
 * the command line is new. */
static int
join_series(struct tally_link_files *s, const struct tally_store_series *series,
            struct tally_err *err)
{
    for (size_t m = 0; m < series->nsources; m++) {
        const struct tally_store_member *member = &series->sources[m];
        size_t at = m;

        while (at < s->n && !is_member(s, at, member)) {
            at++;
        }
        if (at == s->n && open_member(s, member, err) != 0) {
            return -1;
        }
        move_up(s, at, m);
        memcpy(s->names[m], member->name, sizeof member->name);
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
                return tally_err_hint(err, "name one of them anew: NAME=%s", s->paths[i]);
            }
        }
    }
    return 0;
}

/* Leave out the records that were withdrawn from the store. */
static int
leave_out(struct tally_link_files *s, const char *store, const uint8_t *tokens, size_t n,
          struct tally_err *err)
{
    for (size_t i = 0; i < s->n; i++) {
        size_t found = tally_without_count(s->files[i], tokens, n);
        struct tally_encfile *less = NULL;

        if (found == 0 || tally_encfile_info(s->files[i])->legacy) {
            continue;
        }
        if (tally_without(&less, s->files[i], tokens, n, store, err) != 0) {
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
            rc = join_series(s, &s->series, err) == 0
                     ? leave_out(s, q->store, tokens, n, err)
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
    for (size_t i = 0; i < s->n; i++) {
        const struct tally_encfile *whole =
            s->whole[i] != NULL ? s->whole[i] : s->files[i];

        s->list[i] = (struct tally_link_source){s->names[i], s->files[i]};
        s->stored[i] = (struct tally_store_file){s->paths[i], tally_encfile_digest(whole),
                                                 tally_encfile_info(whole)->records};
    }
    return 0;
}
