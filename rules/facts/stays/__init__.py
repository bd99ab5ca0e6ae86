"""Who stands where and since when, whatever the tracks are called; worked out once for all rules that ask alike."""
