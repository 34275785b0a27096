/*
 * What stands for the workbook reader in a build without libzip and expat.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/xlsx.h"

int
tally_xlsx_open(struct tally_csv_source *out, int fd,
                const struct tally_xlsx_options *options, struct tally_csv_notes *notes,
                struct tally_err *err)
{
    (void)out;
    (void)fd;
    (void)options;
    (void)notes;
    tally_err_set(err, TALLY_E_DATA,
                  "this is an Excel workbook, which this build does not read");
    return tally_err_hint(err, "open it in a spreadsheet and save it as \"CSV UTF-8\"");
}
