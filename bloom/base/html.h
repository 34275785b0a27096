/*
 * One-file HTML reports: an escaping writer, a page skeleton with a strict content
 * policy and a print style, and inline SVG charts that always come with the table of
 * their numbers.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_HTML_H
#define TALLY_BASE_HTML_H

#include <stdbool.h>
#include <stddef.h>

#include "bloom/base/err.h"
#include "bloom/base/file.h"

/** A page being written. The first error sticks and is told by tally_html_end. */
struct tally_html;

/** Begin a page in ${f} titled ${title} with ${status} ("aggregate", ...) and ${audience}
 * shown under it. */
TALLY_NODISCARD int tally_html_begin(struct tally_html **out, struct tally_outfile *f,
                                     const char *title, const char *status,
                                     const char *audience, struct tally_err *err);

/** Text is escaped everywhere; there is no raw call. */
void tally_html_heading(struct tally_html *h, int level, const char *text);
/** Links to the headings of level 2 that are called ${headings}, on screen only. */
void tally_html_contents(struct tally_html *h, const char *const *headings, size_t n);
void tally_html_para(struct tally_html *h, const char *fmt, ...) TALLY_PRINTF(2, 3);
/** A definition list of facts: begin, any number of facts, end. */
void tally_html_facts_begin(struct tally_html *h);
void tally_html_fact(struct tally_html *h, const char *name, const char *fmt, ...)
    TALLY_PRINTF(3, 4);
void tally_html_facts_end(struct tally_html *h);
/** A table with ${ncols} headers; numeric columns (bit i of ${numeric}) are
 * right-aligned. */
void tally_html_table_begin(struct tally_html *h, const char *caption, size_t ncols,
                            const char *const *headers, unsigned numeric);
void tally_html_row(struct tally_html *h, const char *const *cells); /* ncols of them */
void tally_html_table_end(struct tally_html *h);

/** A list of judgements: begin, any number of lights, end. Each is a colour, in words
 * too, of the thing ${name}; ${rule} says what makes which colour, ${found} what was
 * met. Grey: cannot be judged. */
enum tally_light {
    TALLY_LIGHT_GREEN,
    TALLY_LIGHT_AMBER,
    TALLY_LIGHT_RED,
    TALLY_LIGHT_GREY
};
void tally_html_lights_begin(struct tally_html *h);
void tally_html_light(struct tally_html *h, enum tally_light light, const char *name,
                      const char *rule, const char *found);
void tally_html_lights_end(struct tally_html *h);

/** A horizontal bar chart. ${labels} and ${texts} (what is printed at each bar) are ${n}
 * strings; ${values} >= 0. A figure that may not be told has the value 0 and its text. */
void tally_html_bars(struct tally_html *h, const char *title, size_t n,
                     const char *const *labels, const double *values,
                     const char *const *texts);

/**
 * A histogram or line over an x axis. ${x} ascends: the left edge of every bar of a
 * histogram (the last is as wide as the one before it), or the points of a line.
 * ${series} is ${nseries} rows of ${n} values >= 0, row-major; NaN leaves a gap and is
 * "not shown" in the table. A histogram draws its first series as bars, the others as
 * outlines. ${names} may be NULL for one series. A vertical line with ${mark_label} is
 * drawn at ${mark} unless that is NaN.
 */
struct tally_html_chart {
    const char *title;
    const char *x_label;
    const char *y_label;
    size_t n;
    const double *x;
    size_t nseries;
    const double *series;
    const char *const *names;
    double mark;
    const char *mark_label;
    bool log_y;
};
void tally_html_histogram(struct tally_html *h, const struct tally_html_chart *c);
void tally_html_line(struct tally_html *h, const struct tally_html_chart *c);

/** An UpSet-like picture: ${nsets} set names, ${n} combinations as bit masks (bit i: in
 * set i) with a value and printed text, in the order given. */
void tally_html_upset(struct tally_html *h, const char *title, size_t nsets,
                      const char *const *sets, size_t n, const unsigned long long *masks,
                      const double *values, const char *const *texts);

/** What was to come does not fit into memory: the page fails. */
void tally_html_nomem(struct tally_html *h);

/** A flow diagram: ${nsteps} steps from above to below, in ${ncolumns} columns of boxes
 * with ${texts} (nsteps rows of ncolumns). Put the table of its numbers beside it. */
void tally_html_flow(struct tally_html *h, const char *title, size_t nsteps,
                     const char *const *steps, size_t ncolumns,
                     const char *const *columns, const char *const *texts);

/** Close the page; 0, or -1 with the first error met. Frees ${h}. The file is not
 * committed. */
TALLY_NODISCARD int tally_html_end(struct tally_html *h, struct tally_err *err);

#endif
