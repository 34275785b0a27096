{
  "tallystick": "signature of an agreement",
  "version": 1,
  "agreement": "9ea34f9d3b264058c8aedbe185686fc06e98e5ce4841e44b9700a3f36099f585",
  "reference": "second",
  "party": "Northshire linker",
  "card": "d38648805be003f5718bba2af1cb4ad53847fb92234478b144065ea86cc9b80a",
  "seal": "bbc96baaf6365994455bd4116997d65e1bb87f459a2bd207413f6b89066c2b54",
  "signed": "2030-03-17"
}
signature e0bb6a8a5bf684361aab8d92a5485d9a19d98163be3595e5a65c350c5acad270 85dc1bd53be45920c83e1c5e9fd1935a66ae88b4f698194986023a13b1aea5db56f3e4737f3e301a48c9e4cc80977aca249638db2b5283e34c993266c8df610c
