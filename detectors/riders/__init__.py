"""People on motorcycles: who rides which, how many there are, and what they wear on their heads."""
