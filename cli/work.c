/*
 * Threads, progress on the terminal, and talk.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bloom/base/log.h"
#include "bloom/base/text.h"

#define SHOW_AFTER_MS 2000
#define BAR_CELLS     24

enum style { STYLE_BAR, STYLE_PLAIN, STYLE_JSON, STYLE_NONE };

/* One phase at a time is shown; progress.h promises one caller at a time. */
static struct {
    enum style style;
    const char *phase;
    uint64_t started_ms;
    uint64_t said_ms;
    bool bar_up;
} shown;

static uint64_t
now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
bar_down(void)
{
    if (shown.bar_up) {
        fputs("\r\033[K", stderr);
        shown.bar_up = false;
    }
}

static void
time_left(char *out, size_t cap, uint64_t done, uint64_t total, uint64_t ms)
{
    uint64_t left;

    out[0] = '\0';
    if (total == 0 || done == 0 || done > total) {
        return;
    }
    left = (uint64_t)((double)ms * (double)(total - done) / (double)done / 1000.0) + 1;
    if (left < 100) {
        (void)snprintf(out, cap, ", %" PRIu64 " s left", left);
    } else {
        (void)snprintf(out, cap, ", %" PRIu64 " min left", (left + 59) / 60);
    }
}

static void
draw_bar(uint64_t done, uint64_t total)
{
    if (total == 0) {
        return;
    }
    fputc('[', stderr);
    for (uint64_t i = 0; i < BAR_CELLS; i++) {
        fputc((double)i * (double)total < (double)done * BAR_CELLS ? '#' : '.', stderr);
    }
    fputs("] ", stderr);
}

static void
show_person(const char *unit, uint64_t done, uint64_t total, uint64_t ms)
{
    char left[40];
    double rate = ms == 0 ? 0 : (double)done * 1000.0 / (double)ms;

    time_left(left, sizeof left, done, total, ms);
    bar_down();
    fprintf(stderr, "%s%s: ", shown.style == STYLE_PLAIN ? "tally: " : "", shown.phase);
    if (shown.style == STYLE_BAR) {
        draw_bar(done, total);
    }
    fprintf(stderr, "%s %s, %s a second%s", tally_thousands(done), unit,
            tally_thousands((uint64_t)rate), left);
    if (shown.style == STYLE_PLAIN) {
        fputc('\n', stderr);
    } else {
        shown.bar_up = true;
    }
    fflush(stderr);
}

static void
show(void *ctx, const char *phase, const char *unit, uint64_t done, uint64_t total)
{
    uint64_t now = now_ms();
    uint64_t every = shown.style == STYLE_BAR ? 0 : 5000;

    (void)ctx;
    if (done == UINT64_MAX) {
        bar_down();
        shown.phase = NULL;
        return;
    }
    if (shown.phase != phase) {
        shown.phase = phase;
        shown.started_ms = now;
        shown.said_ms = now;
    }
    if (now - shown.started_ms < SHOW_AFTER_MS || now - shown.said_ms < every) {
        return;
    }
    shown.said_ms = now;
    if (shown.style == STYLE_JSON) {
        fprintf(stderr,
                "{\"phase\": \"%s\", \"unit\": \"%s\", \"done\": %" PRIu64
                ", \"total\": %" PRIu64 "}\n",
                phase, unit, done, total);
    } else {
        show_person(unit, done, total, now - shown.started_ms);
    }
}

static int
pick_style(const char *name, struct tally_err *err)
{
    static const char *const names[] = {"auto", "plain", "json", "none"};
    static const enum style styles[] = {STYLE_BAR, STYLE_PLAIN, STYLE_JSON, STYLE_NONE};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            bool hidden = i == 0 && !isatty(STDERR_FILENO);

            shown.style = hidden ? STYLE_NONE : styles[i];
            return 0;
        }
    }
    return tally_err_set(err, TALLY_E_USAGE, "--progress is auto, plain, json or none");
}

int
tally_work_begin(struct tally_work *w, struct tally_err *err)
{
    if (pick_style(w->progress_style ? w->progress_style : "auto", err) != 0) {
        return -1;
    }
    if (shown.style != STYLE_NONE) {
        w->progress.show = show;
        tally_log_before(bar_down);
    }
    return tally_pool_create(&w->pool, (unsigned)w->threads, err);
}

void
tally_work_end(struct tally_work *w)
{
    bar_down();
    tally_log_before(NULL);
    tally_pool_free(w->pool);
    w->pool = NULL;
}

void
tally_say(const char *fmt, ...)
{
    char *text = NULL;
    char *line;
    char *rest;
    va_list ap;
    int n;

    bar_down();
    va_start(ap, fmt);
    n = vasprintf(&text, fmt, ap);
    va_end(ap);
    if (n < 0) {
        return; /* talk alone: what is done says itself by the exit code */
    }
    /* A name of a file may hold what a terminal obeys. */
    for (line = text; line != NULL; line = rest) {
        rest = strchr(line, '\n');
        if (rest != NULL) {
            *rest++ = '\0';
        }
        tally_text_printable(line, line, strlen(line) + 1);
        fprintf(stderr, "%s\n", line);
    }
    free(text);
}

int
tally_flush_output(struct tally_err *err)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return 0;
    }
    if (errno == EPIPE) {
        clearerr(stdout);
        return 0;
    }
    return tally_err_errno(err, TALLY_E_IO, "cannot write to standard output");
}

int
tally_print_json(struct tally_jnode *n, struct tally_err *err)
{
    char *text = tally_json_text(n, 2);

    tally_jfree(n);
    if (text == NULL) {
        return tally_err_nomem(err);
    }
    puts(text);
    free(text);
    return tally_flush_output(err);
}

const char *
tally_thousands(uint64_t n)
{
    static char ring[8][32];
    static unsigned next;
    char plain[24];
    char *out = ring[next++ % 8];
    size_t len = (size_t)snprintf(plain, sizeof plain, "%" PRIu64, n);
    size_t o = 0;

    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            out[o++] = ',';
        }
        out[o++] = plain[i];
    }
    out[o] = '\0';
    return out;
}
