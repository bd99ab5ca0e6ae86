"""The police's queue: leases, packages, what they report back."""
