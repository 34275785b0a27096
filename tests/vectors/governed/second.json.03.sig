{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "56c6233c8aebcf9ef388e2bb3a85c4860ea0b096ae1fc6c5dc9869265be3cda2",
  "reference": "second",
  "party": "Northshire linker",
  "card": "d38648805be003f5718bba2af1cb4ad53847fb92234478b144065ea86cc9b80a",
  "seal": "bbc96baaf6365994455bd4116997d65e1bb87f459a2bd207413f6b89066c2b54",
  "signed": "2030-03-17"
}
signature e0bb6a8a5bf684361aab8d92a5485d9a19d98163be3595e5a65c350c5acad270 1175f62988c27eed30e65c606f52df2b67edb25c8264fdf153a68799fa23546dbd0584db9435a7d06dd617be4ecd0f50d58b97f065bb639a13ac0f95954abb0f
