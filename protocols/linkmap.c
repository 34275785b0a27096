/*
 * The link map and the pseudonyms in it. A reader takes nothing on trust: every section
 * it does not expect, every count and the order of the tokens are checked before anything
 * is used.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/linkmap.h"

#include "bloom/base/bytes.h"
#include "bloom/base/domains.h"
#include "bloom/base/json.h"
#include "bloom/base/size.h"
#include "bloom/container.h"
#include "bloom/kdf.h"
#include "bloom/meta.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#define LINKMAP_FORMAT      "tallystick link map"
#define LINKMAP_VERSION     2
#define LINKMAP_STATUS      "pseudonymised"
#define LINKMAP_RECIPIENT   "analyst"
#define STRENGTH_BYTES      4
#define PART_BYTES          4
#define STRENGTH_MAX        1000000u /* parts per million */
#define SECTIONS_PER_SOURCE 5

struct tally_pseudonymiser {
    struct tally_secret *key; /* open from creation to the end: a call a cluster */
    const uint8_t *bytes;
};

struct tally_linkmap {
    struct tally_container *c;
    size_t nsources;
    struct tally_linkmap_source sources[TALLY_LINKMAP_SOURCES_MAX];
};

int
tally_pseudonymiser_create(struct tally_pseudonymiser **out,
                           struct tally_secret *release_key, struct tally_err *err)
{
    static const char *const parts[] = {TALLY_DOMAIN_PSEUDONYM};
    struct tally_pseudonymiser *p = calloc(1, sizeof *p);

    if (p == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_kdf(release_key, parts, 1, &p->key, err) != 0) {
        free(p);
        return -1;
    }
    p->bytes = tally_secret_open(p->key);
    *out = p;
    return 0;
}

void
tally_pseudonym(struct tally_pseudonymiser *p, uint64_t cluster_id,
                uint8_t out[TALLY_PSEUDONYM_BYTES])
{
    uint8_t id[8];
    uint8_t full[32];

    tally_le64_store(id, cluster_id);
    /* A 256-bit hash cut to 128 bits: a hash asked for 128 bits would be a different
     * function. */
    crypto_generichash(full, sizeof full, id, sizeof id, p->bytes,
                       tally_secret_len(p->key));
    memcpy(out, full, TALLY_PSEUDONYM_BYTES);
    tally_wipe(full, sizeof full);
}

void
tally_pseudonymiser_free(struct tally_pseudonymiser *p)
{
    if (p == NULL) {
        return;
    }
    tally_secret_close(p->key);
    tally_secret_free(p->key);
    free(p);
}

/** Tokens strictly ascending and strengths in range; else ${err} is set to ${code}. */
static int
check_records(const struct tally_linkmap_source *s, enum tally_code code,
              struct tally_err *err)
{
    if (!tally_meta_tokens_ascend(s->tokens, s->records)) {
        return tally_err_set(
            err, code, "source %s: tokens are not in strictly ascending order", s->name);
    }
    for (uint64_t i = 0; i < s->records; i++) {
        if (tally_le32_load(s->strengths + i * STRENGTH_BYTES) > STRENGTH_MAX) {
            return tally_err_set(err, code, "source %s: a match strength is over 1",
                                 s->name);
        }
        if (tally_le32_load(s->parts + i * PART_BYTES) > TALLY_LINKMAP_PART_MAX) {
            return tally_err_set(err, code, "source %s: the number of a part is too great",
                                 s->name);
        }
    }
    return 0;
}

/** What must hold of a link map, being written (TALLY_E_USAGE) or read (TALLY_E_CORRUPT).
 */
static int
check_sources(const struct tally_linkmap_source *s, size_t n, enum tally_code code,
              struct tally_err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!tally_source_valid(s[i].name)) {
            return tally_err_set(err, code, "source %zu: not a name", i + 1);
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(s[i].name, s[j].name) == 0) {
                return tally_err_set(err, code, "two sources are called %s", s[i].name);
            }
            if (memcmp(s[i].delivery, s[j].delivery, TALLY_DELIVERY_BYTES) == 0) {
                return tally_err_set(err, code, "sources %s and %s are the same delivery",
                                     s[j].name, s[i].name);
            }
        }
        if (check_records(&s[i], code, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/** The META section as text. Malloced; NULL when out of memory. */
static char *
linkmap_meta(const struct tally_linkmap_source *sources, size_t nsources)
{
    struct tally_jnode *root = tally_jobject();
    struct tally_jnode *list = tally_jarray();
    char *text;

    tally_jset_str(root, "format", LINKMAP_FORMAT);
    tally_jset_int(root, "version", LINKMAP_VERSION);
    tally_jset_str(root, "status", LINKMAP_STATUS);
    tally_jset_str(root, "recipient", LINKMAP_RECIPIENT);
    for (size_t i = 0; i < nsources; i++) {
        struct tally_jnode *s = tally_jobject();

        tally_jset_str(s, "name", sources[i].name);
        tally_meta_set_hex(s, "delivery", sources[i].delivery, TALLY_DELIVERY_BYTES);
        tally_jset_int(s, "records", (int64_t)sources[i].records);
        tally_jpush(list, s);
    }
    tally_jset(root, "sources", list);
    text = tally_json_text(root, 0);
    tally_jfree(root);
    return text;
}

static int
write_sections(struct tally_container_writer *w, const char *meta,
               const struct tally_linkmap_source *sources, size_t nsources,
               struct tally_err *err)
{
    if (tally_container_write(w, 0, meta, strlen(meta), err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < nsources; i++) {
        const struct tally_linkmap_source *s = &sources[i];
        size_t at = 1 + SECTIONS_PER_SOURCE * i;

        if (tally_container_write(w, at, s->tokens, s->records * TALLY_TOKEN_BYTES,
                                  err) != 0 ||
            tally_container_write(w, at + 1, s->pseudonyms,
                                  s->records * TALLY_PSEUDONYM_BYTES, err) != 0 ||
            tally_container_write(w, at + 2, s->strengths, s->records * STRENGTH_BYTES,
                                  err) != 0 ||
            tally_container_write(w, at + 3, s->parts, s->records * PART_BYTES, err) !=
                0 ||
            tally_container_write(w, at + 4, s->wider, s->records * TALLY_PSEUDONYM_BYTES,
                                  err) != 0) {
            return -1;
        }
    }
    return tally_container_end(w, err);
}

int
tally_linkmap_write(struct tally_outfile *f, const struct tally_linkmap_source *sources,
                    size_t nsources, struct tally_err *err)
{
    static const struct {
        uint32_t kind;
        uint32_t bytes;
    } parts[SECTIONS_PER_SOURCE] = {
        {TALLY_SECTION_TOKENS, TALLY_TOKEN_BYTES},
        {TALLY_SECTION_PSEUDONYMS, TALLY_PSEUDONYM_BYTES},
        {TALLY_SECTION_STRENGTH, STRENGTH_BYTES},
        {TALLY_SECTION_PARTS, PART_BYTES},
        {TALLY_SECTION_WIDER, TALLY_PSEUDONYM_BYTES},
    };
    struct tally_section_plan plan[1 + SECTIONS_PER_SOURCE * TALLY_LINKMAP_SOURCES_MAX];
    struct tally_container_writer *w = NULL;
    size_t nplan = 1;
    char *meta;
    int rc = -1;

    if (nsources == 0 || nsources > TALLY_LINKMAP_SOURCES_MAX) {
        return tally_err_set(err, TALLY_E_USAGE, "a link map has 1 to %d sources",
                             TALLY_LINKMAP_SOURCES_MAX);
    }
    if (check_sources(sources, nsources, TALLY_E_USAGE, err) != 0) {
        return tally_err_wrap(err, "link map");
    }
    meta = linkmap_meta(sources, nsources);
    if (meta == NULL) {
        return tally_err_nomem(err);
    }
    plan[0] = (struct tally_section_plan){TALLY_SECTION_META, 0, strlen(meta)};
    for (size_t i = 0; i < nsources; i++) {
        for (size_t k = 0; k < SECTIONS_PER_SOURCE; k++) {
            plan[nplan++] = (struct tally_section_plan){
                parts[k].kind, (uint32_t)i, sources[i].records * parts[k].bytes};
        }
    }
    if (tally_container_begin(&w, f, TALLY_KIND_LINKMAP, plan, nplan, err) == 0) {
        rc = write_sections(w, meta, sources, nsources, err);
    }
    tally_container_writer_free(w);
    free(meta);
    return rc;
}

static int
read_source_meta(const struct tally_json *obj, struct tally_linkmap_source *s,
                 struct tally_err *err)
{
    static const char *const keys[] = {"name", "delivery", "records", NULL};
    int64_t records;

    if (tally_json_only(obj, keys, err) != 0 ||
        tally_meta_text(obj, "name", TALLY_NAME_MAX, s->name, err) != 0 ||
        tally_meta_hex(obj, "delivery", s->delivery, TALLY_DELIVERY_BYTES, err) != 0 ||
        tally_meta_count(obj, "records", UINT32_MAX, &records, err) != 0) {
        return -1;
    }
    s->records = (uint64_t)records;
    return 0;
}

static int
read_meta(struct tally_linkmap *m, const char *path, struct tally_err *err)
{
    static const char *const keys[] = {"format",    "version", "status",
                                       "recipient", "sources", NULL};
    struct tally_json root = tally_container_meta(m->c);
    struct tally_json list;
    size_t n;

    if (tally_meta_version(&root, path, LINKMAP_VERSION, err) != 0 ||
        tally_json_only(&root, keys, err) != 0 ||
        tally_meta_fixed(&root, "format", LINKMAP_FORMAT, err) != 0 ||
        tally_meta_fixed(&root, "status", LINKMAP_STATUS, err) != 0 ||
        tally_meta_fixed(&root, "recipient", LINKMAP_RECIPIENT, err) != 0 ||
        tally_json_need(&root, "sources", &list, err) != 0 ||
        tally_json_length(&list, &n, err) != 0) {
        return -1;
    }
    if (n == 0 || n > TALLY_LINKMAP_SOURCES_MAX) {
        return tally_json_err(&list, err, TALLY_E_CORRUPT, "must have 1 to %d sources",
                              TALLY_LINKMAP_SOURCES_MAX);
    }
    for (size_t i = 0; i < n; i++) {
        struct tally_json obj;

        if (tally_json_at(&list, i, &obj, err) != 0 ||
            read_source_meta(&obj, &m->sources[i], err) != 0) {
            return -1;
        }
    }
    m->nsources = n;
    return 0;
}

/** Section ${kind} of source ${i} with ${width} bytes for each of its records, or
 * TALLY_E_CORRUPT. */
static int
read_section(const struct tally_linkmap *m, size_t i, uint32_t kind, size_t width,
             const uint8_t **out, struct tally_err *err)
{
    const struct tally_linkmap_source *s = &m->sources[i];
    size_t have = 0;
    size_t want = 0;
    const uint8_t *p = tally_container_section(m->c, kind, (uint32_t)i, &have);

    /* Absent is not the same as empty: another section could stand in its place. */
    if (p == NULL || !tally_size_mul(s->records, width, &want) || have != want) {
        return tally_err_set(err, TALLY_E_CORRUPT,
                             "source %s: a section does not hold %llu records", s->name,
                             (unsigned long long)s->records);
    }
    *out = p;
    return 0;
}

static int
read_sections(struct tally_linkmap *m, struct tally_err *err)
{
    /* A section too many could smuggle what the analyst may not hold. */
    if (tally_container_sections(m->c) != 1 + SECTIONS_PER_SOURCE * m->nsources) {
        return tally_err_set(err, TALLY_E_CORRUPT,
                             "the file has other sections than a link map has");
    }
    for (size_t i = 0; i < m->nsources; i++) {
        struct tally_linkmap_source *s = &m->sources[i];

        if (read_section(m, i, TALLY_SECTION_TOKENS, TALLY_TOKEN_BYTES, &s->tokens,
                         err) != 0 ||
            read_section(m, i, TALLY_SECTION_PSEUDONYMS, TALLY_PSEUDONYM_BYTES,
                         &s->pseudonyms, err) != 0 ||
            read_section(m, i, TALLY_SECTION_STRENGTH, STRENGTH_BYTES, &s->strengths,
                         err) != 0 ||
            read_section(m, i, TALLY_SECTION_PARTS, PART_BYTES, &s->parts, err) != 0 ||
            read_section(m, i, TALLY_SECTION_WIDER, TALLY_PSEUDONYM_BYTES, &s->wider,
                         err) != 0) {
            return -1;
        }
    }
    return check_sources(m->sources, m->nsources, TALLY_E_CORRUPT, err);
}

int
tally_linkmap_open(struct tally_linkmap **out, const char *path, struct tally_err *err)
{
    struct tally_linkmap *m = calloc(1, sizeof *m);

    if (m == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_container_open(&m->c, path, TALLY_KIND_LINKMAP, err) != 0) {
        goto fail;
    }
    if (read_meta(m, path, err) != 0) {
        tally_meta_failed(err);
        goto fail;
    }
    if (read_sections(m, err) != 0) {
        tally_err_wrap(err, "%s", path);
        goto fail;
    }
    *out = m;
    return 0;

fail:
    tally_linkmap_close(m);
    return -1;
}

size_t
tally_linkmap_sources(const struct tally_linkmap *m)
{
    return m->nsources;
}

const struct tally_linkmap_source *
tally_linkmap_source(const struct tally_linkmap *m, size_t i)
{
    return &m->sources[i];
}

void
tally_linkmap_close(struct tally_linkmap *m)
{
    if (m == NULL) {
        return;
    }
    tally_container_close(m->c);
    free(m);
}
