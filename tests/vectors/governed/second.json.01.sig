{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "9ea34f9d3b264058c8aedbe185686fc06e98e5ce4841e44b9700a3f36099f585",
  "reference": "second",
  "party": "Northshire police",
  "card": "8bc53f3445d1d7c4f30ad143abc276a4e44d2f2121039d252a7193d77f0bc9b7",
  "seal": "2785b688dbe96e59ec8f7a1768f019f4a2b6eb62b1950c07584a209436795303",
  "signed": "2030-03-17"
}
signature f1fa215b762d42ccd44f8a6baa43675c870547289b316e91d786299cca893813 a85cde27e68a43264cd100daf1be3944dfe5e9d18c2626f62b48aa2cb6dbadf8b93b28264c3bc505e0db1aaa90702f1715ae02908e4af03f5f8a93d6d3bdac0f
