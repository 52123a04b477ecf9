"""The job, end to end: the command, a stand-in Spotify over a socket, and the files."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import CARDS, NOW, UNSEEN, Run, files_of
from standin import Fault, StandIn

from exporter.demo.answers import json_answer
from exporter.serving import Answer

SECTIONS = """\
# Me

<!-- listening:now_playing -->
<!-- /listening:now_playing -->
<!-- listening:recently_played limit=3 -->
<!-- /listening:recently_played -->
<!-- listening:top_artists limit=2 time_range=long_term -->
<!-- /listening:top_artists -->
<!-- listening:top_tracks -->
<!-- /listening:top_tracks -->
"""
DOCUMENTS = ["now_playing", "recently_played", "top_artists", "top_tracks"]
CURRENTLY_PLAYING, TOP_TRACKS = "/v1/me/player/currently-playing", "/v1/me/top/tracks"
DOWN = Answer(503, b"upstream connect error")
TRACK = {
    "id", "kind", "rank", "movement", "plays", "uri", "url", "name", "artists", "album", "duration_ms",
    "explicit", "image", "images",
}  # fmt: skip
ARTIST = {"id", "kind", "rank", "movement", "plays", "uri", "url", "name", "image", "images"}


def document(repo: Path, name: str) -> Any:
    return msgspec.json.decode((repo / "output/data" / f"{name}.json").read_bytes())


NO_RETRIES = "http: {retry_budget: 0}\n"


@pytest.fixture(autouse=True)
def _no_retries(repo: Path) -> None:
    (repo / "config.yaml").write_bytes((NO_RETRIES + UNSEEN).encode())


@pytest.fixture
def all_outputs(repo: Path) -> None:
    """Write everything, for a test that looks at it."""
    (repo / "config.yaml").write_bytes(NO_RETRIES.encode())


@pytest.mark.usefixtures("all_outputs")
def test_three_secrets_make_json_and_readme_sections(export: Run, repo: Path, spotify: StandIn) -> None:
    (repo / "README.md").write_bytes(SECTIONS.encode())
    ran = export()
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[0] == "Wrote 19 files:"
    playing = document(repo, "now_playing")
    assert playing["kind"] == "track"
    assert playing["is_playing"] is True
    assert playing["updated_at"] == "2026-11-23T12:34:56Z"
    assert set(playing["item"]) == TRACK
    recent = document(repo, "recently_played")["items"]
    assert len(recent) == 10
    assert all(set(play) == {"played_at", "item"} and set(play["item"]) == TRACK for play in recent)
    artists = document(repo, "top_artists")["time_ranges"]
    assert list(artists) == ["short_term", "medium_term", "long_term"]
    assert [artist["rank"] for artist in artists["long_term"]] == list(range(1, 11))
    assert all(set(artist) == ARTIST for ranked in artists.values() for artist in ranked)
    readme = (repo / "README.md").read_text("utf-8")
    assert playing["item"]["url"] in readme
    section = readme.split("listening:top_artists")[1]
    assert artists["long_term"][1]["url"] in section
    assert artists["long_term"][2]["url"] not in section
    assert "Playing on Spotify · 23 Nov 2026, 12:00 UTC" in readme
    assert len(spotify.requests) == 9


@pytest.mark.usefixtures("all_outputs")
def test_a_second_run_with_the_same_answers_changes_no_file_and_no_mtime(export: Run, repo: Path) -> None:
    (repo / "README.md").write_bytes(SECTIONS.encode())
    export()
    before = {path: path.stat().st_mtime_ns for path in repo.rglob("*")}
    ran = export()
    assert ran.out.startswith("Nothing new: no file changed.\n")
    assert {path: path.stat().st_mtime_ns for path in repo.rglob("*")} == before


def test_updated_at_is_when_the_content_last_changed(export: Run, repo: Path, spotify: StandIn) -> None:
    export()
    spotify.faults.append(Fault(path=CURRENTLY_PLAYING, answer=Answer(204)))
    export(now=NOW + timedelta(hours=1))
    assert document(repo, "now_playing")["updated_at"] == "2026-11-23T13:34:56Z"
    assert document(repo, "top_artists")["updated_at"] == "2026-11-23T12:34:56Z"


def test_while_nothing_plays_the_last_play_is_shown_as_such(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    (repo / "README.md").write_bytes(SECTIONS.encode())
    spotify.faults.append(Fault(path=CURRENTLY_PLAYING, answer=Answer(204)))
    export()
    playing, last = document(repo, "now_playing"), document(repo, "recently_played")["items"][0]
    assert playing["is_playing"] is False
    assert (playing["kind"], playing["item"]["id"]) == ("track", last["item"]["id"])
    assert playing["played_at"] == last["played_at"]
    assert re.fullmatch(r".*T\d\d:00:00Z", last["played_at"])
    assert "Last played on Spotify" in (repo / "README.md").read_text("utf-8")


@pytest.mark.parametrize(("kind", "words"), [("ad", "An advertisement"), ("unknown", "not name")])
def test_what_has_no_title_is_told_in_words(
    export: Run, repo: Path, spotify: StandIn, kind: str, words: str
) -> None:
    (repo / "README.md").write_bytes(SECTIONS.encode())
    body = {"is_playing": True, "currently_playing_type": kind, "item": None}
    spotify.faults.append(Fault(path=CURRENTLY_PLAYING, answer=json_answer(200, body)))
    assert export().code == 0
    assert document(repo, "now_playing")["kind"] == kind
    assert words in (repo / "README.md").read_text("utf-8")


def test_a_body_with_the_fewest_fields_gives_every_field_of_an_item(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    body = {"item": {"type": "track", "name": "Bare"}, "is_playing": True}
    spotify.faults.append(Fault(path=CURRENTLY_PLAYING, answer=json_answer(200, body)))
    export()
    item = document(repo, "now_playing")["item"]
    assert item == dict.fromkeys(TRACK) | {
        "kind": "track",
        "name": "Bare",
        "artists": [],
        "album": {"id": None, "name": None, "url": None, "release_date": None},
        "images": [],
    }


@pytest.mark.usefixtures("all_outputs")
def test_a_part_that_fails_keeps_what_was_there_and_is_warned_of(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    (repo / "README.md").write_bytes(SECTIONS.encode())
    export()
    before = files_of(repo)
    spotify.faults.append(Fault(path=TOP_TRACKS, query={"time_range": "short_term"}, answer=DOWN))
    ran = export(now=NOW + timedelta(days=1))
    assert ran.code == 0
    assert "warning: top_tracks (short_term) could not be refreshed. Spotify answered 503." in ran.err
    assert files_of(repo) == before
    assert export("--strict").code == 4


def test_a_first_run_leaves_out_what_could_not_be_fetched(export: Run, repo: Path, spotify: StandIn) -> None:
    (repo / "README.md").write_bytes(SECTIONS.encode())
    spotify.faults += [
        Fault(path=CURRENTLY_PLAYING, answer=DOWN),
        Fault(path=TOP_TRACKS, query={"time_range": "short_term"}, answer=DOWN),
    ]
    assert export().code == 0
    assert not (repo / "output/data/now_playing.json").exists()
    assert list(document(repo, "top_tracks")["time_ranges"]) == ["medium_term", "long_term"]
    readme = (repo / "README.md").read_text("utf-8")
    assert "<!-- listening:now_playing -->\n<!-- /listening:now_playing -->" in readme
    assert "<!-- listening:top_tracks -->\n<!-- /listening:top_tracks -->" in readme
    assert "| Artist |" in readme


def test_when_nothing_can_be_fetched_nothing_is_written(export: Run, repo: Path, spotify: StandIn) -> None:
    export()
    before = files_of(repo)
    spotify.faults += [Fault(path=path, answer=DOWN) for _, path in _endpoints()]
    ran = export(now=NOW + timedelta(days=1))
    assert (ran.code, files_of(repo)) == (4, before)
    assert "Nothing could be fetched: Spotify answered 503." in ran.err


def _endpoints() -> list[tuple[str, str]]:
    return [
        ("GET", CURRENTLY_PLAYING),
        ("GET", "/v1/me/player/recently-played"),
        ("GET", "/v1/me/top/artists"),
        ("GET", TOP_TRACKS),
    ]


def test_a_refused_refresh_token_is_for_a_person_to_mend(export: Run, repo: Path, spotify: StandIn) -> None:
    refusal = {"error": "invalid_grant", "error_description": "Refresh token expired"}
    spotify.faults.append(Fault(path="/api/token", answer=json_answer(400, refusal)))
    ran = export()
    assert ran.code == 3
    assert "Refresh token expired" in ran.err
    assert "now-listening login" in ran.err
    assert [request.path for request in spotify.requests] == ["/api/token"]
    assert not (repo / "output").exists()


def test_a_part_that_needs_a_person_ends_in_3_with_the_rest_written(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    spotify.scopes = ["user-top-read", "user-read-currently-playing"]
    ran = export()
    assert ran.code == 3
    assert "error: recently_played could not be refreshed." in ran.err
    assert (repo / "output/data/top_artists.json").exists()


@pytest.mark.parametrize("name", ["SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN"])
@pytest.mark.parametrize("value", ["", "  "])
def test_a_credential_that_is_missing_or_blank_is_named_before_any_request(
    run: Run, repo: Path, spotify: StandIn, name: str, value: str
) -> None:
    ran = run("export", env=spotify.environment | {name: value})
    assert ran.code == 2
    assert name in ran.err
    assert "now-listening login" in ran.err
    assert (spotify.requests, (repo / "output").exists()) == ([], False)


LONG_TERM = "<!-- listening:top_artists time_range=long_term -->"


@pytest.mark.parametrize(
    ("readme", "place"),
    [
        ("\n<!-- listening:now_playing -->\n", "README.md:2"),
        ("<!-- listening:nowplaying -->\n<!-- /listening:nowplaying -->\n", "README.md:1"),
        ("<!-- listening:top_tracks size=3 -->\n<!-- /listening:top_tracks -->", "README.md:1"),
        ("<!-- listening:top_tracks limit=0 -->\n<!-- /listening:top_tracks -->", "README.md:1"),
        ("<!-- listening:top_tracks limit=51 -->\n<!-- /listening:top_tracks -->", "README.md:1"),
        ("<!-- listening:top_tracks time_range=weekly -->\n<!-- /listening:top_tracks -->", "README.md:1"),
        (f"x\n\n{LONG_TERM}\n", "README.md:3"),
        (f"{LONG_TERM}\n<!-- /listening:top_artists -->", "README.md:1"),
        ("<!-- listening:recently_played -->\n<!-- /listening:recently_played -->\n", "README.md:1"),
        ("<!-- listening:now_playing -->\n<!-- listening:top_tracks -->\n", "README.md:1"),
    ],
)  # fmt: skip
def test_a_marker_that_can_not_be_served_is_an_error_before_any_request(
    export: Run, repo: Path, spotify: StandIn, readme: str, place: str
) -> None:
    (repo / "config.yaml").write_bytes(b"recently_played: false\ntop_artists: {time_ranges: [short_term]}\n")
    (repo / "README.md").write_bytes(readme.encode())
    ran = export()
    assert ran.code == 2
    assert ran.err.startswith(f"error: {place}: ")
    assert (spotify.requests, (repo / "README.md").read_text("utf-8")) == ([], readme)
    assert not (repo / "output").exists()


@pytest.mark.parametrize("limit", [1, 50])
def test_limits_only_crop_what_is_shown(export: Run, repo: Path, spotify: StandIn, limit: int) -> None:
    (repo / "config.yaml").write_bytes(
        "".join([UNSEEN, *(f"{name}: {{limit: {limit}}}\n" for name in DOCUMENTS[1:])]).encode()
    )
    assert export().code == 0
    assert len(document(repo, "top_artists")["time_ranges"]["short_term"]) == limit
    assert len(document(repo, "recently_played")["items"]) == limit
    assert len(spotify.requests) == 9
    asked = {request.query.get("limit") for request in spotify.requests if "player/c" not in request.path}
    assert asked == {None, "50"}


def test_a_marker_that_asks_for_more_than_is_kept_gets_that_and_a_warning(export: Run, repo: Path) -> None:
    (repo / "README.md").write_bytes(
        b"<!-- listening:top_tracks limit=50 -->\n<!-- /listening:top_tracks -->\n"
    )
    ran = export()
    assert ran.code == 0
    assert "warning: README.md:1: limit=50 shows only 10" in ran.err
    assert "| 10 |" in (repo / "README.md").read_text("utf-8")


def test_what_is_switched_off_is_neither_asked_for_nor_written(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    (repo / "config.yaml").write_bytes(
        b"now_playing: false\ntop_artists: false\nrecently_played: false\narchive: {snapshots: none}\n"
        + UNSEEN.encode()
    )
    assert export().code == 0
    assert [path.name for path in (repo / "output/data").iterdir()] == ["top_tracks.json"]
    assert {request.path for request in spotify.requests} == {"/api/token", TOP_TRACKS}


def test_with_everything_switched_off_no_credentials_are_needed(run: Run, repo: Path) -> None:
    (repo / "config.yaml").write_bytes("".join(f"{name}: false\n" for name in DOCUMENTS).encode())
    assert run("export").code == 0


def test_a_dry_run_prints_the_difference_and_writes_nothing(export: Run, repo: Path) -> None:
    (repo / "README.md").write_bytes(SECTIONS.encode())
    before = files_of(repo)
    ran = export("--dry-run")
    assert ran.code == 0
    assert "--- a/README.md\n+++ b/README.md\n" in ran.out
    assert "--- /dev/null\n+++ b/output/data/top_tracks.json\n" in ran.out
    assert files_of(repo) == before
    export()
    assert export("--dry-run").out.startswith("Nothing would change.\n")


def test_a_dry_run_begins_with_a_summary(export: Run, repo: Path) -> None:
    export()
    (repo / "README.md").write_bytes(SECTIONS.encode())
    (repo / "output/data/now_playing.json").unlink()
    (repo / "output/data/top_tracks.json").write_bytes(b"{}")
    assert export("--dry-run").out.startswith(
        "2 files would change, 1 file would be new:\n"
        "  README.md\n"
        "  output/data/now_playing.json (new)\n"
        "  output/data/top_tracks.json\n"
        "\n"
        "--- a/README.md\n"
    )


@pytest.mark.parametrize("covers", [True])
def test_bytes_around_sections_are_kept(export: Run, repo: Path) -> None:
    head = b"\xef\xbb\xbf# caf\xe9 \xff\r\n```\r\n<!-- listening:nope -->\r\n```\r\n"
    markers = b"  <!-- listening:now_playing -->\r\n  <!-- /listening:now_playing -->"
    (repo / "README.md").write_bytes(head + markers)
    assert export().code == 0
    after = (repo / "README.md").read_bytes()
    assert after.startswith(head + b"  <!-- listening:now_playing -->\r\n\r\n  [<img ")
    assert after.endswith(b'<br clear="left">\r\n\r\n  <!-- /listening:now_playing -->')
    assert b"\n" not in after.replace(b"\r\n", b"")


def test_a_readme_in_utf_16_is_an_error(export: Run, repo: Path) -> None:
    (repo / "README.md").write_bytes("# Me\n".encode("utf-16"))
    ran = export()
    assert (ran.code, "README.md: This file is UTF-16." in ran.err) == (2, True)


def test_a_users_templates_make_outputs_and_sections(export: Run, repo: Path) -> None:
    (repo / "templates/sections").mkdir(parents=True)
    (repo / "templates/top.txt.j2").write_bytes(
        b"{% for artist in top_artists.time_ranges.short_term %}{{ artist.name }}\n{% endfor %}"
    )
    (repo / "templates/card.svg.j2").write_bytes(
        b'<svg fill="{{ theme.text }}"><text>{{ now_playing.item.name }}</text></svg>'
    )
    (repo / "templates/sections/hello.md.j2").write_bytes(b"Hello {{ options.name|default('you') }}")
    (repo / "README.md").write_bytes(b"<!-- listening:hello name=*me* -->\n<!-- /listening:hello -->\n")
    assert export().code == 0
    assert len((repo / "output/top.txt").read_text("utf-8").splitlines()) == 10
    assert "#1f2328" in (repo / "output/card.svg").read_text("utf-8")
    assert "#f0f6fc" in (repo / "output/card-dark.svg").read_text("utf-8")
    assert "Hello &#42;me&#42;" in (repo / "README.md").read_text("utf-8")


def test_skipped_outputs_are_not_written(export: Run, repo: Path) -> None:
    (repo / "templates").mkdir()
    for name in ("a.txt", "b.txt", "c.svg"):
        (repo / f"templates/{name}.j2").write_bytes(b"<svg/>")
    (repo / "config.yaml").write_bytes(b'skip: [a.txt, "*-dark.svg", "data/recently_*", "archive/*"]\n')
    assert export().code == 0
    written = set(files_of(repo / "output"))
    cards = {path.removeprefix("output/") for path in CARDS if not path.endswith("-dark.svg")}
    assert written == {"b.txt", "c.svg", "index.html"} | cards | {
        f"data/{name}.json" for name in DOCUMENTS if name != "recently_played"
    }


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("data/top_artists.json", '{"schema_version": 1}', "write your own shape to another file"),
        ("data/top_artists.json", "[", "write your own shape to another file"),
        ("mine.json", '{"a": {{ "x" }}', "mine.json would be broken"),
        ("index.html", "<p>{{ site.title }}", "index.html would be broken"),
        ("card.svg", "<svg>&nbsp;</svg>", "card.svg would be broken"),
    ],
)
def test_what_its_readers_could_not_parse_is_not_written(
    export: Run, repo: Path, name: str, source: str, words: str
) -> None:
    path = repo / f"templates/{name}.j2"
    path.parent.mkdir(parents=True)
    path.write_bytes(source.encode())
    (repo / "config.yaml").write_bytes(b'skip: ["cards/*", feed.xml]\n')
    ran = export()
    assert ran.code == 2
    assert ran.err.startswith(f"error: templates/{name}.j2: ")
    assert words in ran.err
    assert not (repo / "output" / name).exists()


def test_a_template_that_does_not_compile_is_found_before_any_request(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    (repo / "templates").mkdir()
    (repo / "templates/x.txt.j2").write_bytes(b"\n{% if %}")
    ran = export()
    assert (ran.code, spotify.requests) == (2, [])
    assert ran.err.startswith("error: templates/x.txt.j2:2: ")


@pytest.mark.parametrize(
    "name",
    ["archive/2026-W48.json", "archive/notes.md", "ARCHIVE/2026-W48.json", "Archive/a/b.txt", "archive"],
)
def test_no_template_writes_into_the_archive(export: Run, repo: Path, spotify: StandIn, name: str) -> None:
    template = repo / f"templates/{name}.j2"
    template.parent.mkdir(parents=True)
    template.write_bytes(b"null")
    ran = export()
    assert (ran.code, spotify.requests) == (2, [])
    assert ran.err.startswith(f"error: templates/{name}.j2: A template can't write to archive/")
    assert not (repo / "output").exists()


def test_a_damaged_document_is_told_of_and_written_anew(export: Run, repo: Path) -> None:
    export()
    path = repo / "output/data/top_artists.json"
    path.write_bytes(b"{")
    ran = export()
    assert ran.code == 0
    assert "output/data/top_artists.json: This file is damaged" in ran.err
    assert document(repo, "top_artists")["time_ranges"]


def test_the_privacy_settings_hold_for_all_that_is_written(export: Run, repo: Path) -> None:
    export()
    artist = document(repo, "top_artists")["time_ranges"]["short_term"][0]
    playing = document(repo, "now_playing")["item"]
    (repo / "config.yaml").write_bytes(
        f"privacy: {{exclude: [{artist['name'].upper()!r}, {playing['uri']!r}], times: day}}\n".encode()
    )
    (repo / "README.md").write_bytes(SECTIONS.encode())
    export()
    for path, content in files_of(repo).items():
        if path not in {"config.yaml", "output/archive/2026-W48.json"}:
            assert artist["id"] not in content.decode(), path
            assert playing["id"] not in content.decode(), path
    assert {play["played_at"][10:] for play in document(repo, "recently_played")["items"]} == {"T00:00:00Z"}
    ranks = [item["rank"] for item in document(repo, "top_artists")["time_ranges"]["short_term"]]
    assert ranks == list(range(1, 11))


def test_verbose_tells_of_every_request(process: Run, spotify: StandIn) -> None:
    ran = process("export", "-v", env=spotify.environment)
    assert ran.err.count("GET /v1/me/") == 8
    assert "POST /api/token: 200" in ran.err


def test_every_mistake_of_the_settings_is_an_error_before_any_request(
    export: Run, repo: Path, spotify: StandIn
) -> None:
    (repo / "config.yaml").write_bytes(b"timezone: x\noutptu: a\nhttp: {timeout: 0}\nskip: a\nskip: b\n")
    ran = export()
    assert (ran.code, ran.out, spotify.requests) == (2, "", [])
    places = [line.split(": ")[1] for line in ran.err.splitlines() if line.startswith("error: ")]
    assert places == [f"config.yaml:{line}" for line in (1, 2, 3, 4, 5)]


def test_named_settings_that_are_missing_are_an_error(export: Run) -> None:
    ran = export("--config", "nope.yaml")
    assert (ran.code, "There is no file nope.yaml." in ran.err) == (2, True)


def test_paths_are_relative_to_the_settings_folder(export: Run, repo: Path) -> None:
    (repo / "sub").mkdir()
    (repo / "sub/mine.yaml").write_bytes(f"output: site\n{UNSEEN}".encode())
    assert export("--config", "sub/mine.yaml").code == 0
    assert (repo / "sub/site/data/top_tracks.json").exists()


def test_a_proxy_does_not_stand_between_the_job_and_this_machine(run: Run, spotify: StandIn) -> None:
    nowhere = "http://127.0.0.1:9"
    ran = run("export", env=spotify.environment | {"HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere})
    assert ran.code == 0


def test_a_dotenv_that_is_no_text_is_told_of(run: Run, repo: Path) -> None:
    (repo / ".env").write_bytes(b"SPOTIFY_CLIENT_ID=\xff\xfe")
    ran = run("export")
    assert (ran.code, ran.err.startswith("error: .env: This can't be read.")) == (2, True)


@pytest.mark.parametrize(
    "settings", [f"top_artists: false\n{UNSEEN}", UNSEEN.replace("]", ", data/top_artists.json]")]
)
def test_a_document_that_is_no_longer_written_is_told_of(export: Run, repo: Path, settings: str) -> None:
    export()
    (repo / "config.yaml").write_bytes(settings.encode())
    ran = export()
    assert ran.code == 0
    assert "warning: output/data/top_artists.json: This file is no longer updated" in ran.err


def test_an_output_at_the_root_has_plain_paths(export: Run, repo: Path) -> None:
    (repo / "config.yaml").write_bytes(f"output: .\n{UNSEEN}".encode())
    assert "  data/top_tracks.json\n" in export().out
    assert export().out.startswith("Nothing new: no file changed.\n")


def test_a_mistyped_command_gets_the_nearest(run: Run) -> None:
    ran = run("exprt")
    assert ran.code == 2
    assert "No such command 'exprt'. Did you mean `export`?" in ran.err


def test_a_word_that_is_near_no_command_is_refused(run: Run) -> None:
    assert "No such command 'x'.\n" in run("x").err
