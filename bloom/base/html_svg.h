/*
 * Pieces that every chart is made of: the figure around it, text in it, wrapped labels
 * and the table of its numbers. Private to the html module. Lengths are in units of the
 * picture, which is TALLY_SVG_WIDTH wide.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_HTML_SVG_H
#define TALLY_BASE_HTML_SVG_H

#include "bloom/base/html_write.h"

#define TALLY_SVG_WIDTH 920.0
#define TALLY_SVG_LINE  18.0 /* from one line of a label to the next */

/** Where text stands against its point. */
enum tally_anchor { TALLY_ANCHOR_START, TALLY_ANCHOR_MIDDLE, TALLY_ANCHOR_END };

/** Begin and end the figure of a chart called ${title}, ${height} high. The table of
 * numbers goes between tally_svg_end and tally_svg_figure_end. */
void tally_svg_begin(struct tally_html *h, const char *title, double height);
void tally_svg_end(struct tally_html *h);
void tally_svg_table_begin(struct tally_html *h, const char *title, size_t ncols,
                           const char *const *headers, unsigned numeric);
void tally_svg_figure_end(struct tally_html *h);

/** Text at a point on its base line; ${class} is of the page's style, or empty. */
void tally_svg_text(struct tally_html *h, double x, double y, enum tally_anchor anchor,
                    const char *class, const char *text);
/** The same, read from the bottom to the top. */
void tally_svg_text_up(struct tally_html *h, double x, double y, const char *text);
void tally_svg_line(struct tally_html *h, const char *class, double x1, double y1,
                    double x2, double y2);
void tally_svg_rect(struct tally_html *h, double x, double y, double width, double height,
                    const char *colour);

/** About how wide ${text} is at the size of chart text. */
double tally_svg_text_width(const char *text);

/** A label broken into at most two lines, the last cut short with an ellipsis. */
struct tally_svg_label {
    char line[2][160];
    int nlines;
};
void tally_svg_wrap(const char *text, double width, struct tally_svg_label *out);

/** Colour ${i} of a set that people with any colour vision can tell apart. */
const char *tally_svg_colour(size_t i);

#endif
