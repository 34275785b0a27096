/*
 * Made-up people: five fields of known pools, forty-eight bits a value, slips that keep
 * half of them, through the production writer.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tests/support/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/encbuild.h"

#define FIELDS         5
#define PIECES         4 /* of a value, as syllables are of a name */
#define PIECE_KINDS    25
#define BITS_PER_PIECE 12
#define ROW_BYTES      (PEOPLE_BITS / 8)

/* How many values each field has: strangers share one now and then, seldom three. */
static const uint32_t pools[FIELDS] = {300, 1200, 15000, 4000, 2500};

static uint64_t
mix(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t z = a * 0x9e3779b97f4a7c15u + b * 0xbf58476d1ce4e5b9u + c + 1;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* A slip changes one piece of the value, or two. */
static void
add_value(uint8_t *row, uint32_t field, uint64_t value, uint64_t slip)
{
    for (uint32_t piece = 0; piece < PIECES; piece++) {
        bool slips = slip != 0 && (piece == slip % PIECES || piece == slip / 7 % PIECES);
        uint64_t kind = mix(field, slips ? slip + 1000000 : value, piece) % PIECE_KINDS;

        for (uint32_t i = 0; i < BITS_PER_PIECE; i++) {
            uint32_t bit = (uint32_t)(mix(field * PIECES + piece, kind, i) % PEOPLE_BITS);

            row[bit / 8] = (uint8_t)(row[bit / 8] | 0x80u >> bit % 8);
        }
    }
}

static void
make_row(const struct people_source *s, uint32_t person, uint32_t copy, uint8_t *row)
{
    for (uint32_t field = 0; field < FIELDS; field++) {
        uint64_t draw = mix(person + 1, 7 + copy, mix(field, (uint64_t)s->name[0], 3));
        bool slips = draw % 100 < s->errors_percent;

        add_value(row, field, mix(person, field, 11) % pools[field],
                  slips ? 1 + draw / 100 % 1000 : 0);
    }
}

struct tally_encfile *
people_open(const struct people_source *s, const char *path)
{
    size_t n = (size_t)s->n + s->twice + s->empty;
    struct tally_enc_info info = tally_encbuild_info(s->name, n, PEOPLE_BITS);
    uint8_t *rows = calloc(n + 1, ROW_BYTES);
    uint8_t *tokens = calloc(n + 1, TALLY_TOKEN_BYTES);
    char(*text)[16] = calloc(n + 1, sizeof *text);
    const char **ids = calloc(n + 1, sizeof *ids);
    struct tally_encfile *enc = NULL;
    struct tally_err err = TALLY_ERR_INIT;

    assert_true(rows != NULL && tokens != NULL && text != NULL && ids != NULL);
    for (size_t i = 0; i < n; i++) {
        uint32_t person = s->first + (uint32_t)(i < s->n ? i : i - s->n);
        uint64_t token = mix(i, (uint64_t)s->name[0], 99);

        memcpy(tokens + i * TALLY_TOKEN_BYTES, &token, sizeof token);
        ids[i] = text[i];
        if (i >= (size_t)s->n + s->twice) {
            (void)snprintf(text[i], sizeof text[i], "e%zu", i);
            continue;
        }
        make_row(s, person, i < s->n ? 0 : 1, rows + i * ROW_BYTES);
        (void)snprintf(text[i], sizeof text[i], "%u%s", person, i < s->n ? "" : "b");
    }
    info.duplicates_possible = s->duplicates_possible;
    info.has_ids = true;
    tally_encbuild(path, &info, rows, tokens, ids);
    assert_int_equal(tally_encfile_open(&enc, path, &err), 0);
    free(rows);
    free(tokens);
    free(text);
    free(ids);
    return enc;
}

uint32_t
people_person(const struct tally_encfile *enc, size_t row)
{
    char copy[16] = "";
    size_t len = 0;
    const char *id = tally_encfile_id(enc, row, &len);

    assert_true(id != NULL && len > 0 && len < sizeof copy);
    memcpy(copy, id, len);
    return copy[0] == 'e' ? UINT32_MAX : (uint32_t)strtoul(copy, NULL, 10);
}
