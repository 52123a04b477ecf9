from datetime import timedelta
from pathlib import Path

import msgspec
from conftest import NOW, Run, files_of
from standin import StandIn

README = "<!-- listening:top_artists limit=3 -->\n<!-- /listening:top_artists -->\n"


def test_rendering_again_asks_nobody_and_changes_nothing(export: Run, run: Run, repo: Path) -> None:
    (repo / "README.md").write_bytes(README.encode())
    export()
    before = files_of(repo)
    ran = run("render", now=NOW + timedelta(days=9))
    assert (ran.code, ran.out) == (0, "Nothing new: no file changed.\n")
    assert files_of(repo) == before


def test_an_edited_template_shows_without_network(
    export: Run, run: Run, repo: Path, spotify: StandIn
) -> None:
    (repo / "README.md").write_bytes(README.encode())
    export()
    asked = len(spotify.requests)
    (repo / "templates/sections").mkdir(parents=True)
    (repo / "templates/sections/top_artists.md.j2").write_bytes(
        b"{{ top_artists.time_ranges.short_term[options.limit].name }}!\n"
    )
    assert run("render").out == "Wrote 1 file:\n  README.md\n"
    assert (repo / "README.md").read_text("utf-8").split("\n")[2].endswith("!")
    assert len(spotify.requests) == asked


def test_an_artist_excluded_later_disappears(export: Run, run: Run, repo: Path) -> None:
    export()
    path = repo / "output/data/top_artists.json"
    first = msgspec.json.decode(path.read_bytes())["time_ranges"]["short_term"][0]
    (repo / "config.yaml").write_bytes(f"privacy: {{exclude: [{first['id']}]}}\n".encode())
    assert run("render", now=NOW + timedelta(hours=2)).code == 0
    document = msgspec.json.decode(path.read_bytes())
    assert first["id"] not in path.read_text("utf-8")
    assert [item["rank"] for item in document["time_ranges"]["short_term"]] == list(range(1, 10))
    assert document["updated_at"] == "2026-11-23T14:34:56Z"


def test_times_become_coarser_everywhere_when_so_wished(export: Run, run: Run, repo: Path) -> None:
    (repo / "config.yaml").write_bytes(b"privacy: {times: exact}\n")
    export()
    path = repo / "output/data/recently_played.json"
    assert "T00:00:00Z" not in path.read_text("utf-8")
    (repo / "config.yaml").write_bytes(b"privacy: {times: day}\n")
    assert run("render").code == 0
    plays = msgspec.json.decode(path.read_bytes())["items"]
    assert {play["played_at"][10:] for play in plays} == {"T00:00:00Z"}


def test_an_old_time_that_no_clock_shows_is_replaced_by_an_export(export: Run, repo: Path) -> None:
    (repo / "config.yaml").write_bytes(b"timezone: Pacific/Kiritimati\n")
    export()
    path = repo / "output/data/recently_played.json"
    good = path.read_text("utf-8")
    path.write_bytes(good.replace('"played_at":"2026-11-23T', '"played_at":"9999-12-31T').encode())
    assert path.read_text("utf-8") != good
    ran = export()
    assert (ran.code, ran.err, path.read_text("utf-8")) == (0, "", good)


def test_before_the_first_export_there_is_nothing_to_render(run: Run) -> None:
    ran = run("render")
    assert ran.code == 2
    assert "Run `now-listening export` first." in ran.err


def test_a_damaged_document_is_not_rendered_from(export: Run, run: Run, repo: Path) -> None:
    export()
    (repo / "output/data/top_artists.json").write_bytes(b"{}")
    before = files_of(repo)
    ran = run("render")
    assert (ran.code, files_of(repo)) == (2, before)
    assert ran.err.startswith("error: output/data/top_artists.json: This file is damaged")
