"""The police's side: pull cases, check packages."""
