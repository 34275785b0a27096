{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "56c6233c8aebcf9ef388e2bb3a85c4860ea0b096ae1fc6c5dc9869265be3cda2",
  "reference": "second",
  "party": "Northshire analyst",
  "card": "d197df854a622a4f2e6879e4db35da166c604f8937349f9c6a368b308640533c",
  "seal": "b144e7b9e3826e0aa115d5a3b71582ada6be76609842853a2bedce7b87403b75",
  "signed": "2030-03-17"
}
signature ca951648e43337820b707b310b67d0a74e9151a7b24fc4f2e643baa04813ad3a e61a2905fa8af4158eacb57696f2a8fbf28bfd7b2478f8e3d3122ff7502e486ef649e025f13ed3237819754e01ac56e702d2c2e23a72fdba4de8fed48b278607
