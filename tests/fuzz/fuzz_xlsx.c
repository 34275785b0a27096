/*
 * Fuzz: workbooks. A zip as it is, or else the texts of its parts with the mark between
 * them (sheet, workbook, shared texts, styles), put into a zip that is in order.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/bytes.h"
#include "bloom/base/csv.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define DOC  "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACK "http://schemas.openxmlformats.org/package/2006/relationships"

static const char root[] =
    "<Relationships xmlns=\"" PACK "\"><Relationship Id=\"rId1\" Type=\"" DOC
    "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
static const char relations[] =
    "<Relationships xmlns=\"" PACK "\"><Relationship Id=\"rId1\" Type=\"" DOC
    "/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"" DOC
    "/sharedStrings\" Target=\"sharedStrings.xml\"/><Relationship Id=\"rId3\" Type=\"" DOC
    "/styles\" Target=\"styles.xml\"/></Relationships>";
static const char workbook[] =
    "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" DOC
    "\"><sheets><sheet name=\"People\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";

#define PARTS 6
struct part {
    const char *name;
    const void *data;
    size_t len;
    uint32_t crc;
    uint32_t at;
};

static uint32_t
crc32_of(const uint8_t *p, size_t len)
{
    static uint32_t table[256];
    uint32_t c = 0xFFFFFFFFu;

    for (uint32_t i = 0; table[255] == 0 && i < 256; i++) {
        uint32_t t = i;

        for (unsigned b = 0; b < 8; b++) {
            t = t >> 1 ^ (0xEDB88320u & (0u - (t & 1)));
        }
        table[i] = t;
    }
    for (size_t i = 0; i < len; i++) {
        c = c >> 8 ^ table[(c ^ p[i]) & 0xFF];
    }
    return ~c;
}

/* The fields that local and central headers share, from "version needed" on. */
static size_t
entry(uint8_t *out, const struct part *p)
{
    memset(out, 0, 26);
    out[0] = 20;
    tally_le32_store(out + 10, p->crc);
    tally_le32_store(out + 14, (uint32_t)p->len);
    tally_le32_store(out + 18, (uint32_t)p->len);
    tally_le32_store(out + 22, (uint32_t)strlen(p->name));
    return 26;
}

static size_t
zip(struct part *parts, size_t n, uint8_t *out)
{
    size_t at = 0, directory;

    for (size_t i = 0; i < n; i++) {
        struct part *p = &parts[i];

        p->crc = crc32_of(p->data, p->len);
        p->at = (uint32_t)at;
        memcpy(out + at, "PK\3\4", 4);
        at += 4;
        at += entry(out + at, p);
        memcpy(out + at, p->name, strlen(p->name));
        at += strlen(p->name);
        memcpy(out + at, p->data, p->len);
        at += p->len;
    }
    directory = at;
    for (size_t i = 0; i < n; i++) {
        memcpy(out + at, "PK\1\2\x14\0", 6);
        at += 6;
        at += entry(out + at, &parts[i]);
        memset(out + at, 0, 14);
        tally_le32_store(out + at + 10, parts[i].at);
        at += 14;
        memcpy(out + at, parts[i].name, strlen(parts[i].name));
        at += strlen(parts[i].name);
    }
    memcpy(out + at, "PK\5\6\0\0\0\0", 8);
    out[at + 8] = out[at + 10] = (uint8_t)n;
    out[at + 9] = out[at + 11] = 0;
    tally_le32_store(out + at + 12, (uint32_t)(at - directory));
    tally_le32_store(out + at + 16, (uint32_t)directory);
    out[at + 20] = out[at + 21] = 0;
    return at + 22;
}

/* A file of the system's, since libzip reads it. */
static const char *
real_file(const uint8_t *data, size_t len)
{
    static char path[32];
    static int fd = -1;

    if (fd < 0) {
        fd = memfd_create("workbook", MFD_CLOEXEC);
        FUZZ_MUST(fd >= 0);
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    FUZZ_MUST(ftruncate(fd, (off_t)len) == 0 && pwrite(fd, data, len, 0) == (ssize_t)len);
    return path;
}

static void
read_all(const uint8_t *data, size_t len)
{
    const char *path = real_file(data, len);
    struct tally_csv_options o = {.delimiter = ','};
    struct tally_err err = TALLY_ERR_INIT;
    struct tally_csv *csv = NULL;
    struct tally_cell *cells;
    int rc;

    if (tally_csv_open(&csv, path, &o, &err) != 0) {
        FUZZ_MUST(err.text[0] != '\0');
        return;
    }
    cells = calloc(tally_csv_columns(csv), sizeof *cells);
    FUZZ_MUST(cells != NULL);
    while ((rc = tally_csv_next(csv, cells, &err)) == 1) {
    }
    FUZZ_MUST(rc == 0 || err.text[0] != '\0');
    free(cells);
    tally_csv_free(csv);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct part parts[PARTS] = {
        {.name = "_rels/.rels", .data = root, .len = sizeof root - 1},
        {.name = "xl/_rels/workbook.xml.rels",
         .data = relations,
         .len = sizeof relations - 1},
        {.name = "xl/worksheets/sheet1.xml"},
        {.name = "xl/workbook.xml", .data = workbook, .len = sizeof workbook - 1},
        {.name = "xl/sharedStrings.xml"},
        {.name = "xl/styles.xml"},
    };
    struct fuzz_piece piece[4];
    size_t n, used = 4;
    uint8_t *out;

    if (len >= 2 && memcmp(data, "PK", 2) == 0) {
        read_all(data, len);
        return 0;
    }
    n = fuzz_cut(data, len, piece, 4);
    for (size_t i = 0; i < n; i++) {
        if (piece[i].len > 0) {
            parts[2 + i].data = piece[i].data;
            parts[2 + i].len = piece[i].len;
        }
    }
    while (used < PARTS && parts[used].data != NULL) {
        used++;
    }
    if (parts[2].data == NULL) {
        return 0;
    }
    out = malloc(len + 4096);
    FUZZ_MUST(out != NULL);
    read_all(out, zip(parts, used, out));
    free(out);
    return 0;
}
