/*
 * tally schema new, tune, check, show, convert: the linkage schema that the parties
 * agree.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "bloom/schema.h"
#include "cli/cmd_schema_clkhash.h"
#include "cli/cmd_schema_tune.h"

static void
warn(void *ctx, const char *text)
{
    (void)ctx;
    tally_say("  warning: %s", text);
}

static int
write_schema(const struct tally_schema *s, const char *out, bool force,
             struct tally_err *err)
{
    char *text = tally_schema_text(s, 2);
    struct tally_outfile *f = NULL;
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

/* What is asked of a new schema. */
struct wish {
    const char *fields;
    const char *profile;
    const char *views;
    const char *match_keys;
};

static int
make_wished(struct tally_schema **out, const struct wish *w, struct tally_err *err)
{
    struct tally_schema *s = NULL;
    int status;

    if (tally_opt_need(w->fields, "--fields A,B,...", err) != 0 ||
        tally_schema_new(&s, w->fields, w->profile ? w->profile : "standard", w->views,
                         err) != 0) {
        return -1;
    }
    if (w->match_keys == NULL) {
        *out = s;
        return 0;
    }
    status = tally_schema_add_match_keys(out, s, w->match_keys, err);
    tally_schema_free(s);
    return status;
}

/* The profile legacy is a schema of clkhash, which has neither views nor match keys. */
static int
make_legacy(const struct wish *w, const char *out, bool force, struct tally_err *err)
{
    if (w->views != NULL || w->match_keys != NULL) {
        return tally_err_set(
            err, TALLY_E_USAGE,
            "--views and --match-keys do not go with the profile legacy");
    }
    return tally_opt_need(w->fields, "--fields A,B,...", err) == 0
               ? tally_schema_new_clkhash(w->fields, out, force, err)
               : -1;
}

static int
make(const struct wish *w, const char *out, bool force, struct tally_err *err)
{
    struct tally_schema *s = NULL;
    int status;

    if (w->profile != NULL && strcmp(w->profile, "legacy") == 0) {
        return make_legacy(w, out, force, err);
    }
    if (make_wished(&s, w, err) != 0) {
        return -1;
    }
    status = write_schema(s, out, force, err);
    if (status == 0) {
        (void)tally_schema_warnings(s, warn, NULL);
        if (out != NULL) {
            tally_say("Wrote the schema to %s. Every data owner must use this same file.",
                      out);
        }
    }
    tally_schema_free(s);
    return status;
}

static void
show_field(const struct tally_field *f)
{
    printf("  %-16s %-12s %-13s weight %-5g %3u bits a token", f->name,
           tally_field_type_name(f->type), tally_token_kind_name(f->tokens), f->weight,
           (unsigned)f->bits_per_token);
    if (strcmp(f->name, f->domain) != 0) {
        printf(", shares the key of '%s'", f->domain);
    }
    putchar('\n');
}

/* Each field of the view with its bits a token, and * behind those it requires. */
static void
show_view(const struct tally_schema *s, const struct tally_view *v)
{
    printf("  %-16s", v->name);
    for (size_t i = 0; i < s->nfields; i++) {
        if (v->bits_per_token[i] > 0) {
            printf(" %s%s %u", s->fields[i].name, (v->required >> i & 1) != 0 ? "*" : "",
                   (unsigned)v->bits_per_token[i]);
        }
    }
    printf("%s\n", v->required != 0 ? "   (* required)" : "");
}

/* What noise protects, from a bit to a record: the same f is little for the one and
 * nothing for the other. */
static void
show_noise(const struct tally_schema *s)
{
    const struct tally_hardening *h = &s->hardening;
    const struct tally_harden_step *blip = tally_hardening_find(h, TALLY_HARDEN_BLIP);
    uint32_t least = UINT32_MAX;
    uint32_t most = 0;
    double reach;
    double epsilon;

    if (blip == NULL) {
        return;
    }
    for (size_t v = 0; v < s->nviews; v++) {
        for (size_t f = 0; f < s->nfields; f++) {
            uint32_t k = s->views[v].bits_per_token[f];

            least = k > 0 && k < least ? k : least;
            most = k > most ? k : most;
        }
    }
    epsilon = tally_blip_epsilon(blip->f);
    reach = tally_hardening_reach(h, (size_t)(blip - h->steps), s->bits);
    printf(
        "  noise: epsilon %.2f a bit, %.0f to %.0f a token, %.0f a view of an ordinary "
        "record:\n  it hides single bits, and neither tokens nor records\n",
        epsilon, epsilon * reach * least, epsilon * reach * most,
        epsilon * reach * tally_schema_ordinary_insertions(s));
}

/* Each match key with its fields. */
static void
show_match_keys(const struct tally_schema *s)
{
    if (s->nmatch_keys > 0) {
        printf("\nMatch keys:\n");
    }
    for (size_t k = 0; k < s->nmatch_keys; k++) {
        printf("  %-16s", s->match_keys[k].name);
        for (size_t f = 0; f < s->nfields; f++) {
            if ((s->match_keys[k].fields >> f & 1) != 0) {
                printf(" %s", s->fields[f].name);
            }
        }
        putchar('\n');
    }
}

static void
show_text(const struct tally_schema *s)
{
    char hardening[TALLY_HARDENING_TEXT];
    char hex[2 * TALLY_DIGEST_BYTES + 1];

    tally_hex_encode(s->digest, sizeof s->digest, hex);
    printf("Schema '%s', profile %s\n", s->name, s->profile);
    if (s->rbf_bits > 0) {
        printf("  a filter of %u bits for each field; %u of them drawn by weight",
               (unsigned)s->rbf_bits, (unsigned)s->bits);
    } else {
        printf("  filter of %u bits", (unsigned)s->bits);
    }
    printf(", about %.0f %% set", 100 * tally_schema_expected_fill(s));
    tally_hardening_text(&s->hardening, hardening);
    printf(", %s\n", s->hardening.n > 0 ? hardening : "not hardened");
    if (s->salted) {
        printf("  tokens are salted by '%s'%s\n", s->fields[s->salt_field].name,
               s->fields[s->salt_field].type == TALLY_FIELD_DATE ? " (its year)" : "");
    }
    show_noise(s);
    printf("  digest %s\n\nFields:\n", hex);
    for (size_t i = 0; i < s->nfields; i++) {
        show_field(&s->fields[i]);
    }
    if (!s->views_implied) {
        printf("\nViews:\n");
        for (size_t v = 0; v < s->nviews; v++) {
            show_view(s, &s->views[v]);
        }
    }
    show_match_keys(s);
}

static int
show(const struct tally_schema *s, bool json, struct tally_err *err)
{
    char *text;

    if (!json) {
        show_text(s);
        return 0;
    }
    text = tally_schema_text(s, 2);
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    puts(text);
    free(text);
    return 0;
}

static int
check(const struct tally_schema *s, bool json, struct tally_err *err)
{
    char hex[2 * TALLY_DIGEST_BYTES + 1];
    struct tally_jnode *n;

    tally_hex_encode(s->digest, sizeof s->digest, hex);
    if (!json) {
        printf("ok: schema '%s' with %zu fields, digest %s\n", s->name, s->nfields, hex);
        (void)tally_schema_warnings(s, warn, NULL);
        return 0;
    }
    n = tally_jobject();
    tally_jset_str(n, "name", s->name);
    tally_jset_str(n, "profile", s->profile);
    tally_jset_int(n, "fields", (int64_t)s->nfields);
    tally_jset_int(n, "views", (int64_t)s->nviews);
    tally_jset_int(n, "match_keys", (int64_t)s->nmatch_keys);
    tally_jset_real(n, "expected_fill", tally_schema_expected_fill(s));
    tally_jset_str(n, "digest", hex);
    return tally_print_json(n, err);
}

static int
read_schema(const char *action, const char *path, bool json, struct tally_err *err)
{
    struct tally_schema *s = NULL;
    bool clkhash;
    int status;

    if (tally_clkhash_given(path, &clkhash, err) != 0) {
        return -1;
    }
    if (clkhash) {
        return strcmp(action, "check") == 0 ? tally_schema_check_clkhash(path, json, err)
                                            : tally_schema_show_clkhash(path, json, err);
    }
    if (tally_schema_load(&s, path, err) != 0) {
        return -1;
    }
    status = strcmp(action, "check") == 0 ? check(s, json, err) : show(s, json, err);
    tally_schema_free(s);
    return status;
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct wish wish = {.profile = NULL};
    const char *out = NULL;
    bool force = false;
    bool json = false;
    struct tally_operands files;
    const struct tally_opt opts[] = {
        TALLY_OPT_TEXT("fields", "A,B,...", wish.fields,
                       "new: fields to link on; NAME or NAME:TYPE[:WEIGHT[:TOKENS]]"),
        TALLY_OPT_TEXT("profile", "P", wish.profile,
                       "new: standard (default) strict plain group attribute rbf legacy"),
        TALLY_OPT_TEXT("views", "V,...", wish.views,
                       "new: several encodings of a record: full, no-address ..."),
        TALLY_OPT_TEXT("match-keys", "A+B,...", wish.match_keys,
                       "new: exact keys over fields: surname+date_of_birth,nhs_number"),
        TALLY_OPT_OUTPUT("S", out,
                         "new, convert: file to write (default: standard output)"),
        TALLY_OPT_FORCE(force),
        TALLY_OPT_JSON(json),
        TALLY_OPT_END};

    if (argc > 1 && strcmp(argv[1], "tune") == 0) {
        return tally_schema_tune(argc - 1, argv + 1, err);
    }
    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (files.n == 1 && strcmp(files.list[0], "new") == 0) {
        return make(&wish, out, force, err);
    }
    if (files.n == 2 &&
        (strcmp(files.list[0], "check") == 0 || strcmp(files.list[0], "show") == 0)) {
        return read_schema(files.list[0], files.list[1], json, err);
    }
    if (files.n == 2 && strcmp(files.list[0], "convert") == 0) {
        return tally_schema_convert(files.list[1], out, force, err);
    }
    (void)tally_err_set(err, TALLY_E_USAGE,
                        "say 'schema new', 'schema tune', 'schema check FILE', 'schema "
                        "show FILE' or 'schema convert FILE' first");
    return tally_err_hint(err, "'%s schema --help' shows an example", tally_program());
}

const struct tally_verb tally_verb_schema = {
    "schema", "make, tune, check, show or convert a linkage schema",
    "new --fields A,B,... [-o S] | tune ... | check S | show S | convert S [-o S]",
    "  tally schema new --fields forename,surname,date_of_birth,sex,postcode \\\n"
    "      --profile standard -o schema.json\n"
    "  tally schema tune --help    (weights from synthetic people; full 'tally' only)\n"
    "  tally schema check schema.json\n"
    "  Known fields: forename surname full_name date_of_birth sex postcode address\n"
    "  nhs_number chi_number upn uln pnc_id national_insurance telephone email.\n"
    "  Types for others: text integer enumeration date ...\n",
    run};
