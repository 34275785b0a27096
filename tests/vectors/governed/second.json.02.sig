{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "9ea34f9d3b264058c8aedbe185686fc06e98e5ce4841e44b9700a3f36099f585",
  "reference": "second",
  "party": "Northshire health",
  "card": "d4d804bef10bc4db66d1ee021a67b433691ef23726cbed73a85177449e921b62",
  "seal": "e8a0203ac1a22b43a1c92da63d434a3ec6c7fe2c6ee22a1d56dd84f2ba14c642",
  "signed": "2030-03-17"
}
signature 85dcc9beeb8972d9ca9349d7fa3c05db8995537c584f8b7596cae563ca03de41 1ee687e8ac9a6a18163c4296b56ff9e14c1ed103cbefa31e527d64a64569f422f22cf08bc4e99c01f4780de38ac09368c43d043b27e3549d9acca488d599d402
