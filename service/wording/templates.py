"""The door to Jinja: templates over plain data, in which everything is escaped and nothing is left out."""

from __future__ import annotations

from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from schemas.language_tags import direction
from service.wording.phrases import capitalized, counted, joined_by_and, plain


@cache
def templates_of(*packages: str) -> Environment:
    """The templates of packages, in their folders ``templates``; they know words, counts and directions."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"plain": plain, "begun": capitalized, "both": joined_by_and}
    environment.globals |= {"counted": counted, "direction": direction}
    return environment
