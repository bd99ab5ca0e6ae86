"""Evidence of a case: original clips, stills decoded from them, overlay data, and the signed manifest."""
