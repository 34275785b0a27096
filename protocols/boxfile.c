/*
 * Secrets in text files.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "protocols/boxfile.h"

#include "bloom/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOX_MAX  (TALLY_BOXFILE_SECRET_MAX + TALLY_PASSBOX_OVERHEAD)
#define FILE_MAX 4096

/* The file's text for ${len} bytes of ${box}. */
static void
file_text(const struct tally_boxfile *kind, const uint8_t *box, size_t len,
          char out[FILE_MAX])
{
    char hex[2 * BOX_MAX + 1];

    tally_hex_encode(box, len, hex);
    (void)snprintf(out, FILE_MAX, "%s\n%s\nbox %s\n", kind->title, kind->comment, hex);
}

int
tally_boxfile_write(struct tally_outfile *f, const struct tally_boxfile *kind,
                    struct tally_secret *secret, struct tally_secret *passphrase,
                    const char *context, const struct tally_passbox_cost *cost,
                    struct tally_err *err)
{
    struct tally_buf box = {NULL, 0, 0};
    char text[FILE_MAX];
    int rc = -1;

    TALLY_INVARIANT(tally_secret_len(secret) == kind->secret_len &&
                    kind->secret_len <= TALLY_BOXFILE_SECRET_MAX);
    if (tally_passbox_seal(&box, secret, passphrase, context, cost, err) == 0) {
        file_text(kind, box.data, box.len, text);
        rc = tally_outfile_write(f, text, strlen(text), err);
    }
    tally_buf_free(&box);
    return rc;
}

/* The box in ${text}, which must be just what is written for it. */
static bool
parse(const struct tally_boxfile *kind, const char *text, size_t len, uint8_t *box)
{
    size_t n = kind->secret_len + TALLY_PASSBOX_OVERHEAD;
    char again[FILE_MAX];

    if (len <= 2 * n || !tally_hex_decode(text + len - 1 - 2 * n, 2 * n, box, n)) {
        return false;
    }
    file_text(kind, box, n, again);
    return strlen(again) == len && memcmp(again, text, len) == 0;
}

int
tally_boxfile_read(const char *path, const struct tally_boxfile *kind,
                   struct tally_secret *passphrase, const char *context,
                   struct tally_secret **out, struct tally_err *err)
{
    uint8_t box[BOX_MAX];
    uint8_t *text = NULL;
    size_t len = 0;
    int rc;

    if (tally_file_read_private(path, FILE_MAX, &text, &len, err) != 0) {
        return -1;
    }
    if (parse(kind, (const char *)text, len, box)) {
        rc = tally_passbox_open(box, kind->secret_len + TALLY_PASSBOX_OVERHEAD,
                                kind->secret_len, passphrase, context, out, err);
        rc = rc == 0 ? 0 : tally_err_wrap(err, "%s", path);
    } else {
        rc = tally_err_set(err, TALLY_E_CORRUPT, "%s: not %s, or damaged", path,
                           kind->what);
        tally_err_hint(err, "restore the file from your own safe copy");
    }
    free(text);
    return rc;
}

int
tally_boxfile_relock(struct tally_outfile **f, const char *path,
                     const struct tally_boxfile *kind, struct tally_secret *passphrase,
                     struct tally_secret *next, const char *context,
                     const struct tally_passbox_cost *cost, struct tally_err *err)
{
    struct tally_secret *secret = NULL;
    int rc = -1;

    if (tally_boxfile_read(path, kind, passphrase, context, &secret, err) == 0 &&
        tally_outfile_open(f, path, 0600, true, err) == 0) {
        rc = tally_boxfile_write(*f, kind, secret, next, context, cost, err);
    }
    tally_secret_free(secret);
    return rc;
}
