/*
 * The temporary folder of a run. Everything is made below one folder, so that one sweep
 * removes it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/workdir.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
tally_workdir_make(struct tally_workdir *w, const char *stem, struct tally_err *err)
{
    const char *base = getenv("TMPDIR");
    int n;

    if (base == NULL || base[0] == '\0') {
        base = "/tmp";
    }
    n = snprintf(w->path, sizeof w->path, "%s/%s-XXXXXX", base, stem);
    if (n < 0 || (size_t)n >= sizeof w->path) {
        w->path[0] = '\0';
        return tally_err_set(err, TALLY_E_IO, "the path in TMPDIR is too long");
    }
    if (mkdtemp(w->path) == NULL) {
        w->path[0] = '\0';
        tally_err_errno(err, TALLY_E_IO, "cannot make a temporary folder in '%s'", base);
        return tally_err_hint(err, "set TMPDIR to a folder that can be written to");
    }
    w->held = open(w->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) + 1;
    if (w->held == 0) {
        tally_err_errno(err, TALLY_E_IO, "cannot open the temporary folder '%s'",
                        w->path);
        (void)rmdir(w->path);
        w->path[0] = '\0';
        return -1;
    }
    return 0;
}

static void sweep(int dirfd, int depth);

static void
sweep_entry(int dirfd, const char *name, int depth)
{
    int below;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
        unlinkat(dirfd, name, 0) == 0 || depth == 0) {
        return;
    }
    below = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below >= 0) {
        sweep(below, depth - 1);
        (void)unlinkat(dirfd, name, AT_REMOVEDIR);
    }
}

/* Files and folders below ${dirfd}, which is closed, at most ${depth} levels; links are
 * not followed. Without memory of its own: what lies here may be of people, and must go
 * when there is none left, which opendir would need. */
static void
sweep(int dirfd, int depth)
{
    alignas(struct dirent64) char list[4096];
    ssize_t len;

    while ((len = getdents64(dirfd, list, sizeof list)) > 0) {
        for (ssize_t at = 0; at < len;) {
            const struct dirent64 *e = (const struct dirent64 *)(const void *)(list + at);

            sweep_entry(dirfd, e->d_name, depth);
            at += e->d_reclen;
        }
    }
    close(dirfd);
}

void
tally_workdir_remove(struct tally_workdir *w)
{
    if (w->path[0] != '\0') {
        sweep(w->held - 1, 1);
        (void)rmdir(w->path);
    }
    memset(w, 0, sizeof *w);
}

int
tally_workdir_path(const struct tally_workdir *w, const char *name,
                   char path[TALLY_WORKDIR_PATH_MAX], struct tally_err *err)
{
    int n = snprintf(path, TALLY_WORKDIR_PATH_MAX, "%s/%s", w->path, name);

    if (n < 0 || n >= TALLY_WORKDIR_PATH_MAX) {
        return tally_err_set(err, TALLY_E_IO, "the path in TMPDIR is too long");
    }
    return 0;
}
