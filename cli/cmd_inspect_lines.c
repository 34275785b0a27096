/*
 * tally inspect for files of lines and for what is released: audit logs, release ledgers,
 * token maps, and the description of a release.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_inspect_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/base/domains.h"
#include "bloom/base/file.h"
#include "bloom/kdf.h"
#include "bloom/meta.h"
#include "cli/cli.h"
#include "cli/identity_arg.h"
#include "linker/ledger.h"
#include "protocols/auditlog.h"

static const char token_map[] = "id,token";
static const char release[] = "{\n  \"tallystick\": \"release\"";
static const char draft[] = "{\"release\":{";

/* What was met on the way through a chain. */
struct chain {
    uint64_t n;
    bool is_ledger;
    bool is_signed;
    char first[32];
    char last[32];
    uint8_t digest[TALLY_DIGEST_BYTES]; /* of the line before */
};

bool
tally_inspect_is_lines(const uint8_t *head, size_t len)
{
    return len > sizeof release && (memcmp(head, "{\"", 2) == 0 ||
                                    memcmp(head, release, sizeof release - 1) == 0 ||
                                    (memcmp(head, token_map, sizeof token_map - 1) == 0 &&
                                     (head[8] == '\n' || head[8] == '\r')));
}

static int
bad_chain(const char *path, uint64_t n, struct tally_err *err)
{
    return tally_err_set(err, TALLY_E_CORRUPT,
                         "%s: entry %llu is no entry of a log, or one was changed, taken "
                         "out or put elsewhere",
                         path, (unsigned long long)n);
}

/* One entry: an object, a blank, a signature. */
static int
take_entry(struct chain *c, const char *path, const char *line, size_t len,
           struct tally_err *err)
{
    uint8_t previous[TALLY_DIGEST_BYTES];
    struct tally_json_doc *doc = NULL;
    struct tally_json root, ignored;
    const char *blank = memrchr(line, ' ', len);
    int64_t n = 0;
    int rc = -1;

    if (blank != NULL &&
        tally_json_parse(&doc, path, line, (size_t)(blank - line), err) == 0) {
        root = tally_json_root(doc);
        if (tally_meta_count(&root, "n", INT64_MAX, &n, err) == 0 &&
            tally_meta_hex(&root, "previous", previous, sizeof previous, err) == 0 &&
            tally_meta_text(&root, "at", sizeof c->last - 1, c->last, err) == 0 &&
            (uint64_t)n == c->n + 1 &&
            memcmp(previous, c->digest, sizeof previous) == 0) {
            c->is_ledger |= tally_json_find(&root, "rounding", &ignored, err) == 1;
            c->is_signed |= strncmp(blank + 1, "unsigned", 8) != 0;
            rc = 0;
        }
    }
    tally_json_doc_free(doc);
    if (rc != 0) {
        return bad_chain(path, c->n + 1, err);
    }
    if (c->n++ == 0) {
        (void)strcpy(c->first, c->last);
    }
    tally_digest(line, len, c->digest);
    return 0;
}

static int
walk(struct chain *c, const char *path, struct tally_err *err)
{
    uint8_t *text = NULL;
    size_t len = 0;
    int rc = tally_file_read(path, TALLY_CHAIN_BYTES_MAX, &text, &len, err);

    for (size_t at = 0; rc == 0 && at < len;) {
        const char *line = (const char *)text + at;
        const char *end = memchr(line, '\n', len - at);

        if (end == NULL) {
            rc = bad_chain(path, c->n + 1, err);
            break;
        }
        rc = take_entry(c, path, line, (size_t)(end - line), err);
        at += (size_t)(end - line) + 1;
    }
    free(text);
    return rc;
}

/* Whose signatures to look for: those of ${card} when given, else of the card that lies
 * beside a log. 0 when there is none. */
static int
find_card(const char *path, const char *card, struct tally_card *out,
          struct tally_err *err)
{
    struct tally_err none = TALLY_ERR_INIT;
    const char *slash = strrchr(path, '/');
    char beside[4096 + 16];

    if (card != NULL) {
        return tally_card_arg(card, out, err) == 0 ? 1 : -1;
    }
    (void)snprintf(beside, sizeof beside, "%.*sidentity.card",
                   slash != NULL ? (int)(slash - path + 1) : 0, path);
    return strcmp(slash != NULL ? slash + 1 : path, TALLY_LOG_NAME) == 0 &&
           tally_card_read(out, beside, &none) == 0;
}

static int
check_signatures(const struct chain *c, const char *path, const char *card,
                 struct tally_facts *f, struct tally_err *err)
{
    struct tally_card of;
    struct tally_chain chain = {
        .path = path,
        .domain = c->is_ledger ? TALLY_DOMAIN_SIGN_LEDGER : TALLY_DOMAIN_SIGN_LOG,
        .keys = &of.sign,
        .nkeys = 1,
        .line_max = c->is_ledger ? TALLY_LEDGER_LINE_MAX : TALLY_LOG_LINE_MAX};
    int found = find_card(path, card, &of, err);

    if (found < 0) {
        return -1;
    }
    if (found == 0) {
        tally_facts_str(f, "signatures", "not checked: give --card CARD of its owner");
        return 0;
    }
    if (tally_chain_walk(&chain, NULL, NULL, NULL, NULL, err) != 0) {
        return -1;
    }
    tally_facts_str(f, "of", of.name);
    tally_facts_bool(f, "signatures_hold", true);
    return 0;
}

static int
inspect_chain(const char *path, const char *card, struct tally_facts *f,
              struct tally_err *err)
{
    struct chain c = {.n = 0};

    if (walk(&c, path, err) != 0) {
        return -1;
    }
    tally_facts_what(f, c.is_ledger ? "release ledger" : "audit log",
                     c.is_ledger ? "aggregate" : "no personal data",
                     c.is_ledger ? "the analyst and the output checker"
                                 : "its owner, and auditors");
    tally_facts_int(f, "entries", c.n);
    tally_facts_str(f, "first", c.first);
    tally_facts_str(f, "last", c.last);
    tally_facts_bool(f, "chain_holds", true);
    if (c.is_ledger && !c.is_signed) {
        tally_facts_str(f, "signatures", "none: of a pilot");
        return 0;
    }
    return check_signatures(&c, path, card, f, err);
}

static int
inspect_token_map(const char *path, struct tally_facts *f, struct tally_err *err)
{
    uint8_t *text = NULL;
    size_t len = 0;
    uint64_t lines = 0;

    if (tally_file_read(path, (size_t)1 << 36, &text, &len, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < len; i++) {
        lines += text[i] == '\n';
    }
    tally_wipe(text, len);
    free(text);
    tally_facts_what(f, "token map: whose token is whose", "personal data",
                     "the data owner alone");
    tally_facts_int(f, "records", lines > 0 ? lines - 1 : 0);
    return 0;
}

static int
inspect_release(const char *path, bool is_draft, struct tally_facts *f,
                struct tally_err *err)
{
    static const char *const members[] = {"title", "project", "analyst", "approved",
                                          "day"};
    struct tally_json_doc *doc = NULL;
    struct tally_json root, v;
    const char *text;
    int rc = tally_json_load(&doc, path, err);

    if (rc == 0) {
        tally_facts_what(f, is_draft ? "draft of a release" : "release", "aggregate",
                         is_draft ? "the output checker alone"
                                  : "whoever the release is for");
        root = tally_json_root(doc);
        if (is_draft) {
            rc = tally_json_need(&root, "release", &v, err);
            root = v;
        }
        for (size_t i = 0; rc == 0 && i < sizeof members / sizeof *members; i++) {
            if (tally_json_find(&root, members[i], &v, err) == 1 &&
                !tally_json_is_null(&v) && tally_json_str(&v, 400, &text, err) == 0) {
                tally_facts_str(f, members[i], text);
            }
        }
    }
    tally_json_doc_free(doc);
    return rc;
}

int
tally_inspect_lines(const char *path, const uint8_t *head, const char *card,
                    struct tally_facts *f, struct tally_err *err)
{
    if (memcmp(head, token_map, sizeof token_map - 1) == 0) {
        return inspect_token_map(path, f, err);
    }
    if (memcmp(head, draft, sizeof draft - 1) == 0) {
        return inspect_release(path, true, f, err);
    }
    return memcmp(head, "{\"", 2) == 0 ? inspect_chain(path, card, f, err)
                                       : inspect_release(path, false, f, err);
}
