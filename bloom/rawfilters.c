/*
 * Raw filters into aligned rows.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/rawfilters.h"

#include "bloom/base/file.h"
#include "bloom/base/size.h"
#include "bloom/clks.h"
#include "bloom/container_layout.h"
#include "bloom/kernels/kernels.h"
#include "bloom/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER      (1u << 20)
#define MAGIC_BYTES 8

struct reader {
    const char *path;
    const struct tally_kernel *kernel;
    int fd;
    size_t record; /* bytes of a filter */
    uint8_t last;  /* bits of its last byte that may be set */
    uint8_t *buffer;
};

/* How many records there are, by the size of the file. */
static int
count_records(struct reader *r, size_t *n, struct tally_err *err)
{
    struct stat st;
    uint64_t size;

    if (fstat(r->fd, &st) != 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot look at '%s'", r->path);
    }
    if (!S_ISREG(st.st_mode)) {
        return tally_err_set(err, TALLY_E_NO_FILE, "'%s' is not an ordinary file",
                             r->path);
    }
    size = (uint64_t)st.st_size;
    if (size % r->record != 0) {
        (void)tally_err_set(err, TALLY_E_DATA,
                            "'%s': %" PRIu64 " bytes are not a whole number of records "
                            "of %zu bytes: %" PRIu64 " are over",
                            r->path, size, r->record, size % r->record);
        return tally_err_hint(err, "give the right --bits; if it is right, the file was "
                                   "cut off on its way");
    }
    if (size / r->record > UINT32_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT, "'%s': more than %u records", r->path,
                             UINT32_MAX);
    }
    *n = (size_t)(size / r->record);
    return 0;
}

/* Files that say what they are would be taken for bits without a word. */
static int
check_kind(const struct reader *r, struct tally_err *err)
{
    uint8_t head[64] = {0};
    ssize_t len;

    do {
        len = pread(r->fd, head, sizeof head, 0);
    } while (len < 0 && errno == EINTR);
    if (len < 0 && errno == EIO) {
        return tally_err_errno(err, TALLY_E_IO, "cannot read '%s'", r->path);
    }
    if (len < MAGIC_BYTES ||
        (memcmp(head, tally_container_magic(TALLY_KIND_ENCODINGS), MAGIC_BYTES) != 0 &&
         !tally_clks_begins(head, (size_t)len))) {
        return 0;
    }
    (void)tally_err_set(err, TALLY_E_DATA, "'%s' is not a file of raw filters", r->path);
    return tally_err_hint(err, "leave --bits out: the file says itself how long its "
                               "filters are");
}

static int
take_record(const struct reader *r, struct tally_rawfilters *f, size_t i,
            const uint8_t *record, struct tally_err *err)
{
    uint8_t *row = f->rows + i * f->stride;

    if ((record[r->record - 1] & ~r->last) != 0) {
        (void)tally_err_set(err, TALLY_E_DATA,
                            "'%s': record %zu has bits set behind its %u bits", r->path,
                            i, f->bits);
        return tally_err_hint(err, "records count from 0; give the right --bits");
    }
    memcpy(row, record, r->record);
    memset(row + r->record, 0, f->stride - r->record);
    f->popcounts[i] = r->kernel->and_popcount(row, row, f->stride);
    return 0;
}

static int
read_records(struct reader *r, struct tally_rawfilters *f, struct tally_err *err)
{
    size_t cap = BUFFER / r->record * r->record;
    size_t have = 0;

    for (size_t i = 0; i < f->n;) {
        ptrdiff_t got = tally_read(r->fd, r->buffer + have, cap - have, r->path, err);
        size_t at = 0;

        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            return tally_err_set(err, TALLY_E_IO, "'%s' grew shorter while it was read",
                                 r->path);
        }
        have += (size_t)got;
        for (; i < f->n && have - at >= r->record; i++, at += r->record) {
            if (take_record(r, f, i, r->buffer + at, err) != 0) {
                return -1;
            }
        }
        have -= at;
        memmove(r->buffer, r->buffer + at, have);
    }
    return 0;
}

static int
reserve(struct tally_rawfilters *f, struct tally_err *err)
{
    size_t bytes;

    if (!tally_size_mul(f->n + 1, f->stride, &bytes)) {
        return tally_err_nomem(err);
    }
    f->rows = aligned_alloc(TALLY_ROW_ALIGN, bytes);
    f->popcounts = malloc((f->n + 1) * sizeof *f->popcounts);
    return f->rows != NULL && f->popcounts != NULL ? 0 : tally_err_nomem(err);
}

int
tally_rawfilters_read(struct tally_rawfilters *out, const char *path, uint32_t bits,
                      struct tally_err *err)
{
    struct reader r = {.path = path,
                       .kernel = tally_kernel_best(),
                       .fd = -1,
                       .record = (bits + 7) / 8,
                       .last = (uint8_t)(0xff << (bits % 8 == 0 ? 0 : 8 - bits % 8))};
    struct tally_rawfilters f = {.bits = bits};
    int status = -1;

    if (bits == 0 || bits > TALLY_BITS_MAX) {
        return tally_err_set(err, TALLY_E_USAGE, "a filter has 1 to %d bits, not %u",
                             TALLY_BITS_MAX, bits);
    }
    /* Not blocking, so that a named pipe is refused rather than waited for. */
    r.fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (r.fd < 0) {
        return tally_err_errno(err, TALLY_E_NO_FILE, "cannot open '%s'", path);
    }
    f.stride = tally_size_align(r.record, TALLY_ROW_ALIGN);
    if (check_kind(&r, err) == 0 && count_records(&r, &f.n, err) == 0 &&
        reserve(&f, err) == 0) {
        r.buffer = malloc(BUFFER);
        status = r.buffer != NULL ? read_records(&r, &f, err) : tally_err_nomem(err);
    }
    (void)close(r.fd);
    free(r.buffer);
    if (status != 0) {
        tally_rawfilters_free(&f);
        return -1;
    }
    *out = f;
    return 0;
}

void
tally_rawfilters_free(struct tally_rawfilters *f)
{
    free(f->rows);
    free(f->popcounts);
    *f = (struct tally_rawfilters){0};
}
