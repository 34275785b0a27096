/*
 * Parts: magic, LE32 version, LE32 number, LE32 of how many, 16 bytes that name the
 * package, LE64 length, the bytes, and a digest of all of it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/parts.h"

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "bloom/base/interrupt.h"
#include "bloom/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC      "TALLYPRT"
#define VERSION    1
#define NAME_BYTES 16
#define HEAD_BYTES (8 + 4 + 4 + 4 + NAME_BYTES + 8)

struct head {
    uint32_t number; /* 1 and up */
    uint32_t count;
    uint8_t name[NAME_BYTES];
    uint64_t len;
};

static void
head_write(const struct head *h, uint8_t out[HEAD_BYTES])
{
    memcpy(out, MAGIC, 8);
    tally_le32_store(out + 8, VERSION);
    tally_le32_store(out + 12, h->number);
    tally_le32_store(out + 16, h->count);
    memcpy(out + 20, h->name, NAME_BYTES);
    tally_le64_store(out + 20 + NAME_BYTES, h->len);
}

/* A part being written. */
static int
write_part(struct tally_outfile *f, const struct head *h, int fd, uint64_t from,
           struct tally_err *err)
{
    uint8_t bytes[32768], digest[TALLY_DIGEST_BYTES];
    struct tally_digest_state st;

    head_write(h, bytes);
    tally_digest_init(&st);
    tally_digest_update(&st, bytes, HEAD_BYTES);
    if (tally_outfile_write(f, bytes, HEAD_BYTES, err) != 0) {
        return -1;
    }
    for (uint64_t at = 0; at < h->len;) {
        size_t n = h->len - at < sizeof bytes ? (size_t)(h->len - at) : sizeof bytes;

        if (tally_interrupt_check(err) != 0 ||
            tally_pread_full(fd, bytes, n, from + at, err) != 0 ||
            tally_outfile_write(f, bytes, n, err) != 0) {
            return -1;
        }
        tally_digest_update(&st, bytes, n);
        at += n;
    }
    tally_digest_final(&st, digest);
    return tally_outfile_write(f, digest, sizeof digest, err);
}

/* Write and commit part by part: a portal may have taken the first while the last is
 * made, so each is whole by itself; on error all are removed. */
static int
write_parts(const char *path, int fd, uint64_t total, uint64_t size, struct head *h,
            bool force, struct tally_err *err)
{
    char name[4096];

    for (h->number = 1; h->number <= h->count; h->number++) {
        uint64_t from = (uint64_t)(h->number - 1) * size;
        struct tally_outfile *f = NULL;
        int rc = -1;

        h->len = total - from < size ? total - from : size;
        if (tally_path_format(name, err, "%s.part-%04u", path, h->number) == 0 &&
            tally_outfile_open(&f, name, 0600, force, err) == 0 &&
            write_part(f, h, fd, from, err) == 0) {
            rc = tally_outfile_commit(&f, 1, err);
        }
        tally_outfile_free(f);
        if (rc != 0) {
            return -1;
        }
    }
    return 0;
}

static void
remove_parts(const char *path, uint32_t last)
{
    char name[4096];

    for (uint32_t i = 1; i < last; i++) {
        if (snprintf(name, sizeof name, "%s.part-%04u", path, i) < (int)sizeof name) {
            (void)unlink(name);
        }
    }
}

int
tally_parts_cut(const char *path, uint64_t size, bool force, size_t *n,
                struct tally_err *err)
{
    struct head h = {.number = 0};
    struct stat st;
    uint64_t count;
    int fd = open(path, O_RDONLY | O_CLOEXEC), rc = -1;

    if (fd < 0 || fstat(fd, &st) != 0) {
        tally_err_errno(err, TALLY_E_NO_FILE, "cannot read %s", path);
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    count = size > 0 ? ((uint64_t)st.st_size + size - 1) / size : 0;
    if (size < TALLY_PART_BYTES_MIN || count > TALLY_PARTS_MAX || count == 0) {
        tally_err_set(err, TALLY_E_USAGE,
                      "parts have at least %d bytes, and a package at most %d of them",
                      TALLY_PART_BYTES_MIN, TALLY_PARTS_MAX);
    } else {
        h.count = (uint32_t)count;
        tally_random(h.name, sizeof h.name);
        rc = write_parts(path, fd, (uint64_t)st.st_size, size, &h, force, err);
        if (rc != 0) {
            remove_parts(path, h.number);
        }
    }
    (void)close(fd);
    *n = (size_t)count;
    return rc;
}

/* Joining. */

static int
damaged(const char *path, struct tally_err *err)
{
    tally_err_set(err, TALLY_E_CORRUPT,
                  "%s: not a part of a Tallystick package, or cut or changed", path);
    return tally_err_hint(err, "fetch this part again");
}

static int
read_head(int fd, const char *path, struct head *h, struct tally_err *err)
{
    uint8_t bytes[HEAD_BYTES];
    struct stat st;

    if (fstat(fd, &st) != 0 || st.st_size < HEAD_BYTES + TALLY_DIGEST_BYTES) {
        return damaged(path, err);
    }
    if (tally_pread_full(fd, bytes, sizeof bytes, 0, err) != 0) {
        return -1;
    }
    h->number = tally_le32_load(bytes + 12);
    h->count = tally_le32_load(bytes + 16);
    memcpy(h->name, bytes + 20, NAME_BYTES);
    h->len = tally_le64_load(bytes + 20 + NAME_BYTES);
    return memcmp(bytes, MAGIC, 8) == 0 && tally_le32_load(bytes + 8) == VERSION &&
                   h->number >= 1 && h->number <= h->count &&
                   h->count <= TALLY_PARTS_MAX &&
                   h->len == (uint64_t)st.st_size - HEAD_BYTES - TALLY_DIGEST_BYTES
               ? 0
               : damaged(path, err);
}

/* Copy the part's bytes to ${out} at ${to}, and check its digest. With -1 it is checked
 * only. */
static int
copy_part(int fd, const char *path, const struct head *h, int out, uint64_t to,
          struct tally_err *err)
{
    uint8_t bytes[32768], digest[TALLY_DIGEST_BYTES], said[TALLY_DIGEST_BYTES];
    struct tally_digest_state st;

    if (tally_pread_full(fd, bytes, HEAD_BYTES, 0, err) != 0) {
        return -1;
    }
    tally_digest_init(&st);
    tally_digest_update(&st, bytes, HEAD_BYTES);
    for (uint64_t at = 0; at < h->len;) {
        size_t n = h->len - at < sizeof bytes ? (size_t)(h->len - at) : sizeof bytes;

        if (tally_interrupt_check(err) != 0 ||
            tally_pread_full(fd, bytes, n, HEAD_BYTES + at, err) != 0 ||
            (out >= 0 && tally_pwrite_full(out, bytes, n, to + at, err) != 0)) {
            return -1;
        }
        tally_digest_update(&st, bytes, n);
        at += n;
    }
    tally_digest_final(&st, digest);
    if (tally_pread_full(fd, said, sizeof said, HEAD_BYTES + h->len, err) != 0) {
        return -1;
    }
    return memcmp(digest, said, sizeof said) == 0 ? 0 : damaged(path, err);
}

static int
open_part(const char *path, int *fd, struct tally_err *err)
{
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return *fd >= 0 ? 0 : tally_err_errno(err, TALLY_E_NO_FILE, "cannot read %s", path);
}

int
tally_part_check(const char *path, struct tally_part *out, struct tally_err *err)
{
    struct head h;
    int fd, rc = -1;

    if (open_part(path, &fd, err) != 0) {
        return -1;
    }
    if (read_head(fd, path, &h, err) == 0 && copy_part(fd, path, &h, -1, 0, err) == 0) {
        *out = (struct tally_part){h.number, h.count, h.len};
        rc = 0;
    }
    (void)close(fd);
    return rc;
}

/* The parts given, by their numbers. */
struct parts {
    const char *path[TALLY_PARTS_MAX + 1];
    char *beside; /* names of those that were found beside the first */
    struct head head[TALLY_PARTS_MAX + 1];
    struct head first;
};

static bool
same_package(const struct head *a, const struct head *b)
{
    return a->count == b->count && memcmp(a->name, b->name, NAME_BYTES) == 0;
}

static int
look_at(struct parts *p, const char *path, bool first, struct tally_err *err)
{
    struct head h;
    int fd, rc;

    if (open_part(path, &fd, err) != 0) {
        return -1;
    }
    rc = read_head(fd, path, &h, err);
    if (rc == 0 && (first || !same_package(&h, &p->first))) {
        /* before it is believed what package it is of */
        rc = copy_part(fd, path, &h, -1, 0, err);
    }
    (void)close(fd);
    if (rc != 0) {
        return -1;
    }
    if (first) {
        p->first = h;
    }
    if (!same_package(&h, &p->first)) {
        return tally_err_set(err, TALLY_E_POLICY, "%s: a part of another package", path);
    }
    if (p->path[h.number] != NULL) {
        return tally_err_set(err, TALLY_E_POLICY, "%s: part %u stands twice", path,
                             h.number);
    }
    p->path[h.number] = path;
    p->head[h.number] = h;
    return 0;
}

/* The other parts, where PACKAGE.part-0001 is given alone: they lie beside it. */
static int
look_beside(struct parts *p, const char *first, struct tally_err *err)
{
    static const char suffix[] = ".part-0001";
    size_t len = strlen(first), stem = len - (sizeof suffix - 1);

    if (len < sizeof suffix || strcmp(first + stem, suffix) != 0) {
        return 0;
    }
    p->beside = calloc(p->first.count, len + 1);
    if (p->beside == NULL) {
        return tally_err_nomem(err);
    }
    for (uint32_t i = 2; i <= p->first.count; i++) {
        char *name = p->beside + (size_t)(i - 2) * (len + 1);

        (void)snprintf(name, len + 1, "%.*s.part-%04u", (int)stem, first, i % 10000);
        if (access(name, F_OK) == 0 && look_at(p, name, false, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static int
join(const struct parts *p, int out, struct tally_err *err)
{
    uint64_t to = 0;

    for (uint32_t i = 1; i <= p->first.count; i++) {
        int fd, rc;

        if (p->path[i] == NULL) {
            tally_err_set(err, TALLY_E_CORRUPT, "part %u of %u is missing", i,
                          p->first.count);
            return tally_err_hint(err, "put all parts into one folder, or fetch this one "
                                       "again");
        }
        if (open_part(p->path[i], &fd, err) != 0) {
            return -1;
        }
        rc = copy_part(fd, p->path[i], &p->head[i], out, to, err);
        (void)close(fd);
        if (rc != 0) {
            return -1;
        }
        to += p->head[i].len;
    }
    return 0;
}

/* 1, or 0 for what begins otherwise; -1 when it cannot be read. */
static int
is_part(int fd, const char *path, struct tally_err *err)
{
    uint8_t magic[8];
    ssize_t n;

    do {
        n = pread(fd, magic, sizeof magic, 0);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EIO) {
        return tally_err_errno(err, TALLY_E_IO, "cannot read %s", path);
    }
    return n == (ssize_t)sizeof magic && memcmp(magic, MAGIC, sizeof magic) == 0;
}

int
tally_parts_join(const char *const *paths, size_t n, int *fd, struct tally_err *err)
{
    struct parts *p;
    int rc = 0, part = 1;

    if (n == 1) {
        if (open_part(paths[0], fd, err) != 0) {
            return -1;
        }
        part = is_part(*fd, paths[0], err);
        if (part == 0) {
            return 0;
        }
        (void)close(*fd);
    }
    if (part < 0) {
        return -1;
    }
    p = calloc(1, sizeof *p);
    if (p == NULL) {
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = look_at(p, paths[i], i == 0, err);
    }
    if (rc == 0 && n == 1) {
        rc = look_beside(p, paths[0], err);
    }
    if (rc == 0) {
        rc = tally_tmpfile(NULL, fd, err);
    }
    if (rc == 0 && join(p, *fd, err) != 0) {
        (void)close(*fd);
        rc = -1;
    }
    free(p->beside);
    free(p);
    return rc;
}
