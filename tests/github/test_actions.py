"""In GitHub Actions: annotations, the step summary, and titles that can't become commands."""

import os
import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import cmarkgfm
import nh3
import pytest
from conftest import NOW, UNSEEN, Ran, Run
from hypothesis import given
from hypothesis import strategies as st
from standin import Fault, StandIn

from exporter.demo.answers import json_answer
from exporter.github.actions import annotation, defused
from exporter.serving import Answer

COMMAND = re.compile(r"^\s*::(?P<name>[\w-]+)(?: [^:]*)?::(?P<data>.*)$")
"""The runner's rule: https://github.com/actions/runner, ActionCommand.TryParseV2, after TrimStart."""

OLD_COMMAND = re.compile(r"##\[[\w-]+[^\]]*\]")
MARKERS = "<!-- listening:now_playing -->\n<!-- /listening:now_playing -->\n"
TITLES = ["::error::x", "  ::set-output name=a::b", "##[error]x", "a\n::add-mask::e", "%0A::error::x"]


def commands(printed: str) -> list[str]:
    """Return the names of the commands that a runner would obey in these lines."""
    obeyed, stopped = [], ""
    for line in printed.splitlines():
        if stopped:
            stopped = "" if line.strip() == f"::{stopped}::" else stopped
            continue
        command = COMMAND.match(line)
        if command and command["name"] == "stop-commands":
            stopped = command["data"]
        elif command:
            obeyed.append(command["name"])
        elif OLD_COMMAND.search(line):
            obeyed.append(line)
    return obeyed


@pytest.fixture
def in_actions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Run a step of a job; return its summary."""
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    return summary


@pytest.fixture
def export(export: Run, repo: Path) -> Run:
    """Export with settings that leave out what takes longest to draw."""
    (repo / "config.yaml").write_bytes(UNSEEN.encode())
    return export


def shown(markdown: str) -> str:
    html = cmarkgfm.github_flavored_markdown_to_html(markdown, cmarkgfm.Options.CMARK_OPT_UNSAFE)
    return nh3.clean(html)


def playing(title: str) -> Fault:
    item = {"type": "track", "name": title}
    return Fault(path="/v1/me/player/currently-playing", answer=json_answer(200, {"item": item}))


def down(path: str, status: int = 503) -> Fault:
    return Fault(path=path, answer=Answer(status))


def failing(export: Run, repo: Path, spotify: StandIn) -> Ran:
    (repo / "config.yaml").write_bytes(
        f"http: {{retry_budget: 0}}\narchive: {{snapshots: none}}\n{UNSEEN}".encode()
    )
    spotify.faults.append(down("/v1/me/top/artists"))
    return export()


@pytest.mark.usefixtures("in_actions")
def test_what_could_not_be_refreshed_is_one_annotation_for_one_reason(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    ran = failing(export, repo, spotify)
    assert ran.code == 0
    assert ran.err == (
        "::warning title=Now Listening::top_artists (short_term), top_artists (medium_term), "
        "top_artists (long_term) could not be refreshed. Spotify answered 503."
        "%0A  Nothing to do: the next run tries again.\n"
    )


@pytest.mark.usefixtures("in_actions")
def test_an_error_is_annotated_at_its_line(export: Run, repo: Path) -> None:
    (repo / "README.md").write_bytes(b"# Me\n\n<!-- listening:now_playing -->\n")
    ran = export()
    assert ran.code == 2
    assert ran.err.startswith("::error file=README.md,line=3,title=Now Listening::`listening:now_playing` is")
    assert commands(ran.err) == ["error"]


@pytest.mark.usefixtures("in_actions")
@pytest.mark.parametrize("title", TITLES)
def test_a_title_does_not_become_a_command(export: Run, repo: Path, spotify: StandIn, title: str) -> None:
    (repo / "templates").mkdir()
    (repo / "templates/title.txt.j2").write_bytes(
        b"{{ now_playing.item.name }}\n\n{{ now_playing.item.name }}"
    )
    spotify.faults.append(playing(title))
    export()
    spotify.faults.insert(0, playing("another"))
    ran = export("--dry-run")
    assert ran.code == 0
    assert title.replace("\n", "") in ran.out
    assert commands(ran.out + ran.err) == []


@given(st.lists(st.sampled_from([*TITLES, "::t::", "##[", "\r", "\n", "a", " ", "::"])).map("".join))
def test_no_text_can_act(text: str) -> None:
    assert commands(defused(text, "unforeseeable")) == []
    assert commands(annotation("error", text, f"{text}:1")) == ["error"]


def test_text_that_is_harmless_is_printed_as_it_is() -> None:
    assert defused("+  a: b\n", "t") == "+  a: b\n"


@pytest.mark.parametrize(
    ("place", "properties"),
    [
        (None, "title=Now Listening"),
        ("config.yaml", "file=config.yaml,title=Now Listening"),
        ("a,b%c:d.md:7", "file=a%2Cb%25c%3Ad.md,line=7,title=Now Listening"),
    ],
)
def test_the_place_of_an_annotation(place: str | None, properties: str) -> None:
    assert annotation("warning", "100 %\r\nsure", place) == f"::warning {properties}::100 %25%0D%0Asure"


def test_the_summary_tells_what_plays_what_changed_and_what_was_kept(
    export: Run, repo: Path, spotify: StandIn, in_actions: Path
) -> None:
    spotify.faults.append(playing("<img src=x> | @me ::error::"))
    failing(export, repo, spotify)
    page = shown(in_actions.read_text("utf-8"))
    assert "<h3>Now Listening</h3>" in page
    assert "&lt;img src=x&gt; | @\u2060me ::\u2060error::" in page
    assert "<summary>3 files changed</summary>" in page
    assert "<li>output/data/now_playing.json</li>" in page
    assert "<strong>top_artists (short_term), top_artists (medium_term)" in page
    assert "stayed as before. Spotify answered 503. Nothing to do: the next run tries again." in page


def test_the_summary_of_a_run_that_learns_nothing(export: Run, in_actions: Path) -> None:
    export()
    in_actions.unlink()
    export(now=NOW + timedelta(seconds=1))
    assert "Nothing new: no file changed." in shown(in_actions.read_text("utf-8"))


def test_a_summary_is_added_to_what_stands_there(export: Run, in_actions: Path) -> None:
    in_actions.write_bytes(b"Before.\n\n")
    export()
    assert in_actions.read_text("utf-8").startswith("Before.\n\n### Now Listening\n")


def test_the_summary_of_a_run_that_did_nothing_tells_why(
    export: Run, spotify: StandIn, in_actions: Path
) -> None:
    refusal = json_answer(400, {"error": "invalid_grant", "error_description": "<img src=x> expired"})
    spotify.faults.append(Fault(path="/api/token", answer=refusal))
    assert export().code == 3
    page = shown(in_actions.read_text("utf-8"))
    assert (
        "<li>Spotify rejects the refresh token: &lt;img src=x&gt; expired. Run `now-listening login`" in page
    )


def test_bytes_that_are_not_utf_8_in_a_marker_are_an_error_with_its_place(
    process: Run, repo: Path, in_actions: Path
) -> None:
    (repo / "README.md").write_bytes(
        b"# Me\n<!-- listening:now_playing \xe9=1 -->\n<!-- /listening:now_playing -->\n"
    )
    ran = process("export")
    assert ran.code == 2
    assert ran.err.startswith("::error file=README.md,line=2,title=Now Listening::")
    assert (len(ran.err.splitlines()), r"`\udce9`" in ran.err) == (1, True)
    assert r"has no option `\udce9`" in unescape(in_actions.read_text("utf-8"))


def test_a_dry_run_adds_no_summary(export: Run, in_actions: Path) -> None:
    export("--dry-run")
    assert not in_actions.exists()


@pytest.mark.usefixtures("in_actions")
def test_a_summary_that_can_not_be_written_does_not_fail_the_run(
    export: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    ran = export()
    assert ran.code == 0
    reason = "Is a directory" if os.name == "posix" else "Permission denied"
    assert ran.err == f"::warning title=Now Listening::GITHUB_STEP_SUMMARY can't be written: {reason}.\n"


def test_without_the_files_of_actions_a_run_in_actions_goes_on(
    export: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert export().code == 0
