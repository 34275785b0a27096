/*
 * Manifests of packages: what stands in clear.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/json.h"
#include "bloom/meta.h"
#include "protocols/calendar.h"
#include "protocols/package_impl.h"

#include <string.h>

#define MANIFEST_VERSION 1

static const char *const kinds[TALLY_PACKAGE_KINDS] = {
    [TALLY_PACKAGE_LINKAGE] = "linkage part",
    [TALLY_PACKAGE_PAYLOAD] = "payload part",
    [TALLY_PACKAGE_LINKMAP] = "link map",
    [TALLY_PACKAGE_REQUEST] = "review request",
    [TALLY_PACKAGE_ANSWER] = "review answer",
};

const char *
tally_package_kind_name(enum tally_package_kind kind)
{
    return kinds[kind];
}

uint64_t
tally_padded(uint64_t n)
{
    unsigned e = 0, s = 0;
    uint64_t mask;

    while (e < 63 && n >> (e + 1) != 0) {
        e++;
    }
    while (e >> s != 0) {
        s++;
    }
    if (e <= s) {
        return n;
    }
    mask = ((uint64_t)1 << (e - s)) - 1;
    return n > UINT64_MAX - mask ? n : (n + mask) & ~mask;
}

char *
tally_manifest_text(const struct tally_manifest *m,
                    const uint8_t sealed_key[TALLY_SEALED_KEY_BYTES])
{
    struct tally_jnode *root = tally_jobject(), *log = tally_jobject();
    char *text;

    tally_jset_str(root, "tallystick", "package");
    tally_jset_int(root, "version", MANIFEST_VERSION);
    tally_jset_str(root, "kind", kinds[m->kind]);
    tally_jset_str(root, "status", "pseudonymised");
    tally_jset_str(root, "source", m->source);
    tally_meta_set_hex(root, "from", m->from, sizeof m->from);
    tally_meta_set_hex(root, "for", m->to, sizeof m->to);
    tally_meta_set_hex(root, "agreement", m->agreement, sizeof m->agreement);
    tally_jset_int(root, "delivery", (int64_t)m->delivery);
    tally_meta_set_hex(root, "key_check", m->key_check, sizeof m->key_check);
    tally_jset_int(root, "records_at_most", (int64_t)tally_padded(m->records));
    tally_jset_str(root, "made", m->made);
    tally_jset_int(log, "entry", (int64_t)m->log.n);
    tally_meta_set_hex(log, "digest", m->log.digest, sizeof m->log.digest);
    tally_jset(root, "log", log);
    tally_meta_set_hex(root, "sealed_key", sealed_key, TALLY_SEALED_KEY_BYTES);
    text = tally_json_text(root, 2);
    tally_jfree(root);
    return text;
}

static int
parse_kind(const struct tally_json *root, enum tally_package_kind *out,
           struct tally_err *err)
{
    char kind[40];

    if (tally_meta_text(root, "kind", sizeof kind - 1, kind, err) != 0) {
        return -1;
    }
    for (unsigned k = 0; k < TALLY_PACKAGE_KINDS; k++) {
        if (strcmp(kind, kinds[k]) == 0) {
            *out = (enum tally_package_kind)k;
            return 0;
        }
    }
    return tally_json_err(root, err, TALLY_E_CORRUPT, "unknown kind of package");
}

static int
parse_counts(const struct tally_json *root, struct tally_manifest *m,
             struct tally_err *err)
{
    struct tally_json log;
    int64_t delivery, records, entry;

    if (tally_meta_count(root, "delivery", INT64_MAX, &delivery, err) != 0 ||
        tally_meta_count(root, "records_at_most", INT64_MAX, &records, err) != 0 ||
        tally_json_need(root, "log", &log, err) != 0 ||
        tally_meta_count(&log, "entry", INT64_MAX, &entry, err) != 0 ||
        tally_meta_hex(&log, "digest", m->log.digest, sizeof m->log.digest, err) != 0) {
        return -1;
    }
    m->delivery = (uint64_t)delivery;
    m->records = (uint64_t)records;
    m->log.n = (uint64_t)entry;
    return m->delivery > 0 ? 0
                           : tally_json_err(root, err, TALLY_E_CORRUPT,
                                            "deliveries are numbered from 1");
}

static int
parse_root(const struct tally_json *root, struct tally_manifest *m,
           uint8_t sealed_key[TALLY_SEALED_KEY_BYTES], struct tally_err *err)
{
    static const char *const known[] = {
        "tallystick", "version",    "kind",     "status",    "source",          "from",
        "for",        "agreement",  "delivery", "key_check", "records_at_most", "made",
        "log",        "sealed_key", NULL};
    int64_t version;

    if (tally_json_only(root, known, err) != 0 ||
        tally_meta_fixed(root, "tallystick", "package", err) != 0 ||
        tally_meta_count(root, "version", 1000, &version, err) != 0 ||
        tally_meta_fixed(root, "status", "pseudonymised", err) != 0 ||
        parse_kind(root, &m->kind, err) != 0 ||
        tally_meta_text(root, "source", TALLY_NAME_MAX, m->source, err) != 0 ||
        tally_meta_text(root, "made", 10, m->made, err) != 0 ||
        tally_meta_hex(root, "from", m->from, sizeof m->from, err) != 0 ||
        tally_meta_hex(root, "for", m->to, sizeof m->to, err) != 0 ||
        tally_meta_hex(root, "agreement", m->agreement, sizeof m->agreement, err) != 0 ||
        tally_meta_hex(root, "key_check", m->key_check, sizeof m->key_check, err) != 0 ||
        tally_meta_hex(root, "sealed_key", sealed_key, TALLY_SEALED_KEY_BYTES, err) !=
            0 ||
        parse_counts(root, m, err) != 0) {
        return -1;
    }
    if (version != MANIFEST_VERSION || !tally_day_valid(m->made)) {
        return tally_json_err(root, err, TALLY_E_CORRUPT, "unknown version, or no day");
    }
    return 0;
}

int
tally_manifest_parse(const char *shown, const char *text, size_t len,
                     struct tally_manifest *out,
                     uint8_t sealed_key[TALLY_SEALED_KEY_BYTES], struct tally_err *err)
{
    struct tally_json_doc *doc = NULL;
    struct tally_json root;
    int rc = -1;

    if (tally_json_parse(&doc, shown, text, len, err) == 0) {
        root = tally_json_root(doc);
        rc = parse_root(&root, out, sealed_key, err);
    }
    tally_json_doc_free(doc);
    return rc == 0 ? 0 : tally_meta_failed(err);
}
