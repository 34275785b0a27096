/*
 * tally schema check, show and convert for clkhash schemas.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_schema_clkhash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/file.h"
#include "cli/cli.h"

int
tally_clkhash_given(const char *path, bool *given, struct tally_err *err)
{
    struct tally_err no = TALLY_ERR_INIT;
    struct tally_json_doc *doc = NULL;
    struct tally_json root, config;

    *given = false;
    if (strcmp(path, "-") == 0) {
        return 0;
    }
    if (tally_json_load_wide(&doc, path, &no) != 0) {
        if (no.code == TALLY_E_NOMEM || no.code == TALLY_E_IO ||
            no.code == TALLY_E_NO_FILE || no.code == TALLY_E_INTERRUPTED) {
            *err = no;
            return -1;
        }
        return 0; /* whoever reads it says what is wrong with it */
    }
    root = tally_json_root(doc);
    *given = tally_json_find(&root, "clkConfig", &config, &no) == 1;
    tally_json_doc_free(doc);
    return 0;
}

#ifdef TALLY_LEGACY

#include "bloom/clkhash_schema.h"

static size_t
count_ignored(const struct tally_clkhash_schema *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->nfeatures; i++) {
        n += s->features[i].ignored;
    }
    return n;
}

void
tally_clkhash_say_warnings(const struct tally_clkhash_schema *s)
{
    struct tally_err err = TALLY_ERR_INIT;

    if (s->says_xor_folds_camel) {
        tally_say("  warning: \"xorFolds\" has no effect in clkhash, nor here; "
                  "\"xor_folds\" folds");
    }
    for (size_t i = 0; i < s->nfeatures; i++) {
        const struct tally_clkhash_hashing *h = &s->features[i].hashing;

        if (!s->features[i].ignored && h->sentinel != NULL && h->replace == NULL &&
            h->sentinel[0] != '\0') {
            tally_say("  warning: feature '%s': the missing value is hashed as text, for "
                      "want of a \"replaceWith\": records without it look alike",
                      s->features[i].identifier);
        }
    }
    if (tally_clkhash_schema_usable(s, &err) != 0) {
        tally_say("  warning: no record can be encoded: %s", err.text);
    }
}

static void
show_feature(const struct tally_clkhash_feature *f)
{
    static const char *const types[] = {"string", "integer", "date", "enum"};
    static const char *const comparisons[] = {"n-grams", "exact", "numeric"};

    if (f->ignored) {
        printf("  %-24s ignored\n", f->identifier);
        return;
    }
    printf("  %-24s %-8s %-8s %5lld bits a %s, %s\n", f->identifier,
           types[f->format.type], comparisons[f->hashing.comparison],
           (long long)f->hashing.bits, f->hashing.per_feature ? "feature" : "token",
           f->hashing.hash == TALLY_CLKHASH_BLAKE ? "blakeHash" : "doubleHash");
}

int
tally_schema_show_clkhash(const char *path, bool json, struct tally_err *err)
{
    struct tally_clkhash_schema *s = NULL;

    if (json) {
        return tally_schema_convert(path, NULL, false, err);
    }
    if (tally_clkhash_schema_load(&s, path, err) != 0) {
        return -1;
    }
    printf("clkhash schema of version %u\n  filter of %u bits, folded %u times\n\n"
           "Features:\n",
           s->version, (unsigned)s->bits, (unsigned)s->folds);
    for (size_t i = 0; i < s->nfeatures; i++) {
        show_feature(&s->features[i]);
    }
    tally_clkhash_schema_free(s);
    return 0;
}

int
tally_schema_check_clkhash(const char *path, bool json, struct tally_err *err)
{
    struct tally_clkhash_schema *s = NULL;
    struct tally_jnode *n;
    int status = 0;

    if (tally_clkhash_schema_load(&s, path, err) != 0) {
        return -1;
    }
    if (json) {
        n = tally_jobject();
        tally_jset_str(n, "format", "clkhash");
        tally_jset_int(n, "version", s->version);
        tally_jset_int(n, "bits", s->bits);
        tally_jset_int(n, "features", (int64_t)s->nfeatures);
        tally_jset_int(n, "ignored", (int64_t)count_ignored(s));
        status = tally_print_json(n, err);
    } else {
        printf(
            "ok: clkhash schema of version %u with %zu features (%zu ignored), filters "
            "of %u bits\n",
            s->version, s->nfeatures, count_ignored(s), (unsigned)s->bits);
    }
    tally_clkhash_say_warnings(s);
    tally_clkhash_schema_free(s);
    return status;
}

static int
write_text(const struct tally_clkhash_schema *s, const char *out, bool force,
           struct tally_err *err)
{
    struct tally_outfile *f = NULL;
    char *text = tally_clkhash_schema_text(s);
    int status = -1;

    if (text == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_outfile_open(&f, out, 0644, force, err) == 0 &&
        tally_outfile_printf(f, err, "%s\n", text) == 0 &&
        tally_outfile_commit(&f, 1, err) == 0) {
        status = 0;
    }
    tally_outfile_free(f);
    free(text);
    return status;
}

int
tally_schema_new_clkhash(const char *fields, const char *out, bool force,
                         struct tally_err *err)
{
    struct tally_clkhash_schema *s = NULL;
    int status = -1;

    if (tally_clkhash_schema_starter(&s, fields, err) == 0) {
        status = write_text(s, out, force, err);
    }
    if (status == 0) {
        tally_say("  warning: filters of clkhash are not hardened: people in them can be "
                  "re-identified by frequency and graph matching");
        tally_say("  warning: clkhash does not clean values: write names, dates and "
                  "postcodes alike in every source first");
    }
    if (status == 0 && out != NULL) {
        tally_say(
            "Wrote a clkhash schema to %s. A file to encode has just these columns, "
            "in this order.",
            out);
    }
    tally_clkhash_schema_free(s);
    return status;
}

int
tally_schema_convert(const char *path, const char *out, bool force, struct tally_err *err)
{
    struct tally_clkhash_schema *s = NULL;
    int status;

    if (tally_clkhash_schema_load(&s, path, err) != 0) {
        return -1;
    }
    status = write_text(s, out, force, err);
    if (status == 0 && out != NULL) {
        tally_say("Wrote the schema to %s, from version %u to version 3: it gives the "
                  "same bits.",
                  out, s->version);
        tally_clkhash_say_warnings(s);
    }
    tally_clkhash_schema_free(s);
    return status;
}

#else

int
tally_clkhash_left_out(const char *path, struct tally_err *err)
{
    (void)tally_err_set(err, TALLY_E_SCHEMA,
                        "%s is a clkhash schema, and this build is without the legacy "
                        "encoder",
                        path);
    return tally_err_hint(err, "use a build made with TALLY_LEGACY=ON");
}

int
tally_schema_check_clkhash(const char *path, bool json, struct tally_err *err)
{
    (void)json;
    return tally_clkhash_left_out(path, err);
}

int
tally_schema_show_clkhash(const char *path, bool json, struct tally_err *err)
{
    (void)json;
    return tally_clkhash_left_out(path, err);
}

int
tally_schema_new_clkhash(const char *fields, const char *out, bool force,
                         struct tally_err *err)
{
    (void)fields;
    (void)out;
    (void)force;
    (void)tally_err_set(err, TALLY_E_SCHEMA, "this build is without the legacy encoder");
    return tally_err_hint(err, "use a build made with TALLY_LEGACY=ON");
}

int
tally_schema_convert(const char *path, const char *out, bool force, struct tally_err *err)
{
    (void)out;
    (void)force;
    return tally_clkhash_left_out(path, err);
}

#endif
