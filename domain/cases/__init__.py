"""Cases: their form, evidence, and life."""
