/*
 * Errors: one struct, pinned codes, context added on the way up.
 * A message names file, row, column and rule; it never holds a personal value or a key.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_ERR_H
#define TALLY_BASE_ERR_H

#include <stdint.h>

#define TALLY_NODISCARD __attribute__((warn_unused_result))
#define TALLY_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/**
 * Pinned codes: a value is never reused or renumbered. The exit code of each stands in
 * cli/exit.c, its name in tally_err_name().
 */
enum tally_code {
    TALLY_OK = 0,
    TALLY_E_NOMEM = 1,            /* out of memory */
    TALLY_E_IO = 2,               /* the operating system refused a read or write */
    TALLY_E_EXISTS = 3,           /* output exists already and --force was not given */
    TALLY_E_USAGE = 4,            /* the command line, or an argument, makes no sense */
    TALLY_E_NO_FILE = 5,          /* an input file is missing or unreadable */
    TALLY_E_CSV = 10,             /* malformed CSV: ragged row, bad quote, NUL */
    TALLY_E_TEXT = 11,            /* bytes that are not the declared character encoding */
    TALLY_E_LIMIT = 12,           /* input over a stated limit */
    TALLY_E_JSON = 13,            /* malformed JSON */
    TALLY_E_SCHEMA = 14,          /* a schema that breaks a rule */
    TALLY_E_MAPPING = 15,         /* columns cannot be mapped to fields */
    TALLY_E_DATA = 16,            /* data that breaks a rule of the format it claims */
    TALLY_E_SCHEMA_MISMATCH = 17, /* inputs encoded under different schemas or rules */
    TALLY_E_FORMAT = 18,          /* not a Tallystick file, or of an unknown version */
    TALLY_E_CORRUPT = 20,         /* truncated, bit-flipped or tampered file */
    TALLY_E_KEY = 21,             /* a key file that cannot be used */
    TALLY_E_KEY_MISMATCH = 22,    /* inputs made with different keys */
    TALLY_E_POLICY = 30,          /* refused by policy */
    TALLY_E_ANSWER_NO = 40,       /* ran to the end, and the answer is no */
    TALLY_E_INTERRUPTED = 41,     /* Ctrl-C or SIGTERM */
    TALLY_E_BUG = 50              /* an invariant of ours failed */
};

#define TALLY_ERR_TEXT 640

/** An error. Zeroed (or TALLY_ERR_INIT) means none. A plain value: copy it freely. */
struct tally_err {
    enum tally_code code;
    char text[TALLY_ERR_TEXT]; /* lower case, no full stop, control characters removed */
    char hint[TALLY_ERR_TEXT]; /* the next thing to do, or empty */
};
#define TALLY_ERR_INIT {TALLY_OK, "", ""}

/** Set ${err} to ${code} with a formatted text; clears the hint. Returns -1, for return. */
int tally_err_set(struct tally_err *err, enum tally_code code, const char *fmt, ...)
    TALLY_PRINTF(3, 4);

/** As tally_err_set, with ": strerror(errno)" appended. ENOSPC, EDQUOT add a hint. */
int tally_err_errno(struct tally_err *err, enum tally_code code, const char *fmt, ...)
    TALLY_PRINTF(3, 4);

/** Put "formatted: " in front of the text of an error already set. Returns -1. */
int tally_err_wrap(struct tally_err *err, const char *fmt, ...) TALLY_PRINTF(2, 3);

/** Set the hint of an error already set. Returns -1. */
int tally_err_hint(struct tally_err *err, const char *fmt, ...) TALLY_PRINTF(2, 3);

/** "out of memory" with TALLY_E_NOMEM. Returns -1. */
int tally_err_nomem(struct tally_err *err);

/** The pinned name of ${code} ("csv", "key mismatch"); "unknown" for any other number. */
const char *tally_err_name(enum tally_code code);

/** Abort with file:line when ${cond} is false: for bugs of ours, never for input. Stays on
 * in release builds; prints no value. */
#define TALLY_INVARIANT(cond)                                                            \
    do {                                                                                 \
        if (!(cond)) {                                                                   \
            tally_err_abort(__FILE__, __LINE__);                                         \
        }                                                                                \
    } while (0)
_Noreturn void tally_err_abort(const char *file, int line);

#endif
