"""Pure: what `init` writes into a repository, and how to recognize it later."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from markdown_it import MarkdownIt

from exporter import REPOSITORY
from exporter.config.schema import Config
from exporter.errors import SetupError
from exporter.render import cards, sections
from exporter.sources import SOURCES

WORKFLOWS = ".github/workflows"

WORKFLOW = "listening.yml"
"""The workflow that `init` writes."""

LIVE_BRANCH = "listening"

_CONFIG = f"""\
# Settings of Now Listening. Every key is optional; this lists them all:
# https://github.com/{REPOSITORY}/blob/main/config.yaml
@timezone # an IANA name, for week boundaries and displayed times
"""

_TWO_LANES = f"""\
publish:                      # half-hourly commits stay out of this branch's history
  live_branch: {LIVE_BRANCH}
  live_history: squash
  readme: weekly
"""

_WORKFLOW = """\
name: Now listening
on:
  schedule: [{cron: "17,47 * * * *"}]
  workflow_dispatch:
permissions: {}
concurrency: now-listening
jobs:
  update:
    permissions: {contents: write, issues: write}
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with: {persist-credentials: true} # the push needs them
      - uses: @action
@with@env"""

_HEADINGS = {"now_playing": "Now playing", "top_tracks": "Top tracks", "top_artists": "Top artists"}

_CARDS = {
    "kittinan/spotify-github-profile": r"//[\w.-]*spotify-github-profile[\w-]*\.",
    "JeffreyCA/spotify-recently-played-readme": r"//[\w.-]*spotify-recently-played[\w-]*\.",
    "JeffreyCA/lastfm-recently-played-readme": r"//[\w.-]*lastfm-recently-played[\w-]*\.",
    "magic-ike/spotify-data-card": r"//[\w.-]*data-card-for-spotify[\w-]*\.",
    "novatorem/novatorem": r"//[\w.-]*novatorem[\w-]*\.|//[\w.-]+/api/(?:spotify|orchard)\b",
    "natemoo-re/natemoo-re": r"\.vercel\.app/(?:api/)?now-playing\b",
    "dxnter/lastfm-readme": r"<!--\s*START_LASTFM_\w+",
}
"""Patterns that recognize other projects' cards by their hosts, and sections by their markers.

Anybody can host these cards, so a pattern looks for the project's name in any host, or for its path.
"""

_PIN = re.compile(r"(uses: \S+@)\S+( #.*)?")
_GIVEN = re.compile(r"^(?:        with: \{.*\}.*|sections: \[.*\]|source: \{.*\})\n", re.MULTILINE)
_PLAIN_NAME = re.compile(r"[A-Za-z][\w-]*", re.ASCII)
_TIMEZONE = re.compile(r"^timezone: \S+ +#", re.MULTILINE)
_LINES = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_BLANK_AT_START = re.compile(r"\A[ \t]*(?:\r\n?|\n)")
_BLANK_AT_END = re.compile(r"(\A|\r\n|\n|\r(?!\n))[ \t]*(?:\r\n?|\n)\Z")


def config_text(
    *,
    two_lanes: bool,
    timezone: str = "UTC",
    readme: str = "README.md",
    source: str | Mapping[str, str] = "spotify",
) -> str:
    """Return the first settings."""
    sections_in = "" if readme == "README.md" else f"sections: [{readme}]\n"
    begin = _CONFIG.replace("@timezone", f"timezone: {timezone}".ljust(29))
    return begin + source_line(source) + sections_in + (_TWO_LANES if two_lanes else "")


def source_line(source: str | Mapping[str, str]) -> str:
    """Return the line of settings that chooses a source; Spotify needs none."""
    if isinstance(source, str):
        return ""
    key, user = next(iter(source.items()))
    name = user if _PLAIN_NAME.fullmatch(user) else msgspec.json.encode(user).decode()
    return f"source: {{{key}: {name}}}\n"


def workflow_text(action: str, secrets: Sequence[str], config_path: str | None = None) -> str:
    """Return the workflow that uses this version of the action.

    `config_path` is the settings' path, if it is not config.yaml at the top.
    """
    quoted = json.dumps(config_path, ensure_ascii=False)
    given = f"        with: {{config: {quoted}}}\n" if config_path else ""
    passed = [f"          {name}: ${{{{ secrets.{name} }}}}\n" for name in secrets]
    env = "".join(["        env:\n", *passed]) if secrets else ""
    return _WORKFLOW.replace("@action", action).replace("@env", env).replace("@with", given)


def is_ours(text: str) -> bool:
    """Whether a file is unchanged since `init` wrote it; its source, time zone and versions may differ."""
    written = {_plain(config_text(two_lanes=two_lanes)) for two_lanes in (False, True)}
    written |= {_plain(workflow_text(f"{REPOSITORY}@v1", about.secrets)) for about in SOURCES.values()}
    return _plain(text) in written


def _plain(text: str) -> str:
    return _TIMEZONE.sub("timezone: #", _GIVEN.sub("", _PIN.sub(r"\1", text)))


def markers(config: Config, *, weekly: bool) -> list[str]:
    """Choose the first sections among those switched on; `weekly` ones leave out what is playing.

    The cards come first, because people want these most. Each of the others has a heading.
    """
    limits = {"now_playing": "", "top_tracks": " limit=5", "top_artists": " limit=5"}
    names = [name for name in limits if config.has(name) and not (weekly and name == "now_playing")]
    has_cards = any(cards.is_wanted(name, config) for name in cards.SHOWN)
    return [
        *(["<!-- listening:cards -->\n<!-- /listening:cards -->\n"] if has_cards else []),
        *(
            f"### {_HEADINGS[name]}\n\n<!-- listening:{name}{limits[name]} -->\n<!-- /listening:{name} -->\n"
            for name in names
        ),
    ]


def with_markers(text: str, pairs: list[str], file: str, line: int | None) -> str:
    """Insert pairs of markers after a line of a README, or at its end.

    Raises:
        SetupError: there is no such line, or it is in a code fence, where markers are only examples.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = _LINES.findall(text)
    if line is not None and line > len(lines):
        raise SetupError(f"There is no line {line}.", hint=f"It has {len(lines)} lines.", place=file)
    before, after = "".join(lines[:line]), "".join(lines[line:] if line is not None else [])
    if before and not before.endswith(("\n", "\r")):
        before += newline
    gap = "" if not before or _BLANK_AT_END.search(before) else newline
    block = newline.join(pair.replace("\n", newline) for pair in pairs)
    rest = newline if after and after[:1] not in {"\r", "\n"} else ""
    written = f"{before}{gap}{block}{rest}{after}"
    if len(sections.find(written, file)) != len(sections.find(text, file)) + len(pairs):
        raise SetupError(
            "Sections would be in a code block there, where they are only examples.",
            hint="Name a line outside of it with --line.",
            place=f"{file}:{line or len(lines)}",
        )
    return written


def without_sections(text: str, file: str) -> str:
    """Remove all sections of a README, with their markers, and the headings that `init` gave them.

    Raises:
        SetupError: a marker is malformed, unclosed or crossed.
    """
    for section in reversed(sections.find(text, file)):
        start, end = sections.block(text, section)
        before, after = _without_heading(text[:start], section.name), text[end:]
        if not before:
            after = _BLANK_AT_START.sub("", after)
        elif not after or after[:1] in {"\r", "\n"}:
            before = _BLANK_AT_END.sub(r"\1", before)
        text = before + after
    return text


def _without_heading(before: str, name: str) -> str:
    """Remove the heading that `init` gave a section, if it is the last thing before that."""
    heading = re.escape(f"### {_HEADINGS.get(name, '')}")
    return re.sub(rf"(?<![^\r\n]){heading}(?:\r\n?|\n)\s*\Z", "", before) if name in _HEADINGS else before


def headings(text: str) -> Iterator[tuple[int, str]]:
    """List a README's headings: the line of each, from 1, and its text."""
    lines = _LINES.findall(text)
    for token in MarkdownIt("commonmark").parse(text):
        if token.type == "heading_open" and token.map:
            yield token.map[0] + 1, lines[token.map[0]].strip()


def foreign_cards(text: str) -> Iterator[tuple[int, str]]:
    """List other projects' cards in a README: the line of each, from 1, and the project."""
    for number, line in enumerate(_LINES.findall(text), start=1):
        for project, pattern in _CARDS.items():
            if re.search(pattern, line, re.IGNORECASE):
                yield number, project
                break
