/*
 * Sources of candidate pairs, from files of three forms.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/candidates_impl.h"

#include <stdlib.h>
#include <string.h>

#include "bloom/base/size.h"
#include "bloom/clks.h"

static void
take_encodings(struct tally_candidate_source *s)
{
    const struct tally_enc_info *info = tally_encfile_info(s->enc);

    s->nrecords = (size_t)info->records;
    s->rows_are_records = tally_encfile_rows_are_records(s->enc, 0);
    s->matrix = (struct tally_matrix){.rows = tally_encfile_matrix(s->enc),
                                      .popcounts = tally_encfile_popcounts(s->enc),
                                      .n = (size_t)info->views[0].rows,
                                      .stride = info->stride,
                                      .bits = info->bits};
}

static void
take_raw(struct tally_candidate_source *s)
{
    s->nrecords = s->raw.n;
    s->rows_are_records = true;
    s->matrix = (struct tally_matrix){.rows = s->raw.rows,
                                      .popcounts = s->raw.popcounts,
                                      .n = s->raw.n,
                                      .stride = s->raw.stride,
                                      .bits = s->raw.bits};
}

static int
open_encodings(struct tally_candidate_source *s, const char *path, struct tally_err *err)
{
    if (tally_encodings_open(&s->enc, path, err) != 0) {
        return err->code == TALLY_E_FORMAT
                   ? tally_err_hint(err,
                                    "for raw filters say how long they are: --bits N")
                   : -1;
    }
    take_encodings(s);
    return 0;
}

int
tally_candidate_source_open(struct tally_candidate_source **out, const char *path,
                            uint32_t bits, struct tally_err *err)
{
    struct tally_candidate_source *s = calloc(1, sizeof *s);
    int status = -1;

    if (s == NULL) {
        return tally_err_nomem(err);
    }
    s->path = strdup(path);
    if (s->path == NULL) {
        (void)tally_err_nomem(err);
    } else if (bits == 0) {
        status = open_encodings(s, path, err);
    } else if (tally_rawfilters_read(&s->raw, path, bits, err) == 0) {
        take_raw(s);
        status = 0;
    }
    if (status != 0) {
        tally_candidate_source_close(s);
        return -1;
    }
    *out = s;
    return 0;
}

size_t
tally_candidate_source_records(const struct tally_candidate_source *s)
{
    return s->nrecords;
}

uint32_t
tally_candidate_source_bits(const struct tally_candidate_source *s)
{
    return s->matrix.bits;
}

void
tally_candidate_source_close(struct tally_candidate_source *s)
{
    if (s == NULL) {
        return;
    }
    tally_encfile_close(s->enc);
    tally_rawfilters_free(&s->raw);
    free(s->path);
    free(s);
}

uint32_t
candidates_record(const struct tally_candidate_source *s, uint32_t row)
{
    return s->rows_are_records ? row : tally_encfile_record_of_row(s->enc, 0, row);
}

int
candidates_compatible(const struct tally_candidate_source *a,
                      const struct tally_candidate_source *b, struct tally_err *err)
{
    if (a->enc != NULL && b->enc != NULL) {
        return tally_enc_compatible(tally_encfile_info(a->enc),
                                    tally_encfile_info(b->enc), err);
    }
    if (a->matrix.bits != b->matrix.bits) {
        return tally_err_set(err, TALLY_E_SCHEMA_MISMATCH,
                             "filters of '%s' and '%s' differ in length (%u and %u bits)",
                             a->path, b->path, a->matrix.bits, b->matrix.bits);
    }
    return 0;
}

/* Filters of whole bytes, the complement with whole bytes behind them. The last byte of a
 * length that is none ends in zeros, whose complement must not count. */
static void
complement(const uint8_t *row, uint32_t bits, uint8_t *out, size_t stride)
{
    size_t bytes = (bits + 7) / 8;

    memset(out, 0, stride);
    memcpy(out, row, bytes);
    for (size_t i = 0; i < bytes; i++) {
        out[bytes + i] = (uint8_t)~row[i];
    }
    if (bits % 8 != 0) {
        out[2 * bytes - 1] &= (uint8_t)(0xff << (8 - bits % 8));
    }
}

int
candidates_with_complement(struct tally_matrix *out, const struct tally_matrix *m,
                           struct tally_err *err)
{
    size_t stride = tally_size_align(2 * ((m->bits + 7) / 8), TALLY_ROW_ALIGN);
    uint8_t *rows;
    uint32_t *popcounts;
    size_t bytes;

    if (!tally_size_mul(m->n + 1, stride, &bytes)) {
        return tally_err_nomem(err);
    }
    rows = aligned_alloc(TALLY_ROW_ALIGN, bytes);
    popcounts = malloc((m->n + 1) * sizeof *popcounts);
    if (rows == NULL || popcounts == NULL) {
        free(rows);
        free(popcounts);
        return tally_err_nomem(err);
    }
    for (size_t i = 0; i < m->n; i++) {
        complement(m->rows + i * m->stride, m->bits, rows + i * stride, stride);
        popcounts[i] = m->bits;
    }
    *out = (struct tally_matrix){.rows = rows,
                                 .popcounts = popcounts,
                                 .n = m->n,
                                 .stride = stride,
                                 .bits = (m->bits + 7) / 8 * 16};
    return 0;
}
