/*
 * The rules of a profile: thresholds, what is shown, and what to do, in one table, so
 * that an owner can look up why a field is judged as it is. docs/profile.md has the same
 * table.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "bloom/profile_private.h"

#include <stdio.h>

#define NOTHING_TO_DO "Nothing to do."

const struct tally_profile_rule tally_profile_rules[TALLY_CHECKS] = {
    [TALLY_CHECK_MISSING] =
        {"missing",
         "No value",
         10 * TALLY_SHARE_PERCENT,
         50 * TALLY_SHARE_PERCENT,
         1,
         {NOTHING_TO_DO,
          "Records without this value are harder to link. If another system holds it, "
          "add it to the export.",
          "Half of the records or more have no value. Check that the right column was "
          "exported and mapped. If it was, ask the partners to leave the field out."}},
    [TALLY_CHECK_PLACEHOLDER] =
        {"placeholder",
         "Placeholder instead of a value (UNKNOWN, NFA)",
         1 * TALLY_SHARE_PERCENT,
         50 * TALLY_SHARE_PERCENT,
         1,
         {"Nothing to do: a placeholder counts as missing.",
          "They count as missing. See whether another system holds the true values.",
          "Half of the records or more hold a placeholder. Check that the right column "
          "was exported."}},
    [TALLY_CHECK_DEFAULT_DATE] =
        {"default_date",
         "Default date (1900-01-01 and the like)",
         1 * TALLY_SHARE_PERCENT,
         50 * TALLY_SHARE_PERCENT,
         1,
         {"Nothing to do: a default date counts as missing.",
          "They count as missing. See whether another system holds the true dates.",
          "Half of the records or more hold a default date. Check that the right column "
          "was exported."}},
    [TALLY_CHECK_INVALID] =
        {"invalid",
         "Not in the form of its type",
         TALLY_SHARE_TENTH,
         5 * TALLY_SHARE_PERCENT,
         1,
         {"Nothing to do: these few values are not encoded.",
          "These values are not encoded. Find out how the system came to hold them, and "
          "correct what you can.",
          "These values are not encoded. Check that the right column is mapped and how "
          "the export writes it, then profile again."}},
    [TALLY_CHECK_IMPOSSIBLE] =
        {"impossible",
         "In the right form, but cannot be (31 February, out of range)",
         TALLY_SHARE_TENTH,
         5 * TALLY_SHARE_PERCENT,
         1,
         {"Nothing to do: these few values are not encoded.",
          "These values are not encoded. Correct what you can in the system.",
          "These values are not encoded. See how the export writes them; for dates, "
          "export year, month, day."}},
    [TALLY_CHECK_CHECK_DIGIT] =
        {"check_digit",
         "Check digit wrong",
         TALLY_SHARE_TENTH,
         5 * TALLY_SHARE_PERCENT,
         1,
         {"Nothing to do: these few numbers are not encoded.",
          "Mistyped numbers; they are not encoded. Correct what you can in the system.",
          "So many wrong check digits mean another kind of number. Check that the right "
          "column is mapped."}},
    [TALLY_CHECK_REPAIRED] =
        {"repaired",
         "Usable after a repair",
         5 * TALLY_SHARE_PERCENT,
         TALLY_SHARE_NEVER,
         1,
         {"Nothing to do: all partners repair in the same way.",
          "All partners repair in the same way, but so many repairs point at the export: "
          "cut values, lost characters, dates without a day.",
          ""}},
    [TALLY_CHECK_ALPHABET] =
        {"alphabet",
         "Characters outside the alphabet",
         0,
         2 * TALLY_SHARE_PERCENT,
         1,
         {NOTHING_TO_DO,
          "Such characters are dropped. See whether the system holds them rightly; the "
          "export may have been saved in another character encoding.",
          "So many point at a wrong character encoding. Export as UTF-8, or say "
          "--input-encoding windows-1252, and profile again."}},
    [TALLY_CHECK_TOP] =
        {"most_frequent",
         "The most frequent value",
         TALLY_SHARE_NEVER,
         TALLY_SHARE_NEVER,
         10,
         {NOTHING_TO_DO,
          "One value is more frequent than is usual: perhaps a default, or, of a place, "
          "an institution. Look it up in your system.",
          "One value is so frequent that it must be a default. Leave it out of the "
          "export, so that it counts as missing."}},
    [TALLY_CHECK_CONSTANT] =
        {"constant",
         "All records have the same value",
         0,
         TALLY_SHARE_NEVER,
         10,
         {NOTHING_TO_DO,
          "A field that is the same for all tells nobody apart. Ask the partners whether "
          "it is wanted.",
          ""}},
    [TALLY_CHECK_JANUARY] =
        {"first_of_january",
         "Dates on 1 January",
         1 * TALLY_SHARE_PERCENT,
         5 * TALLY_SHARE_PERCENT,
         10,
         {"Nothing to do: about 0.3% of people are born on 1 January.",
          "About 0.3% of people are born on 1 January. More means that 01/01 was typed "
          "where only the year was known. If the system marks such dates, export them "
          "without day and month; if all may be such, see '[01/01 unknown]' of a mapping "
          "file.",
          "Far more than the 0.3% who are born on 1 January: 01/01 stands for an unknown "
          "day. Export such dates without day and month (1984-00-00), or write a mapping "
          "file that says so: 'date_of_birth = Birth Date [01/01 unknown]'."}},
    [TALLY_CHECK_MONTH_START] =
        {"first_of_month",
         "Dates on the first of a month",
         6 * TALLY_SHARE_PERCENT,
         20 * TALLY_SHARE_PERCENT,
         20,
         {"Nothing to do: 3.3% are expected.",
          "3.3% are expected. More means that 01 was typed where the day was not known. "
          "If the system marks such dates, export them with the day 00.",
          "Far more than the 3.3% that are expected: 01 stands for an unknown day. "
          "Export such dates with the day 00."}},
    [TALLY_CHECK_YEAR] =
        {"year_excess",
         "Dates in a year far above the years around it",
         0,
         TALLY_SHARE_NEVER,
         20,
         {NOTHING_TO_DO,
          "A year three times as frequent as its neighbours may be a default, or year of "
          "entry instead of birth. Look it up in your system.",
          ""}},
    [TALLY_CHECK_STYLE] =
        {"date_style",
         "Dates not written in the column's commonest style",
         TALLY_SHARE_TENTH,
         TALLY_SHARE_NEVER,
         1,
         {NOTHING_TO_DO,
          "Several styles in one column mean several sources. Export all dates as year, "
          "month, day.",
          ""}},
    [TALLY_CHECK_DAY_MONTH] =
        {"day_month",
         "Dates whose day and month could be mistaken",
         TALLY_SHARE_NEVER,
         TALLY_SHARE_NEVER,
         1,
         {NOTHING_TO_DO,
          "Nothing in the column shows which number is the day. The day is taken to come "
          "first. Check that it does, or export year, month, day.",
          "The month comes first in dates of this column, and would be read as the day. "
          "Export year, month, day."}},
    [TALLY_CHECK_CONTENT] = {"other_content",
                             "Content that looks like another type",
                             TALLY_SHARE_NEVER,
                             TALLY_SHARE_NEVER,
                             10,
                             {NOTHING_TO_DO, "", ""}},
    [TALLY_CHECK_LENGTH] =
        {"length",
         "Far longer or shorter than the rest",
         TALLY_SHARE_TENTH,
         TALLY_SHARE_NEVER,
         1,
         {NOTHING_TO_DO,
          "Often a note typed into the field, or two values in one. Sort the column by "
          "length and look at both ends.",
          ""}},
    [TALLY_CHECK_BLANKS] = {"outer_blanks",
                            "Blanks in front or behind",
                            TALLY_SHARE_NEVER,
                            TALLY_SHARE_NEVER,
                            1,
                            {"Nothing to do: they are taken off.", "", ""}},
    [TALLY_CHECK_CASE] = {"mixed_case",
                          "Not in the column's commonest case",
                          TALLY_SHARE_NEVER,
                          TALLY_SHARE_NEVER,
                          1,
                          {"Nothing to do: capitals do not matter.", "", ""}},
    [TALLY_CHECK_SEVERAL] =
        {"several_values",
         "Cells that seem to hold several values (; or | in them)",
         0,
         TALLY_SHARE_NEVER,
         1,
         {NOTHING_TO_DO,
          "Encoded as one value, they match nobody. Say in a mapping file what stands "
          "between the values, as in 'surname = Surname [split ;]'.",
          ""}},
    [TALLY_CHECK_DUPLICATES] =
        {"duplicates",
         "Records identical to an earlier one in every identifying field",
         0,
         20 * TALLY_SHARE_PERCENT,
         1,
         {NOTHING_TO_DO,
          "Take repeats out of the export, or encode with --duplicates possible.",
          "The export seems to hold a row for each event instead of each person. Export "
          "people, or encode with --duplicates possible."}},
    [TALLY_CHECK_NOTHING_USABLE] =
        {"nothing_usable",
         "Records without any usable identifying field",
         0,
         5 * TALLY_SHARE_PERCENT,
         1,
         {NOTHING_TO_DO, "Such records match nobody. Take them out of the export.",
          "Such records match nobody. Check that the right columns were exported and "
          "mapped."}},
    [TALLY_CHECK_SWAPPED_NAMES] =
        {"swapped_names",
         "Records with a usual surname as forename and a usual forename as surname",
         0,
         TALLY_SHARE_NEVER,
         1,
         {NOTHING_TO_DO,
          "Some records have forename and surname the wrong way round. Correct them in "
          "the system if you can.",
          "The columns of forename and surname are the wrong way round. Correct the "
          "mapping."}},
    [TALLY_CHECK_ID_REPEATED] =
        {"id_repeated",
         "Records with the id of an earlier one",
         TALLY_SHARE_NEVER,
         0,
         1,
         {NOTHING_TO_DO, "",
          "Ids must be unique: 'tally encode --id' refuses the file."}},
    [TALLY_CHECK_ID_EMPTY] =
        {"id_empty",
         "Records without an id",
         TALLY_SHARE_NEVER,
         0,
         1,
         {NOTHING_TO_DO, "",
          "Every record needs an id: 'tally encode --id' refuses the file."}},
    [TALLY_CHECK_ALIAS_ORPHAN] =
        {"alias_without_main",
         "Alias rows without a main row",
         TALLY_SHARE_NEVER,
         0,
         1,
         {NOTHING_TO_DO, "",
          "An alias row names the id of its person's main row, which is not there: "
          "'tally encode --alias-of' refuses the file. Export main rows and aliases "
          "together."}},
};

const char *
tally_verdict_name(enum tally_verdict v)
{
    static const char *const names[TALLY_VERDICTS] = {"good", "look at this",
                                                      "fix before encoding"};

    return (unsigned)v < TALLY_VERDICTS ? names[v] : "unknown";
}

const char *
tally_check_name(enum tally_check c)
{
    return (unsigned)c < TALLY_CHECKS ? tally_profile_rules[c].name : "unknown";
}

const char *
tally_check_label(enum tally_check c)
{
    return (unsigned)c < TALLY_CHECKS ? tally_profile_rules[c].label : "unknown";
}

size_t
tally_profile_count(const struct tally_profile *p, enum tally_verdict v)
{
    size_t n = 0;

    for (size_t i = 0; i < p->nfindings; i++) {
        n += p->findings[i].verdict == v;
    }
    for (size_t f = 0; f < p->nfields; f++) {
        for (size_t i = 0; i < p->fields[f].nfindings; i++) {
            n += p->fields[f].findings[i].verdict == v;
        }
    }
    return n;
}

void
tally_share_text(uint64_t count, uint64_t of, char out[TALLY_SHARE_TEXT])
{
    double percent = of > 0 ? 100.0 * (double)count / (double)of : 0;

    if (of == 0) {
        (void)snprintf(out, TALLY_SHARE_TEXT, "-");
    } else if (count == 0 || count == of) {
        (void)snprintf(out, TALLY_SHARE_TEXT, count == 0 ? "0%%" : "100%%");
    } else if (percent < 0.1) {
        (void)snprintf(out, TALLY_SHARE_TEXT, "under 0.1%%");
    } else if (percent > 99.9) {
        (void)snprintf(out, TALLY_SHARE_TEXT, "over 99.9%%");
    } else {
        (void)snprintf(out, TALLY_SHARE_TEXT, "%.1f%%", percent);
    }
}
