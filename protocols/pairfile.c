/*
 * Candidate pairs to bytes and back.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/pairfile.h"

#include "bloom/base/bytes.h"

#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION    1
#define STRIDE     24 /* as written */
#define STRIDE_MAX 40
#define BUFFER     (STRIDE_MAX * 16384u)

struct tally_pairfile {
    char *path;
    int fd;
    struct tally_pairfile_head head;
    uint64_t count;
    uint64_t next; /* pair */
    double last;   /* score */
    uint8_t *buffer;
    size_t at;
    size_t len;
};

int
tally_pairfile_begin(struct tally_pairfile_writer *w, struct tally_outfile *f,
                     struct tally_err *err)
{
    static const uint8_t head[TALLY_PAIRFILE_HEAD] = {VERSION, 8, 4, 4};

    *w = (struct tally_pairfile_writer){.f = f, .last = 1};
    return tally_outfile_write(f, head, sizeof head, err);
}

int
tally_pairfile_add(struct tally_pairfile_writer *w, const struct tally_scored_pair *pair,
                   struct tally_err *err)
{
    const uint64_t numbers[] = {pair->source_a, pair->source_b, pair->a, pair->b};
    uint8_t out[STRIDE];
    uint64_t bits;

    if (!(pair->score >= 0 && pair->score <= w->last)) {
        return tally_err_set(err, TALLY_E_BUG, "candidate pairs are out of order");
    }
    w->last = pair->score;
    memcpy(&bits, &pair->score, sizeof bits);
    tally_le64_store(out, bits);
    for (size_t i = 0; i < 4; i++) {
        if (numbers[i] > UINT32_MAX) {
            return tally_err_set(err, TALLY_E_LIMIT,
                                 "a candidate pair holds the number %" PRIu64
                                 ", and the file's greatest is %u",
                                 numbers[i], UINT32_MAX);
        }
        tally_le32_store(out + 8 + 4 * i, (uint32_t)numbers[i]);
    }
    return tally_outfile_write(w->f, out, sizeof out, err);
}

static bool
is_width(unsigned bytes, unsigned least)
{
    return bytes >= least && bytes <= 8 && (bytes & (bytes - 1)) == 0;
}

bool
tally_pairfile_begins(const void *head, size_t len, struct tally_pairfile_head *out)
{
    const uint8_t *p = head;

    if (len < TALLY_PAIRFILE_HEAD || p[0] != VERSION || !is_width(p[1], 2) ||
        !is_width(p[2], 1) || !is_width(p[3], 1)) {
        return false;
    }
    *out = (struct tally_pairfile_head){p[1], p[2], p[3]};
    return true;
}

static int
read_head(struct tally_pairfile *p, struct tally_err *err)
{
    uint8_t head[TALLY_PAIRFILE_HEAD];
    struct stat st;
    ptrdiff_t n;
    uint64_t body;

    if (fstat(p->fd, &st) != 0) {
        return tally_err_errno(err, TALLY_E_IO, "cannot look at '%s'", p->path);
    }
    if (!S_ISREG(st.st_mode)) {
        return tally_err_set(err, TALLY_E_NO_FILE, "'%s' is not an ordinary file",
                             p->path);
    }
    n = tally_read(p->fd, head, sizeof head, p->path, err);
    if (n < 0) {
        return -1;
    }
    if (!tally_pairfile_begins(head, (size_t)n, &p->head)) {
        return tally_err_set(err, TALLY_E_FORMAT, "'%s' is not a file of candidate pairs",
                             p->path);
    }
    body = (uint64_t)st.st_size - TALLY_PAIRFILE_HEAD;
    p->count = body / tally_pairfile_stride(&p->head);
    if (body % tally_pairfile_stride(&p->head) != 0) {
        (void)tally_err_set(err, TALLY_E_CORRUPT, "'%s' ends within pair %" PRIu64,
                            p->path, p->count);
        return tally_err_hint(err,
                              "it may have been cut off on its way: ask for it again");
    }
    return 0;
}

int
tally_pairfile_open(struct tally_pairfile **out, const char *path, struct tally_err *err)
{
    struct tally_pairfile *p = calloc(1, sizeof *p);

    if (p == NULL) {
        return tally_err_nomem(err);
    }
    p->last = 1;
    p->path = strdup(path);
    p->buffer = malloc(BUFFER);
    /* Not blocking, so that a named pipe is refused rather than waited for. */
    p->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (p->path == NULL || p->buffer == NULL) {
        (void)tally_err_nomem(err);
        goto fail;
    }
    if (p->fd < 0) {
        (void)tally_err_errno(err, TALLY_E_NO_FILE, "cannot open '%s'", path);
        goto fail;
    }
    if (read_head(p, err) != 0) {
        goto fail;
    }
    *out = p;
    return 0;

fail:
    tally_pairfile_close(p);
    return -1;
}

uint64_t
tally_pairfile_count(const struct tally_pairfile *p)
{
    return p->count;
}

/* Have one pair in the buffer. */
static int
fill(struct tally_pairfile *p, size_t stride, struct tally_err *err)
{
    memmove(p->buffer, p->buffer + p->at, p->len - p->at);
    p->len -= p->at;
    p->at = 0;
    while (p->len < stride) {
        ptrdiff_t n =
            tally_read(p->fd, p->buffer + p->len, BUFFER - p->len, p->path, err);

        if (n < 0) {
            return -1;
        }
        if (n == 0) {
            return tally_err_set(err, TALLY_E_CORRUPT,
                                 "'%s' grew shorter while it was read", p->path);
        }
        p->len += (size_t)n;
    }
    return 0;
}

static uint64_t
load(const uint8_t **at, unsigned bytes)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < bytes; i++) {
        v |= (uint64_t)(*at)[i] << 8 * i;
    }
    *at += bytes;
    return v;
}

/* IEEE 754 half precision: 5 bits of exponent, 10 of fraction. */
static double
half(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double fraction = (double)(bits & 1023) / 1024;
    double value = exponent == 31  ? NAN
                   : exponent == 0 ? ldexp(fraction, -14)
                                   : ldexp(1 + fraction, exponent - 15);

    return bits >> 15 != 0 ? -value : value;
}

static double
load_score(const uint8_t **at, unsigned bytes)
{
    uint64_t bits = load(at, bytes);
    uint32_t narrow = (uint32_t)bits;
    double wide;
    float single;

    if (bytes == 2) {
        return half(bits);
    }
    if (bytes == 4) {
        memcpy(&single, &narrow, sizeof single);
        return (double)single;
    }
    memcpy(&wide, &bits, sizeof wide);
    return wide;
}

static int
check(const struct tally_pairfile *p, const struct tally_scored_pair *pair,
      struct tally_err *err)
{
    if (!(pair->score >= 0 && pair->score <= 1)) {
        return tally_err_set(err, TALLY_E_CORRUPT,
                             "'%s': pair %" PRIu64 ": the score is not from 0 to 1",
                             p->path, p->next);
    }
    if (pair->score > p->last) {
        return tally_err_set(err, TALLY_E_CORRUPT,
                             "'%s': pair %" PRIu64
                             ": the score is above that of the pair before",
                             p->path, p->next);
    }
    if (pair->source_a == pair->source_b && pair->a == pair->b) {
        return tally_err_set(err, TALLY_E_CORRUPT,
                             "'%s': pair %" PRIu64 ": a record is paired with itself",
                             p->path, p->next);
    }
    return 0;
}

int
tally_pairfile_next(struct tally_pairfile *p, struct tally_scored_pair *out,
                    struct tally_err *err)
{
    size_t stride = tally_pairfile_stride(&p->head);
    const uint8_t *at;

    if (p->next == p->count) {
        return 0;
    }
    if (p->len - p->at < stride && fill(p, stride, err) != 0) {
        return -1;
    }
    at = p->buffer + p->at;
    p->at += stride;
    out->score = load_score(&at, p->head.score_bytes);
    out->source_a = load(&at, p->head.source_bytes);
    out->source_b = load(&at, p->head.source_bytes);
    out->a = load(&at, p->head.record_bytes);
    out->b = load(&at, p->head.record_bytes);
    if (check(p, out, err) != 0) {
        return -1;
    }
    p->last = out->score;
    p->next++;
    return 1;
}

void
tally_pairfile_close(struct tally_pairfile *p)
{
    if (p == NULL) {
        return;
    }
    if (p->fd >= 0) {
        (void)close(p->fd);
    }
    free(p->buffer);
    free(p->path);
    free(p);
}
