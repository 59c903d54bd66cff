"""The door to Jinja for pages in browsers: each is a template over plain data, and everything is escaped."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from schemas.language_tags import direction
from service.wording.phrases import capitalized, counted, joined_by_and, plain


def page(template: str, **data: Any) -> bytes:
    """A page as UTF-8."""
    return _templates().get_template(template).render(**data).encode()


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("service.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"plain": plain, "begun": capitalized, "both": joined_by_and}
    environment.globals |= {"counted": counted, "direction": direction}
    return environment
