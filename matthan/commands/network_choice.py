"""Which networks a command is about, and the sizes that it is given."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from detectors.model_specs import ModelSpec
    from domain.geometry import SizeWh

_MOST_SIDE_PX = 4096
_MOST_DIGITS = 4

Manifests = Annotated[
    list[Path] | None,
    typer.Option(
        "--manifest", metavar="FILE", help="A manifest of networks besides those that came with this version."
    ),
]


def known_networks(manifests: Sequence[Path] | None) -> list["ModelSpec"]:
    """The networks of some manifests, then those that came with this version.

    Raises:
        ConfigurationError: a manifest is wrong.
    """
    from detectors.manifest import read_manifest  # noqa: PLC0415
    from edge.networks.street_network import built_in_manifest  # noqa: PLC0415

    return [spec for path in (*(manifests or ()), built_in_manifest()) for spec in read_manifest(path)]


def chosen_networks(names: Sequence[str] | None, manifests: Sequence[Path] | None) -> list["ModelSpec"]:
    """The networks of some names; of two of one name the one of the manifest that was given.

    Raises:
        ConfigurationError: a manifest is wrong, or a name is in none.
    """
    from domain.errors import ConfigurationError  # noqa: PLC0415

    by_name: dict[str, ModelSpec] = {}
    for spec in known_networks(manifests):
        by_name.setdefault(spec.name, spec)
    unknown = [name for name in names or () if name not in by_name]
    if unknown:
        raise ConfigurationError(f"no network is called {', '.join(unknown)}; there are {', '.join(by_name)}")
    return [by_name[name] for name in names] if names else list(by_name.values())


def size_wh(text: str) -> "SizeWh":
    """Width and height of an option such as 640x384.

    Raises:
        ConfigurationError: it is no size, or too large.
    """
    from domain.errors import ConfigurationError  # noqa: PLC0415

    width, _, height = text.partition("x")
    sides = [int(side) for side in (width, height) if side.isascii() and side.isdigit() and len(side) <= _MOST_DIGITS]
    if len(sides) != len("wh") or not all(0 < side <= _MOST_SIDE_PX for side in sides):
        raise ConfigurationError(
            f"the size {text!r} is not width x height in pixels, for example 640x384, of at most {_MOST_SIDE_PX} each"
        )
    return (sides[0], sides[1])
