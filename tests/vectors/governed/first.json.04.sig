{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "da6bcdd48af855a2d0ae2bbdc4bc1409c16cdbc8d34f81280a51f20ea4377067",
  "reference": "first",
  "party": "Northshire analyst",
  "card": "d197df854a622a4f2e6879e4db35da166c604f8937349f9c6a368b308640533c",
  "seal": "3406173214ab1364f18f4abc50493e92296a007ad85469f805ba2c43fdb6d00d",
  "signed": "2030-03-17"
}
signature ca951648e43337820b707b310b67d0a74e9151a7b24fc4f2e643baa04813ad3a 94e74cedcc09e6e169685b531254893fd4bccf628a537d4eb2180f5cbd4b19f3d525ee51530cf6a047722d4e8f2e180695064b33a1babd1a27a0edbb2d096004
