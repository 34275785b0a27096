{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "fd31a560be07abf51587221d36a30eb4976772aabfe34d7de88a40cb87aba69e",
  "reference": "second",
  "party": "Northshire linker",
  "card": "d38648805be003f5718bba2af1cb4ad53847fb92234478b144065ea86cc9b80a",
  "seal": "bbc96baaf6365994455bd4116997d65e1bb87f459a2bd207413f6b89066c2b54",
  "signed": "2030-03-17"
}
signature e0bb6a8a5bf684361aab8d92a5485d9a19d98163be3595e5a65c350c5acad270 edad2283a72479c9d58c65f0961cf70a025049bc3240ea4eafafa5f7a1d2fc1df48f16aa74c8f1e2312b36a5909a54980a5445dc8ef5fdd5a836e11a3adebb04
