/*
 * Writing into a page: shared by the files of the html module and private to them. Markup
 * is ours and goes out as it is; everything else goes through tally_html_text.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_HTML_WRITE_H
#define TALLY_BASE_HTML_WRITE_H

#include "bloom/base/html.h"

struct tally_html {
    struct tally_outfile *f;
    struct tally_err err; /* the first; everything after it writes nothing */
    size_t ncols;         /* of the table that is open */
    unsigned numeric;
    unsigned ncharts;
};

/** Markup of ours, as it is. */
void tally_html_put(struct tally_html *h, const char *markup);
/** Markup of ours around numbers; never with text from outside. */
void tally_html_putf(struct tally_html *h, const char *fmt, ...) TALLY_PRINTF(2, 3);
/** Text, escaped for an element or a quoted attribute; control characters become '?'. */
void tally_html_text(struct tally_html *h, const char *text);

#endif
