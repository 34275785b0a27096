/*
 * Tests of HTML reports: escaping, the page around the text, charts and their tables.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/html.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static const char PATH[] = "test_html.tmp.html";

/* A page being made, and its text once it is finished. */
struct page {
    struct tally_outfile *f;
    struct tally_html *h;
    char *text;
};

static struct page
begin(const char *title)
{
    struct page p = {0};
    struct tally_err err = TALLY_ERR_INIT;

    assert_int_equal(tally_outfile_open(&p.f, PATH, 0600, true, &err), 0);
    assert_int_equal(tally_html_begin(&p.h, p.f, title, "aggregate", "analysts", &err),
                     0);
    return p;
}

static void
finish(struct page *p)
{
    struct tally_err err = TALLY_ERR_INIT;
    uint8_t *data;
    size_t len;

    assert_int_equal(tally_html_end(p->h, &err), 0);
    assert_int_equal(tally_outfile_commit(&p->f, 1, &err), 0);
    tally_outfile_free(p->f);
    assert_int_equal(tally_file_read(PATH, 1 << 24, &data, &len, &err), 0);
    p->text = (char *)data;
    unlink(PATH);
}

static size_t
count(const char *text, const char *needle)
{
    size_t n = 0;

    for (const char *p = text; (p = strstr(p, needle)) != NULL; p += strlen(needle)) {
        n++;
    }
    return n;
}

static void
assert_has(const struct page *p, const char *needle)
{
    if (strstr(p->text, needle) == NULL) {
        fail_msg("the page has no %s", needle);
    }
}

/* Every element that is opened is closed, in order; and no attribute or element is left
 * open. */
static void
assert_well_formed(const char *text)
{
    char open[32][16];
    size_t depth = 0;

    for (const char *p = strchr(text, '<'); p != NULL; p = strchr(p + 1, '<')) {
        size_t len = strcspn(p + 1, " >/\n");
        const char *end = strchr(p, '>');
        char name[16];

        assert_non_null(end);
        if (p[1] == '!' || strncmp(p + 1, "meta", 4) == 0 || end[-1] == '/') {
            continue;
        }
        if (p[1] == '/') {
            snprintf(name, sizeof name, "%.*s", (int)(end - p - 2), p + 2);
            assert_true(depth > 0);
            assert_string_equal(name, open[--depth]);
            continue;
        }
        assert_true(depth < 32 && len < sizeof name);
        snprintf(open[depth++], sizeof open[0], "%.*s", (int)len, p + 1);
        if (strncmp(p + 1, "style", 5) == 0) {
            p = strstr(p, "</style") - 1;
        }
    }
    assert_int_equal(depth, 0);
}

static void
html_page_states_its_policy_and_status(void **state)
{
    struct page p = begin("A & B");

    (void)state;
    finish(&p);
    assert_has(&p, "<!DOCTYPE html>\n<html lang=\"en-GB\">");
    assert_has(
        &p, "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"");
    assert_has(&p, "<title>A &amp; B - Tallystick</title>");
    assert_has(&p, "<h1>A &amp; B</h1>");
    assert_has(&p, "<strong>Status: aggregate.</strong> For: analysts.");
    assert_null(strstr(p.text, "<script"));
    assert_null(strstr(p.text, "http:"));
    assert_null(strstr(p.text, "https:"));
    assert_null(strstr(p.text, "url("));
    assert_well_formed(p.text);
    free(p.text);
}

static void
html_text_is_escaped_everywhere(void **state)
{
    static const char evil[] = "</title><script>\"'&\x01\xFF";
    const double values[] = {1};
    const unsigned long long masks[] = {1};
    const char *const list[] = {evil};
    struct tally_html_chart c = {.title = evil,
                                 .x_label = evil,
                                 .y_label = evil,
                                 .n = 1,
                                 .x = values,
                                 .nseries = 1,
                                 .series = values,
                                 .names = list,
                                 .mark = 1,
                                 .mark_label = evil};
    struct tally_err err = TALLY_ERR_INIT;
    struct page p = {0};

    (void)state;
    assert_int_equal(tally_outfile_open(&p.f, PATH, 0600, true, &err), 0);
    assert_int_equal(tally_html_begin(&p.h, p.f, evil, evil, evil, &err), 0);
    tally_html_heading(p.h, 2, evil);
    tally_html_para(p.h, "%s", evil);
    tally_html_facts_begin(p.h);
    tally_html_fact(p.h, evil, "%s", evil);
    tally_html_facts_end(p.h);
    tally_html_table_begin(p.h, evil, 1, list, 0);
    tally_html_row(p.h, list);
    tally_html_table_end(p.h);
    tally_html_bars(p.h, evil, 1, list, values, list);
    tally_html_upset(p.h, evil, 1, list, 1, masks, values, list);
    tally_html_histogram(p.h, &c);
    tally_html_line(p.h, &c);
    finish(&p);
    assert_null(strstr(p.text, "<script"));
    assert_null(strchr(p.text, '\x01'));
    assert_null(strchr(p.text, '\xFF'));
    assert_has(&p, "&lt;/title&gt;&lt;script&gt;&quot;&#39;&amp;??");
    assert_well_formed(p.text);
    free(p.text);
}

static void
html_table_has_caption_scopes_and_alignment(void **state)
{
    struct page p = begin("t");
    const char *const headers[] = {"Source", "Records"};

    (void)state;
    tally_html_table_begin(p.h, "By source", 2, headers, 2);
    tally_html_row(p.h, (const char *[]){"police", "1,205"});
    /* A long text gets room where the screen is narrow. */
    tally_html_row(p.h,
                   (const char *[]){"health, of the boards that take part in it", "7"});
    tally_html_table_end(p.h);
    finish(&p);
    assert_has(&p, "<th scope=\"row\" class=\"t\">health, of");
    assert_has(&p, ".t{min-width:15em}");
    assert_has(&p, "<caption>By source</caption>");
    assert_has(&p,
               "<th scope=\"col\">Source</th><th scope=\"col\" class=\"n\">Records</th>");
    assert_has(&p, "<th scope=\"row\">police</th><td class=\"n\">1,205</td>");
    assert_well_formed(p.text);
    free(p.text);
}

static void
html_headings_stay_under_the_title(void **state)
{
    struct page p = begin("t");
    static const char *const contents[] = {"Who was & is counted?"};

    (void)state;
    tally_html_contents(p.h, contents, 1);
    tally_html_heading(p.h, 2, contents[0]);
    tally_html_heading(p.h, 1, "one");
    tally_html_heading(p.h, 3, "three");
    tally_html_heading(p.h, 9, "nine");
    tally_html_para(p.h, "%d of %s", 3, "four");
    finish(&p);
    assert_has(&p, "<a href=\"#who-was--is-counted\">Who was &amp; is counted?</a>");
    assert_has(&p, "<h2 id=\"who-was--is-counted\">Who was &amp; is counted?</h2>");
    assert_has(&p, "<h2 id=\"one\">one</h2>");
    assert_has(&p, "<h3>three</h3>");
    assert_has(&p, "<h6>nine</h6>");
    assert_has(&p, "<p>3 of four</p>");
    free(p.text);
}

static void
html_flow_has_a_box_for_each_step_and_column(void **state)
{
    static const char *const steps[] = {"Export", "Sent"};
    static const char *const columns[] = {"police", "health & care"};
    static const char *const texts[] = {"2,000", "19,000", "1,995", "[c]"};
    struct page p = begin("t");
    const char *at;
    size_t boxes = 0;

    (void)state;
    tally_html_flow(p.h, "Flow of records", 2, steps, 2, columns, texts);
    finish(&p);
    for (at = p.text; (at = strstr(at, "<rect ")) != NULL; at++) {
        boxes++;
    }
    assert_int_equal(boxes, 4);
    assert_has(&p, ">Export</text>");
    assert_has(&p, "health &amp; care</text>");
    assert_has(&p, ">1,995</text>");
    assert_has(&p, ">[c]</text>");
    assert_has(&p, "role=\"img\"");
    free(p.text);
}

static void
html_lights_say_their_colour_and_their_rule(void **state)
{
    struct page p = begin("t");

    (void)state;
    tally_html_lights_begin(p.h);
    tally_html_light(p.h, TALLY_LIGHT_AMBER, "Names", "under 95% is <amber>",
                     "94% & less");
    tally_html_lights_end(p.h);
    finish(&p);
    assert_has(&p, "<span class=\"light amber\">Amber</span><strong>Names</strong>");
    assert_has(&p, "<p>94% &amp; less</p>");
    assert_has(&p, "Rule: under 95% is &lt;amber&gt;");
    free(p.text);
}

static void
html_bars_print_every_value_and_its_row(void **state)
{
    struct page p = begin("t");
    static const char longest[] =
        "a name that is far too long to stand on one line beside "
        "its bar";
    const char *const labels[] = {"police", "health", longest};
    const double values[] = {10, 0, 5};
    const char *const texts[] = {"10%", "[c]", "5%"};

    (void)state;
    tally_html_bars(p.h, "Linked", 3, labels, values, texts);
    finish(&p);
    assert_has(&p, "<figcaption>Linked</figcaption>");
    assert_has(
        &p,
        "role=\"img\" aria-labelledby=\"chart1\">\n<title id=\"chart1\">Linked</title>");
    assert_int_equal(count(p.text, "<rect "), 3);
    assert_has(&p, "width=\"0.0\"");
    assert_has(&p, "<th scope=\"row\">health</th><td class=\"n\">[c]</td>");
    assert_has(&p, "on one line beside its bar</th><td class=\"n\">5%</td>");
    assert_int_equal(count(p.text, "<details>"), 1);
    assert_well_formed(p.text);
    free(p.text);
}

static void
html_histogram_has_round_ticks_and_the_mark(void **state)
{
    struct page p = begin("t");
    const double x[] = {0.5, 0.6, 0.7, 0.8};
    const double series[] = {1234, 20, NAN, 3000, 1, 2, 3, 4};
    const char *const names[] = {"pairs", "false pairs"};
    const struct tally_html_chart c = {.title = "Scores",
                                       .x_label = "Dice",
                                       .y_label = "Pairs",
                                       .n = 4,
                                       .x = x,
                                       .nseries = 2,
                                       .series = series,
                                       .names = names,
                                       .mark = 0.7,
                                       .mark_label = "threshold"};

    (void)state;
    tally_html_histogram(p.h, &c);
    finish(&p);
    assert_has(&p, ">1,000</text>");
    assert_has(&p, ">3,000</text>");
    assert_null(strstr(p.text, ">3,500</text>"));
    assert_has(&p, ">0.75</text>");
    assert_has(&p, ">threshold</text>");
    assert_has(&p, "<th scope=\"row\">0.5 to 0.6</th><td class=\"n\">1,234</td>"
                   "<td class=\"n\">1</td>");
    assert_has(&p, "<th scope=\"row\">0.7 to 0.8</th><td class=\"n\">not shown</td>");
    assert_has(&p, "<th scope=\"row\">0.8 to 0.9</th>");
    assert_int_equal(count(p.text, ">false pairs</t"), 2);
    assert_well_formed(p.text);
    free(p.text);
}

static void
html_histogram_has_decades_when_logarithmic(void **state)
{
    struct page p = begin("t");
    const double x[] = {0, 1, 2};
    const double series[] = {1, 0, 50000};
    const struct tally_html_chart c = {.title = "Scores",
                                       .x_label = "Errors",
                                       .y_label = "Pairs",
                                       .n = 3,
                                       .x = x,
                                       .nseries = 1,
                                       .series = series,
                                       .mark = NAN,
                                       .log_y = true};

    (void)state;
    tally_html_histogram(p.h, &c);
    finish(&p);
    assert_has(&p, ">1</text>");
    assert_has(&p, ">10</text>");
    assert_has(&p, ">100,000</text>");
    assert_null(strstr(p.text, ">1,000,000</text>"));
    /* One is seen as a bar; nothing is not. */
    assert_int_equal(count(p.text, "<rect "), 2);
    assert_null(strstr(p.text, "class=\"mark\""));
    free(p.text);
}

static void
html_line_breaks_where_a_value_is_not_shown(void **state)
{
    struct page p = begin("t");
    const double x[] = {2020, 2021, 2022, 2023};
    const double series[] = {0.25, NAN, 0.5, 0.75};
    const struct tally_html_chart c = {.title = "Quality",
                                       .x_label = "Year",
                                       .y_label = "Recall",
                                       .n = 4,
                                       .x = x,
                                       .nseries = 1,
                                       .series = series,
                                       .mark = NAN};
    char *path;

    (void)state;
    tally_html_line(p.h, &c);
    finish(&p);
    assert_has(&p, ">2021</text>");
    assert_null(strstr(p.text, "2,021"));
    assert_has(&p, "<th scope=\"row\">2021</th><td class=\"n\">not shown</td>");
    assert_has(&p, "<td class=\"n\">0.50</td>");
    path = strstr(p.text, "<path class=\"line\"");
    assert_non_null(path);
    *strchr(path, '/') = '\0';
    assert_int_equal(count(path, "M"), 2);
    assert_int_equal(count(path, "L"), 1);
    free(p.text);
}

static void
html_upset_names_every_combination(void **state)
{
    struct page p = begin("t");
    const char *const sets[] = {"police", "health", "education"};
    const unsigned long long masks[] = {1, 6, 7, 0};
    const double values[] = {100, 50, 0, 5};
    const char *const texts[] = {"100", "50", "[c]", "5"};

    (void)state;
    tally_html_upset(p.h, "Overlap", 3, sets, 4, masks, values, texts);
    finish(&p);
    assert_has(&p, "<th scope=\"row\">police</th><td class=\"n\">100</td>");
    assert_has(&p, "<th scope=\"row\">health and education</th><td class=\"n\">50</td>");
    assert_has(
        &p, "<th scope=\"row\">police and health and education</th><td class=\"n\">[c]<");
    assert_has(&p, "<th scope=\"row\">none</th><td class=\"n\">5</td>");
    assert_int_equal(count(p.text, "<circle "), 12);
    assert_int_equal(count(p.text, "class=\"off\""), 6);
    assert_well_formed(p.text);
    free(p.text);
}

static void
html_upset_shows_what_fits_and_lists_the_rest(void **state)
{
    enum { MANY = 63 };
    struct page p = begin("t");
    const char *const sets[] = {"a", "b", "c", "d", "e", "f"};
    unsigned long long masks[MANY];
    double values[MANY];
    const char *texts[MANY];

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        masks[i] = i + 1;
        values[i] = i;
        texts[i] = "123,456";
    }
    tally_html_upset(p.h, "Overlap", 6, sets, MANY, masks, values, texts);
    finish(&p);
    assert_has(&p, "the first 40 of 63 combinations");
    assert_int_equal(count(p.text, "<th scope=\"row\">"), MANY);
    free(p.text);
}

static void
html_charts_of_nothing_are_still_pages(void **state)
{
    struct page p = begin("t");
    const struct tally_html_chart none = {
        .title = "None", .x_label = "x", .y_label = "y", .mark = NAN, .log_y = true};
    const double zeros[] = {0, 0, 0};
    struct tally_html_chart flat = none;

    (void)state;
    flat.n = 3;
    flat.x = zeros;
    flat.nseries = 1;
    flat.series = zeros;
    tally_html_bars(p.h, "None", 0, NULL, NULL, NULL);
    tally_html_upset(p.h, "None", 0, NULL, 0, NULL, NULL, NULL);
    tally_html_histogram(p.h, &none);
    tally_html_line(p.h, &none);
    tally_html_histogram(p.h, &flat);
    tally_html_line(p.h, &flat);
    finish(&p);
    assert_null(strstr(p.text, "nan"));
    assert_null(strstr(p.text, "inf"));
    assert_int_equal(count(p.text, "<svg "), 6);
    assert_int_equal(count(p.text, "<details>"), 6);
    assert_well_formed(p.text);
    free(p.text);
}

static void
html_first_error_is_told_at_the_end(void **state)
{
    struct tally_outfile *f = NULL;
    struct tally_html *h = NULL;
    struct tally_err err = TALLY_ERR_INIT;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    int kept = dup(STDOUT_FILENO);
    int r;

    (void)state;
    fflush(stdout);
    assert_true(full >= 0 && kept >= 0 && dup2(full, STDOUT_FILENO) >= 0);
    assert_int_equal(tally_outfile_open(&f, NULL, 0600, true, &err), 0);
    assert_int_equal(tally_html_begin(&h, f, "t", "aggregate", "analysts", &err), 0);
    for (int i = 0; i < 10000; i++) {
        tally_html_para(h, "a paragraph that fills the buffer of the file, number %d", i);
    }
    r = tally_html_end(h, &err);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(full);
    assert_int_equal(r, -1);
    assert_int_equal(err.code, TALLY_E_IO);
    tally_outfile_free(f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_page_states_its_policy_and_status),
        cmocka_unit_test(html_text_is_escaped_everywhere),
        cmocka_unit_test(html_table_has_caption_scopes_and_alignment),
        cmocka_unit_test(html_headings_stay_under_the_title),
        cmocka_unit_test(html_flow_has_a_box_for_each_step_and_column),
        cmocka_unit_test(html_lights_say_their_colour_and_their_rule),
        cmocka_unit_test(html_bars_print_every_value_and_its_row),
        cmocka_unit_test(html_histogram_has_round_ticks_and_the_mark),
        cmocka_unit_test(html_histogram_has_decades_when_logarithmic),
        cmocka_unit_test(html_line_breaks_where_a_value_is_not_shown),
        cmocka_unit_test(html_upset_names_every_combination),
        cmocka_unit_test(html_upset_shows_what_fits_and_lists_the_rest),
        cmocka_unit_test(html_charts_of_nothing_are_still_pages),
        cmocka_unit_test(html_first_error_is_told_at_the_end),
    };

    return cmocka_run_group_tests(tests, tally_scratch_enter, tally_scratch_leave);
}
