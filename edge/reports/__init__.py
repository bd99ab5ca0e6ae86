"""A worker that lets the networks look at citizens' pictures for the centre (docs/analyse-reports.md)."""
