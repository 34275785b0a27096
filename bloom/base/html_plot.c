/*
 * Charts over an x axis: the histogram and the line chart, with ticks at round numbers, a
 * linear or logarithmic y axis, and a marked x.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/html_svg.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLOT_HEIGHT  280.0
#define PLOT_BELOW   52.0
#define TICKS_Y      5.0
#define TICKS_X      8.0
#define DECIMALS_MAX 6
/* Digits from which thousands are separated: a count of 1,000, but a year of 2024. */
#define COUNT_DIGITS 4
#define X_DIGITS     5

/* A scale from data to the picture. */
struct scale {
    double lo;
    double hi;
    double step; /* between ticks; in decades when logarithmic */
    bool log;
    double from; /* where lo and hi stand in the picture */
    double to;
};

struct plot {
    const struct tally_html_chart *c;
    struct scale x;
    struct scale y;
    bool bars;
};

/* The width of bar ${i}, which begins at x[i]: to the next, or like the one before. */
static double
bin_width(const struct tally_html_chart *c, size_t i)
{
    if (c->n < 2) {
        return 1;
    }
    return i + 1 < c->n ? c->x[i + 1] - c->x[i] : c->x[i] - c->x[i - 1];
}

static double
at(const struct scale *s, double v)
{
    if (s->log) {
        v = v > 0 ? log10(v) : s->lo;
    }
    v = v < s->lo ? s->lo : v > s->hi ? s->hi : v;
    return s->from + (s->to - s->from) * (v - s->lo) / (s->hi - s->lo);
}

/* 1, 2 or 5 times a power of ten, so that about ${count} steps make up ${range}. */
static double
round_step(double range, double count)
{
    double raw = range / count;
    double power = pow(10, floor(log10(raw)));
    double lead = raw / power - 1e-9;

    return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
}

static bool
all_whole(size_t n, const double *values)
{
    for (size_t i = 0; i < n; i++) {
        if (isfinite(values[i]) && values[i] != floor(values[i])) {
            return false;
        }
    }
    return true;
}

/* The least value above nothing and the greatest, of those that are shown. */
static void
find_range(size_t n, const double *values, double *least, double *most)
{
    *least = 0;
    *most = 0;
    for (size_t i = 0; i < n; i++) {
        if (isfinite(values[i]) && values[i] > 0) {
            *least = *least == 0 || values[i] < *least ? values[i] : *least;
            *most = values[i] > *most ? values[i] : *most;
        }
    }
}

static void
set_y(struct plot *p, double top)
{
    const struct tally_html_chart *c = p->c;
    size_t count = c->n * c->nseries;
    double least;
    double most;

    find_range(count, c->series, &least, &most);
    p->y.from = top + PLOT_HEIGHT;
    p->y.to = top;
    p->y.log = c->log_y && most > 0;
    if (p->y.log) {
        /* From below the first decade, so that its own values can be seen. */
        p->y.lo = floor(log10(least)) - 0.3;
        p->y.hi = ceil(log10(most) + 0.02);
        p->y.step = p->y.hi - p->y.lo > 8 ? 2 : 1;
        return;
    }
    most = most > 0 ? most : 1;
    p->y.step = round_step(most, TICKS_Y);
    if (p->y.step < 1 && all_whole(count, c->series)) {
        p->y.step = 1;
    }
    p->y.hi = p->y.step * ceil(most / p->y.step - 1e-9);
}

static void
set_x(struct plot *p)
{
    const struct tally_html_chart *c = p->c;

    p->x.lo = c->n > 0 ? c->x[0] : 0;
    p->x.hi = c->n > 0 ? c->x[c->n - 1] : 1;
    if (p->bars && c->n > 0) {
        p->x.hi += bin_width(c, c->n - 1);
    }
    if (p->x.hi <= p->x.lo) {
        p->x.lo -= 0.5;
        p->x.hi += 0.5;
    }
    p->x.step = round_step(p->x.hi - p->x.lo, TICKS_X);
    if (p->x.step < 1 && all_whole(c->n, c->x)) {
        p->x.step = 1;
    }
    p->x.to = TALLY_SVG_WIDTH - 16;
}

/* ${v} with ${decimals}; thousands are separated from ${separated} digits on. */
static void
number_text(double v, int decimals, size_t separated, char *out, size_t cap)
{
    char plain[64];
    size_t len;
    size_t used = 0;
    size_t whole;

    if (!isfinite(v) || fabs(v) >= 1e15) {
        snprintf(out, cap, isfinite(v) ? "%.3g" : "not shown", v);
        return;
    }
    len = (size_t)snprintf(plain, sizeof plain, "%.*f", decimals, fabs(v));
    whole = strcspn(plain, ".");
    if (v < 0 && strspn(plain, "0.") < len) {
        used += (size_t)snprintf(out, cap, "\u2212");
    }
    for (size_t i = 0; i < len && used + 2 < cap; i++) {
        if (i > 0 && i < whole && whole >= separated && (whole - i) % 3 == 0) {
            out[used++] = ',';
        }
        out[used++] = plain[i];
    }
    out[used] = '\0';
}

/* The fewest decimals that show ${v} truly, up to a limit. */
static int
decimals_of(double v)
{
    int d = 0;

    if (!isfinite(v)) {
        return 0;
    }
    while (d < DECIMALS_MAX && fabs(v * pow(10, d) - nearbyint(v * pow(10, d))) > 1e-6) {
        d++;
    }
    return d;
}

static int
decimals_of_all(size_t n, const double *values)
{
    int most = 0;

    for (size_t i = 0; i < n; i++) {
        int d = decimals_of(values[i]);

        most = d > most ? d : most;
    }
    return most;
}

/* Tick ${k} of ${s}: false past the end. */
static bool
tick(const struct scale *s, int k, double *value)
{
    double first = ceil(s->lo / s->step - 1e-9);
    double v = (first + k) * s->step;

    *value = s->log ? pow(10, v) : v;
    return v <= s->hi + s->step * 1e-6;
}

static void
y_tick_text(const struct scale *s, double value, char *out, size_t cap)
{
    number_text(value, s->log ? decimals_of(value) : decimals_of(s->step), COUNT_DIGITS,
                out, cap);
}

/* The widest label of the y axis. */
static double
y_label_width(const struct plot *p)
{
    double widest = 0;
    double v;
    char text[40];

    for (int k = 0; tick(&p->y, k, &v); k++) {
        double width;

        y_tick_text(&p->y, v, text, sizeof text);
        width = tally_svg_text_width(text);
        widest = width > widest ? width : widest;
    }
    return widest;
}

static void
put_axes(struct tally_html *h, const struct plot *p)
{
    double v;
    char text[40];

    for (int k = 0; tick(&p->y, k, &v); k++) {
        y_tick_text(&p->y, v, text, sizeof text);
        tally_svg_line(h, "grid", p->x.from, at(&p->y, v), p->x.to, at(&p->y, v));
        tally_svg_text(h, p->x.from - 8, at(&p->y, v) + 5, TALLY_ANCHOR_END, "small",
                       text);
    }
    for (int k = 0; tick(&p->x, k, &v); k++) {
        number_text(v, decimals_of(p->x.step), X_DIGITS, text, sizeof text);
        tally_svg_line(h, "axis", at(&p->x, v), p->y.from, at(&p->x, v), p->y.from + 5);
        tally_svg_text(h, at(&p->x, v), p->y.from + 21, TALLY_ANCHOR_MIDDLE, "small",
                       text);
    }
    tally_svg_line(h, "axis", p->x.from, p->y.from, p->x.to, p->y.from);
    tally_svg_text(h, (p->x.from + p->x.to) / 2, p->y.from + 45, TALLY_ANCHOR_MIDDLE, "",
                   p->c->x_label);
}

/* The marked x, with its label in the strip above the plot, on the side with more room.
 */
static void
put_mark(struct tally_html *h, const struct plot *p)
{
    double x;
    bool left;

    if (isnan(p->c->mark)) {
        return;
    }
    x = at(&p->x, p->c->mark);
    left = x > (p->x.from + p->x.to) / 2;
    if (p->bars) {
        tally_svg_line(h, "halo", x, p->y.to - 20, x, p->y.from);
    }
    tally_svg_line(h, "mark", x, p->y.to - 20, x, p->y.from);
    if (p->c->mark_label != NULL) {
        tally_svg_text(h, left ? x - 7 : x + 7, p->y.to - 9,
                       left ? TALLY_ANCHOR_END : TALLY_ANCHOR_START, "bold",
                       p->c->mark_label);
    }
}

static const char *
dashes(size_t series)
{
    static const char *const patterns[] = {"",         "8 4", "2 3",
                                           "10 4 2 4", "5 3", "12 3 3 3"};

    return patterns[series % (sizeof patterns / sizeof patterns[0])];
}

static const char *
series_name(const struct tally_html_chart *c, size_t series)
{
    return c->names != NULL && c->names[series] != NULL ? c->names[series] : c->y_label;
}

/* A row of swatches and names, wrapped; returns how high it is. Draws only when ${draw},
 * so that the height is known before the picture is begun. */
static double
put_legend(struct tally_html *h, const struct plot *p, double top, bool draw)
{
    const struct tally_html_chart *c = p->c;
    double x = 0;
    double y = top;

    if (c->nseries < 2) {
        return 0;
    }
    for (size_t s = 0; s < c->nseries; s++) {
        const char *name = series_name(c, s);
        double width = 42 + tally_svg_text_width(name) + 22;

        if (x > 0 && x + width > TALLY_SVG_WIDTH) {
            x = 0;
            y += 24;
        }
        if (draw && p->bars && s == 0) {
            tally_svg_rect(h, x, y + 2, 32, 14, tally_svg_colour(s));
        } else if (draw) {
            tally_html_putf(h,
                            "<path class=\"line\" d=\"M%.1f %.1fh32\" stroke=\"%s\" "
                            "stroke-dasharray=\"%s\"/>\n",
                            x, y + 9, tally_svg_colour(s), dashes(s));
        }
        if (draw) {
            tally_svg_text(h, x + 40, y + 14, TALLY_ANCHOR_START, "", name);
        }
        x += width;
    }
    return y + 32 - top;
}

/* A series as a line; where a value is not shown the line is broken. */
static void
put_line(struct tally_html *h, const struct plot *p, size_t series)
{
    const struct tally_html_chart *c = p->c;
    const double *values = c->series + series * c->n;
    bool pen = false;

    tally_html_put(h, "<path class=\"line\" d=\"");
    for (size_t i = 0; i < c->n; i++) {
        if (isfinite(values[i])) {
            tally_html_putf(h, "%s%.1f %.1f", pen ? "L" : "M", at(&p->x, c->x[i]),
                            at(&p->y, values[i]));
        }
        pen = isfinite(values[i]);
    }
    tally_html_putf(h, "\" stroke=\"%s\" stroke-dasharray=\"%s\"/>\n",
                    tally_svg_colour(series), dashes(series));
    for (size_t i = 0; c->n <= 24 && i < c->n; i++) {
        if (isfinite(values[i])) {
            tally_html_putf(h, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>\n",
                            at(&p->x, c->x[i]), at(&p->y, values[i]),
                            tally_svg_colour(series));
        }
    }
}

/* The first series of a histogram as bars, with a hair between them when there is room.
 */
static void
put_bars(struct tally_html *h, const struct plot *p)
{
    const struct tally_html_chart *c = p->c;

    for (size_t i = 0; c->nseries > 0 && i < c->n; i++) {
        double left = at(&p->x, c->x[i]);
        double width = at(&p->x, c->x[i] + bin_width(c, i)) - left;
        double y = isfinite(c->series[i]) ? at(&p->y, c->series[i]) : p->y.from;
        double hair = width > 5 ? 1 : 0;

        if (y < p->y.from) {
            tally_svg_rect(h, left + hair / 2, y, width - hair, p->y.from - y,
                           tally_svg_colour(0));
        }
    }
}

/* A further series of a histogram as the outline of its bars. */
static void
put_outline(struct tally_html *h, const struct plot *p, size_t series)
{
    const struct tally_html_chart *c = p->c;
    const double *values = c->series + series * c->n;

    tally_html_putf(h, "<path class=\"line\" d=\"M%.1f %.1f", at(&p->x, p->x.lo),
                    p->y.from);
    for (size_t i = 0; i < c->n; i++) {
        tally_html_putf(h, "V%.1fH%.1f",
                        isfinite(values[i]) ? at(&p->y, values[i]) : p->y.from,
                        at(&p->x, c->x[i] + bin_width(c, i)));
    }
    tally_html_putf(h, "V%.1f\" stroke=\"%s\" stroke-dasharray=\"%s\"/>\n", p->y.from,
                    tally_svg_colour(series), dashes(series));
}

/* A row of the table: the x, or the range of a bar, and every series. */
static void
put_number_row(struct tally_html *h, const struct plot *p, size_t i, int xd, int yd,
               char (*texts)[64], const char **cells)
{
    const struct tally_html_chart *c = p->c;
    char from[24];
    char to[24];

    number_text(c->x[i], xd, X_DIGITS, from, sizeof from);
    number_text(c->x[i] + bin_width(c, i), xd, X_DIGITS, to, sizeof to);
    if (p->bars) {
        snprintf(texts[0], sizeof texts[0], "%s to %s", from, to);
    } else {
        snprintf(texts[0], sizeof texts[0], "%s", from);
    }
    cells[0] = texts[0];
    for (size_t s = 0; s < c->nseries; s++) {
        number_text(c->series[s * c->n + i], yd, COUNT_DIGITS, texts[s + 1],
                    sizeof texts[s + 1]);
        cells[s + 1] = texts[s + 1];
    }
    tally_html_row(h, cells);
}

static void
put_numbers(struct tally_html *h, const struct plot *p)
{
    const struct tally_html_chart *c = p->c;
    const char **cells = calloc(c->nseries + 1, sizeof *cells);
    char(*texts)[64] = calloc(c->nseries + 1, sizeof *texts);
    int xd = decimals_of_all(c->n, c->x);
    int yd = decimals_of_all(c->n * c->nseries, c->series);

    if (cells == NULL || texts == NULL) {
        tally_html_nomem(h);
    } else {
        cells[0] = c->x_label;
        for (size_t s = 0; s < c->nseries; s++) {
            cells[s + 1] = series_name(c, s);
        }
        tally_svg_table_begin(h, c->title, c->nseries + 1, cells, ~1u);
        for (size_t i = 0; i < c->n; i++) {
            put_number_row(h, p, i, xd, yd, texts, cells);
        }
        tally_svg_figure_end(h);
    }
    free(cells);
    free(texts);
}

/* From top to bottom: legend, name of the y axis, strip for the mark, plot, x axis. */
static void
put_plot(struct tally_html *h, const struct tally_html_chart *c, bool bars)
{
    struct plot p = {.c = c, .bars = bars};
    double legend = put_legend(h, &p, 0, false);
    double top = legend + 30 + (isnan(c->mark) ? 0 : 24);

    set_y(&p, top);
    p.x.from = y_label_width(&p) + 12;
    set_x(&p);
    tally_svg_begin(h, c->title, top + PLOT_HEIGHT + PLOT_BELOW);
    put_legend(h, &p, 0, true);
    tally_svg_text(h, 0, legend + 14, TALLY_ANCHOR_START, "", c->y_label);
    put_axes(h, &p);
    if (bars) {
        put_bars(h, &p);
        for (size_t s = 1; s < c->nseries; s++) {
            put_outline(h, &p, s);
        }
        put_mark(h, &p);
    } else {
        put_mark(h, &p); /* under the lines, so as to hide no point */
        for (size_t s = 0; s < c->nseries; s++) {
            put_line(h, &p, s);
        }
    }
    tally_svg_end(h);
    put_numbers(h, &p);
}

void
tally_html_histogram(struct tally_html *h, const struct tally_html_chart *c)
{
    put_plot(h, c, true);
}

void
tally_html_line(struct tally_html *h, const struct tally_html_chart *c)
{
    put_plot(h, c, false);
}
