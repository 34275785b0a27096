/*
 * Writing a schema as JSON, with every default spelt out: the form people read, and the
 * canonical form that the digest is taken of.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/schema.h"

#include "bloom/base/json.h"

#include <stdlib.h>
#include <string.h>

static struct tally_jnode *
field_node(const struct tally_field *f)
{
    struct tally_jnode *node = tally_jobject();

    tally_jset_str(node, "name", f->name);
    tally_jset_str(node, "type", tally_field_type_name(f->type));
    tally_jset_str(node, "domain", f->domain);
    tally_jset_str(node, "tokens", tally_token_kind_name(f->tokens));
    tally_jset_real(node, "weight", f->weight);
    tally_jset_int(node, "bits_per_token", f->bits_per_token);
    if (f->type == TALLY_FIELD_INTEGER) {
        tally_jset_int(node, "minimum", f->minimum);
        tally_jset_int(node, "maximum", f->maximum);
    }
    if (f->tokens == TALLY_TOKENS_NEIGHBOURHOOD) {
        tally_jset_int(node, "distance", f->distance);
    }
    if (f->type == TALLY_FIELD_ENUMERATION) {
        struct tally_jnode *values = tally_jarray();

        for (size_t i = 0; i < f->nvalues; i++) {
            tally_jpush_str(values, f->values[i]);
        }
        tally_jset(node, "values", values);
    }
    return node;
}

static struct tally_jnode *
view_node(const struct tally_schema *s, const struct tally_view *v)
{
    struct tally_jnode *node = tally_jobject();
    struct tally_jnode *required = tally_jarray();
    struct tally_jnode *fields = tally_jarray();

    tally_jset_str(node, "name", v->name);
    for (size_t i = 0; i < s->nfields; i++) {
        struct tally_jnode *field;

        if (v->bits_per_token[i] == 0) {
            continue;
        }
        if ((v->required >> i & 1) != 0) {
            tally_jpush_str(required, s->fields[i].name);
        }
        field = tally_jobject();
        tally_jset_str(field, "name", s->fields[i].name);
        tally_jset_real(field, "weight", v->weight[i]);
        tally_jset_int(field, "bits_per_token", v->bits_per_token[i]);
        tally_jpush(fields, field);
    }
    tally_jset(node, "required", required);
    tally_jset(node, "fields", fields);
    return node;
}

/* A schema without views reads as it did before there were any, and has the same digest.
 */
static void
set_views(struct tally_jnode *root, const struct tally_schema *s)
{
    struct tally_jnode *views;

    if (s->views_implied || s->nviews == 0) {
        return;
    }
    views = tally_jarray();
    for (size_t i = 0; i < s->nviews; i++) {
        tally_jpush(views, view_node(s, &s->views[i]));
    }
    tally_jset(root, "views", views);
}

static void
set_match_keys(struct tally_jnode *root, const struct tally_schema *s)
{
    struct tally_jnode *keys;

    if (s->nmatch_keys == 0) {
        return;
    }
    keys = tally_jarray();
    for (size_t k = 0; k < s->nmatch_keys; k++) {
        struct tally_jnode *node = tally_jobject();
        struct tally_jnode *fields = tally_jarray();

        tally_jset_str(node, "name", s->match_keys[k].name);
        for (size_t f = 0; f < s->nfields; f++) {
            if ((s->match_keys[k].fields >> f & 1) != 0) {
                tally_jpush_str(fields, s->fields[f].name);
            }
        }
        tally_jset(node, "fields", fields);
        tally_jpush(keys, node);
    }
    tally_jset(root, "match_keys", keys);
}

char *
tally_schema_text(const struct tally_schema *s, unsigned indent)
{
    struct tally_jnode *root = tally_jobject();
    struct tally_jnode *fields = tally_jarray();
    char *text;

    tally_jset_int(root, "tallystick_schema", TALLY_SCHEMA_VERSION);
    tally_jset_str(root, "name", s->name);
    tally_jset_str(root, "profile", s->profile);
    tally_jset_int(root, "bits", s->bits);
    tally_jset_real(root, "fill", s->fill);
    tally_jset(root, "hardening", tally_hardening_node(&s->hardening));
    for (size_t i = 0; i < s->nfields; i++) {
        tally_jpush(fields, field_node(&s->fields[i]));
    }
    tally_jset(root, "fields", fields);
    if (s->rbf_bits > 0) {
        struct tally_jnode *rbf = tally_jobject();

        tally_jset_int(rbf, "field_bits", s->rbf_bits);
        tally_jset(root, "rbf", rbf);
    }
    if (s->salted) {
        tally_jset_str(root, "salt", s->fields[s->salt_field].name);
    }
    set_views(root, s);
    set_match_keys(root, s);
    text = tally_json_text(root, indent);
    tally_jfree(root);
    return text;
}

/* The text of ${s} with ${patch} merged into it. Malloced; NULL when out of memory. */
static char *
patched_text(const struct tally_json_doc *text, const struct tally_json_doc *patch)
{
    struct tally_json root = tally_json_root(text);
    struct tally_json change = tally_json_root(patch);
    struct tally_jnode *node = tally_jcopy(&root);
    char *out;

    tally_jmerge(node, &change);
    out = tally_json_text(node, 2);
    tally_jfree(node);
    return out;
}

int
tally_schema_patch(struct tally_schema **out, const struct tally_schema *s,
                   const char *patch, struct tally_err *err)
{
    char *text = tally_schema_text(s, 2);
    struct tally_json_doc *before = NULL;
    struct tally_json_doc *change = NULL;
    char *after = NULL;
    int rc = -1;

    *out = NULL;
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    if (tally_json_parse(&before, "schema", text, strlen(text), err) == 0 &&
        tally_json_parse(&change, "change to a schema", patch, strlen(patch), err) == 0) {
        after = patched_text(before, change);
        rc = after == NULL
                 ? tally_err_nomem(err)
                 : tally_schema_parse(out, "changed schema", after, strlen(after), err);
    }
    free(after);
    free(text);
    tally_json_doc_free(before);
    tally_json_doc_free(change);
    return rc;
}
