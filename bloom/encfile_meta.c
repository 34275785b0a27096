/*
 * Reading the description of an encodings file. It passed its digests, so whatever breaks
 * a rule here was made wrong.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/encfile_private.h"

#include "bloom/base/json.h"
#include "bloom/base/size.h"
#include "bloom/meta.h"

#include <string.h>

static int
read_schema(const struct tally_json *root, struct tally_enc_info *info,
            struct tally_err *err)
{
    static const char *const keys[] = {"digest", "name", "profile", NULL};
    struct tally_json v;

    return tally_json_need(root, "schema", &v, err) != 0 ||
                   tally_json_only(&v, keys, err) != 0 ||
                   tally_meta_hex(&v, "digest", info->schema_digest, TALLY_DIGEST_BYTES,
                                  err) != 0 ||
                   tally_meta_text(&v, "name", TALLY_NAME_MAX, info->schema_name, err) !=
                       0 ||
                   tally_meta_text(&v, "profile", TALLY_NAME_MAX, info->profile, err) != 0
               ? -1
               : 0;
}

static int
read_normaliser(const struct tally_json *root, struct tally_enc_info *info,
                struct tally_err *err)
{
    static const char *const keys[] = {"digest", "fold", "unicode", "version", NULL};
    struct tally_json v;
    int64_t version, fold;

    if (tally_json_need(root, "normaliser", &v, err) != 0 ||
        tally_json_only(&v, keys, err) != 0 ||
        tally_meta_hex(&v, "digest", info->normaliser_digest, TALLY_DIGEST_BYTES, err) !=
            0 ||
        tally_meta_count(&v, "fold", INT32_MAX, &fold, err) != 0 ||
        tally_meta_text(&v, "unicode", sizeof(info->unicode) - 1, info->unicode, err) !=
            0 ||
        tally_meta_count(&v, "version", INT32_MAX, &version, err) != 0) {
        return -1;
    }
    info->normaliser_version = (int)version;
    info->fold_version = (int)fold;
    return 0;
}

/* No hardening, or diffusion and nothing else, is said by diffusion_t alone, so that
 * there is one way to say it. */
static int
read_steps(const struct tally_json *obj, uint32_t t, struct tally_enc_info *info,
           struct tally_err *err)
{
    struct tally_hardening *h = &info->hardening;
    const struct tally_harden_step *d;
    struct tally_json list;
    int found = tally_json_find(obj, "steps", &list, err);

    if (found < 0) {
        return -1;
    }
    if (found > 0) {
        if (tally_hardening_read(&list, TALLY_E_CORRUPT, h, err) != 0) {
            return -1;
        }
        d = tally_hardening_find(h, TALLY_HARDEN_DIFFUSION);
        return h->n == 0 || (h->n == 1 && d != NULL) || t != (d != NULL ? d->t : 0)
                   ? tally_json_err(&list, err, TALLY_E_CORRUPT,
                                    "do not agree with diffusion_t")
                   : 0;
    }
    if (t == 1 || t > TALLY_DIFFUSION_T_MAX) {
        return tally_json_err(obj, err, TALLY_E_CORRUPT, "diffusion with a t of %u",
                              (unsigned)t);
    }
    h->n = t > 0;
    h->steps[0] = (struct tally_harden_step){
        .kind = TALLY_HARDEN_DIFFUSION, .t = t, .bits = t > 0 ? info->bits : 0};
    return 0;
}

static int
read_hardening(const struct tally_json *root, struct tally_enc_info *info,
               struct tally_err *err)
{
    static const char *const keys[] = {"diffusion_t", "fill", "salt", "steps", NULL};
    struct tally_json v, fill, salt;
    int64_t t;
    int found;

    if (tally_json_need(root, "hardening", &v, err) != 0 ||
        tally_json_only(&v, keys, err) != 0 ||
        tally_meta_count(&v, "diffusion_t", TALLY_BITS_MAX, &t, err) != 0 ||
        tally_json_need(&v, "fill", &fill, err) != 0 ||
        tally_json_real(&fill, 0.0, 1.0, &info->fill, err) != 0) {
        return -1;
    }
    found = tally_json_find(&v, "salt", &salt, err);
    if (found < 0 || (found > 0 && tally_meta_text(&v, "salt", TALLY_NAME_MAX, info->salt,
                                                   err) != 0)) {
        return -1;
    }
    if (found > 0 && info->salt[0] == '\0') {
        return tally_json_err(&salt, err, TALLY_E_CORRUPT, "names no field");
    }
    return read_steps(&v, (uint32_t)t, info, err);
}

static int
read_key_check(const struct tally_json *root, struct tally_enc_info *info,
               struct tally_err *err)
{
    struct tally_json v;

    if (tally_json_need(root, "key_check", &v, err) != 0) {
        return -1;
    }
    info->has_key_check = !tally_json_is_null(&v);
    return info->has_key_check ? tally_meta_hex(root, "key_check", info->key_check,
                                                TALLY_KEY_CHECK_BYTES, err)
                               : 0;
}

static int
read_source(const struct tally_json *root, struct tally_enc_info *info,
            struct tally_err *err)
{
    struct tally_json v;
    const char *s;

    if (tally_meta_text(root, "source", TALLY_NAME_MAX, info->source, err) != 0 ||
        tally_json_need(root, "duplicates", &v, err) != 0 ||
        tally_json_str(&v, TALLY_NAME_MAX, &s, err) != 0) {
        return -1;
    }
    info->duplicates_possible = strcmp(s, "possible") == 0;
    if (!info->duplicates_possible && strcmp(s, "none") != 0) {
        return tally_json_err(&v, err, TALLY_E_CORRUPT,
                              "must be \"none\" or \"possible\"");
    }
    return tally_source_valid(info->source)
               ? 0
               : tally_json_err(root, err, TALLY_E_CORRUPT,
                                "the source name breaks its rules");
}

static int
read_size(const struct tally_json *root, struct tally_enc_info *info,
          struct tally_err *err)
{
    struct tally_json v;
    int64_t records, bits, stride;

    if (tally_meta_count(root, "records", TALLY_ENC_RECORDS_MAX, &records, err) != 0 ||
        tally_meta_count(root, "bits", TALLY_BITS_MAX, &bits, err) != 0 ||
        tally_meta_count(root, "stride", TALLY_BITS_MAX, &stride, err) != 0 ||
        tally_json_need(root, "ids", &v, err) != 0 ||
        tally_json_bool(&v, &info->has_ids, err) != 0) {
        return -1;
    }
    info->records = (uint64_t)records;
    info->bits = (uint32_t)bits;
    info->stride = (uint32_t)stride;
    if (bits < TALLY_BITS_MIN || bits % 64 != 0 ||
        info->stride != tally_size_align(info->bits / 8, 64)) {
        return tally_json_err(root, err, TALLY_E_CORRUPT,
                              "the number of bits and the stride do not agree");
    }
    return 0;
}

/* Item ${i} of ${list} into ${views}: a view, or a match key. */
static int
read_view(const struct tally_json *list, size_t i, const struct tally_enc_info *info,
          struct tally_enc_view *views, struct tally_err *err)
{
    static const char *const keys[] = {"name", "records", "rows", NULL};
    struct tally_enc_view *view = &views[i];
    struct tally_json v;
    int64_t rows, records;
    size_t j;

    if (tally_json_at(list, i, &v, err) != 0 || tally_json_only(&v, keys, err) != 0 ||
        tally_meta_text(&v, "name", TALLY_NAME_MAX, view->name, err) != 0 ||
        tally_meta_count(&v, "records", (int64_t)info->records, &records, err) != 0 ||
        tally_meta_count(&v, "rows", TALLY_ENC_RECORDS_MAX, &rows, err) != 0) {
        return -1;
    }
    view->rows = (uint64_t)rows;
    view->records = (uint64_t)records;
    if (!tally_view_name_valid(view->name)) {
        return tally_json_err(&v, err, TALLY_E_CORRUPT, "has a name that none can have");
    }
    if (rows < records || (rows > 0 && records == 0)) {
        return tally_json_err(&v, err, TALLY_E_CORRUPT, "rows and records do not agree");
    }
    for (j = 0; j < i; j++) {
        if (strcmp(views[j].name, view->name) == 0) {
            return tally_json_err(&v, err, TALLY_E_CORRUPT, "is named twice");
        }
    }
    return 0;
}

/* One view over all records is not spelt out, so that there is one way to say it. */
static int
read_views(const struct tally_json *root, struct tally_enc_info *info,
           struct tally_err *err)
{
    struct tally_json list;
    int found = tally_json_find(root, "views", &list, err);
    size_t i;

    if (found <= 0) {
        info->nviews = 1;
        info->views[0] =
            (struct tally_enc_view){TALLY_VIEW_FULL, info->records, info->records};
        return found;
    }
    if (tally_json_length(&list, &info->nviews, err) != 0) {
        return -1;
    }
    if (info->nviews < 1 || info->nviews > TALLY_VIEWS_MAX) {
        return tally_json_err(&list, err, TALLY_E_CORRUPT, "must name 1 to %d views",
                              TALLY_VIEWS_MAX);
    }
    for (i = 0; i < info->nviews; i++) {
        if (read_view(&list, i, info, info->views, err) != 0) {
            return -1;
        }
    }
    return info->nviews > 1 || !tally_enc_rows_are_records(info, 0) ||
                   strcmp(info->views[0].name, TALLY_VIEW_FULL) != 0
               ? 0
               : tally_json_err(&list, err, TALLY_E_CORRUPT,
                                "says what goes without saying");
}

static int
read_match_keys(const struct tally_json *root, struct tally_enc_info *info,
                struct tally_err *err)
{
    struct tally_json list;
    int found = tally_json_find(root, "match_keys", &list, err);

    if (found <= 0) {
        return found;
    }
    if (tally_json_length(&list, &info->nmatch_keys, err) != 0) {
        return -1;
    }
    if (info->nmatch_keys < 1 || info->nmatch_keys > TALLY_MATCH_KEYS_MAX) {
        return tally_json_err(&list, err, TALLY_E_CORRUPT, "must name 1 to %d match keys",
                              TALLY_MATCH_KEYS_MAX);
    }
    for (size_t i = 0; i < info->nmatch_keys; i++) {
        if (read_view(&list, i, info, info->match_keys, err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* That there are some is said; how many, and that there are none, is not. */
static int
read_dummies(const struct tally_json *root, struct tally_enc_info *info,
             struct tally_err *err)
{
    struct tally_json v;
    int found = tally_json_find(root, "dummies", &v, err);

    if (found <= 0) {
        return found;
    }
    if (tally_json_bool(&v, &info->dummies, err) != 0) {
        return -1;
    }
    return info->dummies ? 0 : tally_json_err(&v, err, TALLY_E_CORRUPT, "must be true");
}

static int
read_rbf(const struct tally_json *root, struct tally_enc_info *info,
         struct tally_err *err)
{
    struct tally_json v;
    int64_t bits = 0;
    int found = tally_json_find(root, "rbf", &v, err);

    if (found <= 0) {
        return found;
    }
    if (tally_json_int(&v, TALLY_BITS_MIN, TALLY_RBF_BITS_MAX, &bits, err) != 0) {
        return -1;
    }
    info->rbf_bits = (uint32_t)bits;
    return 0;
}

int
tally_encfile_read_meta(const struct tally_json *root, const char *path,
                        struct tally_enc_info *info, struct tally_err *err)
{
    static const char *const keys[] = {
        "bits",    "delivery",  "dummies",    "duplicates", "format", "hardening",
        "ids",     "key_check", "match_keys", "normaliser", "rbf",    "recipient",
        "records", "schema",    "source",     "status",     "stride", "tool",
        "version", "views",     NULL};

    return tally_meta_version(root, path, TALLY_ENC_VERSION, err) != 0 ||
                   tally_json_only(root, keys, err) != 0 ||
                   tally_meta_fixed(root, "format", "tallystick encodings", err) != 0 ||
                   tally_meta_fixed(root, "recipient", "linker", err) != 0 ||
                   tally_meta_fixed(root, "status", "pseudonymised", err) != 0 ||
                   tally_meta_text(root, "tool", TALLY_NAME_MAX, info->tool, err) != 0 ||
                   tally_meta_hex(root, "delivery", info->delivery, TALLY_DELIVERY_BYTES,
                                  err) != 0 ||
                   read_source(root, info, err) != 0 || read_size(root, info, err) != 0 ||
                   read_dummies(root, info, err) != 0 || read_rbf(root, info, err) != 0 ||
                   read_views(root, info, err) != 0 ||
                   read_match_keys(root, info, err) != 0 ||
                   read_schema(root, info, err) != 0 ||
                   read_normaliser(root, info, err) != 0 ||
                   read_hardening(root, info, err) != 0 ||
                   read_key_check(root, info, err) != 0
               ? -1
               : 0;
}
