{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "c2b375b2963cfa7ff5099a8711df788cfd46e63fe4a5e03d63af23291f96aa8e",
  "reference": "first",
  "party": "Northshire linker",
  "card": "d38648805be003f5718bba2af1cb4ad53847fb92234478b144065ea86cc9b80a",
  "seal": "28d6fb4cc110f0c81af138b19c2d7b00acf6910b2a8153fc59e87aa403318201",
  "signed": "2030-03-17"
}
signature e0bb6a8a5bf684361aab8d92a5485d9a19d98163be3595e5a65c350c5acad270 3650a4b48eb229153fba24a08c27a82987bff696915c9b2de877a20fa2850247662004aa27f6f2c28264c2d1f663556ed8bf83a79199f83a0ebfa340a496da0c
