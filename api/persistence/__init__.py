"""Tables, transactions and the append-only record of the centre."""
