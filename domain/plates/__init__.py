"""Number plates: readings, grammar, reasons, proof."""
