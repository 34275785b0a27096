/*
 * Members of META sections, one reader a type of value.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/meta.h"

#include "bloom/base/bytes.h"
#include "bloom/base/secret.h"
#include "bloom/base/text.h"
#include "bloom/encfile.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 1024

static int
need_str(const struct tally_json *obj, const char *key, size_t max, struct tally_json *v,
         const char **out, struct tally_err *err)
{
    return tally_json_need(obj, key, v, err) != 0 || tally_json_str(v, max, out, err) != 0
               ? -1
               : 0;
}

int
tally_meta_text(const struct tally_json *obj, const char *key, size_t max, char *out,
                struct tally_err *err)
{
    char printable[TEXT_MAX + 1];
    struct tally_json v;
    const char *s;

    if (need_str(obj, key, max < TEXT_MAX ? max : TEXT_MAX, &v, &s, err) != 0) {
        return -1;
    }
    tally_text_printable(s, printable, sizeof(printable));
    if (strcmp(printable, s) != 0) {
        return tally_json_err(&v, err, TALLY_E_CORRUPT, "is not printable text");
    }
    memcpy(out, s, strlen(s) + 1);
    return 0;
}

int
tally_meta_fixed(const struct tally_json *obj, const char *key, const char *want,
                 struct tally_err *err)
{
    struct tally_json v;
    const char *s;

    if (need_str(obj, key, TEXT_MAX, &v, &s, err) != 0) {
        return -1;
    }
    return strcmp(s, want) == 0
               ? 0
               : tally_json_err(&v, err, TALLY_E_CORRUPT, "must be \"%s\"", want);
}

int
tally_meta_count(const struct tally_json *obj, const char *key, int64_t max, int64_t *out,
                 struct tally_err *err)
{
    struct tally_json v;

    return tally_json_need(obj, key, &v, err) != 0 ||
                   tally_json_int(&v, 0, max, out, err) != 0
               ? -1
               : 0;
}

int
tally_meta_hex(const struct tally_json *obj, const char *key, uint8_t *out, size_t len,
               struct tally_err *err)
{
    struct tally_json v;
    const char *s;

    if (need_str(obj, key, 2 * len, &v, &s, err) != 0) {
        return -1;
    }
    return tally_hex_decode(s, strlen(s), out, len)
               ? 0
               : tally_json_err(&v, err, TALLY_E_CORRUPT,
                                "must be %zu hexadecimal digits", 2 * len);
}

int
tally_meta_version(const struct tally_json *obj, const char *path, int want,
                   struct tally_err *err)
{
    int64_t version;

    if (tally_meta_count(obj, "version", INT32_MAX, &version, err) != 0) {
        return -1;
    }
    if (version == want) {
        return 0;
    }
    tally_err_set(err, TALLY_E_FORMAT,
                  "%s: description of version %" PRId64 "; this program reads version %d",
                  path, version, want);
    return tally_err_hint(err, "use the release of Tallystick that wrote the file");
}

void
tally_meta_set_hex(struct tally_jnode *obj, const char *key, const uint8_t *p, size_t len)
{
    char hex[2 * TALLY_META_HEX_MAX + 1];

    TALLY_INVARIANT(len <= TALLY_META_HEX_MAX);
    tally_hex_encode(p, len, hex);
    tally_jset_str(obj, key, hex);
}

int
tally_meta_failed(struct tally_err *err)
{
    if (err->code == TALLY_E_JSON) {
        err->code = TALLY_E_CORRUPT;
    }
    return -1;
}

bool
tally_meta_tokens_ascend(const uint8_t *tokens, uint64_t n)
{
    uint64_t i;

    for (i = 1; i < n; i++) {
        const uint8_t *t = tokens + i * TALLY_TOKEN_BYTES;

        if (memcmp(t - TALLY_TOKEN_BYTES, t, TALLY_TOKEN_BYTES) >= 0) {
            return false;
        }
    }
    return true;
}
