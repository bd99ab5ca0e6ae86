"""What becomes of occupied places: reminded first, a case when the reminder is not heeded."""
