"""Alert rules: what operators should know within seconds; one file a rule."""
