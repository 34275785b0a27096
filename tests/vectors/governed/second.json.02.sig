{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "fd31a560be07abf51587221d36a30eb4976772aabfe34d7de88a40cb87aba69e",
  "reference": "second",
  "party": "Northshire health",
  "card": "d4d804bef10bc4db66d1ee021a67b433691ef23726cbed73a85177449e921b62",
  "seal": "e8a0203ac1a22b43a1c92da63d434a3ec6c7fe2c6ee22a1d56dd84f2ba14c642",
  "signed": "2030-03-17"
}
signature 85dcc9beeb8972d9ca9349d7fa3c05db8995537c584f8b7596cae563ca03de41 560b43594c84693a6ebba54eeac1564822bc9a68b204507189c9a0d7326e8f5a21c503d7bdd610439b66bca843d532e993548658d9930588f0eb3150a748d201
