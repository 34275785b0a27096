{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "da6bcdd48af855a2d0ae2bbdc4bc1409c16cdbc8d34f81280a51f20ea4377067",
  "reference": "first",
  "party": "Northshire health",
  "card": "d4d804bef10bc4db66d1ee021a67b433691ef23726cbed73a85177449e921b62",
  "seal": "3d23ea34a667626c07ef9c2b334c2d8b0c4765392186aac059b4c75b78d34347",
  "signed": "2030-03-17"
}
signature 85dcc9beeb8972d9ca9349d7fa3c05db8995537c584f8b7596cae563ca03de41 a12576c0d133b8c566fa29ccbbc81c39c0f4e8b1f9032e6c1a741ff87f67b2900ef22ff3f3d0c5f8920bb47f52d800ca966272a8f846d3ea0e3765963f53b704
