{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "c2b375b2963cfa7ff5099a8711df788cfd46e63fe4a5e03d63af23291f96aa8e",
  "reference": "first",
  "party": "Northshire analyst",
  "card": "d197df854a622a4f2e6879e4db35da166c604f8937349f9c6a368b308640533c",
  "seal": "3406173214ab1364f18f4abc50493e92296a007ad85469f805ba2c43fdb6d00d",
  "signed": "2030-03-17"
}
signature ca951648e43337820b707b310b67d0a74e9151a7b24fc4f2e643baa04813ad3a 4020a0b0dabfa6d81788bb884bbc51585c01986f9db723fa956c3d7f4e44dc56cc62fcc765ff72bacfdad63b6a359cb6f4a3e26eff8e86598cbc57d13f1dc201
