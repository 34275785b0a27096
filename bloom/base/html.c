/*
 * The page of a report: skeleton, style, and the pieces that hold text. The style is
 * written for reading on any screen and for paper; nothing is fetched and no script runs,
 * which the content policy states and enforces.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/html.h"

#include "bloom/base/html_write.h"
#include "bloom/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROSE_MIN 40 /* bytes of a cell that is read rather than looked up */

static const char style[] =
    ":root{--page:#fff;--text:#0b0c0c;--muted:#383f43;--soft:#f3f2f1;--rule:#b1b4b6;"
    "--grid:#d9dbdc;--off:#d3d6d8;--link:#1a5a96;--c0:#12436d;--c1:#d95926;--c2:#28a197;"
    "--c3:#801650;--c4:#3d3d3d;--c5:#a285d1}"
    "@media screen and (prefers-color-scheme:dark){:root{--page:#111417;--text:#f2f4f5;"
    "--muted:#c8ced2;--soft:#20262b;--rule:#59636a;--grid:#363e44;--off:#4a545b;"
    "--link:#8cc4f2;--c0:#6fa8dc;--c1:#f2885c;--c2:#4fc7bd;--c3:#e38bc0;--c4:#b9bfc3;"
    "--c5:#c3aeea}}"
    "*{box-sizing:border-box}"
    "html{-webkit-text-size-adjust:100%;text-size-adjust:100%}"
    "body{margin:0;background:var(--page);color:var(--text);"
    "font:18px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",Arial,"
    "\"Liberation Sans\",sans-serif;font-variant-numeric:tabular-nums}"
    "header{background:#12436d;color:#fff;font-weight:700}"
    "header p,main{max-width:960px;margin:0 auto;padding:0 20px}"
    "header p{padding-top:10px;padding-bottom:10px}"
    "main{padding-bottom:60px}"
    "h1{font-size:40px;line-height:1.15;margin:36px 0 12px;letter-spacing:-.01em}"
    "h2{font-size:28px;line-height:1.2;margin:48px 0 12px;padding-top:14px;"
    "border-top:1px solid var(--rule)}"
    "h3{font-size:21px;line-height:1.3;margin:32px 0 8px}"
    "h4,h5,h6{font-size:18px;margin:24px 0 8px}"
    "p{margin:0 0 14px;max-width:44em;overflow-wrap:break-word}"
    ".status{margin:0 0 28px;padding:10px 14px;max-width:none;background:var(--soft);"
    "border-left:6px solid var(--c0)}"
    "dl{margin:0 0 24px}"
    "dl div{display:flex;gap:20px;padding:7px 0;border-bottom:1px solid var(--rule)}"
    "dt{flex:0 0 35%;font-weight:700}"
    "dd{margin:0;flex:1;min-width:0;overflow-wrap:anywhere}"
    ".scroll{overflow-x:auto;margin:0 0 28px}"
    "table{border-collapse:collapse;width:100%;font-size:16px;line-height:1.4}"
    "caption{text-align:left;font-weight:700;font-size:18px;padding:0 0 8px}"
    "th,td{text-align:left;vertical-align:top;padding:7px 24px 7px 0;"
    "border-bottom:1px solid var(--rule)}"
    "thead th{border-bottom:2px solid var(--text);vertical-align:bottom}"
    "tbody th{font-weight:400}"
    "th:last-child,td:last-child{padding-right:0}"
    ".n{text-align:right}td.n{white-space:nowrap}"
    "figure{margin:0 0 32px}"
    "figcaption{font-weight:700;margin:0 0 8px}"
    "svg{display:block;width:100%;height:auto;font-family:inherit;overflow:visible}"
    "svg text{fill:var(--text);font-size:15px}"
    "svg .small{font-size:14px;fill:var(--muted)}"
    "svg .axis{stroke:var(--text);stroke-width:1}"
    "svg .grid{stroke:var(--grid);stroke-width:1}"
    "svg .mark{stroke:var(--text);stroke-width:2;stroke-dasharray:6 4}"
    "svg .halo{stroke:var(--page);stroke-width:4}"
    "svg .bold{font-weight:700}"
    "svg .head{fill:var(--text)}"
    "svg .off{fill:var(--off)}"
    "svg .line{fill:none;stroke-width:2.5;stroke-linejoin:round}"
    "details{margin:10px 0 0}"
    "details .scroll{margin:10px 0 0}"
    "a,summary{color:var(--link);text-decoration:underline;"
    "text-underline-offset:.15em}"
    "summary{cursor:pointer;width:fit-content}"
    ".lights{list-style:none;margin:0 0 24px;padding:0}"
    ".lights li{padding:10px 0;border-bottom:1px solid var(--rule);max-width:none}"
    ".lights p{margin:4px 0 0;max-width:none}"
    ".lights .rule{color:var(--muted);font-size:16px}"
    ".light{display:inline-block;min-width:5.2em;margin-right:12px;padding:1px 10px;"
    "text-align:center;font-weight:700}"
    ".green{background:#00703c;color:#fff}.amber{background:#ffb054;color:#0b0c0c}"
    ".red{background:#aa2a16;color:#fff}.grey{background:#505a5f;color:#fff}"
    "nav ul{margin:0 0 24px;padding:0;list-style:none;columns:2;column-gap:32px}"
    "nav li{padding:3px 0;break-inside:avoid}"
    ":focus-visible{outline:3px solid #0b0c0c;outline-offset:0;background:#fd0;"
    "color:#0b0c0c}"
    "@media (max-width:600px){body{font-size:16px}h1{font-size:30px}h2{font-size:23px}"
    "dl div{display:block}nav ul{columns:1}figure{overflow-x:auto}svg{min-width:640px}"
    ".t{min-width:15em}th,td{padding-right:14px}caption{max-width:calc(100vw - 56px)}}"
    "@media print{@page{margin:16mm}body{font-size:10.5pt;line-height:1.4}"
    "header{background:none;color:#0b0c0c}header p,main{max-width:none;padding:0}"
    "h1{font-size:22pt;margin-top:8mm}h2{font-size:15pt;margin-top:9mm}h3{font-size:12pt}"
    "table{font-size:9pt}caption{font-size:10pt}th,td{padding-top:3px;padding-bottom:3px}"
    "h2,h3,h4,caption,figcaption{break-after:avoid}"
    "svg,tr,dl div,.status{break-inside:avoid}"
    ".scroll{overflow:visible}nav{display:none}.lights .rule{font-size:9pt}"
    ".light{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    ".lights li{break-inside:avoid}.status{border:1px solid #0b0c0c;background:none}"
    "svg rect,svg circle,svg path{print-color-adjust:exact;"
    "-webkit-print-color-adjust:exact}"
    /* The tables under charts stand open on paper. */
    "details::details-content{content-visibility:visible;display:block;height:auto}"
    "summary{color:inherit;text-decoration:none;list-style:none}"
    "summary::-webkit-details-marker{display:none}}";

void
tally_html_put(struct tally_html *h, const char *markup)
{
    if (h->err.code == TALLY_OK) {
        (void)!tally_outfile_write(h->f, markup, strlen(markup), &h->err);
    }
}

/* Formatted text in new memory; NULL with the error set. */
static char *
format(struct tally_html *h, const char *fmt, va_list ap)
{
    char *text = NULL;

    if (h->err.code != TALLY_OK) {
        return NULL;
    }
    if (vasprintf(&text, fmt, ap) < 0) {
        tally_err_nomem(&h->err);
        return NULL;
    }
    return text;
}

void
tally_html_putf(struct tally_html *h, const char *fmt, ...)
{
    va_list ap;
    char *markup;

    va_start(ap, fmt);
    markup = format(h, fmt, ap);
    va_end(ap);
    if (markup != NULL) {
        tally_html_put(h, markup);
        free(markup);
    }
}

/* What stands for ${c}, or NULL for itself. */
static const char *
entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void
tally_html_nomem(struct tally_html *h)
{
    if (h->err.code == TALLY_OK) {
        tally_err_nomem(&h->err);
    }
}

void
tally_html_text(struct tally_html *h, const char *text)
{
    size_t len = strlen(text);
    char *clean = malloc(len + 1);
    char *from = clean;

    if (clean == NULL) {
        tally_html_nomem(h);
        return;
    }
    tally_text_printable(text, clean, len + 1);
    for (char *p = clean; *p != '\0'; p++) {
        const char *instead = entity(*p);

        if (instead != NULL) {
            *p = '\0';
            tally_html_put(h, from);
            tally_html_put(h, instead);
            from = p + 1;
        }
    }
    tally_html_put(h, from);
    free(clean);
}

static void
put_formatted_text(struct tally_html *h, const char *fmt, va_list ap)
{
    char *text = format(h, fmt, ap);

    if (text != NULL) {
        tally_html_text(h, text);
        free(text);
    }
}

int
tally_html_begin(struct tally_html **out, struct tally_outfile *f, const char *title,
                 const char *status, const char *audience, struct tally_err *err)
{
    struct tally_html *h = calloc(1, sizeof *h);

    if (h == NULL) {
        return tally_err_nomem(err);
    }
    h->f = f;
    tally_html_put(h,
                   "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n"
                   "<meta charset=\"utf-8\">\n"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                   "'none'; style-src 'unsafe-inline'; img-src data:\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width, "
                   "initial-scale=1\">\n"
                   "<meta name=\"referrer\" content=\"no-referrer\">\n"
                   "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    tally_html_text(h, title);
    tally_html_put(h, " - Tallystick</title>\n<style>");
    tally_html_put(h, style);
    tally_html_put(h, "</style>\n</head>\n<body>\n<header><p>Tallystick</p></header>\n"
                      "<main>\n<h1>");
    tally_html_text(h, title);
    tally_html_put(h, "</h1>\n<p class=\"status\"><strong>Status: ");
    tally_html_text(h, status);
    tally_html_put(h, ".</strong> For: ");
    tally_html_text(h, audience);
    tally_html_put(h, ".</p>\n");
    if (h->err.code != TALLY_OK) {
        *err = h->err;
        free(h);
        return -1;
    }
    *out = h;
    return 0;
}

/* What a heading is called in links: its letters, in lower case. */
static void
put_slug(struct tally_html *h, const char *text)
{
    for (; *text != '\0'; text++) {
        char c = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;

        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            tally_html_putf(h, "%c", c);
        } else if (c == ' ') {
            tally_html_put(h, "-");
        }
    }
}

void
tally_html_contents(struct tally_html *h, const char *const *headings, size_t n)
{
    tally_html_put(h, "<nav aria-label=\"Contents\">\n<ul>\n");
    for (size_t i = 0; i < n; i++) {
        tally_html_put(h, "<li><a href=\"#");
        put_slug(h, headings[i]);
        tally_html_put(h, "\">");
        tally_html_text(h, headings[i]);
        tally_html_put(h, "</a></li>\n");
    }
    tally_html_put(h, "</ul>\n</nav>\n");
}

void
tally_html_heading(struct tally_html *h, int level, const char *text)
{
    level = level < 2 ? 2 : level > 6 ? 6 : level;
    if (level == 2) {
        tally_html_put(h, "<h2 id=\"");
        put_slug(h, text);
        tally_html_put(h, "\">");
    } else {
        tally_html_putf(h, "<h%d>", level);
    }
    tally_html_text(h, text);
    tally_html_putf(h, "</h%d>\n", level);
}

void
tally_html_para(struct tally_html *h, const char *fmt, ...)
{
    va_list ap;

    tally_html_put(h, "<p>");
    va_start(ap, fmt);
    put_formatted_text(h, fmt, ap);
    va_end(ap);
    tally_html_put(h, "</p>\n");
}

void
tally_html_facts_begin(struct tally_html *h)
{
    tally_html_put(h, "<dl>\n");
}

void
tally_html_fact(struct tally_html *h, const char *name, const char *fmt, ...)
{
    va_list ap;

    tally_html_put(h, "<div><dt>");
    tally_html_text(h, name);
    tally_html_put(h, "</dt><dd>");
    va_start(ap, fmt);
    put_formatted_text(h, fmt, ap);
    va_end(ap);
    tally_html_put(h, "</dd></div>\n");
}

void
tally_html_facts_end(struct tally_html *h)
{
    tally_html_put(h, "</dl>\n");
}

void
tally_html_lights_begin(struct tally_html *h)
{
    /* The role is said aloud: a list without bullets is none to some screen readers. */
    tally_html_put(h, "<ul class=\"lights\" role=\"list\">\n");
}

void
tally_html_light(struct tally_html *h, enum tally_light light, const char *name,
                 const char *rule, const char *found)
{
    static const char *const words[] = {
        [TALLY_LIGHT_GREEN] = "green",
        [TALLY_LIGHT_AMBER] = "amber",
        [TALLY_LIGHT_RED] = "red",
        [TALLY_LIGHT_GREY] = "grey",
    };

    tally_html_putf(h, "<li><span class=\"light %s\">%c%s</span><strong>", words[light],
                    words[light][0] - 'a' + 'A', words[light] + 1);
    tally_html_text(h, name);
    tally_html_put(h, "</strong>\n<p>");
    tally_html_text(h, found);
    tally_html_put(h, "</p>\n<p class=\"rule\">Rule: ");
    tally_html_text(h, rule);
    tally_html_put(h, "</p></li>\n");
}

void
tally_html_lights_end(struct tally_html *h)
{
    tally_html_put(h, "</ul>\n");
}

static bool
is_numeric(const struct tally_html *h, size_t column)
{
    return column < 32 && (h->numeric >> column & 1) != 0;
}

void
tally_html_table_begin(struct tally_html *h, const char *caption, size_t ncols,
                       const char *const *headers, unsigned numeric)
{
    h->ncols = ncols;
    h->numeric = numeric;
    /* A table wider than the screen scrolls, and can be reached by keyboard to do so. */
    tally_html_put(h,
                   "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"");
    tally_html_text(h, caption);
    tally_html_put(h, "\">\n<table>\n<caption>");
    tally_html_text(h, caption);
    tally_html_put(h, "</caption>\n<thead><tr>");
    for (size_t i = 0; i < ncols; i++) {
        tally_html_put(h, is_numeric(h, i) ? "<th scope=\"col\" class=\"n\">"
                                           : "<th scope=\"col\">");
        tally_html_text(h, headers[i]);
        tally_html_put(h, "</th>");
    }
    tally_html_put(h, "</tr></thead>\n<tbody>\n");
}

void
tally_html_row(struct tally_html *h, const char *const *cells)
{
    tally_html_put(h, "<tr>");
    for (size_t i = 0; i < h->ncols; i++) {
        tally_html_put(h, i == 0 ? "<th scope=\"row\"" : "<td");
        tally_html_put(h, is_numeric(h, i)               ? " class=\"n\">"
                          : strlen(cells[i]) > PROSE_MIN ? " class=\"t\">"
                                                         : ">");
        tally_html_text(h, cells[i]);
        tally_html_put(h, i == 0 ? "</th>" : "</td>");
    }
    tally_html_put(h, "</tr>\n");
}

void
tally_html_table_end(struct tally_html *h)
{
    tally_html_put(h, "</tbody>\n</table>\n</div>\n");
}

int
tally_html_end(struct tally_html *h, struct tally_err *err)
{
    int r = 0;

    tally_html_put(h, "</main>\n</body>\n</html>\n");
    if (h->err.code != TALLY_OK) {
        *err = h->err;
        r = -1;
    }
    free(h);
    return r;
}
