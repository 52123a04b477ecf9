"""Pure: Spotify's part of the one-time authorization: the page where the user agrees, and the code exchange.

Source: https://developer.spotify.com/documentation/web-api/tutorials/code-flow
"""

from urllib.parse import quote, urlencode

from exporter.models import Plan
from exporter.sources.source import Call, Connection, Token
from exporter.sources.spotify import wire
from exporter.sources.spotify.about import CLIENT_ID
from exporter.sources.spotify.calls import ACCOUNTS, scopes, token_request


def authorize_url(connection: Connection, plan: Plan, redirect_uri: str, state: str) -> str:
    """Return the address at which the user allows the app to read what a plan needs."""
    query = {
        "client_id": connection.secrets[CLIENT_ID],
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes(plan)),
        "state": state,
    }
    return f"{connection.addresses[ACCOUNTS]}/authorize?{urlencode(query, quote_via=quote)}"


def exchange(connection: Connection, code: str, redirect_uri: str) -> Call[Token]:
    """Return the call that exchanges an authorization code for tokens; a code works once."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return Call(request=token_request(connection, form), parse=wire.parse_code_exchange)
