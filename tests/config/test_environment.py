import json
from datetime import date
from pathlib import Path

import pytest

from exporter.config.environment import addresses, authorized_on, read, secrets
from exporter.errors import SetupError
from exporter.sources.source import Connection, Reply, Token
from exporter.sources.spotify import calls
from exporter.sources.spotify.about import ABOUT
from exporter.sources.spotify.wire import parse_token

SECRETS = {
    "SPOTIFY_CLIENT_ID": "id-of-the-app",
    "SPOTIFY_CLIENT_SECRET": "secret-of-the-app",
    "SPOTIFY_REFRESH_TOKEN": "AQB-refresh_xyz",
}


def credentials(env: dict[str, str]) -> dict[str, str]:
    return secrets(env, ABOUT.secrets)


def refused(env: dict[str, str]) -> SetupError:
    with pytest.raises(SetupError) as caught:
        credentials(env)
    return caught.value


def test_three_variables_make_the_credentials() -> None:
    assert credentials(SECRETS | {"OTHER": "variable"}) == SECRETS


@pytest.mark.parametrize("blank", [None, "", " ", "\n\t", "#2026-11-23"])
@pytest.mark.parametrize("name", SECRETS)
def test_a_missing_or_blank_variable_is_named_with_what_makes_it(name: str, blank: str | None) -> None:
    others = {key: value for key, value in SECRETS.items() if key != name}
    error = refused(others if blank is None else others | {name: blank})
    assert error.message == f"{name} is missing or blank here."
    assert error.hint == (
        "On GitHub, store it in the repository's secrets, which only its workflows can read; "
        "on your machine, in a .env beside config.yaml. `now-listening login` can do either for you."
    )
    assert not any(other in error.message for other in others)


def test_whitespace_around_a_secret_is_taken_away() -> None:
    padded = {name: f" \t{value}\r\n" for name, value in SECRETS.items()}
    assert credentials(padded) == credentials(SECRETS)


def test_the_day_of_authorization_is_no_part_of_the_token() -> None:
    dated = credentials(SECRETS | {"SPOTIFY_REFRESH_TOKEN": "AQB-refresh_xyz#2026-11-23\n"})
    assert dated == credentials(SECRETS)


@pytest.mark.parametrize("value", ["hünter", "two words", "a\nb", "a\tb", "a\x00b", "a\u200bb", "“quoted”"])
@pytest.mark.parametrize("name", SECRETS)
def test_what_no_credential_holds_is_refused_without_being_shown(name: str, value: str) -> None:
    error = refused(SECRETS | {name: value})
    assert name in error.message
    assert error.hint == "Copy it again, without spaces, quotes or line breaks."
    assert value not in f"{error!r} {error} {error.hint}"


def test_credentials_do_not_show_themselves() -> None:
    made = Connection(credentials(SECRETS), {})
    for shown in (repr(made), str(made), f"{made}", f"{[made]}"):
        assert not any(secret in shown for secret in SECRETS.values())


def test_an_access_token_does_not_show_itself() -> None:
    body = json.dumps({"access_token": "BQD-access", "scope": "user-top-read"}).encode()
    for token in (
        Token(access_token="BQD-access", scopes=frozenset()),
        parse_token(Reply(status=200, headers={}, body=body)),
    ):
        assert "BQD" not in repr(token) + str(token) + f"{(token,)}"


def test_a_dotenv_file_beside_the_configuration_is_read(tmp_path: Path) -> None:
    text = "\n".join(f"{name}='{value}'" for name, value in SECRETS.items())
    (tmp_path / ".env").write_text(f"# made by login\n\n{text}\n", encoding="utf-8")
    assert credentials(read(tmp_path)) == credentials(SECRETS)


def test_without_a_dotenv_file_the_environment_is_all_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", "from-outside")
    found = read(tmp_path)
    assert found["SPOTIFY_CLIENT_ID"] == "from-outside"
    assert "SPOTIFY_CLIENT_SECRET" not in found


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("SPOTIFY_CLIENT_ID=from-file\n", encoding="utf-8")
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", "from-outside")
    assert read(tmp_path)["SPOTIFY_CLIENT_ID"] == "from-outside"


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_variable_leaves_the_files_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blank: str
) -> None:
    (tmp_path / ".env").write_text("SPOTIFY_CLIENT_ID=from-file\n", encoding="utf-8")
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", blank)
    assert read(tmp_path)["SPOTIFY_CLIENT_ID"] == "from-file"


def test_a_dollar_in_a_secret_is_a_dollar(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SPOTIFY_CLIENT_SECRET=a${HOME}b\n", encoding="utf-8")
    assert read(tmp_path)["SPOTIFY_CLIENT_SECRET"] == "a${HOME}b"


def test_spotify_is_at_spotify_unless_said_otherwise() -> None:
    assert addresses({}, calls.ADDRESSES) == {
        "SPOTIFY_API_URL": "https://api.spotify.com",
        "SPOTIFY_ACCOUNTS_URL": "https://accounts.spotify.com",
        "SPOTIFY_IMAGES_URL": "https://i.scdn.co",
    }


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://mock.example", "https://mock.example"),
        (" https://mock.example:8443/base/ ", "https://mock.example:8443/base"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
    ],
)
def test_a_stand_in_may_be_anywhere_by_https_and_here_by_http(url: str, expected: str) -> None:
    given = dict.fromkeys(calls.ADDRESSES, url)
    assert addresses(given, calls.ADDRESSES) == dict.fromkeys(calls.ADDRESSES, expected)


@pytest.mark.parametrize(
    "url",
    [
        "http://mock.example",
        "http://127.0.0.1.mock.example",
        "http://localhost@mock.example",
        "http://someone:hunter2@mock.example",
        "ftp://127.0.0.1",
        "mock.example",
        "https://",
        "https://[",
        "",
    ],
)
@pytest.mark.parametrize("name", ["SPOTIFY_API_URL", "SPOTIFY_ACCOUNTS_URL"])
def test_secrets_are_not_sent_in_the_clear(name: str, url: str) -> None:
    with pytest.raises(SetupError) as caught:
        addresses({name: url}, calls.ADDRESSES)
    error = caught.value
    assert name in error.message
    assert error.hint == "Use https, or http on 127.0.0.1; or unset it."
    assert "hunter2" not in f"{error!r} {error} {error.hint}"


def test_all_that_is_missing_is_named_at_once() -> None:
    error = refused({"SPOTIFY_CLIENT_SECRET": " "})
    assert error.message == f"{', '.join(SECRETS)} are missing or blank here."
    assert error.hint.startswith("On GitHub, store them in ")
    both = {name: "" for name in SECRETS if name != "SPOTIFY_CLIENT_ID"}
    assert " are missing" in refused(SECRETS | both).message
    assert refused(SECRETS | both).hint.startswith("On GitHub, store them in ")


def test_a_dotenv_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"SPOTIFY_CLIENT_ID=\xff\n")
    with pytest.raises(SetupError) as caught:
        read(tmp_path)
    error = caught.value
    assert (error.place, error.message) == (".env", "This can't be read.")
    assert error.hint == "Write NAME=value lines as UTF-8 text."


@pytest.mark.parametrize(
    ("env", "day"),
    [
        ({}, None),
        ({"SPOTIFY_REFRESH_TOKEN": "AQB"}, None),
        ({"SPOTIFY_AUTHORIZED_ON": " 2026-11-22 "}, date(2026, 11, 22)),
        ({"SPOTIFY_REFRESH_TOKEN": "AQB", "SPOTIFY_AUTHORIZED_ON": "2026-11-22"}, date(2026, 11, 22)),
        ({"SPOTIFY_REFRESH_TOKEN": "AQB#2026-11-23\n"}, date(2026, 11, 23)),
    ],
)
def test_the_day_of_authorization_is_with_the_token_or_alone(env: dict[str, str], day: date | None) -> None:
    assert authorized_on(env) == day


def test_a_day_that_is_none_says_how_to_write_one() -> None:
    with pytest.raises(SetupError) as caught:
        authorized_on({"SPOTIFY_AUTHORIZED_ON": "2026-02-30"})
    assert caught.value.message == "The day of authorization in SPOTIFY_AUTHORIZED_ON can't be read."
    assert caught.value.hint == ("Write it like 2026-11-23, so that you can be warned before the token ends.")


@pytest.mark.parametrize(
    "url",
    [
        "https://a b",
        "https://h?x=1",
        "https://h#f",
        "https://h:port",
        "https://h:0",
        "https://",
        "ftp://127.0.0.1",
    ],
)
def test_an_address_that_can_not_be_one_is_refused(url: str) -> None:
    with pytest.raises(SetupError, match="SPOTIFY_API_URL"):
        addresses({"SPOTIFY_API_URL": url}, calls.ADDRESSES)
