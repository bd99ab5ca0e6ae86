"""The recall ledger: what each rule found and refused, a day and a camera, kept on the box."""
