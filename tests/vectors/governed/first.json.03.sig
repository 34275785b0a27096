{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "da6bcdd48af855a2d0ae2bbdc4bc1409c16cdbc8d34f81280a51f20ea4377067",
  "reference": "first",
  "party": "Northshire linker",
  "card": "d38648805be003f5718bba2af1cb4ad53847fb92234478b144065ea86cc9b80a",
  "seal": "28d6fb4cc110f0c81af138b19c2d7b00acf6910b2a8153fc59e87aa403318201",
  "signed": "2030-03-17"
}
signature e0bb6a8a5bf684361aab8d92a5485d9a19d98163be3595e5a65c350c5acad270 7eb0b7678b92bae25eb078ea8bda406ecc9127d1e81bf18b461fe900dfde3971cb506d42a1229faced4536874148e1d6893bfee301e17aa5941e2045cbc10400
