"""A page as a test looks at it: its elements, its ids, its links, and what is wrong with its structure."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

INLINE = {"a", "b", "strong", "i", "span", "code", "cite"}
VOID = {"meta", "link", "br", "hr", "img", "input"}


@dataclass(slots=True)
class Element:
    """One element, with its attributes, and where its text begins and ends among the pieces of all text."""

    tag: str
    attributes: dict[str, str]
    pieces: list[str]
    begin: int
    end: int | None = None

    @property
    def text(self) -> str:
        """All text in it."""
        return "".join(self.pieces[self.begin : self.end])


@dataclass(slots=True)
class Markup:
    """Every element of a page in order, and the mistakes in how they are put into each other."""

    elements: list[Element] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)

    def all(self, *tags: str) -> list[Element]:
        """The elements of these kinds."""
        return [element for element in self.elements if element.tag in tags]

    def by_id(self, name: str) -> Element:
        """The element with the id."""
        (found,) = [element for element in self.elements if element.attributes.get("id") == name]
        return found


class _Parser(HTMLParser):
    def __init__(self, markup: Markup) -> None:
        super().__init__(convert_charrefs=True)
        self._markup = markup
        self._open: list[Element] = []
        self._pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = len(self._pieces)
        element = Element(tag, {name: value or "" for name, value in attrs}, self._pieces, at)
        self._markup.elements.append(element)
        if tag in VOID:
            element.end = at
        else:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1].tag != tag:
            self._markup.mistakes.append(f"</{tag}> at {self.getpos()}")
            return
        self._open.pop().end = len(self._pieces)
        if tag not in INLINE:
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        self._pieces.append(data)

    def close(self) -> None:
        super().close()
        self._markup.mistakes += [f"<{element.tag}> is never closed" for element in self._open]


def parsed(html: str) -> Markup:
    """Take a page apart."""
    markup = Markup()
    parser = _Parser(markup)
    parser.feed(html)
    parser.close()
    return markup


def flat(text: str) -> str:
    """A text on one line."""
    return " ".join(text.split())
