"""A template's mistake costs only itself, and all mistakes are told in one run."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from conftest import NOW, UNSEEN, Run, files_of, git
from standin import Fault, StandIn

from exporter.demo.answers import json_answer
from exporter.demo.spotify.service import SCOPES
from exporter.serving import Answer

Templates = Callable[..., None]

SECTION = "<!-- listening:{0} -->\n{1}<!-- /listening:{0} -->\n"
IDLE = Fault(path="/v1/me/player/currently-playing", answer=Answer(204))
ONE_RANGE = f"{UNSEEN}top_artists: {{time_ranges: [short_term]}}\ntop_tracks: {{time_ranges: [short_term]}}\n"


@pytest.fixture(autouse=True)
def settings(repo: Path) -> Path:
    """Leave out what no test looks at."""
    path = repo / "config.yaml"
    path.write_bytes(ONE_RANGE.encode())
    return path


@pytest.fixture
def templates(repo: Path) -> Templates:
    """Write templates of the user's own, by output."""

    def templates(**sources: str) -> None:
        for name, source in sources.items():
            path = repo / "templates" / f"{name}.j2"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source.encode())

    return templates


def test_a_template_that_needs_a_playing_track_costs_only_its_file_while_nothing_plays(
    export: Run, repo: Path, spotify: StandIn, templates: Templates, settings: Path
) -> None:
    settings.write_bytes(f"{ONE_RANGE}now_playing: {{when_idle: nothing}}\n".encode())
    templates(**{"title.txt": "{{ now_playing.item.name }}\n", "other.txt": "{{ site.title }}\n"})
    export()
    title = (repo / "output/title.txt").read_bytes()
    spotify.faults.append(IDLE)
    ran = export(now=NOW + timedelta(weeks=1))
    assert ran.code == 2
    assert ran.err == (
        "error: templates/title.txt.j2:1: There is no `name`, because this is None.\n"
        "  It is None if it is switched off or unknown: guard it with `{% if … %}`.\n"
    )
    written = files_of(repo / "output")
    assert written["title.txt"] == title
    assert "archive/2026-W49.json" in written
    assert msgspec.json.decode(written["data/now_playing.json"])["kind"] == "nothing"


def test_a_section_that_fails_stays_and_the_others_are_filled(
    export: Run, repo: Path, templates: Templates
) -> None:
    templates(**{"sections/mine.md": "\n{{ top_tracks.time_ranges.short_term[99].name }}\n"})
    (repo / "README.md").write_bytes(
        (SECTION.format("mine", "kept\n") + SECTION.format("now_playing", "old\n")).encode()
    )
    ran = export()
    assert ran.code == 2
    assert ran.err == (
        "error: templates/sections/mine.md.j2:2: There is no item 99: the list has 10.\n"
        "  Guard it with `{% if … %}`.\n"
    )
    readme = (repo / "README.md").read_text("utf-8")
    assert readme.startswith(SECTION.format("mine", "kept\n"))
    assert "Playing on Spotify" in readme
    assert "old" not in readme


@pytest.mark.parametrize(
    ("name", "source", "told"),
    [
        (
            "mine.json",
            '{\n  "a": {{ site.title }}\n  "b": 1\n}\n',
            (
                "expecting ',' delimiter, on line 3 of the rendered text:\n"
                '       2 |   "a": "Now listening"\n'
                '       3 >   "b": 1\n'
                "       4 | }\n"
                "  Check the commas, and write `{{ x }}` without quotes around it: "
                "it is a whole JSON value.\n"
            ),
        ),
        (
            "card.svg",
            "<svg>\n<text>{{ site.title }}</tex>\n</svg>",
            (
                "mismatched tag, on line 2 of the rendered text:\n"
                "       1 | <svg>\n"
                "       2 > <text>Now listening</tex>\n"
                "       3 | </svg>\n"
                "  Close every tag, and put every attribute in quotes.\n"
            ),
        ),
        (
            "data/top_artists.json",
            '{"schema_version": 1}',
            (
                "Object missing required field `updated_at`\n"
                "  The job reads this file back: keep its shape, and write your own shape to another file.\n"
            ),
        ),
    ],
)
def test_output_that_can_not_be_parsed_is_not_written_and_its_lines_are_shown(
    export: Run, repo: Path, templates: Templates, name: str, source: str, told: str
) -> None:
    templates(**{name: source})
    ran = export()
    assert (ran.code, ran.err) == (2, f"error: templates/{name}.j2: {name} would be broken: {told}")
    written = files_of(repo / "output")
    assert not [path for path in written if path.partition(".")[0] == name.partition(".")[0]]
    assert {"archive/2026-W48.json", "data/top_tracks.json"} <= set(written)


def test_a_document_whose_template_fails_stays_and_is_not_told_as_left_over(
    export: Run, repo: Path, templates: Templates
) -> None:
    export()
    document = (repo / "output/data/top_tracks.json").read_bytes()
    templates(**{"data/top_tracks.json": "{{ top_tracks.nope }}"})
    ran = export()
    assert (ran.code, ran.err.count("\n")) == (2, 2)
    assert "no longer updated" not in ran.err
    assert (repo / "output/data/top_tracks.json").read_bytes() == document


def test_a_long_line_that_can_not_be_parsed_is_shown_where_it_breaks(
    export: Run, templates: Templates
) -> None:
    templates(**{"x.json": f'["{"a" * 500}" "here", "{"b" * 500}"]'})
    shown = export().err.splitlines()[1]
    assert '"here"' in shown
    assert len(shown) < 90


@pytest.mark.parametrize(
    ("template", "source", "told"),
    [
        (
            "a.txt",
            "{{ now_playing.nope }}",
            "There is no `nope` in this NowPlayingDocument.\n  These exist: ",
        ),
        ("a.txt", "{{ top_tracks.time_ranges.short }}", "no `short` here.\n  Did you mean `short_term`?"),
        ("a.txt", "{{ now_playing.item.kin }}", "no `kin` in this Track.\n  Did you mean `kind`?"),
        ("a.txt", "{{ 'all_time'|span }}", "Spotify has no time range `all_time`, only short_term, "),
        (
            "sections/mine.md",
            "{{ options.colour }}",
            "not given.\n  Add `colour=…` to the marker, or write `{{ o",
        ),
        ("a.txt", "{{ 1 // 0 }}", "zero.\n  What templates can use: https://github.com/"),
        ("a.md", "{{ now_playing.item|quoted }}", "a whole Track can't be quoted"),
    ],
)
def test_a_name_that_does_not_exist_is_told_with_those_that_do(
    export: Run, repo: Path, templates: Templates, template: str, source: str, told: str
) -> None:
    templates(**{template: source})
    (repo / "README.md").write_bytes(
        (SECTION.format("mine", "") if template.startswith("sections") else "").encode()
    )
    ran = export()
    assert ran.code == 2
    assert ran.err.startswith(f"error: templates/{template}.j2:1: ")
    assert told.lower() in ran.err.lower()


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("\n{{ nowplaying.kind }}", "2: There is no `nowplaying` here.\n  Did you mean `now_playing`?\n"),
        (
            "{{ options.limit }}",
            "1: There is no `options` here.\n  These exist: now_playing, recently_played, ",
        ),
        ("{% include 'nope.txt.j2' %}", "1: There is no template `nope.txt.j2`.\n"),
        ("{{ site.title|uper }}", "1: No filter named 'uper'.\n  Did you mean `upper`?\n"),
        ("{% if site.title is defined %}{{ nope }}{% endif %}", "1: There is no `nope` here.\n"),
    ],
)
def test_a_name_that_no_template_knows_is_found_before_the_first_request(
    export: Run, repo: Path, spotify: StandIn, templates: Templates, source: str, told: str
) -> None:
    templates(**{"a.txt": source})
    ran = export()
    assert (ran.code, spotify.requests) == (2, [])
    assert ran.err.startswith(f"error: templates/a.txt.j2:{told}")
    assert not (repo / "output").exists()


@pytest.mark.parametrize(
    "source",
    [
        "{% if mine is defined %}{{ mine }}{% endif %}",
        "{{ mine|default('none') }}",
        "{% if site.title %}{% set mine = 1 %}{% endif %}{{ mine }}",
        "{% set mine = 1 %}{% include '_part.txt.j2' %}",
        "{% extends '_base.txt.j2' %}{% block body %}{{ mine }}{{ super() }}{% endblock %}",
        "{% import '_part.txt.j2' as p %}{% block body %}{% if p %}{% endif %}{% endblock %}",
        "{% from '_base.txt.j2' import mine as p %}{% block body %}{{ p }}{% endblock %}",
        "{% macro m() %}{% endmacro %}{% block body %}{{ m() }}{% endblock %}",
        "{% macro m(a) %}{{ a }}{{ varargs }}{% endmacro %}",
        "{% for x in range(2) %}{{ loop.index }}{% endfor %}",
    ],
)
def test_a_name_that_a_template_tests_or_sets_is_its_own_business(
    run: Run, templates: Templates, source: str
) -> None:
    templates(
        **{
            "a.txt": source,
            "_part.txt": "{{ mine }}",
            "_base.txt": "{% set mine = 1 %}{% block body %}{% endblock %}",
        }
    )
    ran = run("check", "--offline")
    assert "templates compile" in ran.out


def test_all_mistakes_of_templates_and_markers_are_told_in_one_run(
    export: Run, run: Run, repo: Path, spotify: StandIn, templates: Templates
) -> None:
    (repo / "config.yaml").write_bytes(b"sections: [README.md, docs/music.md]\n")
    templates(
        **{
            "a.txt": "{{ nope }}\n{{ site }}\n{{ nor_this }}",
            "b.txt": "{{",
            "_summary.md": "{{ changd }}",
            "_live_readme.md": "{{ changed }}",
            "sections/mine.md": "{{ nope }}",
        }
    )
    (repo / "README.md").write_bytes(
        b"<!-- listening:now_playing\n"
        b"<!-- /listening:now_playing -->\n"
        b"<!-- listening:nope -->\n"
        b"<!-- /listening:nope -->\n"
        b"<!-- listening:mine -->\n"
        b"<!-- /listening:mine -->\n"
        b"<!-- listening:top_tracks limit=99 time_range=weekly colour=red b -->\n"
    )
    (repo / "docs").mkdir()
    (repo / "docs/music.md").write_bytes(b"<!-- /listening:chart -->\n")
    ran = export()
    assert (ran.code, spotify.requests) == (2, [])
    told = [line.removeprefix("error: ") for line in ran.err.splitlines() if line.startswith("error: ")]
    assert sorted(told) == [
        "README.md:1: This marker is malformed.",
        "README.md:3: There is no section `nope`.",
        "README.md:7: The time range `weekly` is not configured for `top_tracks`.",
        "README.md:7: `b` is not an option, or appears twice.",
        "README.md:7: `listening:top_tracks` has no option `colour`.",
        "README.md:7: `listening:top_tracks` is not closed before the file ends.",
        "README.md:7: limit can't be `99`.",
        "docs/music.md:1: `/listening:chart` closes a section that is not open.",
        "templates/_live_readme.md.j2:1: There is no `changed` here.",
        "templates/_summary.md.j2:1: There is no `changd` here.",
        "templates/a.txt.j2:1: There is no `nope` here.",
        "templates/a.txt.j2:3: There is no `nor_this` here.",
        "templates/b.txt.j2:1: Unexpected 'end of template'.",
        "templates/sections/mine.md.j2:1: There is no `nope` here.",
    ]
    screen = run("check", "--offline").out
    assert [each for each in told if f"✗ {each}\n" not in screen] == []


WRONG = {"a.txt": "{{ now_playing.item.nope }}"}


@pytest.mark.parametrize("command", ["export", "render", "publish"])
def test_each_command_that_renders_ends_in_two_and_annotates_the_line(
    run: Run, spotify: StandIn, templates: Templates, remote: Path, command: str
) -> None:
    run("export", env=spotify.environment)
    templates(**WRONG)
    ran = run(command, env={**spotify.environment, "GITHUB_ACTIONS": "true"})
    assert ran.code == 2
    assert "::error file=templates/a.txt.j2,line=1,title=Now Listening::There is no `nope` in this" in ran.err
    if command == "publish":
        assert "output/archive/2026-W48.json" in git(remote, "ls-tree", "-r", "--name-only", "main")


def test_what_a_person_must_do_at_spotify_comes_before_a_template(
    export: Run, spotify: StandIn, templates: Templates
) -> None:
    templates(**WRONG)
    spotify.scopes = SCOPES[1:]
    assert export().code == 3


def test_a_template_comes_before_what_only_strict_runs_mind(
    export: Run, spotify: StandIn, templates: Templates
) -> None:
    templates(**WRONG)
    spotify.faults.append(Fault(path="/v1/me/top/tracks", answer=json_answer(404, {})))
    assert export("--strict").code == 2


@pytest.mark.usefixtures("hurried")
def test_a_push_that_fails_comes_before_a_template(publish: Run, remote: Path, templates: Templates) -> None:
    templates(**WRONG)
    hook = remote / "hooks/pre-receive"
    hook.write_bytes(b"#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert publish().code == 5


def test_a_live_readme_that_fails_stays_and_everything_else_is_pushed(
    publish: Run, remote: Path, templates: Templates, settings: Path
) -> None:
    settings.write_bytes(f"{ONE_RANGE}publish: {{live_branch: live}}\n".encode())
    publish()
    before = git(remote, "show", "live:README.md")
    templates(**{"_live_readme.md": "{{ now_playing.item.nope }}", "new.txt": "{{ site.title }}"})
    ran = publish()
    assert ran.code == 2
    assert ran.err.startswith("error: templates/_live_readme.md.j2:1: There is no `nope` in this Track.")
    assert git(remote, "show", "live:README.md") == before
    assert git(remote, "show", "live:output/new.txt") == "Now listening"


def test_a_summary_that_fails_is_told_and_costs_nothing_else(
    run: Run, repo: Path, spotify: StandIn, templates: Templates, tmp_path: Path
) -> None:
    templates(**{"_summary.md": "{{ now_playing.item.nope }}"})
    ran = run("export", env={**spotify.environment, "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")})
    assert ran.code == 2
    assert ran.err.startswith("error: templates/_summary.md.j2:1: There is no `nope` in this Track.")
    assert (repo / "output/data/now_playing.json").exists()


def test_the_summary_lists_the_templates_that_failed(
    run: Run, spotify: StandIn, templates: Templates, tmp_path: Path
) -> None:
    templates(**WRONG)
    summary = tmp_path / "summary"
    run("export", env={**spotify.environment, "GITHUB_STEP_SUMMARY": str(summary)})
    assert (
        "- **templates/a&#46;txt&#46;j2:1**: There is no &#96;nope&#96; in this Track."
        in summary.read_text("utf-8")
    )


def test_forgetting_says_what_a_failing_template_may_still_show(
    export: Run, run: Run, repo: Path, templates: Templates
) -> None:
    export()
    templates(**WRONG)
    artists = msgspec.json.decode((repo / "output/data/top_artists.json").read_bytes())
    name = artists["time_ranges"]["short_term"][0]["name"]
    ran = run("forget", name, "--yes")
    assert f"templates/a.txt.j2:1: “{name}” may still be in it: There is no `nope`" in ran.err


def test_where_only_the_archive_is_forgetting_renders_nothing(
    export: Run, run: Run, repo: Path, templates: Templates, settings: Path
) -> None:
    settings.unlink()
    export()
    artists = msgspec.json.decode((repo / "output/data/top_artists.json").read_bytes())
    name = artists["time_ranges"]["short_term"][0]["name"]
    for folder in ("data", "cards"):
        shutil.rmtree(repo / "output" / folder)
    templates(**WRONG)
    ran = run("forget", name, "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert name not in (repo / "output/archive/2026-W48.json").read_text("utf-8")
