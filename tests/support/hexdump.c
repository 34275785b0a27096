/*
 * Hex dumps: offset, sixteen bytes, the printable ones among them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/hexdump.h"

#include "bloom/base/bytes.h"
#include "bloom/base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MARK "<!-- dump -->\n```\n"

static void
dump_line(struct tally_buf *out, const uint8_t *p, size_t at, size_t n)
{
    struct tally_err err = TALLY_ERR_INIT;
    char text[17] = "";
    size_t i;

    assert_int_equal(tally_buf_printf(out, &err, "%06zx ", at), 0);
    for (i = 0; i < n; i++) {
        assert_int_equal(
            tally_buf_printf(out, &err, "%s%02x", i % 8 == 0 ? " " : "", p[at + i]), 0);
        text[i] = p[at + i] >= 0x20 && p[at + i] < 0x7f ? (char)p[at + i] : '.';
    }
    assert_int_equal(tally_buf_printf(out, &err, "  %s\n", text), 0);
}

void
tally_hexdump_check(const char *doc, const char *path)
{
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_buf dump = {NULL, 0, 0};
    uint8_t *page = NULL, *data = NULL;
    size_t page_len = 0, len = 0, at;
    const char *block;

    assert_int_equal(tally_file_read(path, 1 << 20, &data, &len, &err), 0);
    for (at = 0; at < len; at += 16) {
        dump_line(&dump, data, at, len - at < 16 ? len - at : 16);
    }
    assert_int_equal(tally_buf_append(&dump, "```\n", 5, &err), 0);
    if (tally_file_read(doc, 1 << 20, &page, &page_len, &err) != 0) {
        fail_msg("%s", err.text);
    }
    block = strstr((const char *)page, MARK);
    if (block == NULL ||
        strncmp(block + strlen(MARK), (const char *)dump.data, dump.len - 1) != 0) {
        printf("%s%s", MARK, (const char *)dump.data);
        fail_msg("%s: the worked dump is not what the code writes", doc);
    }
    free(page);
    free(data);
    tally_buf_free(&dump);
}
