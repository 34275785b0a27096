/*
 * Options: one table a verb gives parsing, --help and its worked example.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_CLI_OPT_H
#define TALLY_CLI_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom/base/err.h"

/** One option. Exactly one of the targets is set; the table ends with TALLY_OPT_END. */
struct tally_opt {
    const char *name;  /* long name, without the dashes */
    char letter;       /* short name, or 0 */
    const char *arg;   /* what stands for its value in the help; NULL for a flag */
    const char *help;  /* one line; NULL: shown in the example only */
    bool *flag;        /* set to true */
    const char **text; /* set to the value; a second time is an error */
    uint64_t *number;  /* a whole number between ${min} and ${max} */
    uint64_t min;
    uint64_t max;
    uint32_t
        *ppm; /* a share from 0 to 1, decimal, at most six places: in parts per million */
};

/** Table entries, a line each. ${target} is what the option sets; ${help} may be NULL. */
#define TALLY_OPT_TEXT(option, value, target, line)                                      \
    {                                                                                    \
        .name = (option), .arg = (value), .text = &(target), .help = (line)              \
    }
#define TALLY_OPT_FLAG(option, target, line)                                             \
    {                                                                                    \
        .name = (option), .flag = &(target), .help = (line)                              \
    }
#define TALLY_OPT_SHARE(option, value, target, line)                                     \
    {                                                                                    \
        .name = (option), .arg = (value), .ppm = &(target), .help = (line)               \
    }
#define TALLY_OPT_NUMBER(option, value, target, least, most, line)                       \
    {                                                                                    \
        .name = (option), .arg = (value), .number = &(target), .min = (least),           \
        .max = (most), .help = (line)                                                    \
    }
#define TALLY_OPT_OUTPUT(value, target, line)                                            \
    {                                                                                    \
        .name = "output", .letter = 'o', .arg = (value), .text = &(target),              \
        .help = (line)                                                                   \
    }
#define TALLY_OPT_END                                                                    \
    {                                                                                    \
        .name = NULL                                                                     \
    }

/** A verb: what the help says, and what runs it. */
struct tally_verb {
    const char *name;
    const char *summary; /* one line for the list of verbs */
    const char *usage;   /* what follows "tally NAME" */
    const char *example; /* lines, each ends with a newline */
    int (*run)(const struct tally_verb *v, int argc, char **argv, struct tally_err *err);
};

/** What is left after the options: the files, and whether --help was printed (then there
 * is nothing to do). */
struct tally_operands {
    char **list;
    size_t n;
    bool help;
};

/**
 * Parse ${argv} (of which [0] is the verb) by ${opts}; --help prints to standard output.
 * Options and operands may mix; "--" ends options. TALLY_E_USAGE names the option, and
 * the help as hint. Then the process is confined (sandbox.h) to the folders that texts
 * and operands name: a verb opens no other.
 */
TALLY_NODISCARD int tally_opt_parse(const struct tally_verb *v,
                                    const struct tally_opt *opts, int argc, char **argv,
                                    struct tally_operands *out, struct tally_err *err);

/** TALLY_E_USAGE "--NAME is needed" unless ${value} is set. */
TALLY_NODISCARD int tally_opt_need(const char *value, const char *name,
                                   struct tally_err *err);

/** TALLY_E_USAGE when the file ${output} is one of the ${n} ${inputs}, which --force
 * would replace. NULL stands for an option that was not given. */
TALLY_NODISCARD int tally_opt_spare(const char *output, const char *const *inputs,
                                    size_t n, struct tally_err *err);

/** "0.85" as 850000; false when it is not a decimal share from 0 to 1 with at most six
 * places. */
bool tally_opt_share(const char *text, uint32_t *ppm);

/** Split ${text} at commas into at most ${max} malloced strings in the malloced ${list};
 * blanks around a piece are dropped, empty pieces refused. Free with tally_opt_list_free.
 */
TALLY_NODISCARD int tally_opt_list(const char *text, size_t max, char ***list, size_t *n,
                                   struct tally_err *err);
void tally_opt_list_free(char **list, size_t n);

#endif
