/*
 * Filters as JSON. Written by hand, one filter at a time: the list may be longer than
 * memory.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/clks.h"

#include "bloom/base/base64.h"
#include "bloom/base/file.h"

#include <stdlib.h>

struct tally_clks {
    struct tally_outfile *file;
    size_t filter_bytes;
    size_t text_len;
    char *text; /* ', "', a filter in base64, '"' */
    bool any;
};

int
tally_clks_open(struct tally_clks **out, const char *path, size_t filter_bytes,
                bool force, struct tally_err *err)
{
    struct tally_clks *c = calloc(1, sizeof *c);

    if (c == NULL) {
        return tally_err_nomem(err);
    }
    c->filter_bytes = filter_bytes;
    c->text_len = TALLY_BASE64_LEN(filter_bytes) + 4;
    c->text = malloc(c->text_len);
    if (c->text == NULL) {
        (void)tally_err_nomem(err);
        goto fail;
    }
    if (tally_outfile_open(&c->file, path, 0600, force, err) != 0 ||
        tally_outfile_printf(c->file, err, "{\"clks\": [") != 0) {
        goto fail;
    }
    *out = c;
    return 0;

fail:
    tally_clks_free(c);
    return -1;
}

int
tally_clks_add(struct tally_clks *c, const uint8_t *filter, struct tally_err *err)
{
    size_t skip = c->any ? 0 : 2; /* no comma before the first */

    c->text[0] = ',';
    c->text[1] = ' ';
    c->text[2] = '"';
    tally_base64_encode(filter, c->filter_bytes, c->text + 3);
    c->text[c->text_len - 1] = '"';
    c->any = true;
    return tally_outfile_write(c->file, c->text + skip, c->text_len - skip, err);
}

int
tally_clks_commit(struct tally_clks *c, struct tally_err *err)
{
    if (tally_outfile_printf(c->file, err, "]}\n") != 0) {
        return -1;
    }
    return tally_outfile_commit(&c->file, 1, err);
}

void
tally_clks_free(struct tally_clks *c)
{
    if (c == NULL) {
        return;
    }
    tally_outfile_free(c->file);
    free(c->text);
    free(c);
}
