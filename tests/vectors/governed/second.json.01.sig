{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "fd31a560be07abf51587221d36a30eb4976772aabfe34d7de88a40cb87aba69e",
  "reference": "second",
  "party": "Northshire police",
  "card": "8bc53f3445d1d7c4f30ad143abc276a4e44d2f2121039d252a7193d77f0bc9b7",
  "seal": "2785b688dbe96e59ec8f7a1768f019f4a2b6eb62b1950c07584a209436795303",
  "signed": "2030-03-17"
}
signature f1fa215b762d42ccd44f8a6baa43675c870547289b316e91d786299cca893813 d379b9ec4f7e793a477c8b91c0d48b1879c831f37a934e93c505fc997311c5250b8c59b7c7b6b0899909f67cdb95842ba57d44fe297fbcc7c4f0616697c9480f
