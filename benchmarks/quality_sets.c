/*
 * The sets of the quality suite: what lies where, which column is which field, and what
 * was promised. Fields and weights are the starter schema's, types only where a set is
 * not British: a postcode from abroad and a telephone number are taken character by
 * character.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/quality_private.h"

#include <math.h>
#include <string.h>

#define PERSON   "forename,surname,date_of_birth"
#define ABROAD   "postcode:text:1:positional"
#define BRITISH  PERSON ",sex,postcode,address"
#define FEBRL    PERSON ",suburb:text:0.6," ABROAD ",address"
#define NCVR     "forename,surname,suburb:text:0.6," ABROAD
#define ANONLINK PERSON ",sex,city:text:0.6,phone:text:2:positional"
#define SPLINK   PERSON ",city:text:0.6,email:text:1"

/* Which column is which field. */
#define ESSNET_MAP                                                                       \
    "forename = pername1\n"                                                              \
    "surname = pername2\n"                                                               \
    "sex = sex\n"                                                                        \
    "date_of_birth = dob_day + dob_mon + dob_year\n"                                     \
    "postcode = enumpc\n"                                                                \
    "address = enumcap\n"
#define FEBRL_MAP                                                                        \
    "forename = given_name\n"                                                            \
    "surname = surname\n"                                                                \
    "date_of_birth = date_of_birth\n"                                                    \
    "suburb = suburb\n"                                                                  \
    "postcode = postcode\n"                                                              \
    "address = address_1\n"
#define NCVR_MAP                                                                         \
    "forename = givenname\n"                                                             \
    "surname = surname\n"                                                                \
    "suburb = suburb\n"                                                                  \
    "postcode = postcode\n"
#define ANONLINK_MAP                                                                     \
    "forename = givenname\n"                                                             \
    "surname = surname\n"                                                                \
    "date_of_birth = dob\n"                                                              \
    "sex = gender\n"                                                                     \
    "city = city\n"                                                                      \
    "phone = phone\n"
#define RLDATA_MAP                                                                       \
    "forename = fname_c1\n"                                                              \
    "surname = lname_c1\n"                                                               \
    "date_of_birth = by + bm + bd\n"
#define SPLINK_MAP                                                                       \
    "forename = first_name\n"                                                            \
    "surname = surname\n"                                                                \
    "date_of_birth = dob\n"                                                              \
    "city = city\n"                                                                      \
    "email = email\n"
#define SYNTH_NAMES_MAP                                                                  \
    "forename = forename\n"                                                              \
    "surname = surname\n"                                                                \
    "date_of_birth = date_of_birth\n"                                                    \
    "sex = sex\n"
#define SYNTH_MAP                                                                        \
    SYNTH_NAMES_MAP                                                                      \
    "postcode = postcode\n"                                                              \
    "address = address\n"

#define NONE ((double)NAN)

static const struct quality_set sets[] = {
    {.name = "ons_essnet_dev",
     .folder = "ons_essnet_dev",
     .files = {"census", "cis"},
     .fields = BRITISH,
     .map = ESSNET_MAP,
     .splink = ".996-.998 / .998",
     .floor = {0.997, 0.990}},
    {.name = "febrl4",
     .folder = "febrl4",
     .files = {"a", "b"},
     .fields = FEBRL,
     .map = FEBRL_MAP,
     .splink = ".998 / .999",
     .floor = {0.998, 0.993}},
    {.name = "febrl4_half",
     .folder = "febrl4",
     .files = {"a", "b"},
     .fields = FEBRL,
     .map = FEBRL_MAP,
     .rows = 3000,
     .splink = ".997 / .998",
     .floor = {0.997, 0.980}},
    {.name = "ncvr3of10_ocp20",
     .folder = "ncvr3of10_ocp20",
     .files = {"p1", "p2"},
     .fields = NCVR,
     .map = NCVR_MAP,
     .splink = ".966 / .969",
     .floor = {0.985, 0.970}},
    {.name = "ncvr3of10_ocp20_three",
     .folder = "ncvr3of10_ocp20",
     .files = {"p1", "p2", "p3"},
     .fields = NCVR,
     .map = NCVR_MAP,
     .floor = {0.985, 0.970}},
    {.name = "ncvr3of10_ocp0",
     .folder = "ncvr3of10_ocp0",
     .files = {"p1", "p2"},
     .fields = NCVR,
     .map = NCVR_MAP,
     .floor = {NONE, NONE}},
    {.name = "anonlink5",
     .folder = "anonlink5",
     .files = {"p1", "p2"},
     .fields = ANONLINK,
     .map = ANONLINK_MAP,
     .floor = {0.800, 0.780}},
    {.name = "anonlink5_five",
     .folder = "anonlink5",
     .files = {"p1", "p2", "p3", "p4", "p5"},
     .fields = ANONLINK,
     .map = ANONLINK_MAP,
     .floor = {NONE, NONE}},
    {.name = "de_dstime",
     .folder = "de_dstime",
     .files = {"org", "dup"},
     .fields = PERSON "," ABROAD ",city:text:0.6",
     .map = "forename = firstName\n"
            "surname = lastName\n"
            "date_of_birth = dateOfBirth\n"
            "postcode = plz\n"
            "city = city\n",
     .splink = ".972 / .982",
     .floor = {0.975, 0.955}},
    {.name = "winkler_census",
     .folder = "winkler_census",
     .files = {"a", "b"},
     .fields = "forename,surname,initial:text:0.3:whole,house:text:0.6:positional,street:"
               "address",
     .map = "forename = first_name\n"
            "surname = surname\n"
            "initial = middle_initial\n"
            "house = house_no\n"
            "street = street\n",
     .splink = ".973 / .977",
     .floor = {0.975, 0.950}},
    {.name = "pseudopeople_movers",
     .folder = "pseudopeople_movers",
     .files = {"census2020", "census2030"},
     .fields = PERSON ",sex,initial:text:0.3:whole,address",
     .map = "forename = first_name\n"
            "surname = last_name\n"
            "initial = middle_initial\n"
            "date_of_birth = date_of_birth\n"
            "sex = sex\n"
            "address = street_name\n",
     .splink = "1.000 / 1.000",
     .floor = {0.998, 0.990}},
    {.name = "rldata500",
     .folder = "rldata500",
     .files = {"records"},
     .fields = PERSON,
     .map = RLDATA_MAP,
     .floor = {NONE, NONE}},
    {.name = "rldata10000",
     .folder = "rldata10000",
     .files = {"records"},
     .fields = PERSON,
     .map = RLDATA_MAP,
     .splink = ".911 (.876-.911) / .945-.963",
     .floor = {0.945, 0.930}},
    {.name = "febrl1",
     .folder = "febrl1",
     .files = {"records"},
     .fields = FEBRL,
     .map = FEBRL_MAP,
     .floor = {NONE, NONE}},
    {.name = "febrl2",
     .folder = "febrl2",
     .files = {"records"},
     .fields = FEBRL,
     .map = FEBRL_MAP,
     .floor = {NONE, NONE}},
    {.name = "febrl3",
     .folder = "febrl3",
     .files = {"records"},
     .fields = FEBRL,
     .map = FEBRL_MAP,
     .floor = {NONE, NONE}},
    {.name = "splink_fake1000",
     .folder = "splink_fake1000",
     .files = {"records"},
     .fields = SPLINK,
     .map = SPLINK_MAP,
     .floor = {NONE, NONE}},
    {.name = "splink_fake20000",
     .folder = "splink_fake20000",
     .files = {"records"},
     .fields = SPLINK,
     .map = SPLINK_MAP,
     .splink = ".738-.776 / .789-.804",
     .floor = {0.800, 0.770}},
    {.name = "synth_three",
     .files = {"police", "health", "education"},
     .fields = BRITISH,
     .map = SYNTH_MAP,
     .people = 20000,
     .scenario = "usual",
     .floor = {NONE, NONE}},
    {.name = "synth_clean",
     .files = {"health", "council"},
     .fields = BRITISH,
     .map = SYNTH_MAP,
     .people = 10000,
     .scenario = "clean",
     .floor = {NONE, NONE}},
    {.name = "synth_usual",
     .files = {"health", "council"},
     .fields = BRITISH,
     .map = SYNTH_MAP,
     .people = 10000,
     .scenario = "usual",
     .floor = {NONE, NONE}},
    {.name = "synth_dirty",
     .files = {"health", "council"},
     .fields = BRITISH,
     .map = SYNTH_MAP,
     .people = 10000,
     .scenario = "dirty",
     .floor = {NONE, NONE}},
    {.name = "synth_no_address",
     .files = {"health", "council"},
     .fields = PERSON ",sex",
     .map = SYNTH_NAMES_MAP,
     .people = 10000,
     .scenario = "usual",
     .floor = {NONE, NONE}},
    {.name = "synth_married",
     .files = {"health", "council"},
     .fields = BRITISH,
     .map = SYNTH_MAP,
     .people = 10000,
     .scenario = "married",
     .floor = {NONE, NONE}},
    {.name = "synth_care",
     .files = {"health", "council"},
     .fields = BRITISH,
     .map = SYNTH_MAP,
     .people = 10000,
     .scenario = "care",
     .floor = {NONE, NONE}},
    {.name = "synth_missing",
     .files = {"health", "council"},
     .fields = BRITISH,
     .map = SYNTH_MAP,
     .people = 10000,
     .scenario = "missing",
     .floor = {NONE, NONE}},
    {.name = "synth_names",
     .files = {"health", "council"},
     .fields = BRITISH,
     .map = SYNTH_MAP,
     .people = 10000,
     .scenario = "names",
     .floor = {NONE, NONE}},
};
#define SETS (sizeof sets / sizeof sets[0])

const struct quality_set *
quality_set_at(size_t i)
{
    return i < SETS ? &sets[i] : NULL;
}

const char *
tally_quality_set(size_t i)
{
    return i < SETS ? sets[i].name : NULL;
}

static const struct quality_set *
named(const char *name)
{
    for (size_t i = 0; i < SETS; i++) {
        if (strcmp(sets[i].name, name) == 0) {
            return &sets[i];
        }
    }
    return NULL;
}

struct tally_quality_floor
tally_quality_floor(const char *set)
{
    const struct quality_set *s = named(set);

    return s == NULL ? (struct tally_quality_floor){NONE, NONE} : s->floor;
}

const char *
tally_quality_splink(const char *set)
{
    const struct quality_set *s = named(set);

    return s == NULL ? NULL : s->splink;
}
