/*
 * Diagnostics: a line is built whole, made safe to display and written under a lock, so
 * that lines of several threads never mix.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/log.h"

#include "bloom/base/text.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define LOG_LINE (2 * TALLY_ERR_TEXT)

static atomic_int log_level = TALLY_LOG_NOTE;
static void (*log_before)(void);
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

/* Indexed by level. The numbers are syslog's: error, warning, notice, debug. */
static const char *const log_plain[] = {
    "tally: error: ", "tally: warning: ", "tally: ", "tally: debug: "};
static const char *const log_journal[] = {"<3>", "<4>", "<5>", "<7>"};

void
tally_log_set(enum tally_log_level level)
{
    atomic_store(&log_level, (int)level);
}

void
tally_log_before(void (*fn)(void))
{
    pthread_mutex_lock(&log_lock);
    log_before = fn;
    pthread_mutex_unlock(&log_lock);
}

void
tally_log(enum tally_log_level level, const char *fmt, ...)
{
    char raw[LOG_LINE];
    char line[LOG_LINE];
    const char *prefix;
    va_list ap;

    if ((int)level > atomic_load(&log_level)) {
        return;
    }
    prefix = getenv("JOURNAL_STREAM") != NULL ? log_journal[level] : log_plain[level];
    va_start(ap, fmt);
    vsnprintf(raw, sizeof raw, fmt, ap);
    va_end(ap);
    tally_text_printable(raw, line, sizeof line);

    pthread_mutex_lock(&log_lock);
    if (log_before != NULL) {
        log_before();
    }
    fprintf(stderr, "%s%s\n", prefix, line);
    pthread_mutex_unlock(&log_lock);
}
