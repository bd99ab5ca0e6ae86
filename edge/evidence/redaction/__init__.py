"""Blurred working copies: heads of people and plates of others hidden, the sealed original untouched."""
