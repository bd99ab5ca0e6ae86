"""The centre of a city: half a million cases, five million sightings, fifty pullers."""
