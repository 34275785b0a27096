/*
 * Tests of Unicode text: validity, folding, Windows-1252, text made fit to print.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/base/fold_table.h"
#include "bloom/base/text.h"

#include <utf8proc.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static bool
valid(const char *s)
{
    return tally_text_valid((const uint8_t *)s, strlen(s));
}

static void
valid_accepts_the_ends_of_every_range(void **state)
{
    (void)state;
    assert_true(valid(""));
    assert_true(valid("plain ascii that is longer than eight bytes"));
    assert_true(valid("\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF"));
    assert_true(valid("\xED\x9F\xBF\xEE\x80\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"));
    assert_true(tally_text_valid((const uint8_t *)"a\0b", 3));
}

static void
valid_refuses_what_is_not_well_formed(void **state)
{
    static const char *const bad[] = {
        "\x80",             /* continuation alone */
        "\xBF",             /* the same */
        "\xC0\x80",         /* overlong NUL */
        "\xC1\xBF",         /* overlong in two */
        "\xE0\x9F\xBF",     /* overlong in three */
        "\xF0\x8F\xBF\xBF", /* overlong in four */
        "\xED\xA0\x80",     /* first surrogate */
        "\xED\xBF\xBF",     /* last surrogate */
        "\xF4\x90\x80\x80", /* above U+10FFFF */
        "\xF5\x80\x80\x80", /* never a first byte */
        "\xFF",             /* the same */
        "\xC3",             /* cut short after one */
        "\xE2\x82",         /* cut short after two */
        "\xF0\x9F\x98",     /* cut short after three */
        "\xC3\x28",         /* second byte no continuation */
        "\xE2\x82\x28",     /* third */
        "\xF0\x9F\x98\x28", /* fourth */
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[32] = "abcdefghi";

        assert_false(valid(bad[i]));
        strcat(text, bad[i]);
        assert_int_equal(tally_text_valid_prefix((const uint8_t *)text, strlen(text)), 9);
    }
}

/* Fold ${in} and compare with ${want} and ${dropped}. */
static void
assert_folds(const char *in, const char *want, unsigned dropped)
{
    uint8_t out[256];
    unsigned got = 99;
    ptrdiff_t n = tally_text_fold((const uint8_t *)in, strlen(in), out, sizeof out, &got);

    assert_int_equal(n, (ptrdiff_t)strlen(want));
    assert_memory_equal(out, want, strlen(want));
    assert_int_equal(got, dropped);
}

static const char *const names[][2] = {
    {"SMITH", "smith"},
    {"", ""},
    /* Welsh */
    {"Siân", "sian"},
    {"Llŷr", "llyr"},
    {"Ŵan", "wan"},
    {"Dŵr-y-Felin", "dwr-y-felin"},
    {"Ŷvonne", "yvonne"},
    {"Gwenllïan", "gwenllian"},
    {"Tŷ Ỽch Ỻyn", "ty vch llyn"},
    /* Irish and Scots Gaelic */
    {"Seán Ó Briain", "sean o briain"},
    {"Aoiḃeann", "aoibeann"},
    {"Caoimhín", "caoimhin"},
    {"Mòrag NicDhòmhnaill", "morag nicdhomhnaill"},
    {"Ìomhar", "iomhar"},
    {"O’Brien", "o'brien"},
    {"O‘Brien", "o'brien"},
    {"O´Brien", "o'brien"},
    {"O`Brien", "o'brien"},
    {"O＇Brien", "o'brien"},
    {"OʼBrien", "o'brien"},
    {"O′Brien", "o'brien"},
    /* Polish, Czech, Slovak, Hungarian */
    {"Łukasz Wiśniewski", "lukasz wisniewski"},
    {"Żółć", "zolc"},
    {"Stanisława Dąbrowska", "stanislawa dabrowska"},
    {"Jiří Dvořák", "jiri dvorak"},
    {"Ľudmila", "ludmila"},
    {"Győző", "gyozo"},
    /* Turkish and Azerbaijani */
    {"İbrahim Yıldız", "ibrahim yildiz"},
    {"Işıl Çağlar", "isil caglar"},
    {"Gülşen Öztürk", "gulsen ozturk"},
    {"Əliyev", "eliyev"},
    /* Vietnamese */
    {"Nguyễn Thị Ánh", "nguyen thi anh"},
    {"Đặng Hữu Phước", "dang huu phuoc"},
    {"Trương Mỹ Lệ", "truong my le"},
    {"Ngô Bảo Châu", "ngo bao chau"},
    /* Yoruba, Igbo, Hausa, Ewe, Twi */
    {"Adébáyọ̀ Ọlálẹ́yẹ", "adebayo olaleye"},
    {"Ṣadé", "sade"},
    {"Ńkechị", "nkechi"},
    {"Ɓala Ƙofa Ɗan ƴar", "bala kofa dan yar"},
    {"Kɔfi Ɛsi Aŋa", "kofi esi ana"},
    /* Romanian, with comma below and with cedilla */
    {"Ștefan Țepeș", "stefan tepes"},
    {"Ştefan Ţepeş", "stefan tepes"},
    {"Ăstă Îlie Ânca", "asta ilie anca"},
    /* Nordic, Icelandic, Faroese, Maltese, German */
    {"Søren Kjær", "soren kjaer"},
    {"Åse Bjørnsøn", "ase bjornson"},
    {"Þórður Guðmundsson", "thordur gudmundsson"},
    {"Ħal Għaxaq Ġorġ Żebbuġ", "hal ghaxaq gorg zebbug"},
    {"Straße", "strasse"},
    {"STRAẞE", "strasse"},
    {"Jürgen Groß", "jurgen gross"},
    {"Œuvre Æthelred", "oeuvre aethelred"},
    /* Croatian, Latvian, Lithuanian, Estonian, Sami, Portuguese, Catalan, Albanian */
    {"Đorđe Đoković", "dorde dokovic"},
    {"Ģirts Ķēniņš Ļaudis", "girts kenins laudis"},
    {"Žydrūnas Ėglė Ųs", "zydrunas egle us"},
    {"Tõnu", "tonu"},
    {"Ŋuorra Ŧálle", "nuorra talle"},
    {"João Conceição", "joao conceicao"},
    {"Gal·la Coŀlell", "galla collell"},
    {"Çelë", "cele"},
    /* Transliterations of Arabic, Hebrew and Sanskrit; Hawaiian */
    {"ʿAbd al-Raḥmān", "'abd al-rahman"},
    {"Saʾīd Ẓāhir", "sa'id zahir"},
    {"Śrī Kṛṣṇa", "sri krsna"},
    {"Kahoʻolawe", "kaho'olawe"},
};

static void
fold_keeps_names_of_many_languages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_folds(names[i][0], names[i][1], 0);
    }
}

static void
fold_makes_dashes_blanks_and_widths_plain(void **state)
{
    (void)state;
    assert_folds("a‐b‑c‒d–e—f―g", "a-b-c-d-e-f-g", 0);
    assert_folds("1\u22122", "1-2", 0);
    assert_folds("a\u00A0b\u2003c\u202Fd\u3000e\tf\ng", "a b c d e f g", 0);
    assert_folds("Ｓｍｉｔｈ　１２", "smith 12", 0);
    assert_folds("ﬁona ﬂo oﬀ", "fiona flo off", 0);
    assert_folds("\u212Aelvin \u212Bs", "kelvin as", 0);
    assert_folds("ſeptember", "september", 0);
    assert_folds("“quoted”", "\"quoted\"", 0);
    assert_folds("½ ² №", "1/2 2 no", 0);
    assert_folds("so\u00ADft\u200Dly\uFEFF", "softly", 0);
    assert_folds("e\u0301 and \u00E9", "e and e", 0);
}

static void
fold_counts_what_it_drops(void **state)
{
    (void)state;
    assert_folds("Иван", "", 4);
    assert_folds("王Wang", "wang", 1);
    assert_folds("a\x01"
                 "b\x7F",
                 "ab", 2);
    assert_folds("\U0001F600", "", 1);
    assert_folds("a\u0378", "a", 1);
}

static void
fold_refuses_bad_input_and_short_output(void **state)
{
    uint8_t out[8];
    unsigned dropped;

    (void)state;
    assert_int_equal(tally_text_fold((const uint8_t *)"ab\xFF", 3, out, 8, &dropped), -1);
    assert_int_equal(tally_text_fold((const uint8_t *)"abc", 3, out, 2, &dropped), -1);
    assert_int_equal(tally_text_fold((const uint8_t *)"abc", 3, out, 3, &dropped), 3);
    assert_int_equal(tally_text_fold((const uint8_t *)"\xC3\x9F", 2, out, 1, &dropped),
                     -1);
    assert_int_equal(tally_text_fold((const uint8_t *)"\xC3\xA6", 2, out, 1, &dropped),
                     -1);
    assert_int_equal(tally_text_fold((const uint8_t *)"\xC2\xB4", 2, out, 0, &dropped),
                     -1);
}

/* Every code point by itself must come out as utf8proc's whole-string mapping followed by
 * the fold table has it, and must always be printable lower-case ASCII. */
static void
fold_agrees_with_the_whole_string_mapping(void **state)
{
    (void)state;
    for (utf8proc_int32_t cp = 0x80; cp <= 0x10FFFF; cp++) {
        utf8proc_uint8_t in[5];
        utf8proc_uint8_t *mapped;
        uint8_t direct[64];
        uint8_t twice[64];
        unsigned dropped;
        unsigned dropped_twice;
        ptrdiff_t n;
        ptrdiff_t m;
        utf8proc_ssize_t len;

        if ((cp >= 0xD800 && cp < 0xE000) || cp == 0xB4) {
            continue;
        }
        len = utf8proc_encode_char(cp, in);
        n = tally_text_fold(in, (size_t)len, direct, sizeof direct, &dropped);
        assert_true(n >= 0);
        len = utf8proc_map(in, len, &mapped,
                           UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                               UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
        assert_true(len >= 0);
        m = tally_text_fold(mapped, (size_t)len, twice, sizeof twice, &dropped_twice);
        free(mapped);
        assert_int_equal(n, m);
        assert_memory_equal(direct, twice, (size_t)n);
        for (ptrdiff_t i = 0; i < n; i++) {
            assert_true(direct[i] >= ' ' && direct[i] < 0x7F);
            assert_false(direct[i] >= 'A' && direct[i] <= 'Z');
        }
    }
}

static void
fold_table_is_sorted_and_every_rule_is_needed(void **state)
{
    size_t count;
    const struct tally_fold_rule *rules = tally_fold_rules(&count);

    (void)state;
    assert_true(count > 250);
    for (size_t i = 0; i < count; i++) {
        utf8proc_int32_t parts[32];
        int boundary = 0;

        assert_true(i == 0 || rules[i - 1].from < rules[i].from);
        assert_true(strlen(rules[i].to) <= 2);
        assert_string_equal(tally_fold_lookup(rules[i].from), rules[i].to);
        assert_int_equal(utf8proc_decompose_char(
                             rules[i].from, parts, 32,
                             UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                                 UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE,
                             &boundary),
                         1);
        assert_int_equal(parts[0], rules[i].from);
    }
    assert_null(tally_fold_lookup(0));
    assert_null(tally_fold_lookup(0x10FFFF));
}

static void
fold_gives_the_same_for_its_own_output(void **state)
{
    uint8_t once[64];
    uint8_t again[64];
    unsigned dropped;
    const char *name = "Đặng-O’Brien Þórs";
    ptrdiff_t n =
        tally_text_fold((const uint8_t *)name, strlen(name), once, sizeof once, &dropped);

    (void)state;
    assert_true(n > 0);
    assert_int_equal(tally_text_fold(once, (size_t)n, again, sizeof again, &dropped), n);
    assert_memory_equal(once, again, (size_t)n);
}

static void
unicode_version_is_told(void **state)
{
    (void)state;
    assert_true(strlen(tally_text_unicode_version()) >= 5);
    assert_int_equal(TALLY_FOLD_VERSION, 1);
}

static void
windows_1252_decodes_its_own_letters(void **state)
{
    const uint8_t in[] = {'J', 'o', 's', 0xE9, ' ', 0x80, 0x92, 0x9F, 0xFF, 0xA0};
    const char *want = "José €’Ÿÿ\u00A0";
    uint8_t out[32];
    size_t bad = 0;
    ptrdiff_t n = tally_text_from_1252(in, sizeof in, out, sizeof out, &bad);

    (void)state;
    assert_int_equal(n, (ptrdiff_t)strlen(want));
    assert_memory_equal(out, want, strlen(want));
    assert_int_equal(tally_text_from_1252(in, 0, out, 0, &bad), 0);
    assert_int_equal(tally_text_from_1252(in, sizeof in, out, 5, &bad), -1);
}

static void
windows_1252_names_the_undefined_byte(void **state)
{
    const uint8_t undefined[] = {0x81, 0x8D, 0x8F, 0x90, 0x9D};

    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        const uint8_t in[3] = {'a', 'b', (uint8_t)c};
        uint8_t out[9];
        size_t bad = 99;
        ptrdiff_t n = tally_text_from_1252(in, 3, out, sizeof out, &bad);

        if (memchr(undefined, (int)c, sizeof undefined) != NULL) {
            assert_int_equal(n, -1);
            assert_int_equal(bad, 2);
        } else {
            assert_true(n >= 3);
            assert_true(tally_text_valid(out, (size_t)n));
        }
    }
}

static void
printable_replaces_what_could_deceive(void **state)
{
    char out[32];

    (void)state;
    tally_text_printable("plain Siân", out, sizeof out);
    assert_string_equal(out, "plain Siân");
    tally_text_printable("a\x1B[31mb\n\x7F", out, sizeof out);
    assert_string_equal(out, "a?[31mb??");
    tally_text_printable("x\u202Ey\u2066z\u200F\u061C\u2028\xC2\x85", out, sizeof out);
    assert_string_equal(out, "x?y?z????");
    tally_text_printable("\xFF\xC3", out, sizeof out);
    assert_string_equal(out, "??");
}

static void
printable_never_cuts_a_character_in_two(void **state)
{
    char out[6];

    (void)state;
    tally_text_printable("abcdé", out, sizeof out);
    assert_string_equal(out, "abcd");
    tally_text_printable("abcé", out, sizeof out);
    assert_string_equal(out, "abcé");
    tally_text_printable("abc", out, 1);
    assert_string_equal(out, "");
}

/* Eight bytes at a time or one, folding is the same: a character's result does not depend
 * on its neighbours. */
static void
folding_takes_characters_one_by_one(void **state)
{
    char text[41] = "";
    uint32_t seed = 3;

    (void)state;
    for (size_t round = 0; round < 4000; round++) {
        uint8_t whole[64], one[64];
        size_t len = round % sizeof(text), n = 0;
        unsigned dropped = 0, dropped_one = 0, d = 0;

        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525u + 1013904223u;
            /* mostly printable, so that stretches of eight occur */
            text[i] =
                (char)(seed >> 29 == 0 ? (seed >> 16) % 128 : ' ' + (seed >> 16) % 95);
        }
        for (size_t i = 0; i < len; i++) {
            ptrdiff_t got = tally_text_fold((const uint8_t *)text + i, 1, one + n,
                                            sizeof(one) - n, &d);

            assert_true(got >= 0);
            n += (size_t)got;
            dropped_one += d;
        }
        assert_int_equal(
            tally_text_fold((const uint8_t *)text, len, whole, sizeof(whole), &dropped),
            (ptrdiff_t)n);
        assert_int_equal(dropped, dropped_one);
        assert_memory_equal(whole, one, n);
        if (n > 0) { /* room for exactly the result, and one byte less */
            assert_int_equal(
                tally_text_fold((const uint8_t *)text, len, whole, n, &dropped),
                (ptrdiff_t)n);
            assert_int_equal(
                tally_text_fold((const uint8_t *)text, len, whole, n - 1, &dropped), -1);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_accepts_the_ends_of_every_range),
        cmocka_unit_test(valid_refuses_what_is_not_well_formed),
        cmocka_unit_test(fold_keeps_names_of_many_languages),
        cmocka_unit_test(fold_makes_dashes_blanks_and_widths_plain),
        cmocka_unit_test(fold_counts_what_it_drops),
        cmocka_unit_test(fold_refuses_bad_input_and_short_output),
        cmocka_unit_test(fold_agrees_with_the_whole_string_mapping),
        cmocka_unit_test(fold_table_is_sorted_and_every_rule_is_needed),
        cmocka_unit_test(fold_gives_the_same_for_its_own_output),
        cmocka_unit_test(unicode_version_is_told),
        cmocka_unit_test(windows_1252_decodes_its_own_letters),
        cmocka_unit_test(windows_1252_names_the_undefined_byte),
        cmocka_unit_test(printable_replaces_what_could_deceive),
        cmocka_unit_test(printable_never_cuts_a_character_in_two),
        cmocka_unit_test(folding_takes_characters_one_by_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
