"""Pages of the boxes' ledgers: what rules found and refused, and who passed; numbers that nothing is decided on."""
