"""The example of a page for each week: its front matter and its body say what the chart says."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cmarkgfm
import msgspec
import yaml
from conftest import NOW, PROJECT, Run
from standin import Fault, StandIn

from exporter.demo.answers import json_answer
from exporter.records import ChartDocument

EXAMPLE = PROJECT / "examples/weeks/templates"
HOSTILE = ['"quoted": {{ x }}', "---", "- <b>&</b> #1 [a](b)", "夜に駆ける", "{% raw %}", "1. `one`\n"]


def front_matter(text: str) -> tuple[dict[str, Any], str]:
    _, front, body = text.split("---\n", 2)
    return yaml.safe_load(front), body


def test_a_page_has_front_matter_and_the_tracks_of_its_week(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    shutil.copytree(EXAMPLE, repo / "templates")
    tracks = [{"id": f"t{place}", "name": name} for place, name in enumerate(HOSTILE)]
    for age, listed in ((1, tracks[:2]), (0, tracks)):
        spotify.faults[:] = [Fault(path="/v1/me/top/tracks", answer=json_answer(200, {"items": listed}))]
        assert export(now=NOW - age * timedelta(weeks=1)).code == 0
    text = (repo / "output/weeks/2026-W48.md").read_text("utf-8")
    chart = msgspec.json.decode((repo / "output/data/chart.json").read_bytes(), type=ChartDocument)
    rows = chart.tracks["short_term"]
    front, body = front_matter(text)
    date = datetime.fromisoformat(front["date"])
    assert front | {"date": date.astimezone(UTC)} == {
        "title": "Week 48 of 2026",
        "date": NOW,
        "layout": "week",
        "permalink": "/weeks/2026-W48/",
        "week": "2026-W48",
        "tracks": [row.name for row in rows],
    }
    html = cmarkgfm.github_flavored_markdown_to_html(body)
    assert html.count("<li>") == len(rows) == len(HOSTILE)
    assert all(f'href="{row.url}"' in html for row in rows)
    assert "<b>" not in html
    assert "New this week" in body


def test_a_week_without_tracks_is_a_page_too(export: Run, repo: Path, spotify: StandIn) -> None:
    shutil.copytree(EXAMPLE, repo / "templates")
    spotify.faults += [Fault(path="/v1/me/top/tracks", answer=json_answer(200, {"items": []}))]
    assert export().code == 0
    front, body = front_matter((repo / "output/weeks/2026-W48.md").read_text("utf-8"))
    assert front["tracks"] == []
    assert "Nothing was in the list." in body


def test_the_documents_show_the_example() -> None:
    text = (EXAMPLE / "weeks/{week}.md.j2").read_text("utf-8")
    assert f"```jinja\n{text}```" in (PROJECT / "docs/templates.md").read_text("utf-8")
