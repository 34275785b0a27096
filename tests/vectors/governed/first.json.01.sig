{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "7e91444f7b8493d0d28b2ed6a1510144227f74ac75c721db45c44bc18a798715",
  "reference": "first",
  "party": "Northshire police",
  "card": "8bc53f3445d1d7c4f30ad143abc276a4e44d2f2121039d252a7193d77f0bc9b7",
  "seal": "45c5596167e9de98d842ba83fbec1aee4df220b8be3002b44a4837512556d100",
  "signed": "2030-03-17"
}
signature f1fa215b762d42ccd44f8a6baa43675c870547289b316e91d786299cca893813 e8ccf7dcbece3c789fa50c779aea8ad4ac6902eb900ed1c4a26019c0f717d35dbab8532e60ee6552b7d524092d21dcf6c8d66a147a1a9a3a481a3537a3ac980e
