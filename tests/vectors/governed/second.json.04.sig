{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "9ea34f9d3b264058c8aedbe185686fc06e98e5ce4841e44b9700a3f36099f585",
  "reference": "second",
  "party": "Northshire analyst",
  "card": "d197df854a622a4f2e6879e4db35da166c604f8937349f9c6a368b308640533c",
  "seal": "b144e7b9e3826e0aa115d5a3b71582ada6be76609842853a2bedce7b87403b75",
  "signed": "2030-03-17"
}
signature ca951648e43337820b707b310b67d0a74e9151a7b24fc4f2e643baa04813ad3a c3be562437ebe43c7b7574b6e0b11606760428af314d664e65713f51b1c86e307cfd59853c14e592816b1aab55c3ec73080cf9ef4e7a3ae92f7b6705ea670e0a
