"""Rules that other packages bring, by entry point."""

import logging
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from domain.errors import ConfigurationError
from rules.fact_rule import FactRule

GROUP = "matthan.rules"

logger = logging.getLogger(__name__)


def installed_rules(own_codes: Iterable[str], points: Iterable[EntryPoint] | None = None) -> Iterator[FactRule[Any]]:
    """The rules of installed packages, by name of their entry points.

    Args:
        own_codes: of the rules that come with the product; nobody may take their names.
        points: entry points to load; None: those of this environment.

    Raises:
        ConfigurationError: a package's rule cannot be loaded, is none, or takes a name that is taken.
    """
    taken = dict.fromkeys(own_codes, "matthan itself")
    found = entry_points(group=GROUP) if points is None else points
    for point in sorted(found, key=lambda one: (one.name, one.value)):
        try:
            rule = point.load()
        except Exception as error:  # whatever a package's own code does when it is imported
            raise ConfigurationError(
                f"the rule {point.name} of {point.value} cannot be loaded: {type(error).__name__}: {error}; "
                "mend or uninstall the package"
            ) from error
        if not isinstance(rule, FactRule):
            raise ConfigurationError(
                f"the entry point {point.name} = {point.value} names a {type(rule).__name__}; it must name a FactRule"
            )
        if rule.CODE in taken:
            raise ConfigurationError(
                f"two rules are called {rule.CODE}: of {taken[rule.CODE]} and of {point.value}; uninstall one package"
            )
        taken[rule.CODE] = point.value
        logger.info("a rule of another package", extra={"action": "rule_found", "rule": rule.CODE, "of": point.value})
        yield rule
