"""Pure: find the sections between a Markdown file's markers, and replace their bodies."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from exporter.errors import Mistakes, SetupError

# Lines as Markdown defines them: https://spec.commonmark.org/0.31.2/#line-ending
_LINE = re.compile(r"(?P<content>[^\r\n]*)(?P<newline>\r\n?|\n|$)")
_MARKER = re.compile(
    r"(?P<indent>[ \t]*)<!--[ \t]*(?P<closing>/?)listening:(?P<name>[\w-]+)"
    r"(?P<options>(?:[ \t]+[^\s>]+)*?)[ \t]*-->[ \t]*"
)
_COMMA = re.compile(r"[ \t]*,[ \t]*(?![\w-]+=)")
_MEANT_AS_MARKER = re.compile(r"[ \t]*<!--[ \t]*/?[ \t]*listening\b", re.IGNORECASE)


class Section(Struct, frozen=True, kw_only=True):
    """A pair of markers; the body is `text[start:end]`.

    `place` is that of the opening marker, such as `README.md:12`; `newline` ends that line.
    """

    name: str
    options: Mapping[str, str]
    place: str
    indent: str
    newline: str
    start: int
    end: int

    @property
    def template(self) -> str:
        """The template that fills the section."""
        return f"sections/{self.name}.md"


class _Marker(NamedTuple):
    closing: bool
    section: Section
    line_start: int


def find(text: str, file: str) -> tuple[Section, ...]:
    """Find the sections of a Markdown text, in order; markers in code fences are examples.

    Raises:
        SetupError: at `file`:line, for each marker that is malformed, unclosed or crossed.
    """
    mistakes = Mistakes()
    found = scan(text, file, mistakes)
    mistakes.raise_all()
    return found


def scan(text: str, file: str, mistakes: Mistakes) -> tuple[Section, ...]:
    """Find the sections as `find` does, also those that are not closed, and collect the mistakes."""
    sections = []
    opened: Section | None = None
    after_malformed = False  # the next closing marker may belong to the malformed one
    for marker in _markers(text, file, mistakes):
        if marker is None:
            opened, after_malformed = None, True
        elif not marker.closing:
            if opened:
                name, place = marker.section.name, marker.section.place
                mistakes.add(_unclosed(opened, f"before `listening:{name}` opens at {place}"))
            opened, after_malformed = marker.section, False
            sections.append(opened)
        else:
            if opened and opened.name == marker.section.name:
                sections[-1] = replace(opened, end=marker.line_start)
            elif not after_malformed:
                mistakes.add(_unexpected(marker.section, opened))
            opened, after_malformed = None, False
    if opened:
        mistakes.add(_unclosed(opened, "before the file ends"))
    return tuple(sections)


def fill(text: str, bodies: Iterable[tuple[Section, str]]) -> str:
    """Put each body between its markers, with their indentation and line ends; everything else stays."""
    for section, body in sorted(bodies, key=lambda pair: pair[0].start, reverse=True):
        text = text[: section.start] + _fitted(body, section) + text[section.end :]
    return text


def block(text: str, section: Section) -> tuple[int, int]:
    """Return the start and end of a section with its markers; both are at line boundaries."""
    opening_end = section.start - len(section.newline)
    start = max(text.rfind(newline, 0, opening_end) for newline in "\r\n") + 1
    return start, next(_LINE.finditer(text, section.end)).end()


def _fitted(body: str, section: Section) -> str:
    """Indent a body; the blank lines around it make every Markdown renderer begin a new block."""
    if not body.strip():
        return ""
    lines = ["", *body.strip("\n").split("\n"), ""]
    return "".join((section.indent + line if line else "") + section.newline for line in lines)


def _markers(text: str, file: str, mistakes: Mistakes) -> Iterator[_Marker | None]:
    """Yield each marker, and None for a malformed one."""
    fenced = _fenced_lines(text)
    for index, line in enumerate(_LINE.finditer(text)):
        content = line["content"].removeprefix("\ufeff")
        if index in fenced or not _MEANT_AS_MARKER.match(content):
            continue
        place = f"{file}:{index + 1}"
        marker = _MARKER.fullmatch(content)
        if not marker:
            mistakes.add(_malformed(place))
            yield None
            continue
        section = Section(
            name=marker["name"],
            options=_options(marker["options"], place, mistakes),
            place=place,
            indent=marker["indent"],
            newline=line["newline"],
            start=line.end(),
            end=line.end(),
        )
        yield _Marker(bool(marker["closing"]), section, line.start())


def _fenced_lines(text: str) -> set[int]:
    """Return the line numbers of code fences, from 0."""
    if "```" not in text and "~~~" not in text:
        return set()
    from markdown_it import MarkdownIt  # noqa: PLC0415 # few texts with markers have a fence

    tokens = MarkdownIt("commonmark").disable("inline").parse(text.removeprefix("\ufeff"))
    return {line for token in tokens if token.type == "fence" and token.map for line in range(*token.map)}


def _options(words: str, place: str, mistakes: Mistakes) -> dict[str, str]:
    options: dict[str, str] = {}
    joined = _COMMA.sub(",", words).strip()
    if joined != words.strip():
        fact = "An option's value can't have spaces, not even beside a comma."
        mistakes.add(SetupError(fact, hint=f"Write `{joined}`.", place=place))
    for word in joined.split():
        key, equals, value = word.partition("=")
        if key and equals and value and key not in options:
            options[key] = value
        else:
            mistakes.add(
                SetupError(
                    f"`{word}` is not an option, or appears twice.",
                    hint="Write options like `limit=5`, without spaces around `=` or in the value.",
                    place=place,
                )
            )
    return options


def _malformed(place: str) -> SetupError:
    return SetupError(
        "This marker is malformed.",
        hint="Open a section with `<!-- listening:now_playing -->` and close it with "
        "`<!-- /listening:now_playing -->`, each alone on its line.",
        place=place,
    )


def _unclosed(section: Section, when: str) -> SetupError:
    return SetupError(
        f"`listening:{section.name}` is not closed {when}.",
        hint=f"Put `<!-- /listening:{section.name} -->` on a line of its own after it.",
        place=section.place,
    )


def _unexpected(closing: Section, opened: Section | None) -> SetupError:
    if opened is None:
        return SetupError(
            f"`/listening:{closing.name}` closes a section that is not open.",
            hint=f"Put `<!-- listening:{closing.name} -->` on a line of its own before it.",
            place=closing.place,
        )
    return SetupError(
        f"`listening:{opened.name}` is open since {opened.place}, and `/listening:{closing.name}` "
        "does not close it.",
        hint=f"Write `<!-- /listening:{opened.name} -->` before any other marker.",
        place=closing.place,
    )
