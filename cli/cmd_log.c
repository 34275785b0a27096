/*
 * tally log show, verify: a party's audit log.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bloom/meta.h"
#include "cli/identity_arg.h"
#include "protocols/auditlog.h"
#include "protocols/paper.h"

static int
print_entry(void *ctx, uint64_t n, const struct tally_json *entry,
            const uint8_t digest[TALLY_DIGEST_BYTES], struct tally_err *err)
{
    struct tally_jnode *copy = tally_jcopy(entry);
    char *text = tally_json_text(copy, 0);

    (void)ctx;
    (void)n;
    (void)digest;
    tally_jfree(copy);
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    printf("%s\n", text);
    free(text);
    return 0;
}

/* What a counterparty's receipt says of the log, and what the log has there. */
struct checkpoint {
    int64_t n;
    uint8_t said[TALLY_DIGEST_BYTES];
    uint8_t is[TALLY_DIGEST_BYTES];
    bool found;
    char package[2 * TALLY_DIGEST_BYTES + 1]; /* digest of what was received */
    bool sent;
};

/* Whether ${entry} says that the package was sent. */
static bool
says_sent(const struct checkpoint *c, const struct tally_json *entry)
{
    struct tally_err no = TALLY_ERR_INIT;
    struct tally_json list, one, digest;
    const char *text;
    size_t n;

    if (tally_json_find(entry, "packages", &list, &no) != 1 ||
        tally_json_length(&list, &n, &no) != 0) {
        return false; /* of another kind */
    }
    for (size_t i = 0; i < n; i++) {
        if (tally_json_at(&list, i, &one, &no) == 0 &&
            tally_json_need(&one, "digest", &digest, &no) == 0 &&
            tally_json_str(&digest, sizeof c->package - 1, &text, &no) == 0 &&
            strcmp(text, c->package) == 0) {
            return true;
        }
    }
    return false;
}

static int
look(void *ctx, uint64_t n, const struct tally_json *entry,
     const uint8_t digest[TALLY_DIGEST_BYTES], struct tally_err *err)
{
    struct checkpoint *c = ctx;

    (void)err;
    if ((int64_t)n == c->n) {
        memcpy(c->is, digest, sizeof c->is);
        c->found = true;
    }
    c->sent = c->sent || ((int64_t)n > c->n && says_sent(c, entry));
    return 0;
}

static int
read_receipt(const char *path, const struct tally_card *card, struct checkpoint *c,
             struct tally_err *err)
{
    struct tally_paper p;
    struct tally_json root, log;
    char from[TALLY_PARTY_NAME_MAX + 1];
    uint8_t package[TALLY_DIGEST_BYTES];
    int rc = -1;

    if (tally_paper_read(&p, path, TALLY_PAPER_RECEIPT, NULL, err) != 0) {
        return -1;
    }
    root = tally_json_root(p.doc);
    if (tally_meta_text(&root, "from", sizeof from - 1, from, err) != 0 ||
        tally_json_need(&root, "senders_log", &log, err) != 0 ||
        tally_meta_count(&log, "entry", INT64_MAX, &c->n, err) != 0 ||
        tally_meta_hex(&log, "digest", c->said, sizeof c->said, err) != 0 ||
        tally_meta_hex(&root, "package", package, sizeof package, err) != 0) {
        tally_meta_failed(err);
    } else if (memcmp(p.key, card->sign, sizeof p.key) == 0) {
        tally_err_set(err, TALLY_E_KEY, "%s: signed by %s itself, which proves nothing",
                      path, card->name);
    } else if (strcmp(from, card->name) != 0) {
        tally_err_set(err, TALLY_E_KEY, "%s: a receipt for %s, not for %s", path, from,
                      card->name);
    } else {
        tally_hex_encode(package, sizeof package, c->package);
        rc = 0;
    }
    tally_paper_free(&p);
    return rc;
}

static int
check_receipt(const char *dir, const struct tally_card *card, const char *path,
              struct tally_err *err)
{
    struct checkpoint c = {.found = false};

    if (read_receipt(path, card, &c, err) != 0 ||
        tally_log_walk(dir, card, look, &c, NULL, NULL, err) != 0) {
        return -1;
    }
    if (c.n == 0 || (c.found && memcmp(c.said, c.is, sizeof c.is) == 0)) {
        return c.sent
                   ? 0
                   : tally_err_set(err, TALLY_E_CORRUPT,
                                   "no entry after %lld says that the package was sent "
                                   "that the receipt %s is for: the tail was cut",
                                   (long long)c.n, path);
    }
    return tally_err_set(err, TALLY_E_CORRUPT,
                         c.found ? "entry %lld is another than the receipt %s says"
                                 : "the log ends before entry %lld, which the receipt %s "
                                   "speaks of: its tail was cut",
                         (long long)c.n, path);
}

/* The logs that this one goes on from. */
static int
verify_before(const char *dir, struct tally_err *err)
{
    char at[4096];
    struct tally_card card;
    struct tally_log_head head;
    int more = tally_log_predecessor(dir, at, &card, err);

    if (more != 1) {
        return more;
    }
    if (tally_log_walk(at, &card, NULL, NULL, &head, NULL, err) != 0) {
        return -1;
    }
    printf("%llu entries of %s before its card changed hold too\n",
           (unsigned long long)head.n, card.name);
    return verify_before(at, err);
}

static int
verify(const char *dir, const struct tally_card *card, char **receipts, size_t n,
       struct tally_err *err)
{
    struct tally_log_head head;

    if (tally_log_walk(dir, card, NULL, NULL, &head, NULL, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (check_receipt(dir, card, receipts[i], err) != 0) {
            return -1;
        }
    }
    printf("%llu entries of %s: numbers, chain and signatures hold\n",
           (unsigned long long)head.n, card->name);
    if (verify_before(dir, err) != 0) {
        return -1;
    }
    if (n == 0) {
        printf(
            "A cut tail shows against receipts alone: give those of other parties too\n");
    } else {
        printf("%zu receipt%s of other parties agree%s\n", n, n == 1 ? "" : "s",
               n == 1 ? "s" : "");
    }
    return 0;
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct tally_operands files;
    struct tally_card card;
    const struct tally_opt opts[] = {TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (files.n < 2 ||
        (strcmp(files.list[0], "show") != 0 && strcmp(files.list[0], "verify") != 0)) {
        return tally_err_set(err, TALLY_E_USAGE,
                             "say 'log show DIR' or 'log verify DIR [RECEIPT ...]'");
    }
    if (tally_card_arg(files.list[1], &card, err) != 0) {
        return -1;
    }
    return strcmp(files.list[0], "show") == 0
               ? tally_log_walk(files.list[1], &card, print_entry, NULL, NULL, NULL, err)
               : verify(files.list[1], &card, files.list + 2, files.n - 2, err);
}

const struct tally_verb tally_verb_log = {
    "log", "show or verify an identity's audit log",
    "show DIR | verify DIR [RECEIPT ...]",
    "  tally log verify police-id police-1.receipt\n"
    "  Receipts of other parties show a tail that was cut off.\n",
    run};
