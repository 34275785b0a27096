/*
 * Mapping columns to fields: files and their mistakes, guesses and their doubts.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/mapping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FIELDS "forename,surname,date_of_birth,sex,postcode"

/* A schema, an export of one header row, and what came of mapping the two. */
struct fixture {
    char csv_path[64];
    char map_path[64];
    struct tally_schema *schema;
    struct tally_csv *csv;
    struct tally_mapping m;
    struct tally_err err;
};

static void
write_file(char path[64], const char *text, size_t len)
{
    int fd;

    (void)snprintf(path, 64, "/tmp/tally-test-mapping-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), len);
    close(fd);
}

static void
start(struct fixture *x, const char *fields, const char *header)
{
    const struct tally_csv_options options = {0};

    memset(x, 0, sizeof *x);
    write_file(x->csv_path, header, strlen(header));
    if (tally_schema_new(&x->schema, fields, "plain", NULL, &x->err) != 0 ||
        tally_csv_open(&x->csv, x->csv_path, &options, &x->err) != 0) {
        fail_msg("%s", x->err.text);
    }
}

static void
stop(struct fixture *x)
{
    unlink(x->csv_path);
    if (x->map_path[0] != '\0') {
        unlink(x->map_path);
    }
    tally_schema_free(x->schema);
    tally_csv_free(x->csv);
}

static int
load_bytes(struct fixture *x, const char *map, size_t len)
{
    if (x->map_path[0] != '\0') {
        unlink(x->map_path);
    }
    write_file(x->map_path, map, len);
    return tally_mapping_load(&x->m, x->map_path, x->schema, x->csv, &x->err);
}

static int
load(struct fixture *x, const char *map)
{
    return load_bytes(x, map, strlen(map));
}

static void
check_text(struct fixture *x, const char *wanted)
{
    char *text = tally_mapping_text(&x->m, x->schema, x->csv);

    assert_non_null(text);
    assert_string_equal(text, wanted);
    free(text);
}

static void
a_mapping_file_is_read(void **state)
{
    struct fixture x;

    (void)state;
    start(&x, FIELDS, "id,Given,Family,d,m,y,g,p c\n");
    assert_int_equal(load(&x, "# police extract\n"
                              "\n"
                              "  forename =  Given \r\n"
                              "surname=Family\n"
                              "date_of_birth = d + m+y\n"
                              "sex = -\n"
                              "postcode = p c"),
                     0);
    assert_int_equal(x.m.nparts[0], 1);
    assert_int_equal(x.m.parts[0][0], 1);
    assert_int_equal(x.m.parts[1][0], 2);
    assert_int_equal(x.m.nparts[2], 3);
    assert_int_equal(x.m.parts[2][0], 3);
    assert_int_equal(x.m.parts[2][2], 5);
    assert_int_equal(x.m.nparts[3], 0);
    assert_int_equal(x.m.parts[4][0], 7);
    check_text(&x,
               "forename = Given\nsurname = Family\ndate_of_birth = d + m + y\nsex = -\n"
               "postcode = p c\n");
    stop(&x);
}

static void
odd_column_names_stand_in_quotes_and_come_back(void **state)
{
    static const char map[] =
        "forename = \"first + middle\" + \"the \"\"name\"\"\" + a=b\n"
        "sex = \"-\"\n";
    struct fixture x;

    (void)state;
    start(&x, "forename,sex", "first + middle,\"the \"\"name\"\"\",a=b,-\n");
    assert_int_equal(load(&x, map), 0);
    assert_int_equal(x.m.nparts[0], 3);
    assert_int_equal(x.m.nparts[1], 1);
    check_text(&x, map);
    stop(&x);
}

static void
several_values_of_a_field_are_read_and_come_back(void **state)
{
    static const char map[] = "forename = f | \"f|2\" [split ;]\n"
                              "surname = s + t | u\n"
                              "date_of_birth = dob | d + m + y\n"
                              "sex = -\n"
                              "postcode = p [split |]\n";
    struct fixture x;

    (void)state;
    start(&x, FIELDS, "f,f|2,s,t,u,dob,d,m,y,p,[q]\n");
    if (load(&x, map) != 0) {
        fail_msg("%s", x.err.text);
    }
    assert_int_equal(x.m.nparts[0], 2);
    assert_false(x.m.another[0][0]);
    assert_true(x.m.another[0][1]);
    assert_int_equal(x.m.split[0], ';');
    assert_int_equal(x.m.nparts[1], 3);
    assert_false(x.m.another[1][1]);
    assert_true(x.m.another[1][2]);
    assert_int_equal(x.m.split[1], 0);
    assert_true(x.m.another[2][1]);
    assert_false(x.m.another[2][3]);
    assert_int_equal(x.m.split[4], '|');
    check_text(&x, map);
    assert_int_equal(load(&x, "forename = \"[q]\"\nsurname = -\ndate_of_birth = -\n"
                              "sex = -\npostcode = -\n"),
                     0);
    stop(&x);
}

static void
several_values_that_make_no_sense_are_refused(void **state)
{
    static const char *const maps[][2] = {
        {"forename = f | f\n", "stands there twice"},
        {"forename = f |\n", "a column name is missing"},
        {"forename = | f\n", "a column name is missing"},
        {"forename = s + t [split ;]\n", "joined columns cannot be split"},
        {"forename = f [split]\n", "not understood"},
        {"forename = f [split x]\n", "not understood"},
        {"forename = f [split ;;]\n", "not understood"},
        {"forename = f [split ;\n", "not understood"},
        {"forename = f [splat ;]\n", "not understood"},
        {"forename = f [split ;] | s\n", "not understood"},
        {"forename = f []\n", "not understood"},
        {"forename = f [\n", "not understood"},
        {"date_of_birth = dob | d + m\n", "one column or three, not 2"},
        {"forename = f|s|t|u|dob|d|m|y|p|a|b|c|e|g|h|i|j\n", "all values of a field"},
    };
    struct fixture x;

    (void)state;
    start(&x, FIELDS, "f,s,t,u,dob,d,m,y,p,a,b,c,e,g,h,i,j\n");
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        assert_int_equal(load(&x, maps[i][0]), -1);
        if (x.err.code != TALLY_E_MAPPING || strstr(x.err.text, maps[i][1]) == NULL) {
            fail_msg("%s gave %s", maps[i][0], x.err.text);
        }
    }
    stop(&x);
}

static void
the_way_dates_are_written_stands_in_brackets_and_comes_back(void **state)
{
    static const struct {
        const char *map;
        const char *text; /* as it comes back */
        struct tally_date_reading reading;
    } rows[] = {
        {"date_of_birth = dob", "date_of_birth = dob\n", {TALLY_READ_DMY, 0, false}},
        {"date_of_birth = dob [dmy]",
         "date_of_birth = dob\n",
         {TALLY_READ_DMY, 0, false}},
        {"date_of_birth = dob[mdy]",
         "date_of_birth = dob [mdy]\n",
         {TALLY_READ_MDY, 0, false}},
        {"date_of_birth = d + m + y [ ymd ]",
         "date_of_birth = d + m + y [ymd]\n",
         {TALLY_READ_YMD, 0, false}},
        {"date_of_birth = dob [century 1930]",
         "date_of_birth = dob [dmy, century 1930]\n",
         {TALLY_READ_DMY, 1930, false}},
        {"date_of_birth = \"born [d]\" [mdy,century 1925]",
         "date_of_birth = \"born [d]\" [mdy, century 1925]\n",
         {TALLY_READ_MDY, 1925, false}},
        {"date_of_birth = dob [mdy] [split ,]",
         "date_of_birth = dob [split ,] [mdy]\n",
         {TALLY_READ_MDY, 0, false}},
        {"date_of_birth = dob [01/01 unknown]",
         "date_of_birth = dob [dmy, 01/01 unknown]\n",
         {TALLY_READ_DMY, 0, true}},
        {"date_of_birth = dob [01/01 unknown, ymd, century 1930]",
         "date_of_birth = dob [ymd, century 1930, 01/01 unknown]\n",
         {TALLY_READ_YMD, 1930, true}},
    };
    struct fixture x;

    (void)state;
    start(&x, "date_of_birth", "dob,d,m,y,born [d]\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (load(&x, rows[i].map) != 0) {
            fail_msg("%s: %s", rows[i].map, x.err.text);
        }
        assert_int_equal(x.m.readings[0].order, rows[i].reading.order);
        assert_int_equal(x.m.readings[0].century, rows[i].reading.century);
        assert_int_equal(x.m.readings[0].january, rows[i].reading.january);
        check_text(&x, rows[i].text);
    }
    stop(&x);
}

static void
no_other_way_to_write_dates_is_taken(void **state)
{
    static const char *const maps[] = {
        "date_of_birth = dob []",
        "date_of_birth = dob [dym]",
        "date_of_birth = dob [mdy, mdy]",
        "date_of_birth = dob [mdy,]",
        "date_of_birth = dob [mdy] x",
        "date_of_birth = dob [mdy] [",
        "date_of_birth = dob [century]",
        "date_of_birth = dob [century 30]",
        "date_of_birth = dob [century 1800]",
        "date_of_birth = dob [century 2002]",
        "date_of_birth = dob [01/02 unknown]",
        "date_of_birth = dob [01/01 unknown, 01/01 unknown]",
        "date_of_birth = dob [century 1930, century 1930]"};
    struct fixture x;

    (void)state;
    start(&x, "date_of_birth", "dob,sex\n");
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        assert_int_equal(load(&x, maps[i]), -1);
        assert_int_equal(x.err.code, TALLY_E_MAPPING);
        assert_non_null(strstr(x.err.text, "line 1: what stands in brackets"));
        assert_non_null(strstr(x.err.hint, "[dmy, century 1930]"));
    }
    stop(&x);
    start(&x, "sex", "dob,sex\n");
    assert_int_equal(load(&x, "sex = sex [mdy]"), -1);
    assert_non_null(strstr(x.err.hint, "[split ;]"));
    stop(&x);
}

static void
a_byte_order_mark_is_skipped(void **state)
{
    struct fixture x;

    (void)state;
    start(&x, "forename,sex", "a,b\n");
    assert_int_equal(load(&x, "\xef\xbb\xbf"
                              "forename = a\nsex = b\n"),
                     0);
    stop(&x);
}

static void
mistakes_name_line_and_what_is_wrong(void **state)
{
    static const struct {
        const char *map;
        const char *text;
        const char *hint;
    } rows[] = {
        {"forename = Fornam\n", "line 1: '", "did you mean 'Forename'"},
        {"forename = zzzzzzzzzzzz\n", "no column called 'zzzzzzzzzzzz'", "first row"},
        {"\nforname = Forename\n", "line 2: the schema has no field called 'forname'",
         "did you mean 'forename'"},
        {"zzzzzzzzzzzz = Forename\n", "no field called", "the field first"},
        {"forename Forename\n", "line 1: there is no = in it", "field = column"},
        {"forename = "
         "0123456789012345678901234567890123456789012345678901234567890123456789\n",
         "no column called", "first row"},
        {"forename =\n", "a column name is missing", ""},
        {"forename = Forename +\n", "a column name is missing", ""},
        {"forename = Forename + + d\n", "a column name is missing", ""},
        {"forename = \"Forename\n", "double quotes", ""},
        {"forename = \"Forename\" d\n", "double quotes", ""},
        {"forename = Forename\nforename = d\n",
         "line 2: field 'forename' stands on line 1", ""},
        {"forename = d + d\n", "column 'd' stands there twice", ""},
        {"forename = a+b+c+d+e+f+g+h+i\n", "at most 8 columns", ""},
        {"forename = d\ndate_of_birth = d + e\n", "one column or three, not 2",
         "day + month + year"},
        {"forename = Forename\n", "does not mention the field 'date_of_birth'",
         "date_of_birth = -"},
        {"", "does not mention the field 'forename'", "forename = COLUMN"},
        {"forename = \xff\n", "line 1: it is not UTF-8", "UTF-8"},
    };
    struct fixture x;

    (void)state;
    start(&x, "forename,date_of_birth", "Forename,a,b,c,d,e,f,g,h,i\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(&x.m, 0x5a, sizeof x.m);
        assert_int_equal(load(&x, rows[i].map), -1);
        assert_int_equal(x.err.code, TALLY_E_MAPPING);
        if (strstr(x.err.text, rows[i].text) == NULL ||
            strstr(x.err.hint, rows[i].hint) == NULL) {
            fail_msg("got '%s', '%s'; wanted '%s', '%s'", x.err.text, x.err.hint,
                     rows[i].text, rows[i].hint);
        }
        assert_int_equal(x.m.nparts[0] & 0xff, 0x5a); /* written only on success */
    }
    stop(&x);
}

static void
a_nul_or_an_endless_line_is_refused(void **state)
{
    static char line[10000];
    struct fixture x;

    (void)state;
    start(&x, "forename,sex", "a,b\n");
    assert_int_equal(load_bytes(&x, "forename = a\0b\n", 15), -1);
    assert_int_equal(x.err.code, TALLY_E_MAPPING);
    memset(line, 'a', sizeof line);
    assert_int_equal(load_bytes(&x, line, sizeof line), -1);
    assert_non_null(strstr(x.err.text, "longer than"));
    assert_int_equal(load_bytes(&x, line, 8192), -1);
    assert_non_null(strstr(x.err.text, "no = in it"));
    stop(&x);
}

static void
a_missing_mapping_file_is_reported(void **state)
{
    struct fixture x;

    (void)state;
    start(&x, "forename,sex", "a,b\n");
    assert_int_equal(
        tally_mapping_load(&x.m, "/nonexistent/map", x.schema, x.csv, &x.err), -1);
    assert_int_equal(x.err.code, TALLY_E_NO_FILE);
    stop(&x);
}

static void
check_guess(const char *fields, const char *header, const char *wanted)
{
    struct fixture x;

    start(&x, fields, header);
    if (tally_mapping_guess(&x.m, x.schema, x.csv, &x.err) != 0) {
        fail_msg("%s", x.err.text);
    }
    check_text(&x, wanted);
    stop(&x);
}

static void
usual_headers_are_guessed(void **state)
{
    (void)state;
    check_guess(FIELDS, "forename,surname,date_of_birth,sex,postcode\n",
                "forename = forename\nsurname = surname\ndate_of_birth = date_of_birth\n"
                "sex = sex\npostcode = postcode\n");
    check_guess(FIELDS, "ID,First Name,Last Name,D.O.B.,Gender,Post Code,Notes\n",
                "forename = First Name\nsurname = Last Name\ndate_of_birth = D.O.B.\n"
                "sex = Gender\npostcode = Post Code\n");
    check_guess(
        FIELDS ",address,nhs_number",
        "NHS No,Address Line 1,PCODE,GIVEN_NAME,FAMILY_NAME,Date of Birth,Sex\n",
        "forename = GIVEN_NAME\nsurname = FAMILY_NAME\ndate_of_birth = Date of Birth\n"
        "sex = Sex\npostcode = PCODE\naddress = Address Line 1\n"
        "nhs_number = NHS No\n");
    check_guess(
        "forename,surname,date_of_birth", "Enw cyntaf,Cyfenw,Dyddiad geni\n",
        "forename = Enw cyntaf\nsurname = Cyfenw\ndate_of_birth = Dyddiad geni\n");
}

static void
the_numbers_of_authorities_are_guessed(void **state)
{
    (void)state;
    check_guess("chi_number,upn,uln,pnc_id,national_insurance,telephone,email",
                "CHI No,UPN,ULN,PNC ID,NINO,Mobile Number,E-mail address\n",
                "chi_number = CHI No\nupn = UPN\nuln = ULN\npnc_id = PNC ID\n"
                "national_insurance = NINO\ntelephone = Mobile Number\n"
                "email = E-mail address\n");
}

static void
split_dates_and_addresses_are_put_together(void **state)
{
    (void)state;
    check_guess(FIELDS ",address",
                "id,pername1,pername2,sex,dob_day,dob_mon,dob_year,enumcap,enumpc\n",
                "forename = pername1\nsurname = pername2\n"
                "date_of_birth = dob_day + dob_mon + dob_year\nsex = sex\n"
                "postcode = enumpc\naddress = enumcap\n");
    check_guess(
        "forename,surname,date_of_birth",
        "id,fname_c1,fname_c2,lname_c1,lname_c2,by,bm,bd\n",
        "forename = fname_c1\nsurname = lname_c1\ndate_of_birth = bd + bm + by\n");
    check_guess("address,suburb:text", "street_number,address_1,address_2,suburb\n",
                "address = street_number + address_1\nsuburb = suburb\n");
}

static void
a_field_is_guessed_by_its_type_when_it_is_the_only_one(void **state)
{
    (void)state;
    check_guess("first:forename,last:surname", "Forename,Surname\n",
                "first = Forename\nlast = Surname\n");
}

static void
the_exact_name_of_the_field_goes_before_usual_names(void **state)
{
    (void)state;
    check_guess("postcode", "Post Code,postcode,zip\n", "postcode = postcode\n");
    check_guess("zip:text", "Postcode,ZIP\n", "zip = ZIP\n");
}

static void
doubts_are_named_and_nothing_is_taken(void **state)
{
    struct fixture x;

    (void)state;
    start(&x, "forename,postcode,sex,height:integer",
          "forename,Post Code,Home postcode,size\n");
    memset(&x.m, 0x5a, sizeof x.m);
    assert_int_equal(tally_mapping_guess(&x.m, x.schema, x.csv, &x.err), -1);
    assert_int_equal(x.err.code, TALLY_E_MAPPING);
    assert_non_null(
        strstr(x.err.text, "sex has no column with a usual name; height has no"));
    assert_non_null(strstr(x.err.hint, "--map"));
    assert_null(strstr(x.err.text, "forename"));
    assert_int_equal(x.m.nparts[0] & 0xff, 0x5a);
    stop(&x);
    start(&x, "postcode", "Zip,Home postcode\n");
    assert_int_equal(tally_mapping_guess(&x.m, x.schema, x.csv, &x.err), -1);
    assert_non_null(strstr(x.err.text, "postcode may be 'Zip' or 'Home postcode'"));
    stop(&x);
}

static void
two_fields_of_one_type_are_not_guessed_by_type(void **state)
{
    struct fixture x;

    (void)state;
    start(&x, "first:forename,second:forename", "Forename,x\n");
    assert_int_equal(tally_mapping_guess(&x.m, x.schema, x.csv, &x.err), -1);
    assert_non_null(strstr(x.err.text, "first has no column"));
    stop(&x);
}

static void
overlong_column_names_are_passed_over(void **state)
{
    char header[400] = "Forename,";

    (void)state;
    memset(header + 9, 'x', 200);
    check_guess("forename", header, "forename = Forename\n");
}

static void
an_incomplete_split_date_is_not_guessed(void **state)
{
    struct fixture x;

    (void)state;
    start(&x, "date_of_birth", "dob_day,dob_year\n");
    assert_int_equal(tally_mapping_guess(&x.m, x.schema, x.csv, &x.err), -1);
    stop(&x);
}

/* What counts of ${text} for ${field}. */
static void
check_part(const struct fixture *x, size_t field, const char *text, const char *wanted)
{
    struct tally_cell cell = {(const uint8_t *)text, strlen(text)};

    cell = tally_mapping_part(&x->m, field, cell);
    assert_int_equal(cell.len, strlen(wanted));
    assert_memory_equal(cell.data, wanted, cell.len);
}

static void
a_part_of_a_cell_is_taken(void **state)
{
    static const char map[] = "forename = Name [after ,]\nsurname = Name [before ,]\n"
                              "date_of_birth = DOB\n";
    struct fixture x;

    (void)state;
    start(&x, "forename,surname,date_of_birth", "Name,DOB\n");
    assert_int_equal(load(&x, map), 0);
    check_text(&x, map);
    check_part(&x, 0, "O'Brien, Aoife, Mary", " Aoife, Mary");
    check_part(&x, 1, "O'Brien, Aoife", "O'Brien");
    check_part(&x, 0, "O'Brien", "");
    check_part(&x, 1, "O'Brien", "O'Brien");
    check_part(&x, 0, "", "");
    check_part(&x, 1, "", "");
    check_part(&x, 0, ",", "");
    check_part(&x, 2, "1,2", "1,2");
    assert_int_equal(load(&x, "forename = Name [before ,] [after ,]\nsurname = -\n"
                              "date_of_birth = -\n"),
                     -1);
    assert_non_null(strstr(x.err.text, "line 1: only one part can be taken"));
    assert_int_equal(load(&x, "forename = Name + DOB [before ,]\n"), -1);
    assert_non_null(strstr(x.err.text, "of joined columns no part"));
    assert_int_equal(load(&x, "forename = Name [before x]\n"), -1);
    assert_non_null(strstr(x.err.hint, "[before ,]"));
    stop(&x);
}

static void
a_draft_has_what_can_be_told_and_asks_for_the_rest(void **state)
{
    struct fixture x;
    char *draft;

    (void)state;
    start(&x, FIELDS, "Ref,Subject Name,D.O.B,Home PC,Addr PC,Gndr\n");
    draft = tally_mapping_draft(x.schema, x.csv);
    assert_non_null(draft);
    assert_string_equal(draft, "# if it holds 'Surname, Forename'; else change this:\n"
                               "forename = Subject Name [after ,]\n"
                               "# if it holds 'Surname, Forename'; else change this:\n"
                               "surname = Subject Name [before ,]\n"
                               "date_of_birth = D.O.B\n"
                               "sex = ???\n"
                               "# postcode = Home PC\n"
                               "# postcode = Addr PC\n"
                               "postcode = ???\n"
                               "# columns left over: Ref, Home PC, Addr PC, Gndr");
    free(draft);
    stop(&x);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_of_a_cell_is_taken),
        cmocka_unit_test(a_draft_has_what_can_be_told_and_asks_for_the_rest),
        cmocka_unit_test(a_mapping_file_is_read),
        cmocka_unit_test(odd_column_names_stand_in_quotes_and_come_back),
        cmocka_unit_test(several_values_of_a_field_are_read_and_come_back),
        cmocka_unit_test(several_values_that_make_no_sense_are_refused),
        cmocka_unit_test(the_way_dates_are_written_stands_in_brackets_and_comes_back),
        cmocka_unit_test(no_other_way_to_write_dates_is_taken),
        cmocka_unit_test(a_byte_order_mark_is_skipped),
        cmocka_unit_test(mistakes_name_line_and_what_is_wrong),
        cmocka_unit_test(a_nul_or_an_endless_line_is_refused),
        cmocka_unit_test(a_missing_mapping_file_is_reported),
        cmocka_unit_test(usual_headers_are_guessed),
        cmocka_unit_test(the_numbers_of_authorities_are_guessed),
        cmocka_unit_test(split_dates_and_addresses_are_put_together),
        cmocka_unit_test(a_field_is_guessed_by_its_type_when_it_is_the_only_one),
        cmocka_unit_test(the_exact_name_of_the_field_goes_before_usual_names),
        cmocka_unit_test(doubts_are_named_and_nothing_is_taken),
        cmocka_unit_test(two_fields_of_one_type_are_not_guessed_by_type),
        cmocka_unit_test(overlong_column_names_are_passed_over),
        cmocka_unit_test(an_incomplete_split_date_is_not_guessed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
