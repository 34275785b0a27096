/*
 * Writing a container: sections have their places from the start, so that they can be
 * filled in any interleaving; digests run along, and the header goes last. Sections share
 * no state, so that two threads may fill two of them.
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

struct section {
    struct tally_digest_state digest;
    struct tally_section_plan plan;
    uint64_t offset;
    uint64_t written; /* bytes taken, buffered ones included */
    uint8_t *buffer;
    size_t cap;
    size_t used;
};

struct tally_container_writer {
    struct tally_outfile *file;
    enum tally_container_kind kind;
    uint64_t file_len;
    size_t nsections;
    struct section *sections;
};

/* Buffers of an even 64 bytes, so that padding always fits behind the last byte of a
 * section. */
static int
place_section(struct section *s, const struct tally_section_plan *plan, uint64_t *at)
{
    uint64_t padded;

    if (plan->len > INT64_MAX / 2 || *at > INT64_MAX / 2) {
        return -1;
    }
    padded = tally_size_align(plan->len, TALLY_CONTAINER_ALIGN);
    s->plan = *plan;
    s->offset = *at;
    s->cap = padded < SECTION_BUFFER ? padded : SECTION_BUFFER;
    tally_digest_init(&s->digest);
    *at += padded;
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

/* Send what is buffered; the digest never covers padding. */
static int
flush_section(struct tally_container_writer *w, struct section *s, size_t padding,
              struct tally_err *err)
{
    uint64_t at = s->offset + s->written - s->used;

    if (s->used == 0) {
        return 0;
    }
    tally_digest_update(&s->digest, s->buffer, s->used);
    memset(s->buffer + s->used, 0, padding);
    if (tally_outfile_pwrite(w->file, at, s->buffer, s->used + padding, err) != 0) {
        return -1;
    }
    s->used = 0;
    return 0;
}

int
tally_container_write(struct tally_container_writer *w, size_t section, const void *p,
                      size_t len, struct tally_err *err)
{
    struct section *s = &w->sections[section];
    const uint8_t *from = p;

    TALLY_INVARIANT(section < w->nsections && len <= s->plan.len - s->written);
    if (s->buffer == NULL && s->cap != 0) {
        s->buffer = malloc(s->cap);
        if (s->buffer == NULL) {
            return tally_err_nomem(err);
        }
    }
    while (len > 0) {
        size_t n = s->cap - s->used < len ? s->cap - s->used : len;

        memcpy(s->buffer + s->used, from, n);
        s->used += n;
        s->written += n;
        from += n;
        len -= n;
        if (s->used == s->cap && flush_section(w, s, 0, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* The rest of each section, and its padding. */
static int
finish_section(struct tally_container_writer *w, struct section *s, struct tally_err *err)
{
    uint64_t padded = tally_size_align(s->plan.len, TALLY_CONTAINER_ALIGN);

    TALLY_INVARIANT(s->written == s->plan.len);
    return flush_section(w, s, s->used == 0 ? 0 : padded - s->plan.len, err);
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
        if (w->sections[i].buffer != NULL) {
            tally_wipe(w->sections[i].buffer, w->sections[i].cap);
        }
        free(w->sections[i].buffer);
    }
    free(w->sections);
    free(w);
}
