/*
 * tally inspect: what a file is, from whom, for whom, and whether it verifies. No secret
 * and no personal value is shown.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"
#include "bloom/base/text.h"
#include "bloom/clks.h"
#include "bloom/container.h"
#include "bloom/encfile.h"
#include "bloom/keyfile.h"
#include "bloom/magic.h"
#include "bloom/payload.h"
#include "bloom/schema.h"
#include "cli/cmd_inspect_facts.h"
#include "cli/cmd_inspect_governed.h"
#include "cli/cmd_inspect_lines.h"
#include "protocols/pairfile.h"
#include "protocols/paper.h"
#include "protocols/review.h"

#define HEAD 100

/* One item of a list: a line in text, an entry of ${list} in JSON. */
static void
say_item(struct tally_facts *f, struct tally_jnode *list, const char *key,
         const char *value)
{
    if (f->json != NULL) {
        tally_jpush_str(list, value);
    } else {
        tally_facts_str(f, key, value);
    }
}

/* The filled list becomes a member; in text its items are out already. */
static void
end_list(struct tally_facts *f, const char *key, struct tally_jnode *list)
{
    if (f->json != NULL) {
        tally_jset(f->json, key, list);
    } else {
        tally_jfree(list);
    }
}

/* Each of ${n} ${views} under ${key}: how many ${what} of how many records. */
static void
say_views(struct tally_facts *f, const char *key, const struct tally_enc_view *views,
          size_t n, const char *what)
{
    struct tally_jnode *list = tally_jarray();
    char keys[32];

    for (size_t v = 0; v < n; v++) {
        char text[160];

        (void)snprintf(text, sizeof text, "%s: %s %s of %s records", views[v].name,
                       tally_thousands(views[v].rows), what,
                       tally_thousands(views[v].records));
        say_item(f, list, key, text);
    }
    (void)snprintf(keys, sizeof keys, "%ss", key);
    end_list(f, keys, list);
}

static int
inspect_encodings(const char *path, struct tally_facts *n, struct tally_err *err)
{
    struct tally_encfile *e = NULL;
    const struct tally_enc_info *i;
    char hardening[TALLY_HARDENING_TEXT];

    if (tally_encfile_open(&e, path, err) != 0) {
        return -1;
    }
    i = tally_encfile_info(e);
    tally_facts_what(n, "encodings file", "pseudonymised", "the linker");
    tally_facts_str(n, "source", i->source);
    tally_facts_int(n, "records", i->records);
    if (i->dummies) {
        tally_facts_str(n, "dummies", "included in the records");
    }
    tally_facts_str(n, "duplicates", i->duplicates_possible ? "possible" : "none");
    say_views(n, "view", i->views, i->nviews, "encodings");
    say_views(n, "match_key", i->match_keys, i->nmatch_keys, "keys");
    tally_facts_int(n, "bits", i->bits);
    if (i->rbf_bits > 0) {
        char text[80];

        (void)snprintf(text, sizeof text, "by weight from a filter of %u bits a field",
                       (unsigned)i->rbf_bits);
        tally_facts_str(n, "bits_drawn", text);
    }
    tally_hardening_text(&i->hardening, hardening);
    tally_facts_str(n, "hardening", hardening);
    if (i->salt[0] != '\0') {
        tally_facts_str(n, "salted_by", i->salt);
    }
    tally_facts_str(n, "schema", i->schema_name);
    tally_facts_str(n, "profile", i->profile);
    tally_facts_hex(n, "schema_digest", i->schema_digest, sizeof i->schema_digest);
    tally_facts_int(n, "normaliser", (uint64_t)i->normaliser_version);
    tally_facts_str(n, "unicode", i->unicode);
    if (i->has_key_check) {
        tally_facts_hex(n, "key_check", i->key_check, sizeof i->key_check);
    }
    tally_facts_hex(n, "delivery", i->delivery, sizeof i->delivery);
    tally_facts_bool(n, "holds_record_ids", i->has_ids);
    tally_facts_hex(n, "digest", tally_encfile_digest(e), TALLY_DIGEST_BYTES);
    tally_encfile_close(e);
    return 0;
}

/* Nothing in it can be checked against anything. */
static int
inspect_clks(const char *path, struct tally_facts *n, struct tally_err *err)
{
    struct tally_encfile *e = NULL;
    const struct tally_enc_info *i;

    if (tally_clks_read(&e, path, err) != 0) {
        return -1;
    }
    i = tally_encfile_info(e);
    tally_facts_what(n, "filters as clkhash JSON", "pseudonymised", "the linker");
    tally_facts_str(n, "source", i->source);
    tally_facts_int(n, "records", i->records);
    tally_facts_int(n, "bits", i->bits);
    tally_facts_str(n, "schema", "not stated");
    tally_facts_str(n, "key_check", "not stated");
    tally_facts_hex(n, "digest", tally_encfile_digest(e), TALLY_DIGEST_BYTES);
    tally_encfile_close(e);
    return 0;
}

/* Read to the end, so that every pair is checked. */
static int
inspect_pairs(const char *path, struct tally_facts *n, struct tally_err *err)
{
    struct tally_pairfile *p = NULL;
    struct tally_scored_pair pair = {0};
    uint64_t sources = 0;
    double highest = 0;
    int more;

    if (tally_pairfile_open(&p, path, err) != 0) {
        return -1;
    }
    tally_facts_what(n, "candidate pairs", "pseudonymised", "the linker");
    tally_facts_int(n, "pairs", tally_pairfile_count(p));
    while ((more = tally_pairfile_next(p, &pair, err)) == 1) {
        highest = pair.score > highest ? pair.score : highest;
        sources = pair.source_a >= sources ? pair.source_a + 1 : sources;
        sources = pair.source_b >= sources ? pair.source_b + 1 : sources;
    }
    if (more == 0 && tally_pairfile_count(p) > 0) {
        tally_facts_int(n, "sources", sources);
        tally_facts_score(n, "highest_score", highest);
        tally_facts_score(n, "lowest_score", pair.score);
    }
    tally_pairfile_close(p);
    tally_facts_bool(n, "verifies", more == 0);
    return more;
}

static int
inspect_payload(const char *path, struct tally_facts *n, struct tally_err *err)
{
    struct tally_payload *p = NULL;
    struct tally_jnode *columns;

    if (tally_payload_open(&p, path, err) != 0) {
        return -1;
    }
    tally_facts_what(n, "payload part", "pseudonymised", "the analyst");
    tally_facts_str(n, "source", tally_payload_source(p));
    tally_facts_int(n, "records", tally_payload_records(p));
    columns = tally_jarray();
    for (size_t i = 0; i < tally_payload_columns(p); i++) {
        say_item(n, columns, "column", tally_payload_column(p, i));
    }
    end_list(n, "columns", columns);
    tally_facts_hex(n, "delivery", tally_payload_delivery(p), TALLY_DELIVERY_BYTES);
    tally_payload_close(p);
    return 0;
}

static int
linkmap_source(const struct tally_json *sources, size_t i, const char **name,
               struct tally_err *err)
{
    struct tally_json source;
    struct tally_json member;

    if (tally_json_at(sources, i, &source, err) != 0 ||
        tally_json_need(&source, "name", &member, err) != 0) {
        return -1;
    }
    return tally_json_str(&member, TALLY_NAME_MAX, name, err);
}

/* The link map's codec lives above the agency's layers; its verified container is enough.
 */
static int
inspect_linkmap(struct tally_container *c, struct tally_facts *n, struct tally_err *err)
{
    struct tally_json meta = tally_container_meta(c);
    struct tally_json sources;
    struct tally_jnode *list = tally_jarray();
    const char *name;
    size_t count = 0;
    int status = -1;

    tally_facts_what(n, "link map", "pseudonymised", "the analyst");
    if (tally_json_need(&meta, "sources", &sources, err) == 0) {
        status = tally_json_length(&sources, &count, err);
    }
    for (size_t i = 0; i < count && status == 0; i++) {
        status = linkmap_source(&sources, i, &name, err);
        if (status == 0) {
            say_item(n, list, "source", name);
        }
    }
    end_list(n, "sources", list);
    tally_facts_hex(n, "digest", tally_container_digest(c), TALLY_DIGEST_BYTES);
    return status;
}

static int
inspect_request(const char *path, struct tally_facts *n, struct tally_err *err)
{
    struct tally_review_file *f = NULL;
    const struct tally_review *r;

    if (tally_review_open(&f, path, err) != 0) {
        return -1;
    }
    r = tally_review_of(f);
    tally_facts_what(n, "review request", "pseudonymised", "a data owner");
    tally_facts_str(n, "source", r->lists[r->own].source);
    tally_facts_int(n, "records", r->lists[r->own].records);
    tally_facts_int(n, "sources_asked", r->nlists);
    tally_facts_hex(n, "agreement", r->agreement, sizeof r->agreement);
    tally_facts_hex(n, "digest", r->digest, sizeof r->digest);
    tally_review_close(f);
    return 0;
}

static int
inspect_container(const char *path, struct tally_facts *n, struct tally_err *err)
{
    struct tally_container *c = NULL;
    enum tally_container_kind kind;
    int status = -1;

    if (tally_container_open(&c, path, (enum tally_container_kind)0, err) != 0) {
        return -1;
    }
    kind = tally_container_kind(c);
    if (kind == TALLY_KIND_LINKMAP) {
        status = inspect_linkmap(c, n, err);
    }
    tally_container_close(c);
    if (kind == TALLY_KIND_REQUEST) {
        status = inspect_request(path, n, err);
    } else if (kind == TALLY_KIND_ENCODINGS) {
        status = inspect_encodings(path, n, err);
    } else if (kind == TALLY_KIND_PAYLOAD) {
        status = inspect_payload(path, n, err);
    }
    tally_facts_bool(n, "verifies", status == 0);
    return status;
}

static int
inspect_database(const uint8_t *head, struct tally_facts *n, const char *path,
                 struct tally_err *err)
{
    const uint8_t *p = head + TALLY_APPLICATION_OFFSET;
    uint32_t id =
        (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];

    if (id == TALLY_APPLICATION_STORE) {
        tally_facts_what(n, "linker's store", "pseudonymised", "the linker");
        return 0;
    }
    if (id == TALLY_APPLICATION_COHORT) {
        tally_facts_what(n, "cohort", "pseudonymised personal data", "the analyst");
        return 0;
    }
    return tally_err_set(err, TALLY_E_FORMAT,
                         "%s is an SQLite database, but not one of ours", path);
}

static int
inspect_key(const char *path, enum tally_key_purpose purpose, struct tally_facts *n,
            struct tally_err *err)
{
    struct tally_secret *key = NULL;

    if (tally_keyfile_read(path, purpose, &key, err) != 0) {
        return -1;
    }
    tally_secret_free(key);
    if (purpose == TALLY_KEY_LINKAGE) {
        tally_facts_what(n, "linkage key", "secret", "the data owners alone");
    } else {
        tally_facts_what(n, "release key", "secret", "the linker alone");
    }
    tally_facts_bool(n, "verifies", true);
    return 0;
}

static int
inspect_schema(const char *path, struct tally_facts *n, struct tally_err *err)
{
    struct tally_schema *s = NULL;

    if (tally_schema_load(&s, path, err) != 0) {
        return -1;
    }
    tally_facts_what(n, "linkage schema", "no personal data", "every party");
    tally_facts_str(n, "schema", s->name);
    tally_facts_str(n, "profile", s->profile);
    tally_facts_int(n, "fields", s->nfields);
    tally_facts_hex(n, "schema_digest", s->digest, sizeof s->digest);
    tally_schema_free(s);
    return 0;
}

static int
read_head(const char *path, uint8_t head[HEAD], struct tally_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ptrdiff_t n = 1;

    memset(head, 0, HEAD);
    if (fd < 0) {
        return tally_err_errno(err, TALLY_E_NO_FILE, "cannot open %s", path);
    }
    for (size_t have = 0; have < HEAD && n > 0; have += (size_t)n) {
        n = tally_read(fd, head + have, HEAD - have, path, err);
        if (n < 0) {
            break;
        }
    }
    (void)close(fd);
    return n < 0 ? -1 : 0;
}

static bool
starts(const uint8_t *head, const char *with)
{
    return memcmp(head, with, strlen(with)) == 0;
}

/* Key bytes may be in the head: the caller wipes it. */
static int
inspect(const char *path, const char *card, uint8_t head[HEAD], struct tally_facts *n,
        struct tally_err *err)
{
    struct tally_pairfile_head pairs;

    if (read_head(path, head, err) != 0) {
        return -1;
    }
    if (starts(head, "tallystick linkage key")) {
        return inspect_key(path, TALLY_KEY_LINKAGE, n, err);
    }
    if (starts(head, "tallystick release key")) {
        return inspect_key(path, TALLY_KEY_RELEASE, n, err);
    }
    if (starts(head, "SQLite format 3")) {
        return inspect_database(head, n, path, err);
    }
    if (tally_pairfile_begins(head, HEAD, &pairs)) {
        return inspect_pairs(path, n, err);
    }
    if (tally_clks_begins(head, HEAD)) {
        return inspect_clks(path, n, err);
    }
    if (tally_inspect_is_governed(head, HEAD)) {
        return tally_inspect_governed(path, head, HEAD, card, n, err);
    }
    if (tally_paper_at_end(path)) {
        tally_err_set(err, TALLY_E_CORRUPT,
                      "%s: ends as a signed paper does, but does not begin as one", path);
        return tally_err_hint(err, "it was changed: ask its sender for it again");
    }
    if (tally_inspect_is_lines(head, HEAD)) {
        return tally_inspect_lines(path, head, card, n, err);
    }
    if (card != NULL) {
        return tally_inspect_no_card(path, err);
    }
    if (head[0] == '{') {
        return inspect_schema(path, n, err);
    }
    return inspect_container(path, n, err);
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    bool json = false;
    const char *card = NULL;
    struct tally_operands files;
    uint8_t head[HEAD];
    struct tally_facts facts = {NULL};
    int status;
    const struct tally_opt opts[] = {
        {.name = "card",
         .arg = "CARD",
         .help = "whose signature a log, a ledger or a paper must bear",
         .text = &card},
        TALLY_OPT_JSON(json),
        TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (files.n != 1) {
        return tally_err_set(err, TALLY_E_USAGE, "inspect takes one file");
    }
    if (json) {
        facts.json = tally_jobject();
    }
    status = inspect(files.list[0], card, head, &facts, err);
    tally_wipe(head, sizeof head);
    if (status != 0) {
        tally_jfree(facts.json);
        return -1;
    }
    return json ? tally_print_json(facts.json, err) : 0;
}

const struct tally_verb tally_verb_inspect = {
    "inspect", "say what a file is, and whether it verifies", "FILE [--card CARD] [--json]",
    "  tally inspect police.enc\n", run};
