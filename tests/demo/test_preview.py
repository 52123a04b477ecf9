"""The README as GitHub shows it, and the outputs beside it, over a socket."""

import http.client
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from conftest import Run
from standin import StandIn

from exporter.demo.preview import Preview

README = """\
# Hello

<picture><source media="(prefers-color-scheme: dark)" srcset="output/cards/a-dark.svg">
<img src="output/cards/a.svg" width="416" alt="A card"></picture>

| # | Track |
|--:|:--|
| 1 | [<img src="https://i.scdn.co/image/COVER" width="40" alt="">](https://open.spotify.com/track/1) |

<details><summary>More</summary>

~~Gone~~ <sub>small</sub>

</details>
""".replace("COVER", "ab67616d00004851" + "0" * 24)

OUTPUTS = {
    "output/cards/a.svg": "image/svg+xml",
    "output/data/now.json": "application/json",
    "output/feed.xml": "application/xml",
    "output/notes.md": "text/plain; charset=utf-8",
    "output/ein Tag & mehr.html": "text/html; charset=utf-8",
}


@pytest.fixture
def preview(repo: Path, spotify: StandIn) -> Iterator[Preview]:
    """The preview of a repository with some outputs."""
    for name in OUTPUTS:
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_bytes(f"content of {name}".encode())
    (repo / "README.md").write_bytes(README.encode())
    (repo / ".env").write_bytes(b"secret")
    (repo / "config.yaml").write_bytes(b"secret")
    with Preview(repo, "output", images={"https://i.scdn.co": spotify.url}) as preview:
        yield preview


def seen(preview: Preview) -> str:
    response = requests.get(preview.url, timeout=10)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    return response.content.decode()


def test_the_readme_has_its_tables_pictures_and_details(preview: Preview) -> None:
    html = seen(preview)
    for part in (
        "<h1>Hello</h1>",
        "<picture><source",
        "<td",
        "<details><summary>More",
        "<s>Gone</s>",
        "<sub>",
    ):
        assert part in html
    assert "prefers-color-scheme: dark" in html


def test_covers_come_from_the_stand_in(preview: Preview, spotify: StandIn) -> None:
    (cover,) = re.findall('<img src="(http[^"]+)"', seen(preview))
    assert cover.startswith(f"{spotify.url}/image/")
    assert requests.get(cover, timeout=10).headers["Content-Type"] == "image/jpeg"
    assert 'href="https://open.spotify.com/track/1"' in seen(preview)


def test_nothing_in_the_readme_can_run(preview: Preview) -> None:
    assert "default-src 'none'" in requests.get(preview.url, timeout=10).headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_come_as_they_are_with_their_type(preview: Preview, name: str) -> None:
    response = requests.get(f"{preview.url}/{name}", timeout=10)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == OUTPUTS[name]
    assert response.content.decode() == f"content of {name}"


def test_a_change_shows_at_once(preview: Preview, repo: Path) -> None:
    for text in ("first", "second"):
        (repo / "README.md").write_bytes(text.encode())
        (repo / "output/data/now.json").write_bytes(text.encode())
        assert f"<p>{text}</p>" in seen(preview)
        response = requests.get(f"{preview.url}/output/data/now.json", timeout=10)
        assert (response.text, response.headers["Cache-Control"]) == (text, "no-store")


def test_the_page_is_linked_once_it_is_there(preview: Preview, repo: Path) -> None:
    assert "The page" not in seen(preview)
    (repo / "output/index.html").write_bytes(b"<html/>")
    assert '<a href="/output/index.html">The page</a>' in seen(preview)


def status_of(preview: Preview, path: str) -> int:
    """Ask for a path exactly as it is written."""
    connection = http.client.HTTPConnection(urlsplit(preview.url).netloc, timeout=10)
    connection.request("GET", path)
    with connection.getresponse() as response:
        assert b"secret" not in response.read()
    connection.close()
    return response.status


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize(
    "path",
    [
        "/config.yaml",
        "/.env",
        "/README.md",
        "/../config.yaml",
        "/output/../config.yaml",
        "/output/%2e%2e/config.yaml",
        "/output/..%2fconfig.yaml",
        "/output%2f..%2f.env",
        "/output/..\\config.yaml",
        "//config.yaml",
        "/output/%00",
        "/output/%ff",
        "/output",
        "/output/",
        "/output/cards",
        "/output/.hidden",
        "/output/link",
        "/output/folder/config.yaml",
        "http://127.0.0.1/config.yaml",
    ],
)
def test_nothing_but_outputs_can_be_had(preview: Preview, repo: Path, path: str) -> None:
    (repo / "output/.hidden").write_bytes(b"secret")
    (repo / "output/link").symlink_to(repo / "config.yaml")
    (repo / "output/folder").symlink_to(repo, target_is_directory=True)
    assert status_of(preview, path) == 404


def test_an_output_folder_that_is_the_whole_repository_shows_no_hidden_file(
    repo: Path, spotify: StandIn
) -> None:
    for name in (".env", ".git/config", "data/now.json"):
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_bytes(("secret" if name.startswith(".") else "fine").encode())
    with Preview(repo, ".", images={"https://i.scdn.co": spotify.url}) as preview:
        found = [status_of(preview, f"/{name}") for name in (".env", ".git/config", "data/now.json")]
    assert found == [404, 404, 200]


def test_a_readme_that_is_gone_is_not_found(preview: Preview, repo: Path) -> None:
    (repo / "README.md").unlink()
    assert status_of(preview, "/") == 404


def test_it_takes_the_next_port_if_it_is_free_and_else_another(repo: Path, spotify: StandIn) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with Preview(repo, "output", images={"https://i.scdn.co": spotify.url}, port=port - 1) as preview:
            assert urlsplit(preview.url).port != port
    with Preview(repo, "output", images={"https://i.scdn.co": spotify.url}, port=port - 1) as preview:
        assert urlsplit(preview.url).port == port


def test_the_demos_readme_shows_all_its_sections(run: Run, repo: Path, spotify: StandIn) -> None:
    run("demo", "--weeks", "2")
    with Preview(repo / "demo", "output", images={"https://i.scdn.co": spotify.url}) as preview:
        html = seen(preview)
    readme = (repo / "demo/README.md").read_text("utf-8")
    tables = len(re.findall(r"^\|:?-", readme, re.MULTILINE))
    assert html.count("<table>") == tables > 2
    assert html.count("<tr>") == len(re.findall(r"^\|", readme, re.MULTILINE)) - tables
