/*
 * The zip file of a workbook. What a part unpacks to is counted as it is read, whatever
 * its header says, so that a small file cannot fill memory or time.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/xlsx_private.h"

#include <zip.h>

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Less than this is nobody's bomb, and short parts compress well. */
#define RATIO_FROM ((uint64_t)8 << 20)

struct xlsx_zip {
    zip_t *zip;
};

struct xlsx_part {
    zip_file_t *file;
    char *name;
    uint64_t limit;
    uint64_t packed;
    uint64_t seen;
};

/* Memory that ran out and a disk that does not answer are not the workbook's fault. libzip
 * takes some of the first for a file that is no zip. */
static int
zip_failed(int code, struct tally_err *err)
{
    if (code == ZIP_ER_MEMORY || errno == ENOMEM) {
        return tally_err_nomem(err);
    }
    if (code == ZIP_ER_READ || code == ZIP_ER_SEEK) {
        return tally_err_set(err, TALLY_E_IO, "cannot read the workbook");
    }
    return 0;
}

/* libzip's window on a sheet is memory that it alone gives back: from here on the C
 * library, where it can, overwrites what is given back. */
static void
overwrite_freed_memory(void)
{
#ifdef M_PERTURB
    (void)mallopt(M_PERTURB, 0xd0);
#endif
}

int
xlsx_zip_open(struct xlsx_zip **out, int fd, struct tally_err *err)
{
    struct xlsx_zip *z = calloc(1, sizeof *z);
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    int code = 0;

    if (z == NULL || own < 0) {
        free(z);
        if (own >= 0) {
            close(own);
        }
        return tally_err_nomem(err);
    }
    overwrite_freed_memory();
    errno = 0;
    z->zip = zip_fdopen(own, 0, &code);
    if (z->zip == NULL) {
        int failed = zip_failed(code, err);

        close(own);
        free(z);
        if (failed != 0) {
            return -1;
        }
        tally_err_set(err, TALLY_E_DATA, "the workbook is damaged or cut short");
        return tally_err_hint(err, "copy or export it again");
    }
    *out = z;
    if (zip_get_num_entries(z->zip, 0) > (zip_int64_t)TALLY_XLSX_PARTS_MAX) {
        xlsx_zip_free(z);
        return tally_err_set(err, TALLY_E_LIMIT, "the workbook has over %u parts",
                             TALLY_XLSX_PARTS_MAX);
    }
    return 0;
}

bool
xlsx_zip_has(struct xlsx_zip *z, const char *name)
{
    return zip_name_locate(z->zip, name, ZIP_FL_NOCASE) >= 0;
}

void
xlsx_zip_free(struct xlsx_zip *z)
{
    if (z == NULL) {
        return;
    }
    zip_discard(z->zip);
    free(z);
}

static int
cannot_open(struct xlsx_zip *z, const char *name, struct tally_err *err)
{
    int code = zip_error_code_zip(zip_get_error(z->zip));

    if (zip_failed(code, err) != 0) {
        return -1;
    }
    if (code == ZIP_ER_NOPASSWD || code == ZIP_ER_ENCRNOTSUPP) {
        tally_err_set(err, TALLY_E_DATA, "the workbook is protected by a password");
        return tally_err_hint(err, "save a copy without the password");
    }
    tally_err_set(err, TALLY_E_DATA, "the workbook's part '%s' cannot be unpacked", name);
    return tally_err_hint(err, XLSX_HINT_RESAVE);
}

int
xlsx_part_open(struct xlsx_part **out, struct xlsx_zip *z, const char *name,
               uint64_t limit, struct tally_err *err)
{
    zip_int64_t i = zip_name_locate(z->zip, name, ZIP_FL_NOCASE);
    struct xlsx_part *p;
    zip_stat_t st;

    if (i < 0) {
        tally_err_set(err, TALLY_E_DATA, "the workbook lacks its part '%s'", name);
        return tally_err_hint(err, XLSX_HINT_RESAVE);
    }
    p = calloc(1, sizeof *p);
    if (p == NULL) {
        return tally_err_nomem(err);
    }
    p->limit = limit;
    p->name = strdup(name);
    errno = 0;
    p->file = zip_fopen_index(z->zip, (zip_uint64_t)i, 0);
    if (p->name == NULL || p->file == NULL) {
        (void)(p->name == NULL ? tally_err_nomem(err) : cannot_open(z, name, err));
        xlsx_part_free(p);
        return -1;
    }
    if (zip_stat_index(z->zip, (zip_uint64_t)i, 0, &st) == 0 &&
        (st.valid & ZIP_STAT_COMP_SIZE) != 0) {
        p->packed = st.comp_size;
    }
    *out = p;
    return 0;
}

ptrdiff_t
xlsx_part_read(struct xlsx_part *p, void *to, size_t cap, struct tally_err *err)
{
    zip_int64_t n;

    errno = 0;
    n = zip_fread(p->file, to, cap);
    if (n < 0) {
        if (zip_failed(zip_error_code_zip(zip_file_get_error(p->file)), err) != 0) {
            return -1;
        }
        tally_err_set(err, TALLY_E_DATA, "the workbook's part '%s' is damaged", p->name);
        tally_err_hint(err, "copy or export it again");
        return -1;
    }
    p->seen += (uint64_t)n;
    if (p->seen > p->limit ||
        (p->seen > RATIO_FROM && p->seen / TALLY_XLSX_RATIO_MAX > p->packed)) {
        tally_err_set(err, TALLY_E_LIMIT,
                      "the workbook's part '%s' unpacks to more than is read here",
                      p->name);
        tally_err_hint(err, "if the file is from someone you trust, open it in a "
                            "spreadsheet and save it as \"CSV UTF-8\"");
        return -1;
    }
    return (ptrdiff_t)n;
}

void
xlsx_part_free(struct xlsx_part *p)
{
    if (p == NULL) {
        return;
    }
    if (p->file != NULL) {
        (void)zip_fclose(p->file);
    }
    free(p->name);
    free(p);
}
