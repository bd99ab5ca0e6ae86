"""The surface look: what lies on a zone's ground that does not lie there when it is empty."""
