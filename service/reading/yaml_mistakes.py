"""libyaml's messages, said so that a person who doesn't know YAML can mend the file."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from schemas.language import TEST_FORMS
from service.model.problem import Change, Place, Problem, Suggestion, in_quotes, shown
from service.reading.several_tests import VERBS
from service.reading.yaml_text import (
    CURLY,
    EFFECT_KEYS,
    HARD_SPACE,
    KEYS,
    NOT_A_SPACE,
    angle,
    as_pair,
    place_after,
)

_NUMBER_AND_KEY = re.compile(r"[{,]\s*[\w -]+:\s+-?[0-9][0-9.]*\s+([A-Za-z_][\w-]*)\Z")
_LONG_DASH = re.compile(r"\s*([\u2013\u2014\u2212])\s")
_BULLET = re.compile(r"\s*([\u2022\u00b7\u2023\u25e6\u25aa\u25cf*+])\s+(\S.*)")
_FOR_NOTHING = re.compile(r"\s*(?:- +)*([\w .-]+):\s+([-?])\s*\Z")
_MERGE = re.compile(r"(<{7}|>{7})( |\Z)")
_OPENED = {mark: re.compile(rf"[:,\[{{-]\s*({mark})[^{mark}]*\Z") for mark in ("'", '"')}
NOT_CLOSED = "A quote is opened here and not closed. Close it, or double a quote inside the text."


@dataclass(frozen=True, slots=True)
class Trouble:
    """Where libyaml stopped: what it says, the line and column (from 0), and where the part at hand began."""

    problem: str
    context: str
    line: int
    column: int
    began: int
    began_column: int
    lines: list[str]

    @property
    def here(self) -> str:
        """The line at which it stopped."""
        return self.lines[self.line] if self.line < len(self.lines) else ""

    @property
    def at(self) -> str:
        """The character at which it stopped."""
        return self.here[self.column : self.column + 1]


At = tuple[int, int, str, str]
"""A change: line and column from 0, what is written there, and what is to be."""


@dataclass(frozen=True, slots=True)
class YamlMistake:
    """What to tell the author, and where: line and column from 0; what may mend it, and that in words."""

    code: str
    message: str
    line: int
    column: int
    changes: tuple[At, ...] = ()
    label: str = ""


def merge(trouble: Trouble) -> YamlMistake | None:
    """What a merge leaves in a file where two people changed the same lines."""
    for number, line in enumerate(trouble.lines):
        if _MERGE.match(line):
            message = "This is a mark of a merge. Keep one side, and remove the marks."
            return YamlMistake("bad-character", message, number, 0)
    return None


def hard_space(trouble: Trouble) -> YamlMistake | None:
    """A space of a web page or an office text, near where libyaml stopped: to YAML it is a letter."""
    for number in range(trouble.line, max(trouble.line - 2, -1), -1):
        line = trouble.lines[number] if number < len(trouble.lines) else ""
        column = line.find(HARD_SPACE)
        before = line[:column].rstrip(f" {HARD_SPACE}-")
        if column >= 0 and (not before or before.endswith(":")):
            hard = line[column : len(line) - len(line[column:].lstrip(HARD_SPACE))]
            change = (number, column, hard, " " * len(hard))
            return YamlMistake("bad-character", NOT_A_SPACE, number, column, (change,), "write a space")
    return None


def long_dash(trouble: Trouble) -> YamlMistake | None:
    """A dash or bullet of a word processor before an item, where libyaml stopped or on the line above."""
    for number in (trouble.line, trouble.line - 1):
        found = _LONG_DASH.match(trouble.lines[number]) if 0 <= number < len(trouble.lines) else None
        if found:
            change = (number, found.start(1), found.group(1), "-")
            message = "This dash is too long: write -."
            return YamlMistake("bad-character", message, number, found.start(1), (change,), "write -")
        bullet = _BULLET.match(trouble.lines[number]) if 0 <= number < len(trouble.lines) else None
        if bullet:
            message = f'"{bullet[1]}" begins no item here. Write - {shown(bullet[2])}.'
            change = (number, bullet.start(1), bullet[1], "-")
            return YamlMistake("bad-character", message, number, bullet.start(1), (change,), "write -")
    return None


def sign_for_nothing(trouble: Trouble) -> YamlMistake | None:
    """A dash or a question mark where a value would stand, as people write where there is none."""
    found = _FOR_NOTHING.match(trouble.here)
    if found is None or "not allowed" not in trouble.problem:
        return None
    message = f'"{shown(found[1])}" has no value but "{found[2]}". Write one, or remove the line.'
    return YamlMistake("missing-value", message, trouble.line, found.start(2))


def opened_above(trouble: Trouble, before: str) -> YamlMistake | None:
    """The quote on a line above which, for want of its own end, the first one of this line has closed."""
    quote = before[-1]
    if quote not in _OPENED or before.count(quote) % 2 == 0:
        return None
    for number in range(trouble.line - 1, -1, -1):
        found = _OPENED[quote].search(trouble.lines[number])
        if found:
            return _not_closed_quote(trouble.lines[number], number, found.start(1))
    return None


def lost_comma(trouble: Trouble) -> YamlMistake | None:
    """``{min: 2 typical: 4}``: a number, and a key behind it."""
    found = _NUMBER_AND_KEY.search(trouble.here[: trouble.column])
    if found is None or trouble.at != ":":
        return None
    message = f"A comma is missing before {found.group(1)}."
    change = (trouble.line, len(trouble.here[: found.start(1)].rstrip()), "", ",")
    return YamlMistake("comma-in-text", message, trouble.line, found.start(1), (change,), "write a comma")


_ANGLE = re.compile(r"[:\[,{]\s*(>=|<=|>|<)\s*([0-9A-Za-z.\-]+)")
_TAKING_LISTS = "|".join(
    verb for verb in VERBS if TEST_FORMS[verb].takes == "values" or TEST_FORMS[verb].several is not None
)
_VERB_BEFORE_LIST = re.compile(rf"(?:^|[:{{,]\s*)((?:{_TAKING_LISTS})\s+)\Z")
_NO_SPACE = re.compile(r"\s*(?:- +)?[\w -]+:(?=[^\s:])")
_COMMENT = re.compile(r"\s(#.*)")
_KEY = re.compile(r"\s*(?:- +)?[\w .-]+\Z")
_OPEN = ("[", "{")
_LONGEST_KEY = 1_000
_LONGEST_LINE = 400
_CURLY = re.compile(r":\s+([“„‟”«])")


def from_yaml_error(file: str, text: str, lines: list[str], error: yaml.YAMLError) -> Problem:
    """The problem that libyaml ran into, at the place where the author can mend it."""
    if isinstance(error, yaml.reader.ReaderError):
        before = text.encode()[: max(error.position, 0)].decode("utf-8", "ignore")
        message = "A character here can't be read (a control character?). Delete it and type the text anew."
        return Problem(place_after(file, before), "bad-character", message)
    trouble = _trouble(lines, error)
    mistake = next(found for explain in _EXPLANATIONS if (found := explain(trouble)) is not None)
    line = min(mistake.line, len(lines) - 1)
    column = min(mistake.column, len(lines[line]))
    changes = tuple(
        Change(old, new, Place(file, number + 1, into + 1)) for number, into, old, new in mistake.changes
    )
    suggestion = Suggestion(mistake.label, changes) if changes else None
    return Problem(Place(file, line + 1, column + 1), mistake.code, mistake.message, suggestion=suggestion)


_VALUE = re.compile(r"\s*(?:- +)*\w[\w .-]*:\s+(?=[^\s\[{|>#])")
_OPENING = {"[": "]", "{": "}"}


def _value(lines: list[str], number: int, start: int = -1) -> tuple[int, str] | None:
    """Where the text behind the key of a line begins, or at ``start``, and the whole of it.

    It ends before the brackets that were opened before it. None where it may go on below.
    """
    line = lines[number]
    if len(line) > _LONGEST_KEY:
        return None
    found = _VALUE.match(line) if start < 0 else None
    start = found.end() if found else start
    after = next((one for one in lines[number + 1 :] if one.strip()), "")
    if start < 0 or (_indent(after) > _indent(line) and not line.lstrip().startswith("-")):
        return None
    closing = [_OPENING[one] for one in line[:start] if one in _OPENING]
    for one in line[:start]:
        if one in closing:
            closing.remove(one)
    text = line[start:].rstrip()
    for one in closing:
        if not text.endswith(one):
            return None
        text = text.removesuffix(one).rstrip()
    return (start, text) if text else None


def _in_quotes(lines: list[str], number: int, column: int, start: int = -1) -> tuple[tuple[At, ...], str]:
    """The change that puts the text around a column in quotes, and its label."""
    found = _value(lines, number, start)
    if found is None or not found[0] <= column <= found[0] + len(found[1]) or found[1][0] in "\"'":
        return (), ""
    begin, text = found
    if start < 0 and " #" in text:
        return (), ""
    return ((number, begin, text, in_quotes(text)),), f"write {in_quotes(text)}"


def _not_closed_quote(line: str, number: int, column: int) -> YamlMistake:
    found = _value([line], number=0, start=column)
    changes: tuple[At, ...] = ()
    if found is not None and found[1][0] == '"' and found[1].count('"') == 1 and " #" not in found[1]:
        changes = ((number, column + len(found[1]), "", '"'),)
    return YamlMistake("quote", NOT_CLOSED, number, column, changes, 'write " at the end')


def _trouble(lines: list[str], error: yaml.YAMLError) -> Trouble:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    began = getattr(error, "context_mark", None) or mark
    return Trouble(
        problem=str(getattr(error, "problem", None) or ""),
        context=str(getattr(error, "context", None) or ""),
        line=mark.line if mark else 0,
        column=mark.column if mark else 0,
        began=began.line if began else 0,
        began_column=began.column if began else 0,
        lines=lines,
    )


def _angle(trouble: Trouble) -> YamlMistake | None:
    found = _ANGLE.search(trouble.here)
    stopped = (
        "block scalar" in trouble.context
        or "comment or line break" in trouble.problem
        or trouble.at in ("<", ">")
    )
    if not found or not stopped:
        return None
    written = trouble.here[found.start(1) : found.end(2)]
    return YamlMistake(*angle(found.group(1), found.group(2), written), trouble.line, found.start(1))


def _tab(trouble: Trouble) -> YamlMistake | None:
    tab = trouble.here.find("\t")
    indents = trouble.here[:tab].strip() == "" if tab >= 0 else False
    if tab >= 0 and (indents or trouble.at == "\t" or "tab" in trouble.problem):
        changes = _without_tabs(trouble.lines) if indents else ()
        return YamlMistake(
            "tab", "A tab stands here. Use spaces.", trouble.line, tab, changes, "write spaces"
        )
    return None


def _without_tabs(lines: list[str]) -> tuple[At, ...]:
    """Every line that tabs set in, set in like the one above it, or below its key."""
    changes: list[At] = []
    above = ""
    for number, line in enumerate(lines):
        bare = line.lstrip()
        space = line[: len(line) - len(bare)]
        if "\t" in space and bare and not bare.startswith("#"):
            item = _ITEM.match(above)
            into = item.end() if item else 0
            if above.partition(" #")[0].rstrip().endswith(":"):
                into += 2
            elif item and bare.startswith("- "):
                into = _indent(above)
            changes.append((number, 0, space, " " * into))
            if len(changes) > _MOST_TABS:
                return ()
            line = " " * into + bare
        above = line if bare and not bare.startswith("#") else above
    return tuple(changes)


_ITEM = re.compile(r" *(?:- +)?")
_MOST_TABS = 200


def _curly(trouble: Trouble) -> YamlMistake | None:
    found = _CURLY.search(trouble.here)
    if found is None:
        return None
    message = 'This text stands in typographic quotes. Use straight ones: "...".'
    text = trouble.here[found.start(1) :].rstrip()
    changes: tuple[At, ...] = ()
    if len(text) > 1 and text[-1] in CURLY and not any(one in CURLY for one in text[1:-1].replace("’", "")):
        changes = ((trouble.line, found.start(1), text, in_quotes(text[1:-1])),)
    return YamlMistake(
        "curly-quotes", message, trouble.line, found.start(1), changes, f"write {in_quotes(text[1:-1])}"
    )


def _list_after_verb(trouble: Trouble) -> YamlMistake | None:
    """``{concern: not [a, b]}``: in braces a bracket can't follow a word."""
    found = _VERB_BEFORE_LIST.search(trouble.here[: trouble.column])
    if trouble.at != "[" or found is None:
        return None
    end = trouble.here.find("]", trouble.column)
    values = trouble.here[trouble.column : end + 1] if end >= 0 else "[...]"
    verb = " ".join(found.group(1).split())
    test = f"{verb} {shown(values)}"
    message = f'In braces write {{{verb}: {shown(values)}}}, or put the test in quotes: "{test}".'
    written = trouble.here[found.start(1) : end + 1]
    changes = ((trouble.line, found.start(1), written, in_quotes(written)),) if end >= 0 else ()
    return YamlMistake(
        "bracket", message, trouble.line, found.start(1), changes, f"write {in_quotes(written)}"
    )


def _colon(trouble: Trouble) -> YamlMistake | None:
    in_flow = "flow" in trouble.context and trouble.at == ":" and trouble.began == trouble.line
    if "mapping values are not allowed" not in trouble.problem and not in_flow:
        return None
    return (
        lost_comma(trouble)
        or _two_on_a_line(trouble)
        or (None if in_flow else _line_below_text(trouble))
        or YamlMistake(
            "colon-in-text",
            'A ": " inside a text makes a new key of it. Put the whole text in quotes: "...".',
            trouble.line,
            trouble.column,
            *(((), "") if in_flow else _in_quotes(trouble.lines, trouble.line, trouble.column)),
        )
    )


_TWO = re.compile(r"\s*(?:- +)?([\w .-]+: [^,;&]+?)\s*(?:\b(and)\b|([,;&]))\s*(\w[\w .-]*)\Z")


def _two_on_a_line(trouble: Trouble) -> YamlMistake | None:
    """``concern: acne_scars and severity: severe``: each needs a line of its own."""
    found = _TWO.match(trouble.here[: trouble.column]) if len(trouble.here) <= _LONGEST_LINE else None
    if found is None or trouble.at != ":":
        return None
    second = trouble.here[found.start(4) :].strip()
    message = f"Two keys stand on one line. Write {shown(found[1])}, and on a line below it {shown(second)}."
    return YamlMistake("colon-in-text", message, trouble.line, max(found.start(2), found.start(3)))


def _line_below_text(trouble: Trouble) -> YamlMistake | None:
    """A key that YAML takes for the second line of the text above it."""
    if trouble.column > _LONGEST_KEY:
        return YamlMistake("colon", "A key has at most 1,024 characters. Shorten it.", trouble.line, 0)
    indent = _indent(trouble.here)
    if not _KEY.match(trouble.here[: trouble.column]) or trouble.line == 0:
        return None
    above = trouble.lines[trouble.line - 1]
    if _indent(above) == indent and ": " not in above and not above.rstrip().endswith(":"):
        return _keyless(trouble.lines, trouble.line - 1)
    key = trouble.here[: trouble.column].strip(" -")
    lost = _lost_above(trouble, key)
    message = (
        f'A line with "{lost}:" is missing above "{shown(key)}".'
        if lost
        else "This line is set in below a text. Line its key up with those above, or put the text in quotes."
    )
    return YamlMistake("indentation", message, trouble.line, indent)


def _lost_above(trouble: Trouble, key: str) -> str:
    """The key that was lost above the line: of its kind, and none of those around it; empty where none."""
    lines = trouble.lines
    number = next((at for at in range(trouble.line - 1, -1, -1) if lines[at].strip()), 0)
    above = _HEAD.match(lines[number])
    if above is None:
        return ""
    around = _beside(lines, number, above)
    if "factor" in around and not around & {"rules", "tables"}:
        return "rules"
    if not around & {"id", "because", "title"} or (key in KEYS and key not in EFFECT_KEYS):
        return ""
    homes = ("then", "when") if key in EFFECT_KEYS else ("when", "then")
    return next((home for home in homes if home not in around), "")


def _beside(lines: list[str], number: int, own: re.Match[str]) -> set[str]:
    """The keys of the mapping in which the line stands, with its own."""
    keys = {own[2]}
    above = [] if "-" in own[1] else lines[max(number - _MOST_AROUND, 0) : number][::-1]
    for line in above:
        head = _HEAD.match(line)
        if head and len(head[1]) == len(own[1]):
            keys.add(head[2])
        if head and (len(head[1]) < len(own[1]) or (len(head[1]) == len(own[1]) and "-" in head[1])):
            break
    for line in lines[number + 1 : number + _MOST_AROUND]:
        head = _HEAD.match(line)
        if head and (len(head[1]) < len(own[1]) or (len(head[1]) == len(own[1]) and "-" in head[1])):
            break
        keys |= {head[2]} if head and len(head[1]) == len(own[1]) else set()
    return keys


_HEAD = re.compile(r"(\s*(?:- +)?)([\w .-]+):(?:\s|\Z)")
_MOST_AROUND = 100


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _comment(trouble: Trouble) -> YamlMistake | None:
    """`` #`` in braces: the rest of the line, with the closing bracket, is lost."""
    if "flow" not in trouble.context:
        return None
    for line in range(trouble.began, min(trouble.line + 1, len(trouble.lines))):
        found = _COMMENT.search(trouble.lines[line])
        if found and re.search(r"[\]}]", found.group(1)):
            message = 'The text ends before " #", and its bracket is lost. Put the whole text in quotes.'
            before = trouble.lines[line][: found.start(1)]
            start = before.rfind(": ") + 1
            start += len(before[start:]) - len(before[start:].lstrip())
            quoted = _in_quotes(trouble.lines[: line + 1], line, found.start(1), start)
            return YamlMistake("text-cut", message, line, found.start(1), *quoted)
    return None


def _broken_key(trouble: Trouble) -> YamlMistake | None:
    """In braces: a key that goes on in the next line, which some tools write and libyaml does not take."""
    end = trouble.here[: trouble.column].strip()
    above = trouble.lines[trouble.line - 1] if trouble.line else ""
    start = max(above.rfind("{"), above.rfind(",")) + 1
    key = f"{above[start:].strip()} {end}"
    if "flow mapping" not in trouble.context or trouble.at != ":" or not start or not _KEY.match(key):
        return None
    message = (
        f'The key "{shown(key)}" is broken over two lines: a tool may have done it. Write it on one line.'
    )
    column = start + len(above[start:]) - len(above[start:].lstrip())
    return YamlMistake("bracket", message, trouble.line - 1, column)


def _bracket(trouble: Trouble) -> YamlMistake | None:
    if "flow" not in trouble.context and trouble.at in ("]", "}"):
        message = f'"{trouble.at}" closes no bracket. Remove it, or put the text in quotes.'
        return YamlMistake("bracket", message, trouble.line, trouble.column)
    if "flow" not in trouble.context:
        return None
    if trouble.began < trouble.line or not trouble.at:
        return _not_closed(trouble)
    message = "A text or test that holds brackets or commas needs quotes here. Put it in quotes."
    return YamlMistake("bracket", message, trouble.line, trouble.column)


def _not_closed(trouble: Trouble) -> YamlMistake | None:
    """The bracket at which the list or mapping at hand began, else the last one that was opened."""
    for line in range(min(trouble.began, len(trouble.lines) - 1), -1, -1):
        text = trouble.lines[line]
        column = (
            trouble.began_column
            if line == trouble.began and text[trouble.began_column :][:1] in _OPEN
            else -1
        )
        column = column if column >= 0 else max(text.rfind("["), text.rfind("{"))
        if column >= 0:
            bracket = text[column]
            message = f'"{bracket}" is opened here and not closed. Close it, or put the text in quotes.'
            closing = _OPENING[bracket]
            alone = text.count(bracket) == text.count(closing) + 1 and " #" not in text
            changes = ((line, len(text.rstrip()), "", closing),) if alone else ()
            return YamlMistake("bracket", message, line, column, changes, f"write {closing} at the end")
    return None


def _first_character(trouble: Trouble) -> YamlMistake | None:
    if "cannot start any token" in trouble.problem and trouble.at:
        message = f'A text can\'t begin with "{trouble.at}". Put it in quotes.'
        quoted = _in_quotes(trouble.lines, trouble.line, trouble.column)
        return YamlMistake("bad-character", message, trouble.line, trouble.column, *quoted)
    if "alias" in trouble.context or "anchor" in trouble.context or "tag" in trouble.context:
        message = "A text can't begin with *, & or !. Put it in quotes."
        quoted = _in_quotes(trouble.lines, trouble.began, trouble.began_column)
        return YamlMistake("bad-character", message, trouble.began, trouble.began_column, *quoted)
    return None


def _quote(trouble: Trouble) -> YamlMistake | None:
    if "quoted scalar" not in trouble.context:
        return None
    if "escape" in trouble.problem:
        message = "In double quotes a backslash needs a second one. Write \\\\, or use single quotes."
        return YamlMistake("quote", message, trouble.line, trouble.column)
    if trouble.began >= len(trouble.lines):
        return YamlMistake("quote", NOT_CLOSED, trouble.began, trouble.began_column)
    return _not_closed_quote(trouble.lines[trouble.began], trouble.began, trouble.began_column)


def _key(trouble: Trouble) -> YamlMistake | None:
    """A line without a colon, or without the space after it, where a key must stand."""
    if "could not find expected ':'" not in trouble.problem:
        return None
    return _keyless(trouble.lines, min(trouble.began, len(trouble.lines) - 1))


def _keyless(lines: list[str], number: int) -> YamlMistake:
    line = lines[number]
    found = _NO_SPACE.match(line)
    if found:
        after = f"{line[: found.end()].strip()} {line[found.end() :].strip()}"
        message = f'Put a space after ":". Write {shown(after)}.'
        change = (number, found.end(), "", " ")
        return YamlMistake("colon", message, number, found.end() - 1, (change,), "write a space")
    start = _indent(line)
    if line.startswith("-", start) and line[start + 1 : start + 2].strip():
        return _close_dash(line, number)
    start += len(line[start:]) - len(line[start:].lstrip("- "))
    text = line[start:].strip()
    full_width = text.find("\uff1a")
    if full_width > 0:
        message = f'":" is full-width here. Write {shown(as_pair(text))}.'
        pair = line[start:].rstrip()
        return YamlMistake(
            "colon",
            message.replace('":"', '"\uff1a"'),
            number,
            start + full_width,
            ((number, start, pair, as_pair(text)),),
            f"write {as_pair(text)}",
        )
    key = next((key for key in KEYS if text == key or text.startswith(f"{key} ")), "")
    key = key or (text if " " not in text else "")
    if key:
        rest = text[len(key) :].strip()
        written = shown(f"{key}: {rest}".strip())
        return YamlMistake(
            "colon",
            f'A colon is missing after "{shown(key)}". Write {written}',
            number,
            start,
            ((number, start, line[start:].rstrip(), f"{key}: {rest}".strip()),),
            f"write {written}",
        )
    message = f'Here a key with ":" must stand, not "{shown(text)}". '
    message += "Add the colon, or set the line in to continue the text above."
    return YamlMistake("colon", message, number, start)


def _close_dash(line: str, number: int) -> YamlMistake:
    start = _indent(line)
    message = f'Put a space after "-". Write - {shown(line[start + 1 :])}.'
    change = (number, start + 1, "", " ")
    return YamlMistake("colon", message, number, start, (change,), "write a space")


def _after_a_text(trouble: Trouble) -> YamlMistake | None:
    """``title: "Sun" nodes``: something follows a closed quote or bracket."""
    before = trouble.here[: trouble.column].rstrip()
    if "did not find expected" not in trouble.problem or before[-1:] not in ("'", '"', "]", "}"):
        return None
    opened = opened_above(trouble, before)
    if opened is not None:
        return opened
    message = "This stands behind a closed quote or bracket. Put the whole text in one pair of quotes."
    if before.endswith("'"):
        message += " In single quotes write '' for one inside the text."
    value = _VALUE.match(trouble.here)
    text = trouble.here[value.end() :].rstrip() if value else ""
    changes: tuple[At, ...] = ()
    if len(text) > 1 and text[0] == text[-1] == "'" and not {'"', "\\"} & {*text}:
        better = f'"{text[1:-1]}"'
    else:
        better = in_quotes(text) if text[:1] in ("'", '"') and " #" not in text else ""
    if value and better:
        changes = ((trouble.line, value.end(), text, better),)
    return YamlMistake("quote", message, trouble.line, trouble.column, changes, f"write {better}")


def _indentation(trouble: Trouble) -> YamlMistake | None:
    if "block" not in trouble.context and "document start" not in trouble.problem:
        return None
    start = _indent(trouble.here)
    if trouble.here.startswith("-", start) and trouble.here[start + 1 : start + 2] not in ("", " ", "-"):
        return _close_dash(trouble.here, trouble.line)
    here, lost = _HEAD.match(trouble.here), _without_dash(trouble)
    if here and lost is not None:
        first = trouble.lines[lost].strip()
        message = f'A dash is missing before "{shown(here[2])}". Write - {shown(first)}.'
        return YamlMistake("indentation", message, lost, _indent(trouble.lines[lost]))
    above = next((line for line in reversed(trouble.lines[: trouble.line]) if line.strip()), "")
    if trouble.here[start : start + 2] == "- " and _indent(above) == start and ":" in above:
        message = "A dash stands here among keys. Remove the dash, or line it up with other dashes."
        return YamlMistake("indentation", message, trouble.line, trouble.column)
    message = "This line is not where its neighbours are. Line it up with spaces."
    beside = _as_far_in(trouble, start)
    if here and beside and "-" not in here[1]:
        ways = " or ".join(f'{width}, as before "{shown(key)}"' for width, key in sorted(beside.items()))
        message = f'"{shown(here[2])}" has {start} spaces before it. Write {ways}.'
    return YamlMistake("indentation", message, trouble.line, trouble.column)


def _without_dash(trouble: Trouble) -> int | None:
    """The line above with the same key as the item at hand, as far set in, and without a dash."""
    here = _HEAD.match(trouble.here)
    if here is None or "-" not in here[1]:
        return None
    for number in range(trouble.line - 1, max(trouble.line - _MOST_AROUND, -1), -1):
        head = _HEAD.match(trouble.lines[number])
        if head and "-" not in head[1] and (head[2], len(head[1])) == (here[2], len(here[1])):
            return number
    return None


def _as_far_in(trouble: Trouble, start: int) -> dict[int, str]:
    """The nearest keys above that stand a space less or more far in, by how far."""
    found: dict[int, str] = {}
    for line in trouble.lines[max(trouble.line - 1, 0) :: -1][:_MOST_AROUND]:
        head = _HEAD.match(line)
        if head and abs(len(head[1]) - start) == 1:
            found.setdefault(len(head[1]), head[2])
    return found


def _other(trouble: Trouble) -> YamlMistake:
    said = " ".join(part for part in (trouble.context, trouble.problem) if part)
    message = f"This can't be read as YAML ({shown(said, 120)}). Line it up, close brackets and quotes."
    return YamlMistake("yaml", message, trouble.line, trouble.column)


_EXPLANATIONS = (
    merge,
    sign_for_nothing,
    hard_space,
    long_dash,
    _angle,
    _tab,
    _curly,
    _list_after_verb,
    _colon,
    _comment,
    _quote,
    _broken_key,
    _bracket,
    _first_character,
    _key,
    _after_a_text,
    _indentation,
    _other,
)
