/*
 * Ages, heritage groups and nicknames of the synthetic population.
 *
 * Made from: mid-2020 population by single year of age (ONS) and ethnic groups (Census
 * 2021, ONS), as carried by humaniverse/demographr (MIT): contains public sector
 * information licensed under the Open Government Licence v3.0. Nicknames: pairs that stand
 * both in carltonnorthern/nicknames (Apache-2.0) and in the variants supplied by ONS to
 * sdglinkage (MIT).
 * SPDX-License-Identifier: Apache-2.0
 */
#include "benchmarks/synth_tables.h"

/* clang-format off */
/* People of each age living with a parent, in a million people: all below 16, then a
 * falling share (our assumption: .80 at 18, .45 at 24, .15 at 30, none from 35). */
const uint32_t tally_synth_children_by_age[TALLY_SYNTH_AGES] = {
    10571, 10990, 11435, 11798, 12152, 12127, 12226, 12494, 12860, 12612, 12401,
    12221, 12333, 11941, 11721, 11261, 10861, 10281, 8578, 7613, 7202, 7005, 6780,
    6380, 5771, 4866, 4354, 3698, 3122, 2632, 2042, 1618, 1361, 1061, 936, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};

/* Adults living without child or parent, per 100,000 people: the population less the
 * children above and less their parents, found by running the family rules of
 * synth_people.c. */
const uint32_t tally_synth_adults_by_age[TALLY_SYNTH_AGES] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 20, 168, 342, 438, 492, 541,
    593, 623, 640, 669, 653, 650, 637, 584, 504, 460, 365, 315, 304, 208, 170, 130,
    138, 98, 53, 20, 20, 20, 81, 131, 217, 330, 422, 440, 533, 577, 656, 731, 784,
    824, 840, 868, 874, 865, 881, 888, 882, 877, 865, 894, 897, 888, 904, 931, 964,
    1022, 1107, 845, 813, 802, 734, 645, 567, 576, 557, 524, 482, 438, 396, 347, 309,
    278, 243, 924,
};

/* Age of a mother at a birth, from 17: a bell around 29.8 of spread 5.9 (our assumption). */
const uint32_t tally_synth_mothers_by_age[TALLY_SYNTH_MOTHER_AGES] = {
    95, 135, 187, 252, 329, 417, 515, 617, 718, 813, 893, 955, 991, 999, 980, 933,
    863, 776, 678, 576, 475, 381, 296, 224, 165, 118, 82, 55, 36,
};

/* Shares in 100,000 people (Census 2021). Which names a group bears is our assumption. */
const struct tally_synth_group tally_synth_groups[TALLY_SYNTH_GROUPS] = {
    {"White British", 74424, 100, {{TALLY_SYNTH_BRITISH, 100}}},
    {"White Irish", 851, 50, {{TALLY_SYNTH_IRISH, 100}}},
    {"Gypsy or Irish Traveller", 114, 90, {{TALLY_SYNTH_BRITISH, 60}, {TALLY_SYNTH_IRISH, 40}}},
    {"Roma", 169, 10, {{TALLY_SYNTH_ROMANIAN, 60}, {TALLY_SYNTH_EASTERN, 40}}},
    {"Other White", 6155, 10,
     {{TALLY_SYNTH_POLISH, 24}, {TALLY_SYNTH_ROMANIAN, 18}, {TALLY_SYNTH_SOUTHERN, 26},
      {TALLY_SYNTH_EASTERN, 20}, {TALLY_SYNTH_TURKISH, 4}, {TALLY_SYNTH_BRITISH, 8}}},
    {"White and Black Caribbean", 861, 100, {{TALLY_SYNTH_BRITISH, 100}}},
    {"White and Black African", 419, 75,
     {{TALLY_SYNTH_BRITISH, 60}, {TALLY_SYNTH_NIGERIAN, 25}, {TALLY_SYNTH_GHANAIAN, 15}}},
    {"White and Asian", 819, 70,
     {{TALLY_SYNTH_BRITISH, 60}, {TALLY_SYNTH_INDIAN, 25}, {TALLY_SYNTH_PAKISTANI, 15}}},
    {"Other Mixed", 784, 60,
     {{TALLY_SYNTH_BRITISH, 60}, {TALLY_SYNTH_SOUTHERN, 15}, {TALLY_SYNTH_ARAB, 10},
      {TALLY_SYNTH_CHINESE, 15}}},
    {"Indian", 3128, 5,
     {{TALLY_SYNTH_INDIAN, 62}, {TALLY_SYNTH_SIKH, 24}, {TALLY_SYNTH_PAKISTANI, 10},
      {TALLY_SYNTH_SOUTHERN, 4}}},
    {"Pakistani", 2664, 2, {{TALLY_SYNTH_PAKISTANI, 100}}},
    {"Bangladeshi", 1082, 2, {{TALLY_SYNTH_BANGLADESHI, 100}}},
    {"Chinese", 748, 25, {{TALLY_SYNTH_CHINESE, 100}}},
    {"Other Asian", 1632, 8,
     {{TALLY_SYNTH_TAMIL, 25}, {TALLY_SYNTH_FILIPINO, 25}, {TALLY_SYNTH_NEPALI, 12},
      {TALLY_SYNTH_IRANIAN, 18}, {TALLY_SYNTH_VIETNAMESE, 8}, {TALLY_SYNTH_PAKISTANI, 12}}},
    {"Black African", 2497, 15,
     {{TALLY_SYNTH_NIGERIAN, 34}, {TALLY_SYNTH_GHANAIAN, 16}, {TALLY_SYNTH_EASTAFRICAN, 50}}},
    {"Black Caribbean", 1046, 100, {{TALLY_SYNTH_BRITISH, 100}}},
    {"Other Black", 500, 60,
     {{TALLY_SYNTH_BRITISH, 60}, {TALLY_SYNTH_NIGERIAN, 20}, {TALLY_SYNTH_EASTAFRICAN, 20}}},
    {"Arab", 557, 2, {{TALLY_SYNTH_ARAB, 100}}},
    {"Any other", 1550, 10,
     {{TALLY_SYNTH_IRANIAN, 40}, {TALLY_SYNTH_TURKISH, 25}, {TALLY_SYNTH_SOUTHERN, 15},
      {TALLY_SYNTH_SIKH, 10}, {TALLY_SYNTH_ARAB, 10}}},
};

/* "Forename: nickname ...", forenames ascending. */
const char *const tally_synth_nicknames =
    "Abigail: Abbey Abbie Abby Adele: Addy Albert: Bert Alexander: Alec Alexandra: "
    "Sandra Sandy Alexis: Alex Alfred: Fred Allan: Alan Amanda: Mandy Anastasia: Ana "
    "Andrew: Andy Angela: Angel Angie Anna: Ann Anne Anne: Ann Annette: Anna "
    "Archibald: Archie Arthur: Art Ashley: Ash Barbara: Bab Babs Barbie Beatrice: Bea "
    "Trixie Bella: Belle Isabella Benjamin: Ben Benjy Benny Bernard: Barney Bernie "
    "Berny Billy: William Bobby: Bob Rob Bradley: Brad Brian: Bryan Bridget: Biddy "
    "Calvin: Cal Carla: Carly Carol: Carole Caroline Carrie Caroline: Carol Carole "
    "Carrie Carolyn: Carrie Catherine: Cathy Kathy Katy Kay Kit Charles: Carl Charlie "
    "Chick Chuck Charlie: Charles Chuck Charlotte: Lottie Chris: Kris Christina: Tina "
    "Christine: Tina Christopher: Chris Claire: Clair Clara Clare Clare: Clara "
    "Clifford: Cliff Constance: Connie Curtis: Curt Daniel: Dan Danny Danielle: Dani "
    "Danny: Daniel David: Dave Debbie: Deb Debby Deborah Deborah: Deb Debbie Debby "
    "Dennis: Dennie Denny Dominic: Dom Donald: Don Donnie Doris: Dora Dorothy: Dolly "
    "Dora Dot Dottie Douglas: Doug Eddie: Ed Edgar: Ed Eddie Eddy Edmund: Ed Eddie "
    "Eddy Ned Ted Edward: Ed Eddie Eddy Ned Ted Edwin: Ed Eddie Eddy Ned Eleanor: "
    "Elaine Nora Elena: Helen Elias: Eli Elijah: Eli Eliza: Elizabeth Elizabeth: Bess "
    "Bessie Betsy Betty Eliza Ella: Ellen Ellen: Nell Ellie: Elly Emily: Em Emma Emma: "
    "Em Ernest: Ernie Esther: Essie Eva: Eve Evelyn: Eve Felicity: Flick Frances: "
    "Fanny Fran Francie Francis: Fran Frank Franklin: Fran Frank Frederick: Freddie "
    "Freddy Gabriel: Gabby Gabe Gabriella: Gabby Gabrielle: Gabby Geoffrey: Geoff Jeff "
    "Gerald: Gerry Geraldine: Gerry Gertrude: Gert Gertie Gilbert: Gil Glenn: Glen "
    "Gregory: Greg Harold: Hal Harry Harriet: Hattie Harry: Harold Henry Hayley: "
    "Haylee Henry: Hal Hank Harry Herbert: Herb Hubert: Hugh Irene: Rena Isabel: Bella "
    "Belle Isabella: Bella Belle Isabelle: Bella Belle Jacqueline: Jackie James: Jamie "
    "Jim Jimmie Jamie: James Janet: Jan Janice: Jan Jeanette: Janet Jeffrey: Geoff "
    "Jeff Jennifer: Jen Jenn Jennie Jenny Jessica: Jess Jessie Jessie: Jess Jim: "
    "Jimmie Joanna: Joan Joe: Joey John: Jack Johnny Johnathan: Johnathon Jon Jonathan "
    "Jonathon Jonny Johnathon: Johnathan Jon Jonathan Jonathon Jonny Jon: Jonny "
    "Jonathan: Johnathan Johnathon Jon Jonathon Jonny Jonathon: Johnathan Johnathon "
    "Jon Jonathan Jonny Joseph: Joe Joey Jos Joshua: Josh Judith: Judie Julia: Julie "
    "Julian: Jule Jules Julie: Julia Kate: Kay Katherine: Cathy Kate Kathy Katy Kay "
    "Kathleen: Cathy Kathy Katy Kay Kit Kathryn: Kate Kathy Katie Katy: Kate Kathy "
    "Katie Kimberley: Kim Kimberly Kimberly: Kim Kimberley Kris: Chris Kristofer: "
    "Chris Kris Laurence: Larry Lawrence: Larry Lawrie Leo: Leon Leonard: Len Lenny "
    "Leo Leon Lesley: Les Leslie: Les Lillian: Lil Lilly Lilly: Lil Lily Linda: Lindy "
    "Lindsay: Lindsey Lisa: Liz Lois: Louise Louis: Lewis Lou Louisa: Lois Louise: "
    "Lois Lucas: Luke Luke: Lucas Madeline: Maddy Magda Maud Malcolm: Mal Mandy: "
    "Amanda Margaret: Madge Maggie Marge Margery Margie Marian: Marianna Marion Marie: "
    "Mary Marjorie: Margie Mary: Mamie Marie Mathew: Mat Matt Matthew: Matt Maxwell: "
    "Max May: Mae Michael: Micah Mike Minnie: Wilhelmina Nancy: Nan Nicholas: Nic Nick "
    "Nicolas: Nic Nick Nicole: Nicky Nikki Norman: Norm Olive: Livia Oliver: Ollie "
    "Olivia: Livia Ollie: Oliver Pamela: Pam Patricia: Patsy Patrick: Paddy Pat Peggy: "
    "Peg Penelope: Penny Percival: Percy Peter: Pete Philip: Phil Phillip: Phil "
    "Rachel: Rachael Ray: Raymond Raymond: Ray Rebecca: Becca Becky Reggie: Reg "
    "Reginald Reginald: Reg Reggie Richard: Dick Rich Richie Rick Robert: Bob Bobby "
    "Rob Robby Rodger: Roger Rodney: Rod Roger: Rodger Roland: Orlando Rollo Rolly "
    "Ronald: Ron Ronnie Rosa: Rose Rose: Rosie Rosemary: Rosemarie Russell: Russ Sam: "
    "Sammy Samantha: Sam Samuel: Sam Sammy Sandra: Sandy Sandy: Sandra Sarah: Sadie "
    "Sara Savannah: Savanna Sebastian: Seb Shaun: Shawn Shawn: Shaun Sidney: Sid Syd "
    "Solomon: Sol Stephanie: Steph Stephen: Steve Steven: Steve Susan: Sue Susie "
    "Suzanne: Sue Susie Tammy: Tammie Teresa: Tess Tessa Theo: Theodore Theresa: Tess "
    "Tessa Tracie Thomas: Tom Tommy Tiffany: Tiff Timothy: Tim Timmy Tina: Christina "
    "Tobias: Toby Tom: Thomas Tommy Valerie: Val Vanessa: Nessa Vicki: Vickie Vicky "
    "Victoria Victor: Vic Victoria: Vicki Vickie Vicky Vincent: Vin Vince Walter: Walt "
    "Wesley: Wes Will: Bill William: Bill Billy Wil Will Winifred: Winnie Zach: Zack "
    "Zak Zachariah: Zac Zach Zack Zak Zachary: Zac Zach Zack Zak Zack: Zach Zak ";
