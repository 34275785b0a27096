{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "56c6233c8aebcf9ef388e2bb3a85c4860ea0b096ae1fc6c5dc9869265be3cda2",
  "reference": "second",
  "party": "Northshire health",
  "card": "d4d804bef10bc4db66d1ee021a67b433691ef23726cbed73a85177449e921b62",
  "seal": "e8a0203ac1a22b43a1c92da63d434a3ec6c7fe2c6ee22a1d56dd84f2ba14c642",
  "signed": "2030-03-17"
}
signature 85dcc9beeb8972d9ca9349d7fa3c05db8995537c584f8b7596cae563ca03de41 3ad55834f2b6a1ca391fa417c543970710f57e9b4c80997c81d6034859f108230cebe3e5717e6e64d8bdddfa127053eee61c4cb0ea39ba13e1a1b0953474560b
