{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "da6bcdd48af855a2d0ae2bbdc4bc1409c16cdbc8d34f81280a51f20ea4377067",
  "reference": "first",
  "party": "Northshire police",
  "card": "8bc53f3445d1d7c4f30ad143abc276a4e44d2f2121039d252a7193d77f0bc9b7",
  "seal": "45c5596167e9de98d842ba83fbec1aee4df220b8be3002b44a4837512556d100",
  "signed": "2030-03-17"
}
signature f1fa215b762d42ccd44f8a6baa43675c870547289b316e91d786299cca893813 79913273a47f71eb6a7ae7ed8c9fe76efcacea51e05c3018697250c0556885a4466baf210d21ee0a0f0b5cb3dd5195d1e1d58776ae70462f78020db11eab7b06
