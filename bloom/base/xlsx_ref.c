/*
 * Names of cells: letters for the column, A to XFD, and the number of the row.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/xlsx_private.h"

#include <stdio.h>

const char *
xlsx_ref_print(uint32_t col, uint32_t row, char out[XLSX_REF_TEXT])
{
    char letters[8];
    size_t at = sizeof letters - 1;

    letters[at] = '\0';
    for (uint32_t n = col + 1; n > 0 && at > 0; n = (n - 1) / 26) {
        letters[--at] = (char)('A' + (n - 1) % 26);
    }
    snprintf(out, XLSX_REF_TEXT, "%s%u", letters + at, row % 10000000);
    return out;
}

bool
xlsx_ref_read(const char **at, uint32_t *col, uint32_t *row)
{
    const char *p = *at;
    uint32_t c = 0, r = 0;

    for (; *p >= 'A' && *p <= 'Z' && c <= TALLY_XLSX_COLUMNS_MAX; p++) {
        c = c * 26 + (uint32_t)(*p - 'A' + 1);
    }
    for (; *p >= '0' && *p <= '9' && r <= TALLY_XLSX_ROWS_MAX; p++) {
        r = r * 10 + (uint32_t)(*p - '0');
    }
    if (c == 0 || c > TALLY_XLSX_COLUMNS_MAX || r == 0 || r > TALLY_XLSX_ROWS_MAX) {
        return false;
    }
    *col = c - 1;
    *row = r;
    *at = p;
    return true;
}
