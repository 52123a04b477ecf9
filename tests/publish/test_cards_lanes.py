"""Cards in a README, while they change on another branch."""

from datetime import timedelta
from pathlib import Path

import pytest
from conftest import NOW, Run, commit, git
from seen import Cell, seen
from standin import StandIn

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><title>{{ now_playing.item.name }}</title></svg>\n'
CARDS = "<!-- listening:cards show=now_playing,mine -->\n<!-- /listening:cards -->\n"
LISTS = "\n<!-- listening:top_tracks limit=3 -->\n<!-- /listening:top_tracks -->\n"
FEW = """\
skip: [index.html, feed.xml, "cards/chart*", "cards/covers*", "cards/top_*"]
top_artists: false
top_tracks: {time_ranges: [short_term]}
"""
TWO_LANES = f"{FEW}publish: {{live_branch: listening, live_history: squash, readme: weekly}}\n"
RAW, README = (
    "https://github.com/ada/ada/raw/listening",
    "https://github.com/ada/ada/blob/listening/README.md",
)
UNSEEN = (
    "README.md:1: the cards can't be seen here, because they are on the branch listening, and the remote is "
    "not GitHub's. Use one branch, or remove the section."
)


def set_up(repo: Path, *, readme: str = CARDS, settings: str = TWO_LANES, folder: str = "") -> None:
    templates = {f"{folder}templates/cards/{name}.svg.j2": SVG for name in ("now_playing", "mine")}
    commit(repo, {**templates, f"{folder}README.md": readme, f"{folder}config.yaml": settings})
    git(repo, "push", "--quiet", git(repo, "remote", "get-url", "origin"), "main")


@pytest.fixture
def on_github(repo: Path, remote: Path) -> None:
    """Let pushes to GitHub arrive in the bare repository."""
    git(repo, "config", "remote.origin.pushurl", "https://github.com/ada/ada.git")
    git(repo, "config", f"url.{remote}.pushInsteadOf", "https://github.com/ada/ada.git")


def shown(text: str) -> Cell:
    return seen(text).paragraphs[0]


def published(remote: Path, path: str = "README.md") -> Cell:
    return shown(git(remote, "show", f"main:{path}"))


@pytest.mark.usefixtures("on_github")
def test_the_readme_shows_the_cards_on_the_live_branch_and_leads_to_its_readme(
    publish: Run, repo: Path, remote: Path
) -> None:
    set_up(repo)
    assert publish().code == 0
    paragraph = published(remote)
    for image, source, name in zip(
        paragraph.all("img"), paragraph.all("source"), ("now_playing", "mine"), strict=True
    ):
        assert image["src"] == f"{RAW}/output/cards/{name}.svg"
        assert source["srcset"] == f"{RAW}/output/cards/{name}-dark.svg"
        git(remote, "cat-file", "-e", f"listening:output/cards/{name}.svg")
    assert [image["alt"] for image in paragraph.all("img")] == ["Now playing", "Mine"]
    assert [link["href"] for link in paragraph.all("a")] == [README] * 2
    assert git(remote, "ls-tree", "-r", "--name-only", "main", "output/cards") == ""


@pytest.mark.usefixtures("on_github")
@pytest.mark.parametrize(
    ("readme", "settings", "commits"),
    [
        (CARDS, TWO_LANES, 1),
        (CARDS, TWO_LANES.replace(", readme: weekly", ""), 1),
        (CARDS + LISTS, TWO_LANES, 3),
    ],
    ids=["cards alone", "cards alone, always", "cards and a list, weekly"],
)
def test_in_a_fortnight_the_readme_changes_only_with_its_other_sections(
    publish: Run, repo: Path, remote: Path, spotify: StandIn, readme: str, settings: str, commits: int
) -> None:
    set_up(repo, readme=readme, settings=settings)
    before = int(git(remote, "rev-list", "--count", "main", "--", "README.md"))
    pictures = set()
    for days in (0, 0.5, 1, 6, 7, 7.5, 14):
        now = NOW + timedelta(days=days)
        spotify.clock = lambda now=now: now  # type: ignore[misc]
        assert publish(now=now).code == 0
        pictures.add(git(remote, "rev-parse", "listening:output/cards/now_playing.svg"))
    assert int(git(remote, "rev-list", "--count", "main", "--", "README.md")) - before == commits
    assert len(pictures) > 5


@pytest.mark.usefixtures("on_github")
def test_an_export_and_a_publication_write_the_same_readme(
    run: Run, publish: Run, repo: Path, remote: Path, spotify: StandIn
) -> None:
    set_up(repo)
    assert publish().code == 0
    assert run("export", env=spotify.environment).code == 0
    assert (repo / "README.md").read_text("utf-8").strip() == git(remote, "show", "main:README.md")
    before = (repo / "README.md").read_bytes()
    assert run("render").code == 0
    assert (repo / "README.md").read_bytes() == before


@pytest.mark.usefixtures("on_github")
def test_settings_in_a_folder_have_their_cards_there(publish: Run, repo: Path, remote: Path) -> None:
    set_up(repo, folder="my site/")
    assert publish("--config", "my site/config.yaml").code == 0
    (first, *_) = published(remote, "my site/README.md").all("img")
    assert first["src"] == f"{RAW}/my%20site/output/cards/now_playing.svg"
    git(remote, "cat-file", "-e", "listening:my site/output/cards/now_playing.svg")
    git(remote, "cat-file", "-e", "listening:my site/README.md")


@pytest.mark.usefixtures("on_github")
def test_a_page_of_ones_own_is_where_cards_lead(publish: Run, repo: Path, remote: Path) -> None:
    set_up(repo, settings=TWO_LANES + "site: {url: 'https://ada.example'}\n")
    assert publish().code == 0
    assert {link["href"] for link in published(remote).all("a")} == {"https://ada.example"}


def test_where_the_remote_is_not_githubs_addresses_are_relative_with_a_warning_and_nothing_changes(
    run: Run, publish: Run, repo: Path, remote: Path, spotify: StandIn
) -> None:
    set_up(repo)
    ran = publish()
    assert (ran.code, ran.err.splitlines()) == (0, [f"warning: {UNSEEN}"])
    assert f"! {UNSEEN}" in " ".join(run("check", "--offline").out.split())
    before = git(remote, "show", "main:README.md")
    assert shown(before).all("img")[0]["src"] == "output/cards/now_playing.svg"
    assert {link["href"] for link in shown(before).all("a")} == {"https://open.spotify.com"}
    later = NOW + timedelta(hours=7)
    spotify.clock = lambda: later
    assert publish(now=later).code == 0
    assert git(remote, "show", "main:README.md") == before


def test_outside_git_an_export_for_two_lanes_writes_relative_addresses(export: Run, repo: Path) -> None:
    (repo / "templates/cards").mkdir(parents=True)
    for name in ("now_playing", "mine"):
        (repo / f"templates/cards/{name}.svg.j2").write_bytes(SVG.encode())
    (repo / "README.md").write_bytes(CARDS.encode())
    (repo / "config.yaml").write_bytes(TWO_LANES.encode())
    ran = export()
    assert (ran.code, ran.err) == (0, "")
    first, _ = shown((repo / "README.md").read_text("utf-8")).all("img")
    assert first["src"] == "output/cards/now_playing.svg"


@pytest.mark.usefixtures("on_github")
def test_other_cards_are_shown_at_once_though_sections_change_weekly(
    publish: Run, repo: Path, remote: Path
) -> None:
    set_up(repo)
    publish()
    git(repo, "pull", "--quiet")
    text = (repo / "README.md").read_text("utf-8")
    commit(repo, {"README.md": text.replace("show=now_playing,mine", "show=mine width=200")})
    git(repo, "push", "--quiet", git(repo, "remote", "get-url", "origin"), "main")
    assert publish(now=NOW + timedelta(days=1)).code == 0
    (image,) = published(remote).all("img")
    assert (image["src"], image["width"]) == (f"{RAW}/output/cards/mine.svg", "200")
