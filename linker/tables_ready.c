/*
 * Specs that come with the program. They name the sources and payload columns that
 * docs/release.md describes; a partnership whose columns are called otherwise copies one
 * ('tally release --show NAME') and changes it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "linker/tables.h"

#define DIMENSIONS                                                                       \
    " \"dimensions\": [\n"                                                               \
    "  {\"name\": \"area\", \"column\": \"area\", \"levels\": \"found\",\n"              \
    "   \"other\": \"other areas\"},\n"                                                  \
    "  {\"name\": \"age band\", \"column\": \"age_band\", \"levels\":\n"                 \
    "   [\"0-9\", \"10-17\", \"18-24\", \"25-34\", \"35-49\", \"50+\"]},\n"              \
    "  {\"name\": \"sex\", \"column\": \"recorded_sex\", \"levels\":\n"                  \
    "   [\"female\", \"male\"]},\n"

#define POLICE_TIME                                                                      \
    "  {\"name\": \"month of offence\", \"column\": \"offence_month\",\n"                \
    "   \"levels\": \"found\", \"other\": \"months with few\"},\n"                       \
    "  {\"name\": \"year of offence\", \"column\": \"offence_month\",\n"                 \
    "   \"levels\": \"found\", \"characters\": 4,\n"                                     \
    "   \"other\": \"other years\"}"

static const char needs[] =
    "{\n"
    " \"tallystick\": \"tables\",\n"
    " \"version\": 1,\n"
    " \"name\": \"strategic-needs\",\n"
    " \"title\": \"Serious violence: strategic needs assessment\",\n"
    " \"events\": [\n"
    "  {\"name\": \"knife violence\", \"source\": \"police\", \"date\":\n"
    "   \"offence_month\", \"where\": [\n"
    "    {\"column\": \"offence_category\", \"in\": [\"violence\"]},\n"
    "    {\"column\": \"weapon\", \"in\": [\"knife\"]}]},\n"
    "  {\"name\": \"homicide\", \"source\": \"police\", \"date\": \"offence_month\",\n"
    "   \"where\": [{\"column\": \"offence_type\", \"in\": [\"homicide\"]}]},\n"
    "  {\"name\": \"admission, sharp object\", \"source\": \"health\", \"date\":\n"
    "   \"attendance_month\", \"where\": [\n"
    "    {\"column\": \"attendance_type\", \"in\": [\"inpatient\"]},\n"
    "    {\"column\": \"cause\", \"in\": [\"assault, sharp object\"]}]},\n"
    "  {\"name\": \"health contact\", \"source\": \"health\", \"date\":\n"
    "   \"attendance_month\"},\n"
    "  {\"name\": \"exclusion\", \"source\": \"education\", \"where\": [\n"
    "    {\"column\": \"exclusion_count\", \"from\": 1}]},\n"
    "  {\"name\": \"school record\", \"source\": \"education\"}\n"
    " ],\n"
    " \"groups\": [\n"
    "  {\"name\": \"health contact before\", \"people\":\n"
    "   {\"seen\": \"health contact\", \"before\": \"knife violence\"}},\n"
    "  {\"name\": \"excluded from school\", \"people\": {\"seen\": \"exclusion\"}},\n"
    "  {\"name\": \"at school, not excluded\", \"people\":\n"
    "   {\"seen\": \"school record\"}}\n"
    " ],\n" DIMENSIONS POLICE_TIME ",\n"
    "  {\"name\": \"month of admission\", \"column\": \"attendance_month\",\n"
    "   \"levels\": \"found\", \"other\": \"months with few\"},\n"
    "  {\"name\": \"year of admission\", \"column\": \"attendance_month\",\n"
    "   \"levels\": \"found\", \"characters\": 4,\n"
    "   \"other\": \"other years\"},\n"
    "  {\"name\": \"known to health before\", \"groups\": [\"health contact before\"],\n"
    "   \"other\": \"no health contact before\"},\n"
    "  {\"name\": \"known to schools\", \"groups\":\n"
    "   [\"excluded from school\", \"at school, not excluded\"],\n"
    "   \"other\": \"no school record\"}\n"
    " ],\n"
    " \"tables\": [\n"
    "  {\"name\": \"admissions-by-month\", \"title\":\n"
    "   \"Hospital admissions for assault with a sharp object, by month\",\n"
    "   \"count\": \"records\", \"event\": \"admission, sharp object\",\n"
    "   \"by\": [\"month of admission\"]},\n"
    "  {\"name\": \"admissions-by-area-and-year\", \"title\":\n"
    "   \"Hospital admissions for assault with a sharp object, by area and year\",\n"
    "   \"count\": \"records\", \"event\": \"admission, sharp object\",\n"
    "   \"by\": [\"area\", \"year of admission\"]},\n"
    "  {\"name\": \"admissions-by-age-and-sex\", \"title\":\n"
    "   \"Hospital admissions for assault with a sharp object, by age and sex\",\n"
    "   \"count\": \"records\", \"event\": \"admission, sharp object\",\n"
    "   \"by\": [\"age band\", \"sex\"]},\n"
    "  {\"name\": \"knife-violence-by-month\", \"title\":\n"
    "   \"Knife-enabled violence recorded by police, by month\",\n"
    "   \"count\": \"records\", \"event\": \"knife violence\",\n"
    "   \"by\": [\"month of offence\"]},\n"
    "  {\"name\": \"knife-violence-by-area-and-year\", \"title\":\n"
    "   \"Knife-enabled violence recorded by police, by area and year\",\n"
    "   \"count\": \"records\", \"event\": \"knife violence\",\n"
    "   \"by\": [\"area\", \"year of offence\"]},\n"
    "  {\"name\": \"knife-violence-by-age-and-sex\", \"title\":\n"
    "   \"Knife-enabled violence recorded by police, by age and sex\",\n"
    "   \"count\": \"records\", \"event\": \"knife violence\",\n"
    "   \"by\": [\"age band\", \"sex\"]},\n"
    "  {\"name\": \"homicides-by-year\", \"title\":\n"
    "   \"Homicides recorded by police, by year\",\n"
    "   \"count\": \"records\", \"event\": \"homicide\",\n"
    "   \"by\": [\"year of offence\"]},\n"
    "  {\"name\": \"known-before\", \"title\":\n"
    "   \"People in knife-enabled violence, and who knew them before\",\n"
    "   \"count\": \"people\", \"event\": \"knife violence\",\n"
    "   \"by\": [\"known to health before\", \"known to schools\"]}\n"
    " ]\n"
    "}\n";

static const char more[] =
    "{\n"
    " \"tallystick\": \"tables\",\n"
    " \"version\": 1,\n"
    " \"name\": \"domestic-and-sexual\",\n"
    " \"title\": \"Domestic abuse and sexual offences\",\n"
    " \"events\": [\n"
    "  {\"name\": \"domestic abuse\", \"source\": \"police\", \"date\":\n"
    "   \"offence_month\", \"where\": [\n"
    "    {\"column\": \"offence_type\", \"in\": [\"domestic abuse\"]}]},\n"
    "  {\"name\": \"sexual offence\", \"source\": \"police\", \"date\":\n"
    "   \"offence_month\", \"where\": [\n"
    "    {\"column\": \"offence_type\", \"in\": [\"sexual offence\"]}]}\n"
    " ],\n" DIMENSIONS POLICE_TIME "\n"
    " ],\n"
    " \"tables\": [\n"
    "  {\"name\": \"domestic-abuse-by-month\", \"title\":\n"
    "   \"Domestic abuse recorded by police, by month\", \"count\": \"records\",\n"
    "   \"event\": \"domestic abuse\", \"by\": [\"month of offence\"]},\n"
    "  {\"name\": \"domestic-abuse-by-area-and-year\", \"title\":\n"
    "   \"Domestic abuse recorded by police, by area and year\", \"count\":\n"
    "   \"records\", \"event\": \"domestic abuse\", \"by\":\n"
    "   [\"area\", \"year of offence\"]},\n"
    "  {\"name\": \"domestic-abuse-by-age-and-sex\", \"title\":\n"
    "   \"Domestic abuse recorded by police, by age and sex\", \"count\":\n"
    "   \"records\", \"event\": \"domestic abuse\", \"by\": [\"age band\", \"sex\"]},\n"
    "  {\"name\": \"sexual-offences-by-year\", \"title\":\n"
    "   \"Sexual offences recorded by police, by year\", \"count\": \"records\",\n"
    "   \"event\": \"sexual offence\", \"by\": [\"year of offence\"]},\n"
    "  {\"name\": \"sexual-offences-by-age-and-sex\", \"title\":\n"
    "   \"Sexual offences recorded by police, by age and sex\", \"count\":\n"
    "   \"records\", \"event\": \"sexual offence\", \"by\": [\"age band\", \"sex\"]}\n"
    " ]\n"
    "}\n";

static const char young[] =
    "{\n"
    " \"tallystick\": \"tables\",\n"
    " \"version\": 1,\n"
    " \"name\": \"early-intervention\",\n"
    " \"title\": \"Young people at school, by earlier contacts\",\n"
    " \"events\": [\n"
    "  {\"name\": \"pupil\", \"source\": \"education\", \"where\": [\n"
    "    {\"column\": \"age_band\", \"in\": [\"11-15\", \"16-18\"]}]},\n"
    "  {\"name\": \"exclusion\", \"source\": \"education\", \"where\": [\n"
    "    {\"column\": \"exclusion_count\", \"from\": 1}]},\n"
    "  {\"name\": \"low attendance\", \"source\": \"education\", \"where\": [\n"
    "    {\"column\": \"attendance_band\", \"in\": [\"80-89\", \"below 80\"]}]},\n"
    "  {\"name\": \"victim\", \"source\": \"police\", \"where\": [\n"
    "    {\"column\": \"role\", \"in\": [\"victim\"]}]},\n"
    "  {\"name\": \"suspect\", \"source\": \"police\", \"where\": [\n"
    "    {\"column\": \"role\", \"in\": [\"suspect\"]}]},\n"
    "  {\"name\": \"emergency attendance\", \"source\": \"health\", \"where\": [\n"
    "    {\"column\": \"attendance_type\", \"in\": [\"emergency\"]}]}\n"
    " ],\n"
    " \"groups\": [\n"
    "  {\"name\": \"suspect\", \"people\": {\"seen\": \"suspect\"}},\n"
    "  {\"name\": \"victim\", \"people\": {\"seen\": \"victim\"}},\n"
    "  {\"name\": \"excluded or often absent\", \"people\": {\"any\": [\n"
    "    {\"seen\": \"exclusion\"}, {\"seen\": \"low attendance\"}]}},\n"
    "  {\"name\": \"emergency attendance\", \"people\":\n"
    "   {\"seen\": \"emergency attendance\"}},\n"
    "  {\"name\": \"police and school\", \"people\": {\"all\": [\n"
    "    {\"any\": [{\"seen\": \"suspect\"}, {\"seen\": \"victim\"}]},\n"
    "    {\"group\": \"excluded or often absent\"}]}}\n"
    " ],\n"
    " \"dimensions\": [\n"
    "  {\"name\": \"area\", \"column\": \"area\", \"levels\": \"found\",\n"
    "   \"other\": \"other areas\"},\n"
    "  {\"name\": \"age band\", \"column\": \"age_band\", \"levels\":\n"
    "   [\"11-15\", \"16-18\"]},\n"
    "  {\"name\": \"sex\", \"column\": \"recorded_sex\", \"levels\":\n"
    "   [\"female\", \"male\"]},\n"
    "  {\"name\": \"known to police\", \"groups\": [\"suspect\", \"victim\"],\n"
    "   \"other\": \"not known to police\"},\n"
    "  {\"name\": \"school\", \"groups\": [\"excluded or often absent\"],\n"
    "   \"other\": \"neither\"},\n"
    "  {\"name\": \"emergency care\", \"groups\": [\"emergency attendance\"],\n"
    "   \"other\": \"none\"}\n"
    " ],\n"
    " \"tables\": [\n"
    "  {\"name\": \"contacts\", \"title\":\n"
    "   \"Young people by what police, schools and emergency care knew\",\n"
    "   \"count\": \"people\", \"event\": \"pupil\",\n"
    "   \"by\": [\"known to police\", \"school\", \"emergency care\"]},\n"
    "  {\"name\": \"police-and-school-by-area\", \"title\":\n"
    "   \"Young people known to police who were excluded or often absent, by area\",\n"
    "   \"count\": \"people\", \"event\": \"pupil\",\n"
    "   \"people\": {\"group\": \"police and school\"}, \"by\": [\"area\"]},\n"
    "  {\"name\": \"police-and-school-by-age-and-sex\", \"title\":\n"
    "   \"Young people known to police who were excluded or often absent, by age and "
    "sex\",\n"
    "   \"count\": \"people\", \"event\": \"pupil\",\n"
    "   \"people\": {\"group\": \"police and school\"}, \"by\":\n"
    "   [\"age band\", \"sex\"]}\n"
    " ]\n"
    "}\n";

static const struct tally_tables_ready specs[] = {
    {"strategic-needs",
     "the duty's measures of serious violence, and who knew the people before", needs},
    {"domestic-and-sexual", "domestic abuse and sexual offences, on request", more},
    {"early-intervention", "young people by earlier contacts", young},
};

const struct tally_tables_ready *
tally_tables_ready(size_t i)
{
    return i < sizeof specs / sizeof *specs ? &specs[i] : NULL;
}
