/*
 * Pieces of a chart. Widths of text are estimated from the number of characters, since
 * the reader's fonts are not known here; estimates are on the wide side.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/html_svg.h"

#include "bloom/base/text.h"

#include <stdio.h>
#include <string.h>

/* The mean width of a character of chart text (15 units high). */
#define CHAR_WIDTH 7.9

void
tally_svg_begin(struct tally_html *h, const char *title, double height)
{
    unsigned id = ++h->ncharts;

    /* On a narrow screen it scrolls, and can be reached by keyboard to do so. */
    tally_html_put(h, "<figure tabindex=\"0\">\n<figcaption>");
    tally_html_text(h, title);
    tally_html_putf(h,
                    "</figcaption>\n<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
                    "aria-labelledby=\"chart%u\">\n<title id=\"chart%u\">",
                    TALLY_SVG_WIDTH, height, id, id);
    tally_html_text(h, title);
    tally_html_put(h, "</title>\n");
}

void
tally_svg_end(struct tally_html *h)
{
    tally_html_put(h, "</svg>\n");
}

void
tally_svg_table_begin(struct tally_html *h, const char *title, size_t ncols,
                      const char *const *headers, unsigned numeric)
{
    tally_html_put(h, "<details>\n<summary>The numbers of this chart</summary>\n");
    tally_html_table_begin(h, title, ncols, headers, numeric);
}

void
tally_svg_figure_end(struct tally_html *h)
{
    tally_html_table_end(h);
    tally_html_put(h, "</details>\n</figure>\n");
}

void
tally_svg_text(struct tally_html *h, double x, double y, enum tally_anchor anchor,
               const char *class, const char *text)
{
    static const char *const anchors[] = {"", " text-anchor=\"middle\"",
                                          " text-anchor=\"end\""};

    tally_html_putf(h, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\"%s>", x, y, class,
                    anchors[anchor]);
    tally_html_text(h, text);
    tally_html_put(h, "</text>\n");
}

void
tally_svg_text_up(struct tally_html *h, double x, double y, const char *text)
{
    tally_html_putf(h, "<text transform=\"translate(%.1f %.1f) rotate(-90)\">", x, y);
    tally_html_text(h, text);
    tally_html_put(h, "</text>\n");
}

void
tally_svg_line(struct tally_html *h, const char *class, double x1, double y1, double x2,
               double y2)
{
    tally_html_putf(
        h, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
        class, x1, y1, x2, y2);
}

void
tally_svg_rect(struct tally_html *h, double x, double y, double width, double height,
               const char *colour)
{
    tally_html_putf(h,
                    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
                    "fill=\"%s\"/>\n",
                    x, y, width, height, colour);
}

/* Characters in ${len} bytes of UTF-8. */
static size_t
characters(const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        n += (text[i] & 0xC0) != 0x80;
    }
    return n;
}

/* The length in bytes of the first ${n} characters of ${text}. */
static size_t
bytes_of(const char *text, size_t n)
{
    size_t i = 0;

    while (text[i] != '\0' && (n > 0 || (text[i] & 0xC0) == 0x80)) {
        n -= (text[i] & 0xC0) != 0x80;
        i++;
    }
    return i;
}

double
tally_svg_text_width(const char *text)
{
    return CHAR_WIDTH * (double)characters(text, strlen(text));
}

/* Where to break ${text} so that at most ${n} characters come before: after a word when
 * there is one, else in it. */
static size_t
break_at(const char *text, size_t n)
{
    size_t limit = bytes_of(text, n);
    size_t at = limit;

    while (at > 0 && text[at] != ' ') {
        at--;
    }
    return at == 0 ? limit : at;
}

void
tally_svg_wrap(const char *text, double width, struct tally_svg_label *out)
{
    size_t fit = width < 3 * CHAR_WIDTH ? 3 : (size_t)(width / CHAR_WIDTH);
    char clean[320];
    size_t first;
    size_t last;
    const char *rest;
    const char *more = "";

    tally_text_printable(text, clean, sizeof clean);
    fit = fit > 38 ? 38 : fit; /* four bytes each, an ellipsis, a NUL */
    out->nlines = 1;
    if (characters(clean, strlen(clean)) <= fit) {
        snprintf(out->line[0], sizeof out->line[0], "%.*s", (int)sizeof out->line[0] - 1,
                 clean);
        return;
    }
    out->nlines = 2;
    first = break_at(clean, fit);
    rest = clean + first + (clean[first] == ' ');
    last = strlen(rest);
    if (characters(rest, last) > fit) {
        last = break_at(rest, fit - 1);
        more = "\u2026";
    }
    snprintf(out->line[0], sizeof out->line[0], "%.*s", (int)first, clean);
    snprintf(out->line[1], sizeof out->line[1], "%.*s%s", (int)last, rest, more);
}

const char *
tally_svg_colour(size_t i)
{
    /* Of the page's style, which has them for light and for dark. */
    static const char *const colours[] = {"var(--c0)", "var(--c1)", "var(--c2)",
                                          "var(--c3)", "var(--c4)", "var(--c5)"};

    return colours[i % (sizeof colours / sizeof colours[0])];
}
