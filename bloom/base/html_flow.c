/*
 * A flow diagram: what came through each step, a column of boxes for each thing that
 * flows.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/html_svg.h"

#define GUTTER 150.0 /* for the names of steps */
#define HEAD   30.0  /* for the names of columns */
#define BOX    38.0
#define STEP   66.0 /* from one box to the next below */

static double
column_at(size_t i, size_t n)
{
    return GUTTER + (TALLY_SVG_WIDTH - GUTTER) * ((double)i + 0.5) / (double)n;
}

static void
put_arrow(struct tally_html *h, double x, double from, double to)
{
    tally_svg_line(h, "axis", x, from, x, to - 5);
    tally_html_putf(h, "<path class=\"head\" d=\"M%.1f %.1fl-5 -8h10z\"/>\n", x, to);
}

static void
put_column(struct tally_html *h, size_t column, size_t ncolumns, size_t nsteps,
           const char *name, const char *const *texts)
{
    double x = column_at(column, ncolumns);
    double room = (TALLY_SVG_WIDTH - GUTTER) / (double)ncolumns - 16;
    double width = room > 170 ? 170 : room;
    struct tally_svg_label label;

    tally_svg_wrap(name, room, &label);
    tally_svg_text(h, x, HEAD - 12, TALLY_ANCHOR_MIDDLE, "bold", label.line[0]);
    for (size_t s = 0; s < nsteps; s++) {
        double y = HEAD + STEP * (double)s;

        tally_svg_rect(h, x - width / 2, y, width, BOX, "var(--soft)");
        tally_svg_text(h, x, y + BOX / 2 + 5, TALLY_ANCHOR_MIDDLE, "",
                       texts[s * ncolumns + column]);
        if (s + 1 < nsteps) {
            put_arrow(h, x, y + BOX, y + STEP);
        }
    }
}

void
tally_html_flow(struct tally_html *h, const char *title, size_t nsteps,
                const char *const *steps, size_t ncolumns, const char *const *columns,
                const char *const *texts)
{
    tally_svg_begin(h, title, HEAD + STEP * (double)nsteps - STEP + BOX + 2);
    for (size_t s = 0; s < nsteps; s++) {
        tally_svg_text(h, 0, HEAD + STEP * (double)s + BOX / 2 + 5, TALLY_ANCHOR_START,
                       "", steps[s]);
    }
    for (size_t c = 0; c < ncolumns; c++) {
        put_column(h, c, ncolumns, nsteps, columns[c], texts);
    }
    tally_svg_end(h);
    tally_html_put(h, "</figure>\n");
}
