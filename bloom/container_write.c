/*
 * Writing a container: sections have their places from the start, so that they can be
 * filled in any interleaving; digests run along, and the header goes last. What has been
 * appended goes to the file when there is enough of it, or when its writer says so, in
 * pieces that several threads have a hand in.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/container.h"

#include "bloom/base/bytes.h"
#include "bloom/base/secret.h"
#include "bloom/base/size.h"
#include "bloom/container_layout.h"

#include <stdlib.h>
#include <string.h>

#define SECTION_BUFFER ((size_t)1 << 20)
#define START_BYTES    ((uint64_t)4 << 20)

/* Bytes of a section on their way to the file. */
struct stretch {
    struct tally_buf bytes;
    uint64_t at; /* in the section */
};

struct section {
    struct tally_digest_state digest;
    struct tally_section_plan plan;
    uint64_t offset;
    uint64_t written; /* bytes taken, those still here included */
    uint64_t started; /* of those digested: on their way to the disk */
    struct stretch open;
};

struct tally_container_writer {
    struct tally_outfile *file;
    enum tally_container_kind kind;
    uint64_t file_len;
    bool in_pieces;
    size_t nsections;
    struct section *sections;
};

struct tally_container_piece {
    size_t nsections;
    struct stretch stretches[];
};

static int
place_section(struct section *s, const struct tally_section_plan *plan, uint64_t *at)
{
    if (plan->len > INT64_MAX / 2 || *at > INT64_MAX / 2) {
        return -1;
    }
    s->plan = *plan;
    s->offset = *at;
    tally_digest_init(&s->digest);
    *at += tally_size_align(plan->len, TALLY_CONTAINER_ALIGN);
    return 0;
}

int
tally_container_begin(struct tally_container_writer **out, struct tally_outfile *f,
                      enum tally_container_kind kind,
                      const struct tally_section_plan *plan, size_t nsections,
                      struct tally_err *err)
{
    struct tally_container_writer *w;
    size_t i;

    TALLY_INVARIANT(nsections >= 1 && nsections <= TALLY_CONTAINER_SECTIONS_MAX &&
                    tally_container_magic(kind) != NULL);
    w = calloc(1, sizeof(*w));
    if (w == NULL) {
        return tally_err_nomem(err);
    }
    w->file = f;
    w->kind = kind;
    w->file_len = tally_container_body_at(nsections);
    w->nsections = nsections;
    w->sections =
        aligned_alloc(_Alignof(struct section), nsections * sizeof(*w->sections));
    if (w->sections == NULL) {
        free(w);
        return tally_err_nomem(err);
    }
    memset(w->sections, 0, nsections * sizeof(*w->sections));
    for (i = 0; i < nsections; i++) {
        if (place_section(&w->sections[i], &plan[i], &w->file_len) != 0) {
            tally_container_writer_free(w);
            return tally_err_set(err, TALLY_E_LIMIT, "the file would be too long");
        }
    }
    *out = w;
    return 0;
}

static int
place_stretch(const struct tally_container_writer *w, const struct section *s,
              const struct stretch *t, struct tally_err *err)
{
    return t->bytes.len == 0 ? 0
                             : tally_outfile_pwrite(w->file, s->offset + t->at,
                                                    t->bytes.data, t->bytes.len, err);
}

/* The disk gets to work on what is there, so that the end need not wait for all of it. */
static void
digest_stretch(const struct tally_container_writer *w, struct section *s,
               struct stretch *t)
{
    uint64_t end = t->at + t->bytes.len;

    tally_digest_update(&s->digest, t->bytes.data, t->bytes.len);
    t->bytes.len = 0;
    if (end - s->started >= START_BYTES) {
        tally_outfile_start(w->file, s->offset + s->started, end - s->started);
        s->started = end;
    }
}

/* Send what has been appended. */
static int
flush_section(const struct tally_container_writer *w, struct section *s,
              struct tally_err *err)
{
    if (place_stretch(w, s, &s->open, err) != 0) {
        return -1;
    }
    digest_stretch(w, s, &s->open);
    s->open.at = s->written;
    return 0;
}

int
tally_container_write(struct tally_container_writer *w, size_t section, const void *p,
                      size_t len, struct tally_err *err)
{
    struct section *s = &w->sections[section];
    const uint8_t *from = p;

    TALLY_INVARIANT(section < w->nsections && len <= s->plan.len - s->written);
    while (len > 0) {
        size_t room = w->in_pieces ? len : SECTION_BUFFER - s->open.bytes.len;
        size_t n = room < len ? room : len;

        if (tally_buf_append(&s->open.bytes, from, n, err) != 0) {
            return -1;
        }
        s->written += n;
        from += n;
        len -= n;
        if (n == room && !w->in_pieces && flush_section(w, s, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int
tally_container_piece_create(struct tally_container_piece **out,
                             struct tally_container_writer *w, struct tally_err *err)
{
    struct tally_container_piece *p =
        calloc(1, sizeof(*p) + w->nsections * sizeof(*p->stretches));

    if (p == NULL) {
        return tally_err_nomem(err);
    }
    p->nsections = w->nsections;
    w->in_pieces = true;
    *out = p;
    return 0;
}

void
tally_container_cut(struct tally_container_writer *w, struct tally_container_piece *p)
{
    for (size_t i = 0; i < w->nsections; i++) {
        struct section *s = &w->sections[i];
        struct stretch used = p->stretches[i];

        TALLY_INVARIANT(used.bytes.len == 0);
        p->stretches[i] = s->open;
        s->open = used;
        s->open.at = s->written;
    }
}

int
tally_container_place(const struct tally_container_writer *w,
                      const struct tally_container_piece *p, struct tally_err *err)
{
    for (size_t i = 0; i < w->nsections; i++) {
        if (place_stretch(w, &w->sections[i], &p->stretches[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

void
tally_container_take_in(struct tally_container_writer *w, struct tally_container_piece *p)
{
    for (size_t i = 0; i < w->nsections; i++) {
        digest_stretch(w, &w->sections[i], &p->stretches[i]);
    }
}

void
tally_container_piece_free(struct tally_container_piece *p)
{
    for (size_t i = 0; p != NULL && i < p->nsections; i++) {
        tally_buf_free(&p->stretches[i].bytes);
    }
    free(p);
}

/* The rest of each section, and its padding, which no digest covers. */
static int
finish_section(const struct tally_container_writer *w, struct section *s,
               struct tally_err *err)
{
    static const uint8_t zero[TALLY_CONTAINER_ALIGN] = {0};
    uint64_t padded = tally_size_align(s->plan.len, TALLY_CONTAINER_ALIGN);

    TALLY_INVARIANT(s->written == s->plan.len);
    if (flush_section(w, s, err) != 0) {
        return -1;
    }
    return padded == s->plan.len ? 0
                                 : tally_outfile_pwrite(w->file, s->offset + s->plan.len,
                                                        zero, padded - s->plan.len, err);
}

static void
fill_header(struct tally_container_writer *w, uint8_t *head)
{
    size_t at = tally_container_digest_at(w->nsections);
    size_t i;

    memcpy(head + TALLY_HEAD_MAGIC, tally_container_magic(w->kind), 8);
    tally_le32_store(head + TALLY_HEAD_VERSION, TALLY_CONTAINER_VERSION);
    tally_le32_store(head + TALLY_HEAD_KIND, (uint32_t)w->kind);
    tally_le64_store(head + TALLY_HEAD_LENGTH, w->file_len);
    tally_le32_store(head + TALLY_HEAD_SECTIONS, (uint32_t)w->nsections);
    for (i = 0; i < w->nsections; i++) {
        struct section *s = &w->sections[i];
        uint8_t *entry = head + TALLY_HEAD_BYTES + i * TALLY_ENTRY_BYTES;

        tally_le32_store(entry + TALLY_ENTRY_KIND, s->plan.kind);
        tally_le32_store(entry + TALLY_ENTRY_INDEX, s->plan.index);
        tally_le64_store(entry + TALLY_ENTRY_OFFSET, s->offset);
        tally_le64_store(entry + TALLY_ENTRY_LENGTH, s->plan.len);
        tally_digest_final(&s->digest, entry + TALLY_ENTRY_DIGEST);
    }
    tally_digest(head, at, head + at);
}

uint64_t
tally_container_writer_length(const struct tally_container_writer *w)
{
    return w->file_len;
}

int
tally_container_end(struct tally_container_writer *w, struct tally_err *err)
{
    size_t len = tally_container_body_at(w->nsections);
    uint8_t *head;
    size_t i;
    int rc;

    for (i = 0; i < w->nsections; i++) {
        if (finish_section(w, &w->sections[i], err) != 0) {
            return -1;
        }
    }
    head = calloc(1, len);
    if (head == NULL) {
        return tally_err_nomem(err);
    }
    fill_header(w, head);
    rc = tally_outfile_pwrite(w->file, 0, head, len, err);
    free(head);
    return rc;
}

void
tally_container_writer_free(struct tally_container_writer *w)
{
    size_t i;

    if (w == NULL) {
        return;
    }
    for (i = 0; i < w->nsections; i++) {
        tally_buf_free(&w->sections[i].open.bytes);
    }
    free(w->sections);
    free(w);
}
