/*
 * Reading a container: lengths first, then every digest, and only then the META text.
 * A file that is not ours is described, so that a wrong file picked is seen at once.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/container.h"

#include "bloom/base/bytes.h"
#include "bloom/base/secret.h"
#include "bloom/base/size.h"
#include "bloom/container_layout.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct section {
    uint32_t kind;
    uint32_t index;
    uint64_t offset;
    uint64_t len;
};

struct tally_container {
    struct tally_map map;
    enum tally_container_kind kind;
    size_t nsections;
    struct section *sections;
    struct tally_json_doc *meta;
};

static const char *const magics[] = {
    [TALLY_KIND_ENCODINGS] = "TALLYENC",
    [TALLY_KIND_PAYLOAD] = "TALLYPAY",
    [TALLY_KIND_LINKMAP] = "TALLYMAP",
    [TALLY_KIND_REQUEST] = "TALLYASK",
};

/* Pieces in which long sections are read and let go. */
#define RELEASE_BYTES ((size_t)8 << 20)

#define NKINDS (sizeof(magics) / sizeof(magics[0]))

/* What the first bytes of other people's files look like. */
static const struct {
    const char *start;
    const char *is;
} others[] = {
    {"SQLite format 3", "a SQLite database"},
    {"PK\x03\x04", "a ZIP archive or a spreadsheet"},
    {"\x1f\x8b", "a gzip archive"},
    {"%PDF", "a PDF document"},
    {"\xd0\xcf\x11\xe0", "an old Office document"},
    {"tallystick linkage key", "a linkage key file"},
    {"tallystick release key", "a release key file"},
    {"<!DOCTYPE", "an HTML page"},
    {"<html", "an HTML page"},
    {"{", "JSON text"},
    {"[", "JSON text"},
    {"TALLY", "a Tallystick file of a kind this program does not know"},
};

const char *
tally_container_magic(enum tally_container_kind k)
{
    return (size_t)k < NKINDS ? magics[k] : NULL;
}

/* "an encodings file", "a payload part", "a link map". */
static const char *
kind_phrase(enum tally_container_kind k)
{
    switch (k) {
    case TALLY_KIND_ENCODINGS:
        return "an encodings file";
    case TALLY_KIND_PAYLOAD:
        return "a payload part";
    case TALLY_KIND_LINKMAP:
        return "a link map";
    case TALLY_KIND_REQUEST:
        return "a review request";
    }
    return "a Tallystick data file";
}

static bool
starts_with(const struct tally_map *m, const char *start)
{
    size_t len = strlen(start);

    return m->len >= len && memcmp(m->data, start, len) == 0;
}

/* Printable text whose first line holds a comma, a semicolon or a tab. */
static bool
looks_like_csv(const struct tally_map *m)
{
    bool separator = false;
    size_t i;

    for (i = 0; i < m->len && i < 4096; i++) {
        uint8_t c = m->data[i];

        if (c == '\n' || c == '\r') {
            break;
        }
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return false;
        }
        separator = separator || c == ',' || c == ';' || c == '\t';
    }
    return separator;
}

static int
not_ours(const struct tally_map *m, const char *path, enum tally_container_kind want,
         struct tally_err *err)
{
    const char *is = NULL;
    size_t i;

    for (i = 0; i < sizeof(others) / sizeof(others[0]) && is == NULL; i++) {
        if (starts_with(m, others[i].start)) {
            is = others[i].is;
        }
    }
    if (is != NULL) {
        return tally_err_set(err, TALLY_E_FORMAT, "%s: this is %s, not %s", path, is,
                             kind_phrase(want));
    }
    if (looks_like_csv(m)) {
        tally_err_set(err, TALLY_E_FORMAT, "%s: this looks like a CSV file, not %s", path,
                      kind_phrase(want));
        return want == TALLY_KIND_ENCODINGS
                   ? tally_err_hint(err, "run 'tally encode' on it first")
                   : -1;
    }
    return tally_err_set(err, TALLY_E_FORMAT, "%s: this is not a Tallystick file", path);
}

/* The kind that the magic says, or 0. */
static enum tally_container_kind
magic_kind(const struct tally_map *m)
{
    size_t k;

    for (k = 1; k < NKINDS; k++) {
        if (starts_with(m, magics[k])) {
            return (enum tally_container_kind)k;
        }
    }
    return 0;
}

static int
corrupt(const char *path, const char *what, struct tally_err *err)
{
    tally_err_set(err, TALLY_E_CORRUPT, "%s: %s", path, what);
    return tally_err_hint(err, "the file was cut short or changed on its way: "
                               "ask for it again, or copy it again");
}

static int
check_identity(struct tally_container *c, const char *path,
               enum tally_container_kind want, struct tally_err *err)
{
    uint32_t version;

    if (c->map.len == 0) {
        return tally_err_set(err, TALLY_E_FORMAT, "%s is empty", path);
    }
    c->kind = magic_kind(&c->map);
    if (c->kind == 0) {
        return not_ours(&c->map, path, want, err);
    }
    if (want != 0 && c->kind != want) {
        return tally_err_set(err, TALLY_E_FORMAT, "%s: this is %s, not %s", path,
                             kind_phrase(c->kind), kind_phrase(want));
    }
    if (c->map.len < TALLY_HEAD_BYTES) {
        return corrupt(path, "the file ends inside its header", err);
    }
    version = tally_le32_load(c->map.data + TALLY_HEAD_VERSION);
    if (version != TALLY_CONTAINER_VERSION) {
        tally_err_set(err, TALLY_E_FORMAT,
                      "%s: %s of format version %" PRIu32
                      "; this program reads version %u",
                      path, kind_phrase(c->kind), version, TALLY_CONTAINER_VERSION);
        return tally_err_hint(err, "use the release of Tallystick that wrote the file");
    }
    return 0;
}

/* Lengths before anything that depends on them; the header digest covers the table. */
static int
check_header(struct tally_container *c, const char *path, struct tally_err *err)
{
    const uint8_t *head = c->map.data;
    uint8_t digest[TALLY_DIGEST_BYTES];
    uint32_t n = tally_le32_load(head + TALLY_HEAD_SECTIONS);

    if (tally_le64_load(head + TALLY_HEAD_LENGTH) != c->map.len) {
        return corrupt(path, "the file is not as long as its header says", err);
    }
    if (n < 1 || n > TALLY_CONTAINER_SECTIONS_MAX ||
        tally_container_body_at(n) > c->map.len) {
        return corrupt(path, "the section table does not fit the file", err);
    }
    tally_digest(head, tally_container_digest_at(n), digest);
    if (memcmp(digest, head + tally_container_digest_at(n), sizeof(digest)) != 0) {
        return corrupt(path, "the header does not match its digest", err);
    }
    if (tally_le32_load(head + TALLY_HEAD_KIND) != (uint32_t)c->kind) {
        return corrupt(path, "the kind in the header is not that of the file", err);
    }
    c->nsections = n;
    return 0;
}

static bool
all_zero(const uint8_t *p, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        if (p[i] != 0) {
            return false;
        }
    }
    return true;
}

static bool
section_known(uint32_t kind)
{
    return kind >= TALLY_SECTION_META && kind <= TALLY_SECTION_WIDER;
}

static bool
section_repeated(const struct tally_container *c, size_t upto)
{
    size_t i;

    for (i = 0; i < upto; i++) {
        if (c->sections[i].kind == c->sections[upto].kind &&
            c->sections[i].index == c->sections[upto].index) {
            return true;
        }
    }
    return false;
}

/* A section is read once here; whoever wants it reads it again. */
static void
digest_section(const uint8_t *p, uint64_t len, uint8_t out[TALLY_DIGEST_BYTES])
{
    struct tally_digest_state st;

    tally_digest_init(&st);
    for (uint64_t at = 0; at < len;) {
        size_t n = len - at < RELEASE_BYTES ? (size_t)(len - at) : RELEASE_BYTES;

        tally_digest_update(&st, p + at, n);
        if (n == RELEASE_BYTES) {
            tally_map_release(p + at, n);
        }
        at += n;
    }
    tally_digest_final(&st, out);
}

/* Sections stand one after another in table order, each starting at the next multiple
 * of 64. */
static int
check_section(struct tally_container *c, size_t i, uint64_t *next, const char *path,
              struct tally_err *err)
{
    const uint8_t *entry = c->map.data + TALLY_HEAD_BYTES + i * TALLY_ENTRY_BYTES;
    struct section *s = &c->sections[i];
    uint8_t digest[TALLY_DIGEST_BYTES];
    uint64_t padded;

    s->kind = tally_le32_load(entry + TALLY_ENTRY_KIND);
    s->index = tally_le32_load(entry + TALLY_ENTRY_INDEX);
    s->offset = tally_le64_load(entry + TALLY_ENTRY_OFFSET);
    s->len = tally_le64_load(entry + TALLY_ENTRY_LENGTH);
    if (!section_known(s->kind)) {
        return tally_err_set(err, TALLY_E_FORMAT,
                             "%s: section kind %" PRIu32 " is not known to this program",
                             path, s->kind);
    }
    if (section_repeated(c, i)) {
        return corrupt(path, "a section stands twice in the table", err);
    }
    if (s->offset != *next || s->len > c->map.len - s->offset) {
        return corrupt(path, "a section does not lie where the table says", err);
    }
    padded = tally_size_align(s->len, TALLY_CONTAINER_ALIGN);
    if (padded > c->map.len - s->offset ||
        !all_zero(c->map.data + s->offset + s->len, padded - s->len) ||
        !all_zero(entry + TALLY_ENTRY_RESERVED,
                  TALLY_ENTRY_BYTES - TALLY_ENTRY_RESERVED)) {
        return corrupt(path, "padding is not zero", err);
    }
    digest_section(c->map.data + s->offset, s->len, digest);
    if (memcmp(digest, entry + TALLY_ENTRY_DIGEST, sizeof(digest)) != 0) {
        return corrupt(path, "a section does not match its digest", err);
    }
    *next = s->offset + padded;
    return 0;
}

static int
check_sections(struct tally_container *c, const char *path, struct tally_err *err)
{
    const uint8_t *head = c->map.data;
    size_t at = tally_container_digest_at(c->nsections) + TALLY_DIGEST_BYTES;
    uint64_t next = tally_container_body_at(c->nsections);
    size_t i;

    if (!all_zero(head + TALLY_HEAD_RESERVED, TALLY_HEAD_BYTES - TALLY_HEAD_RESERVED) ||
        !all_zero(head + at, next - at)) {
        return corrupt(path, "padding is not zero", err);
    }
    c->sections = calloc(c->nsections, sizeof(*c->sections));
    if (c->sections == NULL) {
        return tally_err_nomem(err);
    }
    for (i = 0; i < c->nsections; i++) {
        if (check_section(c, i, &next, path, err) != 0) {
            return -1;
        }
    }
    if (next != c->map.len) {
        return corrupt(path, "there are bytes after the last section", err);
    }
    return 0;
}

static int
parse_meta(struct tally_container *c, const char *path, struct tally_err *err)
{
    size_t len;
    const uint8_t *text = tally_container_section(c, TALLY_SECTION_META, 0, &len);

    if (text == NULL || len == 0) {
        return corrupt(path, "there is no description (META section)", err);
    }
    if (len > TALLY_META_BYTES_MAX) {
        return tally_err_set(err, TALLY_E_LIMIT,
                             "%s: the description (META section) is over %u bytes", path,
                             TALLY_META_BYTES_MAX);
    }
    if (tally_json_parse(&c->meta, path, text, len, err) != 0) {
        err->code = err->code == TALLY_E_JSON ? TALLY_E_CORRUPT : err->code;
        return -1;
    }
    return 0;
}

int
tally_container_open(struct tally_container **out, const char *path,
                     enum tally_container_kind kind, struct tally_err *err)
{
    struct tally_container *c = calloc(1, sizeof(*c));

    if (c == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_map_open(&c->map, path, err) != 0) {
        free(c);
        return -1;
    }
    if (check_identity(c, path, kind, err) != 0 || check_header(c, path, err) != 0 ||
        check_sections(c, path, err) != 0 || parse_meta(c, path, err) != 0) {
        tally_container_close(c);
        return -1;
    }
    *out = c;
    return 0;
}

enum tally_container_kind
tally_container_kind(const struct tally_container *c)
{
    return c->kind;
}

size_t
tally_container_sections(const struct tally_container *c)
{
    return c->nsections;
}

const uint8_t *
tally_container_section(const struct tally_container *c, uint32_t kind, uint32_t index,
                        size_t *len)
{
    size_t i;

    for (i = 0; i < c->nsections; i++) {
        if (c->sections[i].kind == kind && c->sections[i].index == index) {
            *len = c->sections[i].len;
            return c->map.data + c->sections[i].offset;
        }
    }
    *len = 0;
    return NULL;
}

struct tally_json
tally_container_meta(const struct tally_container *c)
{
    return tally_json_root(c->meta);
}

const uint8_t *
tally_container_digest(const struct tally_container *c)
{
    return c->map.data + tally_container_digest_at(c->nsections);
}

void
tally_container_close(struct tally_container *c)
{
    if (c == NULL) {
        return;
    }
    tally_json_doc_free(c->meta);
    free(c->sections);
    tally_map_close(&c->map);
    free(c);
}
