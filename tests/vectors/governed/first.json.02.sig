{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "c2b375b2963cfa7ff5099a8711df788cfd46e63fe4a5e03d63af23291f96aa8e",
  "reference": "first",
  "party": "Northshire health",
  "card": "d4d804bef10bc4db66d1ee021a67b433691ef23726cbed73a85177449e921b62",
  "seal": "3d23ea34a667626c07ef9c2b334c2d8b0c4765392186aac059b4c75b78d34347",
  "signed": "2030-03-17"
}
signature 85dcc9beeb8972d9ca9349d7fa3c05db8995537c584f8b7596cae563ca03de41 1b4cca7beeb7cb59fa4b44ce936f5eaaab5131e35faa7012e2a74f27729c242105309763ce05b6f6e33b374261d12b0f4bb6ecab4cda3371601023460148fc0a
