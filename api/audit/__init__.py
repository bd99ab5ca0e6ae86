"""The record read and checked from outside: every column that a guard, a queue or a right trusts is computed again."""
