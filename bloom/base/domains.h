/*
 * Every domain-separation string of the project, in one place: a key is derived under exactly
 * one of these, and a string is never reused for another purpose.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TALLY_BASE_DOMAINS_H
#define TALLY_BASE_DOMAINS_H

#define TALLY_DOMAIN_ROOT "tally/v1"                 /* first part of every HKDF info */
#define TALLY_DOMAIN_FIELD "field"                   /* + view, domain: CLK token keys */
#define TALLY_DOMAIN_DIFFUSION "diffusion"           /* + view: index sets of diffusion */
#define TALLY_DOMAIN_BALANCE "balance"               /* + view: order of a balanced filter */
#define TALLY_DOMAIN_PERMUTE "permute"               /* + view: order of a permuted filter */
#define TALLY_DOMAIN_RESAM "resam"                   /* + view: pairs of resampled bits */
#define TALLY_DOMAIN_SALT "salt"                     /* + view: salts of records */
#define TALLY_DOMAIN_RBF "rbf"                       /* + view: bits sampled from fields */
#define TALLY_DOMAIN_MATCH_KEY "match key"           /* + name: exact match keys */
#define TALLY_DOMAIN_KEY_CHECK "key check value"     /* shown to compare keys */
#define TALLY_DOMAIN_PROFILE "tally/v1/profile"      /* hash key of tally profile, from the file */
#define TALLY_DOMAIN_REVIEW "review"                 /* + digest: key of a second round */
#define TALLY_DOMAIN_REVIEW_DIGEST "tally/v1/review" /* what all its requests say */
#define TALLY_DOMAIN_PSEUDONYM "pseudonym"           /* release key -> cluster pseudonyms */

/* The key ceremony. */
#define TALLY_DOMAIN_CEREMONY_COMMIT "tally/v1/ceremony commitment" /* of a contribution */
#define TALLY_DOMAIN_CEREMONY_KEY "ceremony key" /* + agreement, transcript: the linkage key */

/* Signatures: what a signature is over stands in front of what is signed. */
#define TALLY_DOMAIN_SIGN_AGREEMENT "tally/v1/sign/agreement"
#define TALLY_DOMAIN_SIGN_CARD "tally/v1/sign/card"
#define TALLY_DOMAIN_SIGN_COMMITMENT "tally/v1/sign/commitment"
#define TALLY_DOMAIN_SIGN_CONTRIBUTION "tally/v1/sign/contribution"
#define TALLY_DOMAIN_SIGN_CEREMONY "tally/v1/sign/ceremony"
#define TALLY_DOMAIN_SIGN_SHARE "tally/v1/sign/share"
#define TALLY_DOMAIN_SIGN_DESTRUCTION "tally/v1/sign/destruction"
#define TALLY_DOMAIN_SIGN_LEDGER "tally/v1/sign/ledger entry"
#define TALLY_DOMAIN_SIGN_LOG "tally/v1/sign/log entry"
#define TALLY_DOMAIN_SIGN_PACKAGE "tally/v1/sign/package"
#define TALLY_DOMAIN_SIGN_RECEIPT "tally/v1/sign/receipt"
#define TALLY_DOMAIN_SIGN_REQUEST "tally/v1/sign/request for release"
#define TALLY_DOMAIN_SIGN_APPROVAL "tally/v1/sign/approval of a release"
#define TALLY_DOMAIN_SIGN_SHEET "tally/v1/sign/provider sheet"
#define TALLY_DOMAIN_SIGN_ROTATION "tally/v1/sign/rotation"
#define TALLY_DOMAIN_SIGN_REVOCATION "tally/v1/sign/revocation"

#endif
