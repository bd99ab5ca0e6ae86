"""The HTTP door: routes, roles, problem details."""
