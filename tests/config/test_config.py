import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
import yaml
from conftest import PROJECT
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from exporter.config.load import load
from exporter.config.schema import (
    Config,
    DarkPalette,
    NowPlayingSettings,
    Palette,
    PrivacySettings,
    RecentlyPlayedSettings,
    Theme,
    TopSettings,
)
from exporter.config.theme import CONTRAST_AA, contrast, hard_to_see
from exporter.errors import SetupError, each_of
from exporter.models import Query
from exporter.records import TOP_LISTS
from exporter.sources import SOURCES
from exporter.sources.about import About
from exporter.sources.spotify.about import ABOUT

TIME_RANGES = ABOUT.default_time_ranges

DOCUMENTED = PROJECT / "config.yaml"


def loaded(folder: Path, text: str | bytes) -> Config:
    path = folder / "config.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load(path, may_be_missing=False)


def refused(folder: Path, text: str | bytes) -> SetupError:
    with pytest.raises(SetupError) as caught:
        loaded(folder, text)
    for error in each_of(caught.value):
        assert re.fullmatch("[A-Z`].*[.]", error.message)
        assert re.fullmatch("[A-Z`].*[.?]", error.hint)
    return caught.value


MISTAKES = {
    "unknown key": (
        "output: docs\ntimezon: UTC",
        "config.yaml:2",
        "no setting `timezon`",
        "Did you mean `timezone`?",
    ),
    "unknown key like no other": (
        "xyzzy: 1",
        "config.yaml:1",
        "`xyzzy`",
        "Possible here: source, timezone, output",
    ),
    "nested unknown key": (
        "now_playing:\n  episodes: true\n  when_idel: nothing",
        "config.yaml:3",
        "`now_playing.when_idel`",
        "Did you mean `when_idle`?",
    ),
    "key at the wrong level": (
        "exclude: [someone]",
        "config.yaml:1",
        "no setting `exclude`",
        "Possible here:",
    ),
    "deeply nested unknown key": (
        "theme:\n  dark:\n    texts: '#ffffff'",
        "config.yaml:3",
        "`theme.dark.texts`",
        "Did you mean `text`?",
    ),
    "merge key": ("<<: {output: docs}", "config.yaml:1", "`<<`", "Possible here:"),
    "doubled key": (
        "output: a\nskip: []\noutput: b",
        "config.yaml:3",
        "appears twice, first on line 1",
        "one",
    ),
    "nested doubled key": (
        "http:\n  timeout: 1\n  timeout: 2",
        "config.yaml:3",
        "`http.timeout` appears twice, first on line 2",
        "Keep one",
    ),
    "list for text": ("output:\n  - docs", "config.yaml:2", "`output` can't be this list", "must be text"),
    "mapping for text": ("\noutput: {a: b}", "config.yaml:2", "`output` can't be a mapping", "must be text"),
    "text for list": (
        "sections: README.md",
        "config.yaml:1",
        "can't be `README.md`",
        "a list, each item text",
    ),
    "null in list": (
        "privacy:\n  exclude:\n    - a\n    -",
        "config.yaml:4",
        "`privacy.exclude[1]` can't be null",
        "must be text",
    ),
    "word for yes": (
        "privacy: {hide_explicit: yes}",
        "config.yaml:1",
        "`privacy.hide_explicit` can't be `yes`",
        "It must be true or false.",
    ),
    "word for number": (
        "recently_played:\n  limit: ten",
        "config.yaml:2",
        "`recently_played.limit` can't be `ten`",
        "a whole number from 1 to 50",
    ),
    "limit 0": (
        "top_tracks:\n  limit: 0",
        "config.yaml:2",
        "`top_tracks.limit` can't be `0`",
        "from 1 to 50",
    ),
    "limit 51": ("top_artists: {limit: 51}", "config.yaml:1", "`top_artists.limit` can't be `51`", "1 to 50"),
    "limit and a half": ("top_artists: {limit: 1.5}", "config.yaml:1", "can't be `1.5`", "a whole number"),
    "bad literal": (
        "privacy:\n  times: minute",
        "config.yaml:2",
        "`privacy.times` can't be `minute`",
        "It must be one of day, exact, hour.",
    ),
    "section neither on nor off": (
        "top_tracks: maybe",
        "config.yaml:1",
        "`top_tracks` can't be `maybe`",
        "true, false or a mapping with limit, time_ranges",
    ),
    "section that has no switch": (
        "privacy: false",
        "config.yaml:1",
        "`privacy` can't be `false`",
        "a mapping with times",
    ),
    "source like another": (
        "timezone: UTC\nsource: {lastfn: rj}",
        "config.yaml:2",
        "There is no source `lastfn`",
        "Did you mean `lastfm`?",
    ),
    "source like no other": (
        "source: winamp",
        "config.yaml:1",
        "no source `winamp`",
        "spotify, listenbrainz",
    ),
    "source without its name": ("source: {}", "config.yaml:1", "There is no source ``", "spotify, listen"),
    "source without a user": (
        "timezone: UTC\nsource: listenbrainz",
        "config.yaml:2",
        "ListenBrainz needs your user name there, and only that",
        "Write it like `source: {listenbrainz: NAME}`",
    ),
    "source with an empty user": ("source: {lastfm: }", "config.yaml:1", "Last.fm needs", "{lastfm: NAME}"),
    "source with several users": (
        "source: {lastfm: [rj]}",
        "config.yaml:1",
        "Last.fm needs your user name",
        "{lastfm: NAME}",
    ),
    "list for a key": ("[a, b]: c", "config.yaml:1", "There is no setting `…`", "Possible here:"),
    "two sources": ("source: {lastfm: rj, listenbrainz: rob}", "config.yaml:1", "and only that", "lastfm"),
    "source with a needless user": (
        "timezone: UTC\nsource: {spotify: ada}",
        "config.yaml:2",
        "Spotify needs no user name",
        "Write `source: spotify`",
    ),
    "source as a list": (
        "source: [lastfm]",
        "config.yaml:1",
        "`source` can't be this list",
        "spotify, or {listenbrainz: NAME}, or {lastfm: NAME}",
    ),
    "albums that Spotify does not list": (
        "top_artists: true\ntop_albums: true",
        "config.yaml:2",
        "Spotify has no lists of top albums",
        "choose another source",
    ),
    "another source's time range": (
        "source: {lastfm: rj}\ntop_albums: {time_ranges: [overall, all_time]}",
        "config.yaml:2",
        "`top_albums.time_ranges[1]` can't be `all_time`: Last.fm has no such time range",
        f"It must be one of {', '.join(SOURCES['lastfm'].time_ranges)}.",
    ),
    "what is explicit where nobody tells": (
        "source: {listenbrainz: rob}\nprivacy:\n  hide_explicit: true",
        "config.yaml:3",
        "ListenBrainz does not tell what is explicit",
        "`exclude`",
    ),
    "no time ranges": (
        "top_tracks:\n  time_ranges: []",
        "config.yaml:2",
        "`top_tracks.time_ranges` can't be this list",
        "one or more of the source's time ranges",
    ),
    "bad time range": (
        "top_tracks:\n  time_ranges: [short_term,\n    forever]",
        "config.yaml:3",
        "`top_tracks.time_ranges[1]` can't be `forever`",
        "short_term",
    ),
    "misspelt time zone": (
        "\n\ntimezone: Europe/Berln",
        "config.yaml:3",
        "no time zone `Europe/Berln`",
        "Did you mean `Europe/Berlin`?",
    ),
    "time zone like no other": (
        "timezone: xyzzy",
        "config.yaml:1",
        "`xyzzy`",
        "IANA name such as Europe/Berlin",
    ),
    "output above": ("output: ../docs", "config.yaml:1", "`output` can't be", "without `..` or `.git`"),
    "output above at last": ("output: a/..", "config.yaml:1", "`output` can't be", "relative to"),
    "output above with backslashes": (
        "output: a\\..\\..\\b",
        "config.yaml:1",
        "`output` can't be",
        "relative to",
    ),
    "absolute output": ("output: /tmp/docs", "config.yaml:1", "`output` can't be", "relative to"),
    "blank output": ("output: ' '", "config.yaml:1", "`output` can't be", "relative to"),
    "output in .git": ("output: .git/hooks", "config.yaml:1", "`output` can't be", "`.git`"),
    "templates in a submodule's .git": (
        "templates: a/.git",
        "config.yaml:1",
        "`templates` can't be",
        "`.git`",
    ),
    "section above": (
        "output: docs\nsections:\n  - README.md\n  - ../README.md",
        "config.yaml:4",
        "`sections[1]` can't be",
        "relative to",
    ),
    "section file missing": (
        "sections:\n  - README.md\n  - profile/README.md",
        "config.yaml:3",
        "no file profile/README.md",
        "remove it from `sections`",
    ),
    "folder for a section file": ("sections: [docs]", "config.yaml:1", "no file docs", "Create it"),
    "unreadable text": (
        "theme:\n  light:\n    text: '#eeeeee'",
        "config.yaml:3",
        "`theme.light.text` #eeeeee on #ffffff is hard to read: contrast 1.2",
        "darker or a lighter",
    ),
    "unreadable background": (
        "theme:\n  dark:\n    background: '#f0f6fc'",
        "config.yaml:3",
        "`theme.dark.text`",
        "darker or a lighter",
    ),
    "almost readable": (
        "theme:\n  light:\n    muted: '#777777'",
        "config.yaml:3",
        "`theme.light.muted` #777777 on #ffffff",
        "darker or a lighter",
    ),
    "name of a colour": (
        "theme: {light: {accent: red}}",
        "config.yaml:1",
        "`theme.light.accent` can't be `red`",
        'a quoted colour such as "#1f2328"',
    ),
    "short colour": (
        "theme: {light: {accent: '#fff'}}",
        "config.yaml:1",
        "can't be `#fff`",
        "a quoted colour",
    ),
    "colour and more": (
        'theme: {light: {accent: "#ffffff;}"}}',
        "config.yaml:1",
        "can't be `#ffffff;}`",
        "a quoted colour",
    ),
    "other protocol": ("site: {url: 'ftp://a.example'}", "config.yaml:1", "`site.url` can't be", "https://"),
    "script for an address": (
        "site:\n  url: 'javascript:x'",
        "config.yaml:2",
        "`site.url` can't be",
        "https://",
    ),
    "quote in an address": ("site: {url: 'https://a.example/\"'}", "config.yaml:1", "`site.url`", "https://"),
    "no time to answer": (
        "http:\n  timeout: 0",
        "config.yaml:2",
        "`http.timeout` can't be `0`",
        "a number of seconds above 0",
    ),
    "negative budget": ("http: {retry_budget: -1}", "config.yaml:1", "can't be `-1`", "a number of seconds"),
    "endless budget": ("http: {retry_budget: inf}", "config.yaml:1", "can't be `inf`", "at most 3600"),
    "no number": ("http: {timeout: nan}", "config.yaml:1", "can't be `nan`", "at most 3600"),
    "broken YAML": ("output: a\nskip: b: c", "config.yaml:2", "not valid YAML", "the one before it"),
    "unclosed list": ("skip: [a\noutput: b", "config.yaml:2", "not valid YAML", "the one before it"),
    "tab": ("http:\n\ttimeout: 1", "config.yaml:2", "not valid YAML", "the one before it"),
    "two documents": ("output: a\n---\noutput: b", "config.yaml:2", "another document", "the one before it"),
    "list of settings": (
        "- output: a",
        "config.yaml:1",
        "The whole file can't be this list",
        "a mapping with source, timezone",
    ),
    "only words": (
        "output",
        "config.yaml:1",
        "The whole file can't be `output`",
        "a mapping with source, timezone",
    ),
    "character beyond all others": ('site: {title: "\\UFFFFFFFF"}', "config.yaml", "does not allow", "UTF-8"),
    "settings of Hugo": (
        "title: Ada\nbaseURL: https://ada.example/\nlanguageCode: en\ntheme: ananke\nparams: {}",
        "config.yaml:2",
        "another program's file: it has `baseURL`, `languageCode`, `params`",
        "--config",
    ),
    "few settings of Hugo": (
        "baseURL: /",
        "config.yaml:1",
        "no setting `baseURL`",
        "name yours with --config",
    ),
    "control characters": ("site: {title: '\x1b[31m'}", "config.yaml", "does not allow", "plain UTF-8"),
}


@pytest.mark.parametrize(("text", "place", "message", "hint"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_line_and_what_would_be_right(
    repo: Path, text: str, place: str, message: str, hint: str
) -> None:
    (repo / "README.md").touch()
    (repo / "docs").mkdir()
    error = refused(repo, text)
    assert error.place == place
    assert message in error.message
    assert hint in error.hint


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines(repo: Path) -> None:
    error = refused(
        repo,
        """\
timezone: Europe/Berln
outptu: docs
output: ../docs
sections: [README.md, OTHER.md]
top_tracks:
  limit: 0
  time_ranges: [short_term, always, never]
http:
  timeout: 5
  timeout: 6
theme:
  light: {text: "#eeeeee", muted: "#dddddd"}
  dark: {background: red}
publish: {live_history: squash, readme: weekly}
archive: {snapshots: none}
skip: index.html
""",
    )
    told = [(each.place, each.message.partition("`")[2].partition("`")[0]) for each in each_of(error)]
    assert told == [
        ("config.yaml:1", "Europe/Berln"),
        ("config.yaml:2", "outptu"),
        ("config.yaml:3", "output"),
        ("config.yaml:4", ""),  # there is no file README.md
        ("config.yaml:4", ""),
        ("config.yaml:6", "top_tracks.limit"),
        ("config.yaml:7", "top_tracks.time_ranges[1]"),
        ("config.yaml:7", "top_tracks.time_ranges[2]"),
        ("config.yaml:10", "http.timeout"),
        ("config.yaml:12", "theme.light.text"),
        ("config.yaml:12", "theme.light.muted"),
        ("config.yaml:13", "theme.dark.background"),
        ("config.yaml:14", "publish.live_history: squash"),
        ("config.yaml:14", "publish.readme: weekly"),
        ("config.yaml:16", "skip"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("theme: {dark: {background: '#ffffff', text: red}}", "`theme.dark.text` can't be `red`."),
        ("publish: {live_brnch: a, live_history: squash}", "There is no setting `publish.live_brnch`."),
        ("sections: [a.md, {}]", "`sections[1]` can't be a mapping."),
        ("sections: [../a.md]", "`sections[0]` can't be `../a.md`: it is not a path inside the repository."),
        (
            "source: lastfm\ntop_artists: {time_ranges: [short_term]}",
            "Last.fm needs your user name there, and only that.",
        ),
    ],
)
def test_a_mistake_is_not_told_a_second_time_by_what_depends_on_it(
    repo: Path, text: str, message: str
) -> None:
    assert [each.message for each in each_of(refused(repo, text))] == [message]


@pytest.mark.parametrize(
    ("publish", "message", "hint"),
    [
        (
            "live_history: squash",
            "`publish.live_history: squash` needs a `live_branch`: only that branch is squashed.",
            "Name one, such as `live_branch: listening`; the archive keeps its branch and history.",
        ),
        (
            "live_branch: main\n  branch: main",
            "`publish.live_branch` can't be `publish.branch` too.",
            "Name two different branches, or only one.",
        ),
        (
            "readme: weekly\narchive: {snapshots: none}",
            "`publish.readme: weekly` needs the weekly snapshot, which is switched off.",
            "Write `readme: always`, or switch on `archive: {snapshots: weekly}` and a top list.",
        ),
    ],
)
def test_settings_of_publishing_that_contradict_each_other_are_refused(
    repo: Path, publish: str, message: str, hint: str
) -> None:
    error = refused(repo, f"publish:\n  {publish}")
    assert (error.place, error.message, error.hint) == ("config.yaml:2", message, hint)


@pytest.mark.parametrize(
    "publish",
    [
        "{live_history: squash, live_branch: live}",
        "{branch: main}",
        "{branch: main, live_branch: live}",
        "{readme: weekly}",
    ],
)
def test_settings_of_publishing_that_fit_together_are_fine(repo: Path, publish: str) -> None:
    assert loaded(repo, f"publish: {publish}").publish != Config().publish


@pytest.mark.parametrize("text", [b"\xff\xfeo\x00", b"output: caf\xe9", b"site: {title: '\xed\xa0\x80'}"])
def test_a_file_that_is_not_utf8_is_refused_by_name(repo: Path, text: bytes) -> None:
    error = refused(repo, text)
    assert (error.place, error.message) == ("config.yaml", "This can't be read: it is not UTF-8 text.")
    assert error.hint == "Save the file as UTF-8."


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize("key", ["output", "templates", "sections"])
def test_a_symlink_that_leads_outside_is_not_followed(repo: Path, tmp_path: Path, key: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "README.md").touch()
    (repo / "link").symlink_to(outside, target_is_directory=True)
    error = refused(repo, f"{key}: [link/README.md]" if key == "sections" else f"{key}: link/inside")
    assert error.place == "config.yaml:1"
    assert "not a path inside the repository" in error.message


@pytest.mark.usefixtures("links")
def test_a_symlink_that_stays_inside_is_fine(repo: Path) -> None:
    (repo / "real").mkdir()
    (repo / "link").symlink_to(repo / "real", target_is_directory=True)
    assert loaded(repo, "output: link").output == "link"


@pytest.mark.parametrize("name", [".", "docs", "a/b", "..a", ".github", "a..b", "日本"])
def test_a_path_inside_is_fine(repo: Path, name: str) -> None:
    assert loaded(repo, f"output: '{name}'").output == name


@pytest.mark.parametrize("limit", [1, 50])
def test_limits_go_from_1_to_50(repo: Path, limit: int) -> None:
    config = loaded(repo, f"recently_played: {{limit: {limit}}}\ntop_artists: {{limit: {limit}}}")
    assert config == Config(
        recently_played=RecentlyPlayedSettings(limit=limit), top_artists=TopSettings(limit=limit)
    )


@pytest.mark.parametrize("name", ["now_playing", "recently_played", "top_artists", "top_tracks"])
def test_a_section_is_switched_off_by_false_and_has_its_defaults_by_true_or_null(
    repo: Path, name: str
) -> None:
    assert getattr(loaded(repo, f"{name}: false"), name) is None
    for default in ("true", "null", "~", "", "{}"):
        assert loaded(repo, f"{name}: {default}") == Config()


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "privacy:\n", "privacy: {exclude: }"])
def test_what_is_not_said_is_the_default(repo: Path, text: str) -> None:
    assert loaded(repo, text) == Config()


def test_words_that_yaml_would_guess_at_stay_words(repo: Path) -> None:
    config = loaded(repo, "privacy: {exclude: [no, 311, off, true, 1.0, 2026-11-23, 12:30, 0x1F, =]}")
    assert config.privacy.exclude == (
        "no", "311", "off", "true", "1.0", "2026-11-23", "12:30", "0x1F", "=",
    )  # fmt: skip
    assert loaded(repo, "site: {title: 1984, author: 'null'}").site.title == "1984"
    assert loaded(repo, "site: {author: 'null'}").site.author == "null"


def test_settings_are_read(repo: Path) -> None:
    config = loaded(
        repo,
        """\
timezone: Asia/Kolkata
now_playing: {when_idle: nothing, episodes: false}
privacy:
  times: day
  hide_explicit: true
  exclude:
    - "spotify:artist:abc"
http: {timeout: 2.5}
""",
    )
    assert config.timezone == config.time_style.timezone == "Asia/Kolkata"
    assert config.time_style.precision == "day"
    assert config.now_playing == NowPlayingSettings(when_idle="nothing", episodes=False)
    assert config.privacy == PrivacySettings(times="day", hide_explicit=True, exclude=("spotify:artist:abc",))
    assert (config.http.timeout, config.http.retry_budget) == (2.5, 60)


def test_a_byte_order_mark_and_windows_line_ends_are_fine(repo: Path) -> None:
    assert loaded(repo, "\ufeffoutput: docs\r\ntemplates: mine\r\n".encode()) == Config(
        output="docs", templates="mine"
    )


def test_a_default_file_that_is_missing_leaves_the_defaults(repo: Path) -> None:
    assert load(repo / "config.yaml", may_be_missing=True) == Config()


def test_a_named_file_that_is_missing_is_an_error(repo: Path) -> None:
    with pytest.raises(SetupError) as caught:
        load(repo / "other.yaml", may_be_missing=False)
    assert "other.yaml" in caught.value.message
    assert caught.value.hint == "Name another one with --config, or leave it out."


def test_a_folder_is_no_configuration(repo: Path) -> None:
    (repo / "config.yaml").mkdir()
    with pytest.raises(SetupError, match="This can't be read: it is a folder") as caught:
        load(repo / "config.yaml", may_be_missing=True)
    assert caught.value.hint == "Put a file there that you may read, or name another one with --config."


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize("text", ["", "output: docs", "sections: null"])
def test_a_readme_that_is_a_link_to_elsewhere_is_named_itself(repo: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "README.md").touch()
    (repo / "README.md").symlink_to(tmp_path / "README.md")
    error = refused(repo, text)
    assert (error.place, error.hint) == ("README.md", "Remove the link.")
    assert error.message == "This path follows a link out of the repository, or to nothing."


@pytest.mark.usefixtures("links")
def test_a_link_to_nothing_is_no_configuration(repo: Path) -> None:
    (repo / "config.yaml").symlink_to("nowhere.yaml")
    with pytest.raises(SetupError, match="This can't be read: it is a link to nothing") as caught:
        load(repo / "config.yaml", may_be_missing=True)
    assert caught.value.hint == "Link it to your settings, or remove it."


@pytest.mark.usefixtures("links")
def test_settings_that_the_system_does_not_read_are_refused_with_its_reason(repo: Path) -> None:
    (repo / "config.yaml").symlink_to("config.yaml")
    with pytest.raises(SetupError, match="This can't be read: ") as caught:
        load(repo / "config.yaml", may_be_missing=True)
    assert "folder" not in caught.value.message
    assert caught.value.place == "config.yaml"


def test_places_carry_the_name_of_the_file(repo: Path) -> None:
    (repo / "other.yaml").write_text("\noutptu: docs\n", encoding="utf-8")
    with pytest.raises(SetupError) as caught:
        load(repo / "other.yaml", may_be_missing=False)
    assert caught.value.place == "other.yaml:2"


def test_the_default_readme_may_be_missing_but_a_named_one_may_not(repo: Path) -> None:
    assert loaded(repo, "output: docs").sections == ("README.md",)
    assert refused(repo, "sections: [README.md]").message == "There is no file README.md."
    (repo / "README.md").touch()
    assert loaded(repo, "sections: [README.md]").sections == ("README.md",)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21),
        ("#ffffff", "#ffffff", 1),
        ("#767676", "#ffffff", 4.54),
        ("#777777", "#ffffff", 4.48),
        ("#ff0000", "#ffffff", 4.00),
        ("#0000FF", "#FFFFFF", 8.59),
        ("#0a0a0a", "#ffffff", 19.80),
    ],
)
def test_contrast_is_what_wcag_says(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


def test_text_may_be_just_readable(repo: Path) -> None:
    assert loaded(repo, "theme: {light: {muted: '#767676'}}").theme.light.muted == "#767676"


def test_an_accent_needs_less_contrast_than_text() -> None:
    theme = Theme(light=Palette(accent="#ffff00"), dark=DarkPalette(accent="#333333"))
    needed = "but WCAG AA requires 3.0."
    assert [*hard_to_see(theme)] == [
        ("light.accent", f"#ffff00 on #ffffff is hard to see: contrast 1.1, {needed}"),
        ("dark.accent", f"#333333 on #0d1117 is hard to see: contrast 1.5, {needed}"),
    ]
    assert not [*hard_to_see(Theme(light=Palette(accent="#949494")))]


def test_the_default_colours_are_readable() -> None:
    for palette in (Theme().light, Theme().dark):
        for colour in (palette.text, palette.muted, palette.accent):
            assert contrast(colour, palette.background) >= CONTRAST_AA


def stated(kind: type[Struct]) -> dict[str, Any]:
    """List every key of a struct, including those of nested structs."""
    keys: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        options = get_args(field.type) or (field.type,)
        inner = [option for option in options if isinstance(option, type) and issubclass(option, Struct)]
        keys[field.encode_name] = stated(inner[0]) if inner else None
    return keys


def keys_of(value: object) -> dict[str, Any] | None:
    return {key: keys_of(inner) for key, inner in value.items()} if isinstance(value, dict) else None


def test_the_documented_configuration_states_every_key() -> None:
    document = yaml.safe_load(DOCUMENTED.read_text("utf-8"))
    assert keys_of(document) == stated(Config) | {"top_albums": None}  # its keys are those of top_artists


def test_the_documented_configuration_is_the_defaults() -> None:
    defaults = Config()
    completed = {name: defaults.settings_of(name) for name in TOP_LISTS}
    assert load(DOCUMENTED, may_be_missing=False) == replace(defaults, **completed)
    document = yaml.safe_load(DOCUMENTED.read_text("utf-8"))
    written = msgspec.json.decode(msgspec.json.encode(replace(defaults, **completed)))
    assert document == written | {"top_albums": False}


def test_by_default_all_is_asked_with_eight_requests() -> None:
    plan = Config().plan
    tops = [Query(name, span) for name in ("top_artists", "top_tracks") for span in TIME_RANGES]
    assert plan == (Query("now_playing"), Query("recently_played"), *tops)
    assert len(plan) == 8


@pytest.mark.parametrize(
    ("text", "about"), [(f"{{{key}: Rob}}", SOURCES[key]) for key in ("listenbrainz", "lastfm")]
)
def test_another_source_has_its_own_defaults(repo: Path, text: str, about: About) -> None:
    config = loaded(repo, f"source: {text}\n")
    tops = [
        Query(f"top_{kind}", span)
        for kind in ("artists", "tracks", "albums")
        for span in about.default_time_ranges
    ]
    assert config.plan == (Query("now_playing"), Query("recently_played"), *tops)
    assert (config.about, config.user) == (about, "Rob")
    assert loaded(repo, f"source: {text}\ntop_albums: false\n").plan == config.plan[:-3]


def test_what_is_switched_off_is_not_asked(repo: Path) -> None:
    text = "now_playing: false\nrecently_played: false\ntop_artists: false\ntop_tracks: false"
    assert loaded(repo, text).plan == ()


def test_a_time_range_named_twice_is_asked_once_in_the_order_given(repo: Path) -> None:
    config = loaded(repo, "top_tracks: {time_ranges: [long_term, short_term, long_term]}\ntop_artists: false")
    assert config.plan[2:] == (Query("top_tracks", "long_term"), Query("top_tracks", "short_term"))


tops = st.none() | st.builds(
    TopSettings,
    time_ranges=st.lists(st.sampled_from(TIME_RANGES), min_size=1, max_size=12).map(tuple),
)


@given(artists=tops, tracks=tops)
def test_no_plan_has_more_than_eight_requests(
    artists: TopSettings | None, tracks: TopSettings | None
) -> None:
    plan = Config(top_artists=artists, top_tracks=tracks).plan
    assert 2 <= len(plan) <= 8
    assert len(set(plan)) == len(plan)


@pytest.mark.parametrize("name", ["a\\0b", "\\ud800", ".GIT", ".git\\\\hooks", "C:/x", "\\\\x"])
def test_what_can_be_no_path_in_a_repository_is_refused(repo: Path, name: str) -> None:
    assert "not a path inside the repository" in refused(repo, f'output: "{name}"').message


@pytest.mark.usefixtures("links")
def test_a_path_through_a_circle_of_links_is_refused(repo: Path) -> None:
    (repo / "loop").symlink_to("loop")
    assert "not a path inside the repository" in refused(repo, "output: loop/x").message


def test_nesting_without_end_is_refused(repo: Path) -> None:
    assert "nested too deeply" in refused(repo, "skip: " + "[" * 3000).message


@pytest.mark.parametrize("text", ["---\n# nothing\n", "null", "~"])
def test_settings_that_are_null_are_the_defaults(repo: Path, text: str) -> None:
    assert loaded(repo, text) == Config()
