/*
 * tally withdraw: records leave a store, at their owner's request.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bloom/base/bytes.h"
#include "bloom/encfile.h"
#include "linker/store.h"

#define LIST_MAX (256u << 20) /* bytes of a list of tokens */

static int
add_token(struct tally_buf *tokens, const char *text, size_t len, struct tally_err *err)
{
    uint8_t token[TALLY_TOKEN_BYTES];

    if (!tally_hex_decode(text, len, token, sizeof token)) {
        return tally_err_set(err, TALLY_E_DATA, "not a token of 32 hexadecimal digits");
    }
    return tally_buf_append(tokens, token, sizeof token, err);
}

/* One token a line; blank lines do not count. */
static int
add_list(struct tally_buf *tokens, const char *path, struct tally_err *err)
{
    uint8_t *data = NULL;
    uint64_t line = 1;
    size_t len = 0;
    int rc;

    if (tally_file_read(path, LIST_MAX, &data, &len, err) != 0) {
        return -1;
    }
    rc = 0;
    for (const char *at = (const char *)data; *at != '\0' && rc == 0; line++) {
        size_t n = strcspn(at, "\n");
        size_t end = n > 0 && at[n - 1] == '\r' ? n - 1 : n;

        if (end > 0 && add_token(tokens, at, end, err) != 0) {
            rc = tally_err_wrap(err, "%s line %" PRIu64, path, line);
        }
        at += n + (at[n] == '\n');
    }
    free(data);
    return rc;
}

/* An operand is a file, or else a token itself. */
static int
gather(struct tally_buf *tokens, const struct tally_operands *operands,
       struct tally_err *err)
{
    for (size_t i = 0; i < operands->n; i++) {
        const char *word = operands->list[i];
        uint8_t token[TALLY_TOKEN_BYTES];
        struct stat st;
        int rc;

        if (stat(word, &st) != 0 &&
            tally_hex_decode(word, strlen(word), token, sizeof token)) {
            rc = tally_buf_append(tokens, token, sizeof token, err);
        } else {
            rc = add_list(tokens, word, err);
            if (rc != 0 && err->code == TALLY_E_NO_FILE) {
                (void)tally_err_hint(err, "a token has 32 hexadecimal digits; anything "
                                          "else is a file of them");
            }
        }
        if (rc != 0) {
            return -1;
        }
    }
    if (tokens->len == 0) {
        (void)tally_err_set(err, TALLY_E_USAGE,
                            "withdraw needs tokens, or files of them");
        return tally_err_hint(err, "the owner finds them in its token map");
    }
    return 0;
}

static int
report(const struct tally_store_withdrawal *w, bool dry_run, bool json,
       struct tally_err *err)
{
    struct tally_jnode *o;

    if (!json) {
        tally_say("%s %s records of all runs, with %s links.",
                  dry_run ? "Would withdraw" : "Withdrew", tally_thousands(w->records),
                  tally_thousands(w->links));
        if (w->unknown > 0) {
            tally_say("  %s of the tokens are in no run; they will be left out of files "
                      "still to come.",
                      tally_thousands(w->unknown));
        }
        tally_say("  'tally link --store FILE --add' links what is left anew.");
        return 0;
    }
    o = tally_jobject();
    tally_jset_bool(o, "dry_run", dry_run);
    tally_jset_int(o, "tokens", (int64_t)w->tokens);
    tally_jset_int(o, "unknown", (int64_t)w->unknown);
    tally_jset_int(o, "records", (int64_t)w->records);
    tally_jset_int(o, "links", (int64_t)w->links);
    return tally_print_json(o, err);
}

static int
withdraw(const char *path, const struct tally_buf *tokens, bool dry_run,
         struct tally_store_withdrawal *out, struct tally_err *err)
{
    struct tally_store *store = NULL;
    int rc;

    if (tally_store_open(&store, path, false, err) != 0) {
        return -1; /* one that is not there is not made */
    }
    tally_store_close(store);
    store = NULL;
    if (tally_store_open(&store, path, true, err) != 0) {
        return -1;
    }
    rc = tally_store_withdraw(store, tokens->data, tokens->len / TALLY_TOKEN_BYTES,
                              dry_run, out, err);
    tally_store_close(store);
    return rc;
}

static int
run(const struct tally_verb *v, int argc, char **argv, struct tally_err *err)
{
    const char *store = NULL;
    bool dry_run = false;
    bool json = false;
    struct tally_store_withdrawal done;
    struct tally_buf tokens = {0};
    struct tally_operands operands;
    int status = -1;
    const struct tally_opt opts[] = {
        TALLY_OPT_TEXT("store", "FILE", store, "the store of the runs"),
        TALLY_OPT_FLAG("dry-run", dry_run, "tell what would go, and change nothing"),
        TALLY_OPT_JSON(json), TALLY_OPT_END};

    if (tally_opt_parse(v, opts, argc, argv, &operands, err) != 0) {
        return -1;
    }
    if (operands.help) {
        return 0;
    }
    if (tally_opt_need(store, "--store FILE", err) == 0 &&
        gather(&tokens, &operands, err) == 0 &&
        withdraw(store, &tokens, dry_run, &done, err) == 0) {
        status = report(&done, dry_run, json, err);
    }
    tally_buf_free(&tokens);
    return status;
}

const struct tally_verb tally_verb_withdraw = {
    "withdraw", "take records out of a store, at their owner's request",
    "--store run.db TOKENS [...] [--dry-run]",
    "  tally withdraw --store run.db withdrawn.txt\n"
    "TOKENS are tokens of 32 hexadecimal digits, or files with one a line ('-' reads\n"
    "standard input).\n",
    run};
