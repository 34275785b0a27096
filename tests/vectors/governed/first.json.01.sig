{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "c2b375b2963cfa7ff5099a8711df788cfd46e63fe4a5e03d63af23291f96aa8e",
  "reference": "first",
  "party": "Northshire police",
  "card": "8bc53f3445d1d7c4f30ad143abc276a4e44d2f2121039d252a7193d77f0bc9b7",
  "seal": "45c5596167e9de98d842ba83fbec1aee4df220b8be3002b44a4837512556d100",
  "signed": "2030-03-17"
}
signature f1fa215b762d42ccd44f8a6baa43675c870547289b316e91d786299cca893813 bbe30af2f591f80838d387e28065809c3036694760148f120e45373e0cecf629ebb93c53bf199767a121dafe660e4565e8e385fa427b6803be875b8f35223b03
