"""Where evidence files lie: a directory or S3, behind one port."""
