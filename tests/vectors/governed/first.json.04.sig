{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "7e91444f7b8493d0d28b2ed6a1510144227f74ac75c721db45c44bc18a798715",
  "reference": "first",
  "party": "Northshire analyst",
  "card": "d197df854a622a4f2e6879e4db35da166c604f8937349f9c6a368b308640533c",
  "seal": "3406173214ab1364f18f4abc50493e92296a007ad85469f805ba2c43fdb6d00d",
  "signed": "2030-03-17"
}
signature ca951648e43337820b707b310b67d0a74e9151a7b24fc4f2e643baa04813ad3a 294abbeed05de7b3c087ce77658fc2d3a056e3da7b537f165de3b27ebee615890ad62cb057d772a3ba787ec8ed4d2cebd7b38d364ad77cc82aa886ce7050130d
