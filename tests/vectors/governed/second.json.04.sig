{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "fd31a560be07abf51587221d36a30eb4976772aabfe34d7de88a40cb87aba69e",
  "reference": "second",
  "party": "Northshire analyst",
  "card": "d197df854a622a4f2e6879e4db35da166c604f8937349f9c6a368b308640533c",
  "seal": "b144e7b9e3826e0aa115d5a3b71582ada6be76609842853a2bedce7b87403b75",
  "signed": "2030-03-17"
}
signature ca951648e43337820b707b310b67d0a74e9151a7b24fc4f2e643baa04813ad3a a14acae01381e52cf23a19ec5feae2e37273b95caa488a0a201147705c683b7810b2edfbabfb89faf4cb77f1961d5a49a0fc1a5bd03affdc786da232ba404703
