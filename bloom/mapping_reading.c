/*
 * Styles of date columns: up to three words, each at most once.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/mapping_reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const ORDERS[] = {
    [TALLY_READ_DMY] = "dmy", [TALLY_READ_MDY] = "mdy", [TALLY_READ_YMD] = "ymd"};
#define NORDERS (sizeof ORDERS / sizeof ORDERS[0])
static const char CENTURY[] = "century ";
static const char JANUARY[] = "01/01 unknown";

static char *
trimmed(char *text)
{
    size_t len;

    text += strspn(text, " ");
    len = strlen(text);
    while (len > 0 && text[len - 1] == ' ') {
        text[--len] = '\0';
    }
    return text;
}

static bool
parse_century(const char *text, int *century)
{
    if (strlen(text) != 4 || strspn(text, "0123456789") != 4) {
        return false;
    }
    *century = atoi(text);
    return *century >= TALLY_CENTURY_MIN && *century <= TALLY_CENTURY_MAX;
}

static bool
parse_order(const char *text, enum tally_reading_order *order)
{
    for (size_t i = 0; i < NORDERS; i++) {
        if (strcmp(text, ORDERS[i]) == 0) {
            *order = (enum tally_reading_order)i;
            return true;
        }
    }
    return false;
}

bool
tally_reading_parse(char *text, struct tally_date_reading *reading)
{
    struct tally_date_reading read = {.order = TALLY_READ_DMY};
    bool ordered = false;

    while (text != NULL) {
        char *word = trimmed(strsep(&text, ","));
        size_t skip = sizeof CENTURY - 1;

        if (strncmp(word, CENTURY, skip) == 0) {
            if (read.century != 0 ||
                !parse_century(trimmed(word + skip), &read.century)) {
                return false;
            }
        } else if (strcmp(word, JANUARY) == 0 && !read.january) {
            read.january = true;
        } else if (ordered || !parse_order(word, &read.order)) {
            return false;
        } else {
            ordered = true;
        }
    }
    *reading = read;
    return true;
}

int
tally_reading_append(struct tally_buf *b, const struct tally_date_reading *reading,
                     struct tally_err *err)
{
    char century[32] = "";

    if (reading->order == TALLY_READ_DMY && reading->century == 0 && !reading->january) {
        return 0;
    }
    if (reading->century != 0) {
        (void)snprintf(century, sizeof century, ", %s%d", CENTURY, reading->century);
    }
    return tally_buf_printf(b, err, " [%s%s%s%s]", ORDERS[reading->order], century,
                            reading->january ? ", " : "",
                            reading->january ? JANUARY : "");
}
