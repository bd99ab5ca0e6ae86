"""Accounts, keys, boxes, sign-in."""
