/*
 * Charts without an axis: bars with their value printed at each, and the picture of how
 * sources overlap. Charts over an x axis are in html_plot.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/html_svg.h"

#include <stdio.h>
#include <string.h>

/* The widest column of labels beside bars. */
#define LABEL_MAX 300.0
#define GAP       12.0

static double
greatest(size_t n, const double *values)
{
    double max = 0;

    for (size_t i = 0; i < n; i++) {
        max = values[i] > max ? values[i] : max;
    }
    return max;
}

static double
widest(size_t n, const char *const *texts)
{
    double max = 0;

    for (size_t i = 0; i < n; i++) {
        double width = tally_svg_text_width(texts[i]);

        max = width > max ? width : max;
    }
    return max;
}

/* The length of a bar. Anything above nothing can be seen. */
static double
bar_length(double value, double max, double room)
{
    double length = max > 0 && value > 0 ? room * value / max : 0;

    return length > 0 && length < 1.5 ? 1.5 : length;
}

/* The label of a bar, ending at ${x} and centred on ${y}. */
static void
bar_label(struct tally_html *h, double x, double y, const struct tally_svg_label *label)
{
    double base = y + 5 - (label->nlines - 1) * TALLY_SVG_LINE / 2;

    for (int i = 0; i < label->nlines; i++) {
        tally_svg_text(h, x, base + i * TALLY_SVG_LINE, TALLY_ANCHOR_END, "",
                       label->line[i]);
    }
}

/* Two columns: what each bar is called, and what is printed at it. */
static void
put_numbers(struct tally_html *h, const char *title, size_t n, const char *const *labels,
            const char *const *texts)
{
    static const char *const headers[] = {"Bar", "Value"};

    tally_svg_table_begin(h, title, 2, headers, 2);
    for (size_t i = 0; i < n; i++) {
        tally_html_row(h, (const char *[]){labels[i], texts[i]});
    }
    tally_svg_figure_end(h);
}

void
tally_html_bars(struct tally_html *h, const char *title, size_t n,
                const char *const *labels, const double *values, const char *const *texts)
{
    double max = greatest(n, values);
    double gutter = widest(n, labels);
    double step = 32;
    double left;
    double room;
    struct tally_svg_label label;

    gutter = gutter > LABEL_MAX ? LABEL_MAX : gutter;
    left = gutter + GAP;
    room = TALLY_SVG_WIDTH - left - widest(n, texts) - 2 * GAP;
    room = room < 120 ? 120 : room;
    for (size_t i = 0; i < n; i++) {
        tally_svg_wrap(labels[i], gutter, &label);
        step = label.nlines > 1 ? 46 : step;
    }
    tally_svg_begin(h, title, step * (double)n + 4);
    for (size_t i = 0; i < n; i++) {
        double y = step * ((double)i + 0.5) + 2;
        double length = bar_length(values[i], max, room);

        tally_svg_wrap(labels[i], gutter, &label);
        bar_label(h, left - GAP, y, &label);
        tally_svg_rect(h, left, y - 11, length, 22, tally_svg_colour(0));
        tally_svg_text(h, left + length + 8, y + 5, TALLY_ANCHOR_START, "", texts[i]);
    }
    tally_svg_line(h, "axis", left, 0, left, step * (double)n + 4);
    tally_svg_end(h);
    put_numbers(h, title, n, labels, texts);
}

/* Combinations that fit a picture; the table has them all. */
#define UPSET_SHOWN 40u
#define UPSET_BARS  220.0
#define UPSET_ROW   30.0
#define UPSET_DOT   8.0

/* The layout of an overlap picture. */
struct upset {
    size_t nsets;
    size_t shown;
    double left;   /* where the columns of combinations begin */
    double step;   /* from one to the next */
    double above;  /* room for the printed values */
    double matrix; /* top of the dots */
};

static double
upset_x(const struct upset *u, size_t i)
{
    return u->left + u->step * ((double)i + 0.5);
}

static double
upset_y(const struct upset *u, size_t set)
{
    return u->matrix + UPSET_ROW * ((double)set + 0.5);
}

/* Bands under every second set lead the eye along. */
static void
upset_sets(struct tally_html *h, const struct upset *u, const char *const *sets)
{
    double width = u->left - GAP;
    struct tally_svg_label label;

    for (size_t s = 0; s < u->nsets; s++) {
        if (s % 2 == 0) {
            tally_svg_rect(h, 0, upset_y(u, s) - UPSET_ROW / 2, TALLY_SVG_WIDTH,
                           UPSET_ROW, "var(--soft)");
        }
        tally_svg_wrap(sets[s], width, &label);
        if (label.nlines > 1) {
            strcat(label.line[0], "\u2026");
        }
        tally_svg_text(h, width, upset_y(u, s) + 5, TALLY_ANCHOR_END, "", label.line[0]);
    }
}

/* One combination: a dot for every set, those in it filled and joined. */
static void
upset_dots(struct tally_html *h, const struct upset *u, size_t i, unsigned long long mask)
{
    size_t first = u->nsets;
    size_t last = 0;

    for (size_t s = 0; s < u->nsets; s++) {
        bool in = (mask >> s & 1) != 0;

        first = in && first == u->nsets ? s : first;
        last = in ? s : last;
        tally_html_putf(h, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" ", upset_x(u, i),
                        upset_y(u, s), UPSET_DOT);
        tally_html_putf(h, in ? "fill=\"%s\"/>\n" : "class=\"off\"/>\n",
                        tally_svg_colour(0));
    }
    if (first < last) {
        tally_svg_rect(h, upset_x(u, i) - 2, upset_y(u, first), 4,
                       upset_y(u, last) - upset_y(u, first), tally_svg_colour(0));
    }
}

static void
upset_bar(struct tally_html *h, const struct upset *u, size_t i, double length,
          const char *text)
{
    double width = u->step * 0.7 > 46 ? 46 : u->step * 0.7;
    double base = u->matrix - GAP;

    tally_svg_rect(h, upset_x(u, i) - width / 2, base - length, width, length,
                   tally_svg_colour(0));
    if (tally_svg_text_width(text) < u->step) {
        tally_svg_text(h, upset_x(u, i), base - length - 7, TALLY_ANCHOR_MIDDLE, "",
                       text);
    } else {
        tally_svg_text_up(h, upset_x(u, i) + 5, base - length - 7, text);
    }
}

/* The names of the sets in ${mask}, as many as fit. */
static void
name_combination(size_t nsets, const char *const *sets, unsigned long long mask,
                 char *out, size_t cap)
{
    size_t used = 0;

    snprintf(out, cap, "%s", mask == 0 ? "none" : "");
    for (size_t s = 0; s < nsets && used < cap; s++) {
        if ((mask >> s & 1) != 0) {
            used += (size_t)snprintf(out + used, cap - used, "%s%s",
                                     used == 0 ? "" : " and ", sets[s]);
        }
    }
}

static void
upset_numbers(struct tally_html *h, const char *title, size_t nsets,
              const char *const *sets, size_t n, const unsigned long long *masks,
              const char *const *texts)
{
    static const char *const headers[] = {"Found in", "Value"};
    char name[1024];

    tally_svg_table_begin(h, title, 2, headers, 2);
    for (size_t i = 0; i < n; i++) {
        name_combination(nsets, sets, masks[i], name, sizeof name);
        tally_html_row(h, (const char *[]){name, texts[i]});
    }
    tally_svg_figure_end(h);
}

/* Columns are as wide as there is room for, within reason; values too wide for a column
 * are turned, and then need their own length above the highest bar. */
static void
upset_layout(struct upset *u, const char *const *sets, const char *const *texts)
{
    double names = widest(u->nsets, sets);
    double values = widest(u->shown, texts);

    u->left = (names > LABEL_MAX ? LABEL_MAX : names) + 2 * GAP;
    u->step = (TALLY_SVG_WIDTH - u->left) / (double)(u->shown > 0 ? u->shown : 1);
    u->step = u->step > 90 ? 90 : u->step;
    u->above = (values < u->step ? TALLY_SVG_LINE : values) + 10;
    u->matrix = u->above + UPSET_BARS + GAP;
}

void
tally_html_upset(struct tally_html *h, const char *title, size_t nsets,
                 const char *const *sets, size_t n, const unsigned long long *masks,
                 const double *values, const char *const *texts)
{
    struct upset u = {.nsets = nsets, .shown = n > UPSET_SHOWN ? UPSET_SHOWN : n};
    double max = greatest(u.shown, values);

    upset_layout(&u, sets, texts);
    tally_svg_begin(h, title, u.matrix + UPSET_ROW * (double)nsets + 2);
    upset_sets(h, &u, sets);
    for (size_t i = 0; i < u.shown; i++) {
        upset_dots(h, &u, i, masks[i]);
        upset_bar(h, &u, i, bar_length(values[i], max, UPSET_BARS), texts[i]);
    }
    tally_svg_line(h, "axis", u.left, u.matrix - GAP, u.left + u.step * (double)u.shown,
                   u.matrix - GAP);
    tally_svg_end(h);
    if (u.shown < n) {
        tally_html_para(h,
                        "The picture shows the first %zu of %zu combinations; the table "
                        "shows all of them.",
                        u.shown, n);
    }
    upset_numbers(h, title, nsets, sets, n, masks, texts);
}
