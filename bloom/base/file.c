/*
 * Files: reading whole, reading private, mapping, temporary files and path comparison.
 * Outputs that appear whole or not at all are in file_out.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/file.h"

#include "bloom/base/file_temp.h"
#include "bloom/base/interrupt.h"
#include "bloom/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_FIRST_CAP (64u * 1024)

ptrdiff_t
tally_read(int fd, void *to, size_t cap, const char *shown, struct tally_err *err)
{
    for (;;) {
        ssize_t n = read(fd, to, cap);

        if (n >= 0) {
            return n;
        }
        if (errno != EINTR) {
            return tally_err_errno(err, TALLY_E_IO, "cannot read %s", shown);
        }
        if (tally_interrupt_check(err) != 0) {
            return -1;
        }
    }
}

int
tally_read_digest(int fd, const char *shown, uint8_t out[32], int64_t *bytes,
                  struct tally_err *err)
{
    struct tally_digest_state st;
    uint8_t chunk[16384];
    ptrdiff_t got;

    *bytes = 0;
    tally_digest_init(&st);
    while ((got = tally_read(fd, chunk, sizeof chunk, shown, err)) > 0) {
        tally_digest_update(&st, chunk, (size_t)got);
        *bytes += got;
    }
    tally_wipe(chunk, sizeof chunk);
    tally_digest_final(&st, out);
    return got < 0 ? -1 : 0;
}

int
tally_pread_full(int fd, void *p, size_t len, uint64_t offset, struct tally_err *err)
{
    uint8_t *at = p;

    while (len > 0) {
        ssize_t n = pread(fd, at, len, (off_t)offset);

        if (n < 0 && errno == EINTR) {
            if (tally_interrupt_check(err) != 0) {
                return -1;
            }
            continue;
        }
        if (n < 0) {
            return tally_err_errno(err, TALLY_E_IO, "cannot read");
        }
        if (n == 0) {
            return tally_err_set(err, TALLY_E_CORRUPT, "the file ends too early");
        }
        at += n;
        len -= (size_t)n;
        offset += (uint64_t)n;
    }
    return 0;
}

int
tally_pwrite_full(int fd, const void *p, size_t len, uint64_t offset,
                  struct tally_err *err)
{
    const uint8_t *at = p;

    while (len > 0) {
        ssize_t n = pwrite(fd, at, len, (off_t)offset);

        if (n < 0 && errno == EINTR) {
            if (tally_interrupt_check(err) != 0) {
                return -1;
            }
            continue;
        }
        if (n < 0) {
            return tally_err_errno(err, TALLY_E_IO, "cannot write");
        }
        at += n;
        len -= (size_t)n;
        offset += (uint64_t)n;
    }
    return 0;
}

/* What has been read so far; a growing buffer with one byte kept free for the NUL. */
struct slurp {
    uint8_t *data;
    size_t len;
    size_t cap;
};

static void
slurp_free(struct slurp *s)
{
    if (s->data != NULL) {
        tally_wipe(s->data, s->cap);
        free(s->data);
    }
}

static int
slurp_grow(struct slurp *s, size_t cap, struct tally_err *err)
{
    uint8_t *data = malloc(cap);

    if (data == NULL) {
        return tally_err_nomem(err);
    }
    if (s->len > 0) {
        memcpy(data, s->data, s->len);
    }
    slurp_free(s);
    s->data = data;
    s->cap = cap;
    return 0;
}

/* One read into the free room; 1 when there may be more, 0 at the end, -1. */
static int
slurp_step(struct slurp *s, int fd, const char *path, struct tally_err *err)
{
    ssize_t n = read(fd, s->data + s->len, s->cap - s->len - 1);

    if (n < 0 && errno == EINTR) {
        /* Ctrl-C must end a read from a terminal, not wait for a second one. */
        return tally_interrupt_check(err) != 0 ? -1 : 1;
    }
    if (n < 0 && errno == EISDIR) {
        return tally_err_set(err, TALLY_E_NO_FILE, "'%s' is a folder, not a file", path);
    }
    if (n < 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot read '%s'", path);
    }
    s->len += (size_t)n;
    return n > 0;
}

/* Everything ${fd} has, up to ${limit}; one byte more is tried, to know that it is too
 * long. */
static int
file_slurp(int fd, const char *path, size_t limit, uint8_t **data, size_t *len,
           struct tally_err *err)
{
    struct slurp s = {0};
    struct stat st;
    size_t cap = FILE_FIRST_CAP;
    int more = 1;

    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
        if ((uint64_t)st.st_size > limit) {
            goto too_long;
        }
        cap = (size_t)st.st_size + 2;
    }
    if (slurp_grow(&s, cap, err) != 0) {
        return -1;
    }
    while (more > 0) {
        if (s.len + 1 >= s.cap && slurp_grow(&s, s.cap * 2, err) != 0) {
            goto fail;
        }
        more = slurp_step(&s, fd, path, err);
        if (s.len > limit) {
            goto too_long;
        }
    }
    if (more < 0) {
        goto fail;
    }
    s.data[s.len] = '\0';
    *data = s.data;
    *len = s.len;
    return 0;

too_long:
    tally_err_set(err, TALLY_E_LIMIT, "'%s' is larger than the limit of %zu bytes", path,
                  limit);
fail:
    slurp_free(&s);
    return -1;
}

int
tally_file_read(const char *path, size_t limit, uint8_t **data, size_t *len,
                struct tally_err *err)
{
    int fd;
    int rc;

    if (strcmp(path, "-") == 0) {
        return file_slurp(STDIN_FILENO, "standard input", limit, data, len, err);
    }
    /* A named pipe may be waited for: not again once Ctrl-C came. */
    if (tally_interrupt_check(err) != 0) {
        return -1;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return tally_err_errno(err, TALLY_E_NO_FILE, "cannot open '%s'", path);
    }
    rc = file_slurp(fd, path, limit, data, len, err);
    close(fd);
    return rc;
}

/* The rules of a file that holds a secret, looked up on the open file: its name could
 * have come to mean another one. */
static int
file_check_private(int fd, const char *path, struct tally_err *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot look at '%s'", path);
    }
    if (!S_ISREG(st.st_mode)) {
        return tally_err_set(err, TALLY_E_KEY, "'%s' is not an ordinary file", path);
    }
    if (st.st_uid != geteuid()) {
        tally_err_set(err, TALLY_E_KEY, "'%s' belongs to another user", path);
        return tally_err_hint(err, "use a copy that belongs to you");
    }
    if ((st.st_mode & 077) != 0) {
        tally_err_set(err, TALLY_E_KEY, "other users may open '%s'", path);
        return tally_err_hint(err, "chmod 600 %s", path);
    }
    return 0;
}

int
tally_file_read_private(const char *path, size_t limit, uint8_t **data, size_t *len,
                        struct tally_err *err)
{
    /* Not blocking, so that a named pipe is refused rather than waited for. */
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int rc;

    if (fd < 0 && errno == ELOOP) {
        tally_err_set(err, TALLY_E_KEY, "'%s' is a link", path);
        return tally_err_hint(err, "give the name of the file itself");
    }
    if (fd < 0) {
        return tally_err_errno(err, TALLY_E_NO_FILE, "cannot open '%s'", path);
    }
    rc = file_check_private(fd, path, err);
    if (rc == 0) {
        rc = file_slurp(fd, path, limit, data, len, err);
    }
    close(fd);
    return rc;
}

int
tally_map_open(struct tally_map *m, const char *path, struct tally_err *err)
{
    static const uint8_t nothing[1];
    /* Not blocking, so that a named pipe is refused rather than waited for. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    void *p;
    int rc = -1;

    if (fd < 0) {
        return tally_err_errno(err, TALLY_E_NO_FILE, "cannot open '%s'", path);
    }
    if (fstat(fd, &st) != 0) {
        tally_err_errno(err, TALLY_E_IO, "cannot look at '%s'", path);
        goto done;
    }
    if (!S_ISREG(st.st_mode)) {
        tally_err_set(err, TALLY_E_NO_FILE, "'%s' is not an ordinary file", path);
        goto done;
    }
    if (st.st_size == 0) {
        *m = (struct tally_map){nothing, 0};
        rc = 0;
        goto done;
    }
    p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) {
        tally_err_errno(err, TALLY_E_IO, "cannot map '%s'", path);
        goto done;
    }
    *m = (struct tally_map){p, (size_t)st.st_size};
    rc = 0;

done:
    close(fd);
    return rc;
}

void
tally_map_release(const void *p, size_t len)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = ((uintptr_t)p + page - 1) / page * page;
    uintptr_t to = ((uintptr_t)p + len) / page * page;

    if (to > from) { /* advice: if it is not taken nothing is lost */
        (void)madvise((void *)from, to - from, MADV_DONTNEED);
    }
}

void
tally_map_close(struct tally_map *m)
{
    if (m->len > 0) {
        /* munmap takes what mmap gave, which was not const. */
        munmap((void *)(uintptr_t)m->data, m->len);
    }
    m->data = NULL;
    m->len = 0;
}

static const char *
path_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

void
tally_path_stem(const char *path, char *out, size_t cap)
{
    const char *base = path_base(path);
    const char *dot = strrchr(base, '.');
    size_t len = dot == NULL || dot == base ? strlen(base) : (size_t)(dot - base);

    if (cap == 0) {
        return;
    }
    if (len > cap - 1) {
        len = cap - 1;
        /* Not in the middle of a character. */
        while (len > 0 && ((unsigned char)base[len] & 0xc0) == 0x80) {
            len--;
        }
    }
    memcpy(out, base, len);
    out[len] = '\0';
}

/* What a path names: the file when it exists, else a name in a folder. */
struct path_id {
    bool exists;
    bool known;
    dev_t dev;
    ino_t ino;
};

static int
path_identify(const char *path, struct path_id *id, struct tally_err *err)
{
    struct stat st;
    char *folder;

    *id = (struct path_id){0};
    id->exists = stat(path, &st) == 0;
    id->known = id->exists;
    if (!id->exists) {
        folder = tally_temp_folder(path);
        if (folder == NULL) {
            return tally_err_nomem(err);
        }
        id->known = stat(folder, &st) == 0;
        free(folder);
    }
    if (id->known) {
        id->dev = st.st_dev;
        id->ino = st.st_ino;
    }
    return 0;
}

int
tally_path_format(char out[TALLY_PATH_BYTES], struct tally_err *err, const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(out, TALLY_PATH_BYTES, fmt, args);
    va_end(args);
    return n < TALLY_PATH_BYTES
               ? 0
               : tally_err_set(err, TALLY_E_USAGE, "the path is too long: %s", out);
}

int
tally_path_distinct(const char *input, const char *output, struct tally_err *err)
{
    struct path_id a;
    struct path_id b;

    if (input == NULL || output == NULL || strcmp(input, "-") == 0 ||
        strcmp(output, "-") == 0) {
        return 0;
    }
    if (path_identify(input, &a, err) != 0 || path_identify(output, &b, err) != 0) {
        return -1;
    }
    if (!a.known || !b.known || a.exists != b.exists || a.dev != b.dev ||
        a.ino != b.ino) {
        return 0;
    }
    if (!a.exists && strcmp(path_base(input), path_base(output)) != 0) {
        return 0;
    }
    tally_err_set(err, TALLY_E_USAGE, "'%s' and '%s' are the same file", input, output);
    return tally_err_hint(err, "give the output another name");
}

int
tally_tmpfile(const char *beside, int *fd, struct tally_err *err)
{
    const char *tmpdir = getenv("TMPDIR");
    char name[TALLY_TEMP_NAME];
    char *folder;
    int dirfd;
    int got = -1;

    if (beside != NULL) {
        folder = tally_temp_folder(beside);
    } else {
        folder = strdup(tmpdir != NULL && tmpdir[0] != '\0' ? tmpdir : "/tmp");
    }
    if (folder == NULL) {
        return tally_err_nomem(err);
    }
    dirfd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dirfd >= 0) {
        got = tally_temp_open(dirfd, 0600, name);
    }
    if (got < 0) {
        tally_err_errno(err, TALLY_E_IO, "cannot write a temporary file in folder '%s'",
                        folder);
    } else {
        if (name[0] != '\0') {
            unlinkat(dirfd, name, 0);
        }
        *fd = got;
    }
    if (dirfd >= 0) {
        close(dirfd);
    }
    free(folder);
    return got < 0 ? -1 : 0;
}
