/*
 * Options: getopt_long behind one table.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/opt.h"

#include "bloom/base/file.h"
#include "bloom/base/sandbox.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTS_MAX   40
#define HELP_VALUE 1000

#include "cli/cli.h"

static void
help_line(const struct tally_opt *o)
{
    char left[64];

    (void)snprintf(left, sizeof left, "%s%c%s--%s%s%s", o->letter ? "-" : " ",
                   o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name,
                   o->arg ? " " : "", o->arg ? o->arg : "");
    printf("  %-30s %s\n", left, o->help);
}

static void
help(const struct tally_verb *v, const struct tally_opt *opts)
{
    printf("%s %s: %s\n\nUsage: %s %s %s\n\n", tally_program(), v->name, v->summary,
           tally_program(), v->name, v->usage);
    for (const struct tally_opt *o = opts; o->name != NULL; o++) {
        if (o->help != NULL) {
            help_line(o);
        }
    }
    printf("\nExample:\n%s", v->example);
}

bool
tally_opt_share(const char *text, uint32_t *ppm)
{
    uint32_t whole = 0;
    uint32_t part = 0;
    uint32_t unit = 1000000;
    const char *p = text;

    if (*p != '0' && *p != '1' && *p != '.') {
        return false;
    }
    if (*p != '.') {
        whole = (uint32_t)(*p++ - '0');
    }
    if (*p == '.') {
        p++;
        if (*p == '\0') {
            return false;
        }
        for (; *p >= '0' && *p <= '9' && unit > 1; p++) {
            unit /= 10;
            part += (uint32_t)(*p - '0') * unit;
        }
        while (*p == '0') {
            p++;
        }
    }
    if (*p != '\0' || whole * 1000000 + part > 1000000) {
        return false;
    }
    *ppm = whole * 1000000 + part;
    return true;
}

static bool
parse_number(const struct tally_opt *o, const char *text)
{
    uint64_t v = 0;

    if (*text == '\0' || strlen(text) > 19) {
        return false;
    }
    for (const char *p = text; *p != '\0'; p++) {
        if (*p < '0' || *p > '9') {
            return false;
        }
        v = v * 10 + (uint64_t)(*p - '0');
    }
    if (v < o->min || v > o->max) {
        return false;
    }
    *o->number = v;
    return true;
}

static int
usage_error(const struct tally_verb *v, struct tally_err *err)
{
    return tally_err_hint(err, "'%s %s --help' lists the options with an example",
                          tally_program(), v->name);
}

static int
take(const struct tally_verb *v, const struct tally_opt *o, const char *value,
     struct tally_err *err)
{
    if (o->flag != NULL) {
        *o->flag = true;
        return 0;
    }
    if (o->text != NULL) {
        if (*o->text != NULL) {
            (void)tally_err_set(err, TALLY_E_USAGE, "--%s is given twice", o->name);
            return usage_error(v, err);
        }
        *o->text = value;
        return 0;
    }
    if (o->number != NULL && !parse_number(o, value)) {
        (void)tally_err_set(err, TALLY_E_USAGE,
                            "--%s takes a whole number from %llu to %llu", o->name,
                            (unsigned long long)o->min, (unsigned long long)o->max);
        return usage_error(v, err);
    }
    if (o->ppm != NULL && !tally_opt_share(value, o->ppm)) {
        (void)tally_err_set(err, TALLY_E_USAGE,
                            "--%s takes a number from 0 to 1 with at most six places",
                            o->name);
        return usage_error(v, err);
    }
    return 0;
}

/* The getopt form of a table: long options numbered from HELP_VALUE + 1, short ones by
 * letter. */
static void
getopt_tables(const struct tally_opt *opts, struct option *longs, char *shorts)
{
    size_t n = 0;

    *shorts++ = ':';
    for (const struct tally_opt *o = opts; o->name != NULL; o++, n++) {
        TALLY_INVARIANT(n < OPTS_MAX);
        longs[n] = (struct option){o->name, o->arg ? required_argument : no_argument,
                                   NULL, HELP_VALUE + 1 + (int)n};
        if (o->letter) {
            *shorts++ = o->letter;
            if (o->arg) {
                *shorts++ = ':';
            }
        }
    }
    longs[n] = (struct option){"help", no_argument, NULL, HELP_VALUE};
    longs[n + 1] = (struct option){NULL, 0, NULL, 0};
    *shorts++ = 'h';
    *shorts = '\0';
}

static const struct tally_opt *
find(const struct tally_opt *opts, int c)
{
    if (c > HELP_VALUE) {
        return &opts[c - HELP_VALUE - 1];
    }
    while (opts->name != NULL && opts->letter != c) {
        opts++;
    }
    return opts;
}

/* What may be a path: the whole, and what stands between commas and equal signs, as in
 * NAME=FILE and in lists. */
static void
allow_text(struct tally_sandbox *box, const char *text)
{
    char *copy = strdup(text), *rest = copy;

    tally_sandbox_allow(box, text);
    for (char *piece = strsep(&rest, ",="); piece != NULL; piece = strsep(&rest, ",=")) {
        tally_sandbox_allow(box, piece);
    }
    free(copy);
}

/* Whether the value of ${o} is a word, a number or names of columns, by what the help
 * calls it. Anything else may be a path. */
static bool
never_a_path(const struct tally_opt *o)
{
    static const char *const words[] = {
        "N",       "COLUMN", "E",      "TEXT",    "WORD",     "NAME",  "STYLE",
        "KIND",    "RULE",   "DAY",    "T",       "BYTES",    "V,...", "A,B,...",
        "A+B,...", "K",      "A3,...", "COL,...", "COL=V,..."};

    for (size_t i = 0; o->arg != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(o->arg, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* From here on, before any file is read, the process has the folders that its command
 * line names and no others. Only the suites look for their data by themselves. */
static void
confine(const struct tally_verb *v, const struct tally_opt *opts,
        const struct tally_operands *operands)
{
    struct tally_sandbox box = {.everywhere = strncmp(v->name, "bench", 5) == 0};

    for (; opts->name != NULL; opts++) {
        if (opts->text != NULL && *opts->text != NULL && !never_a_path(opts)) {
            allow_text(&box, *opts->text);
        }
    }
    for (size_t i = 0; i < operands->n; i++) { /* what is not there is not read */
        const char *at = operands->list[i];

        if (strpbrk(at, "/,=") != NULL || access(at, F_OK) == 0) {
            allow_text(&box, at);
        }
    }
    tally_sandbox_enter(&box);
}

int
tally_opt_parse(const struct tally_verb *v, const struct tally_opt *opts, int argc,
                char **argv, struct tally_operands *out, struct tally_err *err)
{
    struct option longs[OPTS_MAX + 2];
    char shorts[3 * OPTS_MAX + 3];
    int c;

    *out = (struct tally_operands){NULL, 0, false};
    getopt_tables(opts, longs, shorts);
    opterr = 0;
    optind = 1;
    while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        if (c == HELP_VALUE || c == 'h') {
            help(v, opts);
            out->help = true;
            return 0;
        }
        if (c == ':' || c == '?') {
            (void)tally_err_set(err, TALLY_E_USAGE,
                                c == ':' ? "%s needs a value" : "unknown option %s",
                                argv[optind - 1]);
            return usage_error(v, err);
        }
        if (take(v, find(opts, c), optarg, err) != 0) {
            return -1;
        }
    }
    out->list = argv + optind;
    out->n = (size_t)(argc - optind);
    confine(v, opts, out);
    return 0;
}

int
tally_opt_need(const char *value, const char *name, struct tally_err *err)
{
    if (value != NULL) {
        return 0;
    }
    (void)tally_err_set(err, TALLY_E_USAGE, "%s is needed", name);
    return tally_err_hint(err, "add --help to see the options with an example");
}

int
tally_opt_spare(const char *output, const char *const *inputs, size_t n,
                struct tally_err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (tally_path_distinct(inputs[i], output, err) != 0) {
            return -1;
        }
    }
    return 0;
}

void
tally_opt_list_free(char **list, size_t n)
{
    for (size_t i = 0; list != NULL && i < n; i++) {
        free(list[i]);
    }
    free(list);
}

int
tally_opt_list(const char *text, size_t max, char ***list, size_t *n,
               struct tally_err *err)
{
    char **out = calloc(max, sizeof *out);
    size_t count = 0;

    if (out == NULL) {
        return tally_err_nomem(err);
    }
    for (const char *p = text;; p++) {
        const char *start = p + strspn(p, " ");
        size_t len;

        p += strcspn(p, ",");
        len = p > start ? (size_t)(p - start) : 0;
        while (len > 0 && start[len - 1] == ' ') {
            len--;
        }
        if (len == 0 || count == max) {
            if (len == 0) {
                (void)tally_err_set(err, TALLY_E_USAGE, "empty item in the list '%s'",
                                    text);
            } else {
                (void)tally_err_set(err, TALLY_E_USAGE,
                                    "the list '%s' has over %zu items", text, max);
            }
            goto fail;
        }
        out[count] = strndup(start, len);
        if (out[count++] == NULL) {
            (void)tally_err_nomem(err);
            goto fail;
        }
        if (*p == '\0') {
            break;
        }
    }
    *list = out;
    *n = count;
    return 0;
fail:
    tally_opt_list_free(out, count);
    return -1;
}
