/*
 * A starter schema of clkhash, version 3: the weights of the plain profile at 1,024 bits,
 * for partners whose agreements name clkhash.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clkhash_schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/schema_private.h"

/* Dates are read and written in one form; everything else is text as it stands. */
static struct tally_jnode *
format_node(const struct tally_field *f)
{
    struct tally_jnode *n = tally_jobject();

    if (f->type == TALLY_FIELD_DATE) {
        tally_jset_str(n, "type", "date");
        tally_jset_str(n, "format", "%Y-%m-%d");
    } else {
        tally_jset_str(n, "type", "string");
        tally_jset_str(n, "encoding", "utf-8");
    }
    return n;
}

static struct tally_jnode *
comparison_node(const struct tally_field *f)
{
    struct tally_jnode *n = tally_jobject();
    bool places = f->tokens == TALLY_TOKENS_POSITIONAL ||
                  f->tokens == TALLY_TOKENS_DATE || f->tokens == TALLY_TOKENS_POSTCODE;

    if (f->tokens == TALLY_TOKENS_WHOLE) {
        tally_jset_str(n, "type", "exact");
    } else if (f->tokens == TALLY_TOKENS_NEIGHBOURHOOD) {
        tally_jset_str(n, "type", "numeric");
        tally_jset_int(n, "thresholdDistance", f->distance);
        tally_jset_int(n, "resolution", 10);
    } else {
        tally_jset_str(n, "type", "ngram");
        tally_jset_int(n, "n", places ? 1 : 2);
        tally_jset_bool(n, "positional", places);
    }
    return n;
}

/* The bits that the field has in our filter, shared out among its tokens. */
static struct tally_jnode *
hashing_node(const struct tally_field *f)
{
    double bits = f->bits_per_token * tally_schema_field_tokens(f);
    struct tally_jnode *n = tally_jobject();
    struct tally_jnode *strategy = tally_jobject();
    struct tally_jnode *missing = tally_jobject();

    tally_jset(n, "comparison", comparison_node(f));
    tally_jset_int(strategy, "bitsPerFeature", (int64_t)fmax(1, round(bits)));
    tally_jset(n, "strategy", strategy);
    tally_jset_str(missing, "sentinel", "");
    tally_jset(n, "missingValue", missing);
    return n;
}

static char *
starter_text(const struct tally_schema *like)
{
    struct tally_jnode *root = tally_jobject();
    struct tally_jnode *config = tally_jobject();
    struct tally_jnode *kdf = tally_jobject();
    struct tally_jnode *features = tally_jarray();
    char *text;

    tally_jset_str(kdf, "type", "HKDF");
    tally_jset_str(kdf, "hash", "SHA256");
    tally_jset_int(kdf, "keySize", 64);
    tally_jset_int(config, "l", like->bits);
    tally_jset(config, "kdf", kdf);
    tally_jset_int(root, "version", 3);
    tally_jset(root, "clkConfig", config);
    for (size_t i = 0; i < like->nfields; i++) {
        struct tally_jnode *n = tally_jobject();

        tally_jset_str(n, "identifier", like->fields[i].name);
        tally_jset(n, "format", format_node(&like->fields[i]));
        tally_jset(n, "hashing", hashing_node(&like->fields[i]));
        tally_jpush(features, n);
    }
    tally_jset(root, "features", features);
    text = tally_json_text(root, 2);
    tally_jfree(root);
    return text;
}

int
tally_clkhash_schema_starter(struct tally_clkhash_schema **out, const char *fields,
                             struct tally_err *err)
{
    struct tally_schema *group = NULL;
    struct tally_schema *like = NULL;
    char *text = NULL;
    int rc = -1;

    *out = NULL;
    /* The group profile has 1,024 bits; without its views it is one plain filter. */
    if (tally_schema_new(&group, fields, "group", NULL, err) == 0 &&
        tally_schema_patch(&like, group, "{\"views\": null}", err) == 0) {
        text = starter_text(like);
        rc = text == NULL ? tally_err_nomem(err)
                          : tally_clkhash_schema_parse(out, "clkhash schema", text,
                                                       strlen(text), err);
    }
    free(text);
    tally_schema_free(like);
    tally_schema_free(group);
    return rc;
}
