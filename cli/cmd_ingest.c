/*
 * tally ingest: a linkage part arrives at the linker: verified, unsealed, recorded, and a
 * receipt for its sender.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bloom/base/file.h"
#include "bloom/encfile.h"
#include "bloom/meta.h"
#include "cli/deliveries.h"
#include "cli/governed.h"
#include "protocols/calendar.h"
#include "protocols/paper.h"

/* What is sealed in it must be what the agreement and the manifest say. */
static int
check_content(const struct tally_governed *g, const struct tally_received *r,
              const struct tally_encfile *enc, struct tally_err *err)
{
    const struct tally_enc_info *info = tally_encfile_info(enc);
    const struct tally_agreed_sending *s = &r->from->sends;

    if (info->legacy || strcmp(info->source, s->source) != 0 ||
        memcmp(info->schema_digest, g->agreement->schema->digest, TALLY_DIGEST_BYTES) !=
            0) {
        return tally_err_set(
            err, TALLY_E_POLICY,
            "the linkage part of %s was not encoded as source '%s' under "
            "the agreement's schema",
            r->from->card.name, s->source);
    }
    if (!info->has_key_check ||
        memcmp(info->key_check, r->manifest.key_check, TALLY_KEY_CHECK_BYTES) != 0) {
        return tally_err_set(err, TALLY_E_KEY_MISMATCH,
                             "the linkage part of %s was made with another key than its "
                             "manifest says",
                             r->from->card.name);
    }
    if (info->has_ids) {
        return tally_err_set(
            err, TALLY_E_POLICY,
            "the linkage part of %s holds record ids, which stay at home",
            r->from->card.name);
    }
    return tally_received_count(g, r, info->records, err);
}

static int
open_content(const struct tally_received *r, struct tally_encfile **enc,
             struct tally_err *err)
{
    return tally_encfile_open(enc, r->path, err) == 0 ? 0 : tally_received_failed(r, err);
}

/* Copy the content into ${f}. */
static int
copy_content(const struct tally_received *r, struct tally_outfile *f,
             struct tally_err *err)
{
    uint8_t chunk[32768];

    for (uint64_t at = 0; at < r->len;) {
        size_t n = r->len - at < sizeof chunk ? (size_t)(r->len - at) : sizeof chunk;

        if (tally_pread_full(r->fd, chunk, n, at, err) != 0 ||
            tally_outfile_write(f, chunk, n, err) != 0) {
            return -1;
        }
        at += n;
    }
    return 0;
}

static int
write_receipt(const struct tally_governed *g, const struct tally_received *r,
              struct tally_outfile *f, struct tally_err *err)
{
    struct tally_jnode *body = tally_paper_body(TALLY_PAPER_RECEIPT);
    struct tally_jnode *log = tally_jobject();
    char today[TALLY_DAY];

    tally_today(today);
    tally_meta_set_hex(body, "agreement", g->agreement->digest, TALLY_DIGEST_BYTES);
    tally_jset_str(body, "party", g->id.card.name);
    tally_jset_str(body, "from", r->from->card.name);
    tally_jset_int(body, "delivery", (int64_t)r->manifest.delivery);
    tally_meta_set_hex(body, "package", r->digest, sizeof r->digest);
    tally_jset_str(body, "received", today);
    tally_jset_int(log, "entry", (int64_t)r->manifest.log.n);
    tally_meta_set_hex(log, "digest", r->manifest.log.digest, TALLY_DIGEST_BYTES);
    tally_jset(body, "senders_log", log);
    return tally_paper_write(f, TALLY_PAPER_RECEIPT, body, g->id.sign, err);
}

/* The file and its receipt appear, then the log says so; without that, neither stays. */
static int
take(const struct tally_governed *g, const struct tally_received *r, const char *store,
     struct tally_err *err)
{
    struct tally_outfile *files[2] = {NULL, NULL};
    char enc[4096], receipt[4096];
    int rc = -1;

    if (tally_delivery_path(store, r->from->sends.source, r->manifest.delivery, "enc",
                            enc, err) == 0 &&
        tally_delivery_path(store, r->from->sends.source, r->manifest.delivery, "receipt",
                            receipt, err) == 0 &&
        tally_outfile_open(&files[0], enc, 0600, true, err) == 0 &&
        tally_outfile_open(&files[1], receipt, 0644, true, err) == 0 &&
        copy_content(r, files[0], err) == 0 && write_receipt(g, r, files[1], err) == 0 &&
        tally_outfile_commit(files, 2, err) == 0) {
        rc = tally_governed_note(g, NULL, r, err);
        if (rc != 0) {
            (void)unlink(enc);
            (void)unlink(receipt);
        }
    }
    tally_outfile_free(files[0]);
    tally_outfile_free(files[1]);
    if (rc == 0) {
        tally_say("Took delivery %llu of %s: %s",
                  (unsigned long long)r->manifest.delivery, r->from->card.name, enc);
        tally_say("Send it the receipt %s.", receipt);
    }
    return rc;
}

static int
ingest(struct tally_governed *g, const struct tally_operands *files, const char *store,
       struct tally_err *err)
{
    struct tally_received r = {.fd = -1};
    struct tally_encfile *enc = NULL;
    int rc = -1;

    if (tally_opt_need(store, "--store run.db", err) == 0 &&
        tally_governed_open(g, TALLY_AS_LINKER, err) == 0 &&
        tally_governed_receive(g, (const char *const *)files->list, files->n,
                               TALLY_PACKAGE_LINKAGE, &r, err) == 0 &&
        open_content(&r, &enc, err) == 0 && check_content(g, &r, enc, err) == 0 &&
        tally_deliveries_make(store, err) == 0) {
        rc = take(g, &r, store, err);
    }
    tally_encfile_close(enc);
    tally_received_close(&r);
    tally_governed_close(g);
    return rc;
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    struct tally_governed g = TALLY_GOVERNED_INIT;
    const char *store = NULL;
    struct tally_operands files;
    const struct tally_opt opts[] = {
        TALLY_OPTS_GOVERNED(g),
        TALLY_OPT_TEXT("store", "FILE", store,
                       "the run's database; deliveries lie in FILE.deliveries"),
        TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &files, err) != 0) {
        return -1;
    }
    if (files.help) {
        return 0;
    }
    if (files.n == 0) {
        return tally_err_set(err, TALLY_E_USAGE, "say which package, or all its parts");
    }
    return ingest(&g, &files, store, err);
}

const struct tally_verb tally_verb_ingest = {
    "ingest", "take a linkage part: verify, unseal, record",
    "PACKAGE | PART ... --agreement A --identity DIR --store run.db",
    "  tally ingest police-1-linkage.pkg --agreement a.json --identity linker-id \\\n"
    "      --store run.db\n"
    "  All parts of a package go in one call, in any order.\n",
    run};
