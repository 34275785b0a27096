{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "56c6233c8aebcf9ef388e2bb3a85c4860ea0b096ae1fc6c5dc9869265be3cda2",
  "reference": "second",
  "party": "Northshire police",
  "card": "8bc53f3445d1d7c4f30ad143abc276a4e44d2f2121039d252a7193d77f0bc9b7",
  "seal": "2785b688dbe96e59ec8f7a1768f019f4a2b6eb62b1950c07584a209436795303",
  "signed": "2030-03-17"
}
signature f1fa215b762d42ccd44f8a6baa43675c870547289b316e91d786299cca893813 ebc5862f5105c3b2911fc870b839af4d4e22669a8fc73edb3ef280ef1d9477b494e24ad77b63a51938d2686d451d1cb7799f0badc32dacc667d8751f8b32ef0a
