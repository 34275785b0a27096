{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "7e91444f7b8493d0d28b2ed6a1510144227f74ac75c721db45c44bc18a798715",
  "reference": "first",
  "party": "Northshire linker",
  "card": "d38648805be003f5718bba2af1cb4ad53847fb92234478b144065ea86cc9b80a",
  "seal": "28d6fb4cc110f0c81af138b19c2d7b00acf6910b2a8153fc59e87aa403318201",
  "signed": "2030-03-17"
}
signature e0bb6a8a5bf684361aab8d92a5485d9a19d98163be3595e5a65c350c5acad270 984f333569364b16da8c6bb6223c892607c511d68a1cca38d2eafa20b05d634635fb886fc65d921e6c20da20a82aee9572a9f78824ce0fbc4cc32b6f198eff07
