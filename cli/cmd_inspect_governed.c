/*
 * tally inspect for packages, papers, agreements and sealed secrets.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cmd_inspect_governed.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bloom/meta.h"
#include "cli/cli.h"
#include "cli/governed.h"
#include "protocols/paper.h"
#include "protocols/parts.h"
#include "protocols/sheet.h"

static const struct {
    const char *begins;
    const char *is;
} secrets[] = {
    {"tallystick identity ", "keys of an identity, under a passphrase"},
    {"tallystick ceremony ", "secret of a key ceremony, under a passphrase"},
    {"tallystick unsealing key ", "unsealing key of an agreement, under a passphrase"},
};

static bool
begins(const uint8_t *head, size_t len, const char *with)
{
    return strlen(with) <= len && memcmp(head, with, strlen(with)) == 0;
}

/* The kind that a paper's first member says; TALLY_PAPER_KINDS for none. */
static unsigned
paper_kind(const uint8_t *head, size_t len)
{
    unsigned k = 0;

    for (; k < TALLY_PAPER_KINDS; k++) {
        char first[80];

        (void)snprintf(first, sizeof first, "{\n  \"tallystick\": \"%s\"",
                       tally_paper_kind_name((enum tally_paper_kind)k));
        if (begins(head, len, first)) {
            break;
        }
    }
    return k;
}

static bool
is_agreement(const uint8_t *head, size_t len)
{
    return begins(head, len, "{\n  \"tallystick\": \"agreement\"");
}

bool
tally_inspect_is_governed(const uint8_t *head, size_t len)
{
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        if (begins(head, len, secrets[i].begins)) {
            return true;
        }
    }
    return begins(head, len, "TALLYPKG") || begins(head, len, "TALLYPRT") ||
           is_agreement(head, len) || paper_kind(head, len) < TALLY_PAPER_KINDS;
}

static int
inspect_package(const char *path, struct tally_facts *f, struct tally_err *err)
{
    static const char *const readers[TALLY_PACKAGE_KINDS] = {
        [TALLY_PACKAGE_LINKAGE] = "the linker",  [TALLY_PACKAGE_PAYLOAD] = "the analyst",
        [TALLY_PACKAGE_LINKMAP] = "the analyst", [TALLY_PACKAGE_REQUEST] = "a data owner",
        [TALLY_PACKAGE_ANSWER] = "the linker",
    };
    struct tally_package *p = NULL;
    const struct tally_manifest *m;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return tally_err_errno(err, TALLY_E_NO_FILE, "cannot open %s", path);
    }
    if (tally_package_open(&p, fd, path, err) != 0) {
        (void)close(fd);
        return -1;
    }
    m = tally_package_manifest(p);
    tally_facts_what(f, "package", "pseudonymised personal data, sealed",
                     readers[m->kind]);
    tally_facts_str(f, "kind", tally_package_kind_name(m->kind));
    if (m->source[0] != '\0') {
        tally_facts_str(f, "source", m->source);
    }
    tally_facts_int(f, "delivery", m->delivery);
    tally_facts_int(f, "records_at_most", m->records);
    tally_facts_str(f, "made", m->made);
    tally_facts_hex(f, "from_card", m->from, sizeof m->from);
    tally_facts_hex(f, "for_card", m->to, sizeof m->to);
    tally_facts_hex(f, "agreement", m->agreement, sizeof m->agreement);
    tally_facts_bool(f, "signature_holds", true);
    tally_package_close(p);
    (void)close(fd);
    return 0;
}

static int
inspect_part(const char *path, struct tally_facts *f, struct tally_err *err)
{
    struct tally_part part;

    if (tally_part_check(path, &part, err) != 0) {
        return -1;
    }
    tally_facts_what(f, "part of a package", "pseudonymised personal data, sealed",
                     "whom the package is for");
    tally_facts_int(f, "part", part.number);
    tally_facts_int(f, "of", part.count);
    tally_facts_bool(f, "arrived_whole", true);
    return 0;
}

static int
inspect_sheet(const char *path, struct tally_facts *f, struct tally_err *err)
{
    struct tally_sheet *s = calloc(1, sizeof *s);
    int rc = s != NULL ? tally_sheet_read(s, path, err) : tally_err_nomem(err);

    if (rc == 0) {
        tally_facts_what(f, "provider sheet", "aggregate", "the parties to the linkage");
        tally_facts_str(f, "source", s->source);
        tally_facts_str(f, "made", s->made);
        tally_facts_hex(f, "delivery_id", s->delivery_id, sizeof s->delivery_id);
        if (s->is_signed) {
            tally_facts_int(f, "delivery", s->delivery);
            tally_facts_hex(f, "agreement", s->agreement, sizeof s->agreement);
            tally_facts_hex(f, "signed_by_key", s->key, sizeof s->key);
            tally_facts_bool(f, "signature_holds", true);
        } else {
            tally_facts_str(f, "signed", "by nobody: of a pilot");
        }
    }
    free(s);
    return rc;
}

/* Who says it, of what: plain members that most papers have some of. */
static void
tell_members(const struct tally_paper *p, struct tally_facts *f)
{
    static const char *const members[] = {"party",    "from",   "reference", "analyst",
                                          "received", "signed", "day"};
    struct tally_json root = tally_json_root(p->doc);

    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        struct tally_err none = TALLY_ERR_INIT;
        char text[TALLY_AGREEMENT_TEXT_MAX + 1];

        if (tally_meta_text(&root, members[i], sizeof text - 1, text, &none) == 0) {
            tally_facts_str(f, members[i], text);
        }
    }
}

static int
inspect_paper(const char *path, enum tally_paper_kind kind, const char *signer,
              struct tally_facts *f, struct tally_err *err)
{
    struct tally_paper p;
    struct tally_card card;
    char words[TALLY_WORDS_TEXT];

    if (signer != NULL && tally_card_arg(signer, &card, err) != 0) {
        return -1;
    }
    if (kind == TALLY_PAPER_SHEET && signer == NULL) { /* may be of a pilot */
        return inspect_sheet(path, f, err);
    }
    if (tally_paper_read(&p, path, kind, signer != NULL ? card.sign : NULL, err) != 0) {
        return -1;
    }
    if (kind == TALLY_PAPER_SHEET) {
        tally_paper_free(&p);
        tally_facts_str(f, "signed_by", card.name);
        return inspect_sheet(path, f, err);
    }
    tally_facts_what(f, tally_paper_kind_name(kind),
                     kind == TALLY_PAPER_SHARE ? "secret" : "no personal data",
                     kind == TALLY_PAPER_SHARE ? "its holder alone" : "every party");
    if (kind != TALLY_PAPER_SHARE) {
        tell_members(&p, f);
    }
    tally_facts_hex(f, "signed_by_key", p.key, sizeof p.key);
    if (signer != NULL) {
        tally_facts_str(f, "signed_by", card.name);
    }
    tally_facts_bool(f, "signature_holds", true);
    tally_paper_free(&p);
    if (kind == TALLY_PAPER_CARD) {
        if (tally_card_read(&card, path, err) != 0) {
            return -1;
        }
        tally_words(card.fingerprint, words);
        tally_facts_str(f, "name", card.name);
        tally_facts_str(f, "kind", tally_party_rules(card.kind)->code);
        tally_facts_str(f, "fingerprint", words);
    }
    return 0;
}

static int
inspect_agreement(const char *path, struct tally_facts *f, struct tally_err *err)
{
    struct tally_agreement *a = NULL;

    if (tally_agreement_read(&a, path, err) != 0) {
        return -1;
    }
    tally_facts_what(f, "linkage agreement", "no personal data", "every party");
    tally_facts_str(f, "reference", a->reference);
    tally_facts_str(f, "title", a->title);
    tally_facts_int(f, "parties", a->nparties);
    tally_facts_str(f, "starts", a->dates.starts);
    tally_facts_str(f, "expires", a->dates.expires);
    tally_facts_str(f, "review", a->dates.review);
    tally_facts_str(f, "token_maps_until", a->dates.token_maps);
    tally_facts_str(f, "encodings_until", a->dates.encodings);
    tally_facts_str(f, "link_map_until", a->dates.link_map);
    tally_facts_str(f, "keys_until", a->dates.keys);
    tally_facts_str(f, "cohort_until", a->dates.cohort);
    tally_facts_hex(f, "digest", a->digest, sizeof a->digest);
    (void)tally_say_due(a, ~0u);
    tally_agreement_free(a);
    return 0;
}

int
tally_inspect_no_card(const char *path, struct tally_err *err)
{
    return tally_err_set(err, TALLY_E_USAGE,
                         "%s: --card goes with logs, ledgers and signed papers", path);
}

int
tally_inspect_governed(const char *path, const uint8_t *head, size_t len,
                       const char *card, struct tally_facts *f, struct tally_err *err)
{
    if (card != NULL && paper_kind(head, len) == TALLY_PAPER_KINDS) {
        return tally_inspect_no_card(path, err);
    }
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        if (begins(head, len, secrets[i].begins)) {
            tally_facts_what(f, secrets[i].is, "secret", "its owner alone");
            return 0;
        }
    }
    if (begins(head, len, "TALLYPKG")) {
        return inspect_package(path, f, err);
    }
    if (begins(head, len, "TALLYPRT")) {
        return inspect_part(path, f, err);
    }
    return is_agreement(head, len)
               ? inspect_agreement(path, f, err)
               : inspect_paper(path, (enum tally_paper_kind)paper_kind(head, len), card,
                               f, err);
}
