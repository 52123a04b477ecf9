"""`render --watch`: render again when a file changes, until Ctrl-C."""

from collections.abc import Callable
from pathlib import Path

import click
import pytest
from conftest import Run

SKIP = 'skip: ["cards/*", feed.xml]\n'
README = "# Me\n\n<!-- listening:mine -->\n<!-- /listening:mine -->\n"


class Editor:
    """Edits files while the command waits, one step at each wait, and then presses Ctrl-C."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        self._steps = list(steps)

    def sleep(self, seconds: float) -> None:
        """Take the next step instead of waiting."""
        assert 0 < seconds <= 1
        if not self._steps:
            raise KeyboardInterrupt
        self._steps.pop(0)()

    def monotonic(self) -> float:
        """Return the same time always."""
        return 0.0


Edit = Callable[..., str]


@pytest.fixture
def template(export: Run, repo: Path) -> Path:
    """An own section in an exported README."""
    path = repo / "templates/sections/mine.md.j2"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"First\n")
    (repo / "README.md").write_bytes(README.encode())
    (repo / "config.yaml").write_bytes(SKIP.encode())
    assert export().code == 0
    return path


@pytest.fixture
def watched(run: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Watch while files are edited in steps; return what was said between two waits."""

    def watched(*steps: Callable[[], object]) -> list[str]:
        monkeypatch.setattr("exporter.cli.job.time", Editor(*steps))
        monkeypatch.setattr("exporter.terminal.report", lambda *told: click.echo(told))
        ran = run("render", "--watch")
        assert (ran.code, ran.err) == (0, "")
        *said, rest = ran.out.split("Waiting for changes until you press Ctrl-C.\n")
        assert rest == ""
        return said

    return watched


def test_it_renders_at_once_and_after_each_change_of_a_template(
    watched: Callable[..., list[str]], template: Path, repo: Path
) -> None:
    template.write_bytes(b"Second one\n")
    said = watched(
        lambda: template.write_bytes(b"The third\n"),
        lambda: None,
        lambda: template.with_name("new.md.j2").write_bytes(b"{{ 1 }}"),
        template.with_name("new.md.j2").unlink,
    )
    written = "Wrote 1 file:\n  README.md\n"
    nothing = "Nothing new: no file changed.\n"
    assert said == [written, written, nothing, nothing]
    assert "The third" in (repo / "README.md").read_text("utf-8")


def test_a_markdown_file_and_the_settings_count_too(
    watched: Callable[..., list[str]], template: Path, repo: Path
) -> None:
    template.write_bytes(b"{{ site.title }}\n")
    page, config = repo / "ABOUT.md", repo / "config.yaml"
    page.write_bytes(b"")
    said = watched(
        lambda: config.write_bytes(
            f"{SKIP}site: {{title: Another}}\nsections: [README.md, ABOUT.md]\n".encode()
        ),
        lambda: None,
        lambda: page.write_bytes(README.encode()),
        lambda: (repo / "README.md").write_bytes(b"Mine"),
    )
    assert len(said) >= 4
    assert "Another" in page.read_text("utf-8")
    assert "index.html" in "".join(said)
    assert (repo / "README.md").read_text("utf-8") == "Mine"


def test_a_mistake_is_told_and_watching_goes_on(
    watched: Callable[..., list[str]], template: Path, repo: Path
) -> None:
    said = watched(
        lambda: template.write_bytes(b"{{ oops }}\n"),
        lambda: template.write_bytes(b"{{ site.oops }}\n"),
        lambda: (repo / "config.yaml").write_bytes(b"titel: 1\n"),
        lambda: (repo / "config.yaml").write_bytes(SKIP.encode()),
        lambda: template.write_bytes(b"Mended it\n"),
    )
    assert "There is no `oops` here." in said[1]
    assert "There is no `oops` in this Site." in said[2]
    assert "titel" in said[3]
    assert said[5] == "Wrote 1 file:\n  README.md\n"


def test_settings_that_were_wrong_from_the_start_can_be_mended(
    watched: Callable[..., list[str]], template: Path, repo: Path
) -> None:
    config = repo / "config.yaml"
    config.write_bytes(b"titel: 1\n")
    template.write_bytes(b"Second one\n")
    said = watched(lambda: config.write_bytes(SKIP.encode()))
    assert "titel" in said[0]
    assert said[1] == "Wrote 1 file:\n  README.md\n"
