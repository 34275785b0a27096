/*
 * Requests of a second round.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/review.h"

#include "bloom/base/bytes.h"
#include "bloom/base/domains.h"
#include "bloom/base/secret.h"
#include "bloom/container.h"
#include "bloom/encfile.h"
#include "bloom/kdf.h"
#include "bloom/meta.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REVIEW_FORMAT    "tallystick review request"
#define REVIEW_VERSION   1
#define REVIEW_STATUS    "pseudonymised"
#define REVIEW_RECIPIENT "data owner"

/* Answers: filters of one field each, about a fifth of the bits set. */
#define ANSWER_BITS 1024
#define ANSWER_FILL .2

struct tally_review_file {
    struct tally_container *c;
    struct tally_review r;
};

void
tally_review_list_digest(const uint8_t *tokens, uint64_t n,
                         uint8_t out[TALLY_DIGEST_BYTES])
{
    tally_digest(tokens, (size_t)n * TALLY_TOKEN_BYTES, out);
}

static void
add_text(struct tally_digest_state *st, const char *text)
{
    uint8_t len[4];

    tally_le32_store(len, (uint32_t)strlen(text));
    tally_digest_update(st, len, sizeof len);
    tally_digest_update(st, text, strlen(text));
}

void
tally_review_digest(struct tally_review *r)
{
    struct tally_digest_state st;
    uint8_t number[8];

    tally_digest_init(&st);
    add_text(&st, TALLY_DOMAIN_REVIEW_DIGEST);
    tally_digest_update(&st, r->nonce, sizeof r->nonce);
    tally_digest_update(&st, r->agreement, sizeof r->agreement);
    tally_digest_update(&st, r->schema, sizeof r->schema);
    for (size_t i = 0; i < r->nlists; i++) {
        add_text(&st, r->lists[i].source);
        tally_le64_store(number, r->lists[i].records);
        tally_digest_update(&st, number, sizeof number);
        tally_digest_update(&st, r->lists[i].digest, sizeof r->lists[i].digest);
    }
    tally_digest_final(&st, r->digest);
}

static char *
meta_text(const struct tally_review *r)
{
    struct tally_jnode *root = tally_jobject(), *lists = tally_jarray();
    char *text;

    tally_jset_str(root, "format", REVIEW_FORMAT);
    tally_jset_int(root, "version", REVIEW_VERSION);
    tally_jset_str(root, "status", REVIEW_STATUS);
    tally_jset_str(root, "recipient", REVIEW_RECIPIENT);
    tally_jset_str(root, "source", r->lists[r->own].source);
    tally_meta_set_hex(root, "nonce", r->nonce, sizeof r->nonce);
    tally_meta_set_hex(root, "agreement", r->agreement, sizeof r->agreement);
    tally_meta_set_hex(root, "schema", r->schema, sizeof r->schema);
    for (size_t i = 0; i < r->nlists; i++) {
        struct tally_jnode *one = tally_jobject();

        tally_jset_str(one, "source", r->lists[i].source);
        tally_jset_int(one, "records", (int64_t)r->lists[i].records);
        tally_meta_set_hex(one, "digest", r->lists[i].digest, TALLY_DIGEST_BYTES);
        tally_jpush(lists, one);
    }
    tally_jset(root, "lists", lists);
    text = tally_json_text(root, 0);
    tally_jfree(root);
    return text;
}

int
tally_review_write(struct tally_outfile *f, const struct tally_review *r,
                   struct tally_err *err)
{
    size_t bytes = (size_t)r->lists[r->own].records * TALLY_TOKEN_BYTES;
    struct tally_container_writer *w = NULL;
    char *meta = meta_text(r);
    int rc = -1;

    if (meta == NULL) {
        return tally_err_nomem(err);
    }
    const struct tally_section_plan plan[] = {
        {TALLY_SECTION_META, 0, strlen(meta)},
        {TALLY_SECTION_TOKENS, 0, bytes},
    };
    if (tally_container_begin(&w, f, TALLY_KIND_REQUEST, plan, 2, err) == 0 &&
        tally_container_write(w, 0, meta, strlen(meta), err) == 0 &&
        tally_container_write(w, 1, r->tokens, bytes, err) == 0) {
        rc = tally_container_end(w, err);
    }
    tally_container_writer_free(w);
    free(meta);
    return rc;
}

static int
read_list(const struct tally_json *obj, struct tally_review_list *l,
          struct tally_err *err)
{
    static const char *const keys[] = {"source", "records", "digest", NULL};
    int64_t records;

    if (tally_json_only(obj, keys, err) != 0 ||
        tally_meta_text(obj, "source", TALLY_NAME_MAX, l->source, err) != 0 ||
        tally_meta_count(obj, "records", UINT32_MAX, &records, err) != 0 ||
        tally_meta_hex(obj, "digest", l->digest, sizeof l->digest, err) != 0) {
        return -1;
    }
    l->records = (uint64_t)records;
    return tally_source_valid(l->source)
               ? 0
               : tally_json_err(obj, err, TALLY_E_CORRUPT, "not the name of a source");
}

static int
read_lists(const struct tally_json *root, struct tally_review *r, const char *source,
           struct tally_err *err)
{
    struct tally_json list, one;
    size_t n;

    if (tally_json_need(root, "lists", &list, err) != 0 ||
        tally_json_length(&list, &n, err) != 0) {
        return -1;
    }
    r->own = r->nlists = 0;
    for (size_t i = 0; i < n && n <= TALLY_REVIEW_SOURCES_MAX; i++) {
        if (tally_json_at(&list, i, &one, err) != 0 ||
            read_list(&one, &r->lists[i], err) != 0) {
            return -1;
        }
        if (i > 0 && strcmp(r->lists[i - 1].source, r->lists[i].source) >= 0) {
            return tally_json_err(&one, err, TALLY_E_CORRUPT, "lists are out of order");
        }
        r->own = strcmp(r->lists[i].source, source) == 0 ? i : r->own;
        r->nlists++;
    }
    return r->nlists >= 1 && strcmp(r->lists[r->own].source, source) == 0
               ? 0
               : tally_json_err(&list, err, TALLY_E_CORRUPT,
                                "1 to %d lists, that of '%s' among them, are due",
                                TALLY_REVIEW_SOURCES_MAX, source);
}

static int
read_meta(const struct tally_container *c, const char *path, struct tally_review *r,
          struct tally_err *err)
{
    static const char *const keys[] = {"format",    "version", "status", "recipient",
                                       "source",    "nonce",   "schema", "lists",
                                       "agreement", NULL};
    struct tally_json root = tally_container_meta(c);
    char source[TALLY_NAME_MAX + 1];

    return tally_meta_version(&root, path, REVIEW_VERSION, err) != 0 ||
                   tally_json_only(&root, keys, err) != 0 ||
                   tally_meta_fixed(&root, "format", REVIEW_FORMAT, err) != 0 ||
                   tally_meta_fixed(&root, "status", REVIEW_STATUS, err) != 0 ||
                   tally_meta_fixed(&root, "recipient", REVIEW_RECIPIENT, err) != 0 ||
                   tally_meta_text(&root, "source", TALLY_NAME_MAX, source, err) != 0 ||
                   tally_meta_hex(&root, "nonce", r->nonce, sizeof r->nonce, err) != 0 ||
                   tally_meta_hex(&root, "agreement", r->agreement, TALLY_DIGEST_BYTES,
                                  err) != 0 ||
                   tally_meta_hex(&root, "schema", r->schema, TALLY_DIGEST_BYTES, err) !=
                       0 ||
                   read_lists(&root, r, source, err) != 0
               ? tally_meta_failed(err)
               : 0;
}

static int
read_tokens(const struct tally_container *c, const char *path, struct tally_review *r,
            struct tally_err *err)
{
    const struct tally_review_list *own = &r->lists[r->own];
    uint8_t digest[TALLY_DIGEST_BYTES];
    size_t len = 0;

    r->tokens = tally_container_section(c, TALLY_SECTION_TOKENS, 0, &len);
    if (tally_container_sections(c) != 2 || r->tokens == NULL ||
        len != own->records * TALLY_TOKEN_BYTES ||
        !tally_meta_tokens_ascend(r->tokens, own->records)) {
        return tally_err_set(err, TALLY_E_CORRUPT, "%s: does not hold the %llu tokens of "
                             "its list", path, (unsigned long long)own->records);
    }
    tally_review_list_digest(r->tokens, own->records, digest);
    return memcmp(digest, own->digest, sizeof digest) == 0
               ? 0
               : tally_err_set(err, TALLY_E_CORRUPT,
                               "%s: holds other tokens than its list has", path);
}

int
tally_review_open(struct tally_review_file **out, const char *path, struct tally_err *err)
{
    struct tally_review_file *f = calloc(1, sizeof *f);

    if (f == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_container_open(&f->c, path, TALLY_KIND_REQUEST, err) != 0 ||
        read_meta(f->c, path, &f->r, err) != 0 ||
        read_tokens(f->c, path, &f->r, err) != 0) {
        tally_review_close(f);
        return -1;
    }
    tally_review_digest(&f->r);
    *out = f;
    return 0;
}

const struct tally_review *
tally_review_of(const struct tally_review_file *f)
{
    return &f->r;
}

void
tally_review_close(struct tally_review_file *f)
{
    if (f != NULL) {
        tally_container_close(f->c);
        free(f);
    }
}

int
tally_review_key(struct tally_secret *linkage, const uint8_t digest[TALLY_DIGEST_BYTES],
                 struct tally_secret **out, struct tally_err *err)
{
    char hex[2 * TALLY_DIGEST_BYTES + 1];
    const char *const parts[] = {TALLY_DOMAIN_REVIEW, hex};

    tally_hex_encode(digest, TALLY_DIGEST_BYTES, hex);
    return tally_kdf(linkage, parts, 2, out, err);
}

/* A view of field ${f} alone. */
static struct tally_jnode *
view_of(const struct tally_field *f)
{
    struct tally_jnode *view = tally_jobject(), *list = tally_jarray();
    struct tally_jnode *one = tally_jobject(), *required = tally_jarray();
    double tokens = tally_schema_expected_tokens(f->type, f->tokens);
    double k = round(-log(1 - ANSWER_FILL) * ANSWER_BITS / fmax(1, tokens));

    tally_jset_str(one, "name", f->name);
    tally_jset_int(one, "bits_per_token", (int64_t)fmax(1, fmin(256, k)));
    tally_jpush(list, one);
    tally_jset_str(view, "name", f->name);
    tally_jpush_str(required, f->name); /* who lacks it has no filter of it */
    tally_jset(view, "required", required);
    tally_jset(view, "fields", list);
    return view;
}

int
tally_review_schema(const struct tally_schema *s, struct tally_schema **out,
                    struct tally_err *err)
{
    struct tally_jnode *patch = tally_jobject(), *views = tally_jarray();
    char *text;
    int rc;

    for (size_t f = 0; f < s->nfields && f < TALLY_VIEWS_MAX; f++) {
        tally_jpush(views, view_of(&s->fields[f]));
    }
    tally_jset_str(patch, "name", "review");
    tally_jset_str(patch, "profile", "review");
    tally_jset_int(patch, "bits", ANSWER_BITS);
    tally_jset_real(patch, "fill", ANSWER_FILL);
    tally_jset(patch, "hardening", tally_jarray());
    tally_jset_str(patch, "rbf", NULL);
    tally_jset_str(patch, "salt", NULL);
    tally_jset_str(patch, "match_keys", NULL);
    tally_jset(patch, "views", views);
    text = tally_json_text(patch, 0);
    tally_jfree(patch);
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    rc = tally_schema_patch(out, s, text, err);
    free(text);
    return rc;
}
