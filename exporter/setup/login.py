"""`login`: the user agrees once, and gets the secrets that the job needs."""

import secrets
from collections.abc import Callable, Mapping
from datetime import date
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

from exporter.errors import AccountError, NowListeningError, SetupError, UnavailableError
from exporter.models import Plan
from exporter.sources.fetch import verify
from exporter.sources.http import Client
from exporter.sources.source import Connection
from exporter.sources.spotify import calls
from exporter.sources.spotify.about import REFRESH_TOKEN
from exporter.sources.spotify.login import authorize_url, exchange


class Question(Struct, frozen=True):
    """What a person must agree to, at `url`; the answer carries the same `state`."""

    url: str
    redirect_uri: str
    state: str


def ask(connection: Connection, plan: Plan, port: int) -> Question:
    """Ask for the permissions that a plan needs; the answer comes to `port` on this machine."""
    redirect_uri, state = f"http://127.0.0.1:{port}/callback", secrets.token_urlsafe(24)
    return Question(authorize_url(connection, plan, redirect_uri, state), redirect_uri, state)


def code_of(address: str, state: str) -> str:
    """Take the authorization code from the address that Spotify redirected to.

    Raises:
        AccountError: the person, or Spotify, refused.
        SetupError: it is not such an address, or it answers another question.
    """
    try:
        query = dict(parse_qsl(urlsplit(address.strip()).query))
    except ValueError:  # it is no address
        query = {}
    if "code" not in query and "error" not in query:
        raise SetupError(
            "There is no code in this address.",
            hint="Copy the whole address that the browser shows after you agreed: it holds `code=`.",
        )
    if not secrets.compare_digest(query.get("state", "").encode("utf-8", "replace"), state.encode()):
        raise SetupError(
            "This answer has the wrong `state`: it does not belong to this login.",
            hint="Use the address that this run printed, and only the newest tab.",
        )
    if query.get("error") == "access_denied":
        raise AccountError(
            "You did not agree, so there is no token.", hint="Run `now-listening login` again to agree."
        )
    if "error" in query:
        raise AccountError(
            "Spotify did not let you agree.",
            hint="Check the app's settings at developer.spotify.com/dashboard.",
        )
    return query["code"]


def secrets_for(
    code: str,
    question: Question,
    connection: Connection,
    client: Client,
    *,
    plan: Plan,
    today: date,
    warn: Callable[[NowListeningError], None],
) -> Mapping[str, str]:
    """Exchange the code for a refresh token, test it, and return all secrets by name.

    If Spotify does not answer the test, `warn` is called, and the token is kept, as the user agreed to it.

    Raises:
        AccountError: Spotify rejects the code or the client, or the token does not work.
        UnavailableError: Spotify returned no token.
    """
    token = client.ask_once(exchange(connection, code, question.redirect_uri))
    try:
        verify(calls, connection, client, plan, token)
    except UnavailableError as error:
        warn(error)
    return {**connection.secrets, REFRESH_TOKEN: f"{token.refresh_token}#{today}"}
