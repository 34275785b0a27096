/*
 * Outputs that appear whole or not at all. Bytes go to an unnamed file in the target
 * folder (O_TMPFILE), or to a hidden one where the filesystem has no unnamed files;
 * commit gives it its name. A link never replaces a file, so that without --force nothing
 * is overwritten, not even one that appeared a moment ago.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/file.h"

#include "bloom/base/file_temp.h"
#include "bloom/base/interrupt.h"
#include "bloom/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUT_BUF (256u * 1024)

struct tally_outfile {
    char *path;       /* as given; NULL is standard output */
    char *folder;     /* of path */
    const char *base; /* in path */
    int dirfd;        /* the folder, or -1 */
    int fd;
    mode_t mode;
    bool force;
    bool placed;                  /* visible under its name */
    bool replaced;                /* where another file was before */
    char hidden[TALLY_TEMP_NAME]; /* its hidden name in the folder, or empty */
    atomic_int failed; /* errno of the first failed write: later ones fail too */
    uint8_t *buf;
    size_t used;
};

static const char *
out_name(const struct tally_outfile *f)
{
    return f->path == NULL ? "standard output" : f->path;
}

/* Refuse a target that exists (unless ${force}), and anything that is not an ordinary
 * file: replacing a folder or a device by a file is never what was meant. */
static int
out_check_target(const struct tally_outfile *f, struct tally_err *err)
{
    struct stat st;

    if (f->base[0] == '\0' || strcmp(f->base, ".") == 0 || strcmp(f->base, "..") == 0) {
        return tally_err_set(err, TALLY_E_USAGE, "'%s' is a folder, not a file", f->path);
    }
    if (fstatat(f->dirfd, f->base, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return 0;
    }
    if (S_ISLNK(st.st_mode) && fstatat(f->dirfd, f->base, &st, 0) != 0) {
        st.st_mode = S_IFREG; /* a link to nothing counts as a file that exists */
    }
    if (!S_ISREG(st.st_mode)) {
        return tally_err_set(err, TALLY_E_USAGE, "'%s' is not an ordinary file", f->path);
    }
    if (!f->force) {
        tally_err_set(err, TALLY_E_EXISTS, "'%s' exists already", f->path);
        return tally_err_hint(err, "give another name, or --force to replace it");
    }
    return 0;
}

static int
out_open_fd(struct tally_outfile *f, struct tally_err *err)
{
    f->fd = tally_temp_open(f->dirfd, f->mode, f->hidden);
    if (f->fd < 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot write in folder '%s'", f->folder);
    }
    return 0;
}

static int
out_open_folder(struct tally_outfile *f, const char *path, struct tally_err *err)
{
    const char *slash;

    f->path = strdup(path);
    if (f->path == NULL) {
        return tally_err_nomem(err);
    }
    slash = strrchr(f->path, '/');
    f->base = slash == NULL ? f->path : slash + 1;
    f->folder = tally_temp_folder(path);
    if (f->folder == NULL) {
        return tally_err_nomem(err);
    }
    f->dirfd = open(f->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->dirfd < 0 && errno == EACCES) {
        /* A drop box: files may be put in, not listed. Then it cannot be synced either.
         */
        f->dirfd = open(f->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    if (f->dirfd < 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot write in folder '%s'", f->folder);
    }
    return 0;
}

int
tally_outfile_open(struct tally_outfile **out, const char *path, mode_t mode, bool force,
                   struct tally_err *err)
{
    struct tally_outfile *f = calloc(1, sizeof *f);

    if (f == NULL) {
        return tally_err_nomem(err);
    }
    f->dirfd = -1;
    f->fd = -1;
    f->mode = mode;
    f->force = force;
    atomic_init(&f->failed, 0);
    f->buf = malloc(OUT_BUF);
    if (f->buf == NULL) {
        tally_err_nomem(err);
        goto fail;
    }
    if (path == NULL || strcmp(path, "-") == 0) {
        f->fd = STDOUT_FILENO;
    } else if (out_open_folder(f, path, err) != 0 || out_check_target(f, err) != 0 ||
               out_open_fd(f, err) != 0) {
        goto fail;
    }
    *out = f;
    return 0;

fail:
    tally_outfile_free(f);
    return -1;
}

/* Remember a failed write, so that a file with a hole in it can never be committed. */
static int
out_failed(struct tally_outfile *f, int why, struct tally_err *err)
{
    atomic_store(&f->failed, why);
    errno = why;
    return tally_err_errno(err, TALLY_E_IO, "cannot write '%s'", out_name(f));
}

static int
out_check_failed(struct tally_outfile *f, struct tally_err *err)
{
    int why = atomic_load(&f->failed);

    return why == 0 ? 0 : out_failed(f, why, err);
}

static int
out_write_fd(struct tally_outfile *f, const uint8_t *p, size_t len, struct tally_err *err)
{
    while (len > 0) {
        ssize_t n = write(f->fd, p, len);

        if (n < 0 && errno == EINTR) {
            if (tally_interrupt_check(err) != 0) {
                atomic_store(&f->failed, EINTR);
                return -1;
            }
            continue;
        }
        if (n < 0) {
            return out_failed(f, errno, err);
        }
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

static int
out_flush(struct tally_outfile *f, struct tally_err *err)
{
    int rc;

    TALLY_INVARIANT(!f->placed);
    if (out_check_failed(f, err) != 0) {
        return -1;
    }
    if (f->used == 0) {
        return 0;
    }
    rc = out_write_fd(f, f->buf, f->used, err);
    tally_wipe(f->buf, f->used);
    f->used = 0;
    return rc;
}

int
tally_outfile_write(struct tally_outfile *f, const void *p, size_t len,
                    struct tally_err *err)
{
    const uint8_t *at = p;

    if (out_check_failed(f, err) != 0) {
        return -1;
    }
    while (len > 0) {
        size_t room = OUT_BUF - f->used;
        size_t take = len < room ? len : room;

        memcpy(f->buf + f->used, at, take);
        f->used += take;
        at += take;
        len -= take;
        if (f->used == OUT_BUF && out_flush(f, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Formatted straight into the buffer when it fits, which nearly every line does. */
int
tally_outfile_printf(struct tally_outfile *f, struct tally_err *err, const char *fmt, ...)
{
    size_t room;
    va_list ap;
    char *text = NULL;
    int n;
    int rc;

    if (out_check_failed(f, err) != 0) {
        return -1;
    }
    room = OUT_BUF - f->used;
    va_start(ap, fmt);
    n = vsnprintf((char *)f->buf + f->used, room, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < room) {
        f->used += (size_t)n;
        return 0;
    }
    va_start(ap, fmt);
    n = vasprintf(&text, fmt, ap);
    va_end(ap);
    if (n < 0) {
        return tally_err_nomem(err);
    }
    rc = tally_outfile_write(f, text, (size_t)n, err);
    tally_wipe(text, (size_t)n);
    free(text);
    return rc;
}

int
tally_outfile_pwrite(struct tally_outfile *f, uint64_t offset, const void *p, size_t len,
                     struct tally_err *err)
{
    if (f->path == NULL) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "this output cannot be written to standard output");
    }
    /* What was appended before must not land on top of this later. */
    if (out_flush(f, err) != 0) {
        return -1;
    }
    if (tally_pwrite_full(f->fd, p, len, offset, err) != 0) {
        int why = err->code == TALLY_E_INTERRUPTED ? EINTR : errno;

        atomic_store(&f->failed, why);
        return err->code == TALLY_E_INTERRUPTED ? -1 : out_failed(f, why, err);
    }
    return 0;
}

/* Where this cannot be done the sync does all of it. */
void
tally_outfile_start(const struct tally_outfile *f, uint64_t offset, uint64_t len)
{
    (void)sync_file_range(f->fd, (off_t)offset, (off_t)len, SYNC_FILE_RANGE_WRITE);
}

/* Give the open file the name ${name} in its folder; never replaces. */
static int
out_link(const struct tally_outfile *f, const char *name)
{
    char proc[64];
    int fd;

    if (f->hidden[0] == '\0') {
        snprintf(proc, sizeof proc, "/proc/self/fd/%d", f->fd);
        return linkat(AT_FDCWD, proc, f->dirfd, name, AT_SYMLINK_FOLLOW);
    }
    if (linkat(f->dirfd, f->hidden, f->dirfd, name, 0) == 0) {
        return 0;
    }
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK) {
        return -1;
    }
    /* No hard links here (FAT): take the name with an empty file that is ours, then
     * rename over it. */
    fd = openat(f->dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, f->mode);
    if (fd < 0) {
        return -1;
    }
    close(fd);
    if (renameat(f->dirfd, f->hidden, f->dirfd, name) != 0) {
        int saved = errno;

        unlinkat(f->dirfd, name, 0);
        errno = saved;
        return -1;
    }
    return 0;
}

static void
out_remove_hidden(struct tally_outfile *f)
{
    if (f->hidden[0] != '\0') {
        unlinkat(f->dirfd, f->hidden, 0);
        f->hidden[0] = '\0';
    }
}

static int
out_place_new(struct tally_outfile *f, struct tally_err *err)
{
    if (out_link(f, f->base) != 0) {
        if (errno == EEXIST) {
            tally_err_set(err, TALLY_E_EXISTS, "'%s' exists already", f->path);
            return tally_err_hint(err, "give another name, or --force to replace it");
        }
        return tally_err_errno(err, TALLY_E_IO, "cannot create '%s'", f->path);
    }
    f->placed = true;
    out_remove_hidden(f);
    return 0;
}

/* An unnamed file cannot be renamed: give it a hidden name first. */
static int
out_name_hidden(struct tally_outfile *f, struct tally_err *err)
{
    char name[TALLY_TEMP_NAME];

    if (f->hidden[0] != '\0') {
        return 0;
    }
    tally_temp_name(name);
    if (out_link(f, name) != 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot create '%s'", f->path);
    }
    memcpy(f->hidden, name, sizeof name);
    return 0;
}

static int
out_place_over(struct tally_outfile *f, struct tally_err *err)
{
    struct stat st;

    f->replaced = fstatat(f->dirfd, f->base, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (renameat(f->dirfd, f->hidden, f->dirfd, f->base) != 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot replace '%s'", f->path);
    }
    f->hidden[0] = '\0';
    f->placed = true;
    return 0;
}

/* Take away what was placed, if the name still means our file. What replaced another file
 * stays: that one cannot be had back, and the new one is whole. */
static void
out_unplace(struct tally_outfile *f)
{
    struct stat ours;
    struct stat there;

    if (f->placed && !f->replaced && fstat(f->fd, &ours) == 0 &&
        fstatat(f->dirfd, f->base, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        ours.st_dev == there.st_dev && ours.st_ino == there.st_ino) {
        unlinkat(f->dirfd, f->base, 0);
    }
    f->placed = false;
}

static int
out_sync(const struct tally_outfile *f, struct tally_err *err)
{
    if (f->path != NULL && fsync(f->fd) != 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot write '%s' to disk", f->path);
    }
    return 0;
}

static int
out_sync_folder(const struct tally_outfile *f, struct tally_err *err)
{
    /* EBADF: opened as a drop box. EINVAL: a filesystem that does not sync folders. */
    if (f->path != NULL && fsync(f->dirfd) != 0 && errno != EBADF && errno != EINVAL) {
        return tally_err_errno(err, TALLY_E_IO, "cannot write folder '%s' to disk",
                               f->folder);
    }
    return 0;
}

/* Two outputs of one commit under one name: the second would replace the first. */
static int
out_check_twice(struct tally_outfile *const *files, size_t nfiles, struct tally_err *err)
{
    for (size_t i = 0; i < nfiles; i++) {
        for (size_t j = 0; j < i; j++) {
            if (files[i]->path != NULL && files[j]->path != NULL &&
                tally_path_distinct(files[j]->path, files[i]->path, err) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

int
tally_outfile_sync(struct tally_outfile *const *files, size_t nfiles,
                   struct tally_err *err)
{
    for (size_t i = 0; i < nfiles; i++) {
        if (out_flush(files[i], err) != 0 || out_sync(files[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Everything that can fail comes first; names that replace come last. */
static int
out_place_all(struct tally_outfile *const *files, size_t nfiles, struct tally_err *err)
{
    if (tally_outfile_sync(files, nfiles, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < nfiles; i++) {
        struct tally_outfile *f = files[i];

        if (f->path == NULL) {
            continue;
        }
        if ((f->force ? out_name_hidden(f, err) : out_place_new(f, err)) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < nfiles; i++) {
        if (files[i]->path != NULL && files[i]->force &&
            out_place_over(files[i], err) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < nfiles; i++) {
        if (out_sync_folder(files[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

int
tally_outfile_commit(struct tally_outfile *const *files, size_t nfiles,
                     struct tally_err *err)
{
    for (size_t i = 0; i < nfiles; i++) {
        TALLY_INVARIANT(!files[i]->placed);
    }
    if (out_check_twice(files, nfiles, err) != 0) {
        return -1;
    }
    if (out_place_all(files, nfiles, err) != 0) {
        for (size_t i = 0; i < nfiles; i++) {
            out_unplace(files[i]);
        }
        return -1;
    }
    return 0;
}

void
tally_outfile_free(struct tally_outfile *f)
{
    if (f == NULL) {
        return;
    }
    if (f->dirfd >= 0) {
        out_remove_hidden(f);
        close(f->dirfd);
    }
    if (f->path != NULL && f->fd >= 0) {
        close(f->fd);
    }
    if (f->buf != NULL) {
        tally_wipe(f->buf, OUT_BUF);
        free(f->buf);
    }
    free(f->folder);
    free(f->path);
    free(f);
}
