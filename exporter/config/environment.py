"""The environment, and a `.env` → `Credentials`, their age, and `Endpoints`."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from dotenv import dotenv_values
from msgspec import Struct

from exporter.errors import SetupError
from exporter.models import WebAddress

SECRETS = ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN")


class Credentials(Struct, frozen=True, kw_only=True):
    """What the job authenticates with; its repr hides all of it."""

    client_id: str
    client_secret: str
    refresh_token: str

    def __repr__(self) -> str:
        return "Credentials(…)"


class Endpoints(Struct, frozen=True, kw_only=True):
    """Where Spotify is; plain HTTP only on this machine."""

    api: str = "https://api.spotify.com"
    accounts: str = "https://accounts.spotify.com"


def read(root: Path) -> dict[str, str]:
    """The process's environment, and what a `.env` beside config.yaml adds to it.

    Raises:
        SetupError: there is a `.env` that can't be read.
    """
    try:
        from_file = dotenv_values(root / ".env", interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(
            "This can't be read.", hint="Write NAME=value lines as UTF-8 text.", place=".env"
        ) from error
    given = {name: value for name, value in os.environ.items() if value.strip()}
    return {name: value for name, value in from_file.items() if value} | given


def credentials(env: Mapping[str, str]) -> Credentials:
    """Take the three secrets from the environment.

    Raises:
        SetupError: naming all that are missing or blank, or one that can't be a credential.
    """
    # `login` writes the day of authorization behind the token: AQB…xyz#2026-11-23
    found = {name: env.get(name, "").strip().partition("#")[0] for name in SECRETS}
    missing = [name for name, value in found.items() if not value]
    if missing:
        raise SetupError(
            f"{', '.join(missing)} {'are' if len(missing) > 1 else 'is'} missing or blank.",
            hint="Set them as secrets of the repository, or in a .env beside config.yaml. "
            "`now-listening login` gets all three there.",
        )
    for name, value in found.items():
        if not (value.isascii() and value.isprintable() and " " not in value):
            raise SetupError(
                f"{name} holds characters that no Spotify credential has.",
                hint="Copy it again, without spaces, quotes or line breaks.",
            )
    client_id, client_secret, refresh_token = found.values()
    return Credentials(client_id=client_id, client_secret=client_secret, refresh_token=refresh_token)


def authorized_on(env: Mapping[str, str]) -> date | None:
    """The day that the refresh token was authorized on, as the token carries it or a variable says; or None.

    Raises:
        SetupError: it is no day, with the variable that it stands in.
    """
    carried = env.get("SPOTIFY_REFRESH_TOKEN", "").partition("#")[2]
    name = "SPOTIFY_REFRESH_TOKEN" if carried else "SPOTIFY_AUTHORIZED_ON"
    day = (carried or env.get(name, "")).strip()
    if not day:
        return None
    if re.fullmatch(r"2[01][0-9]{2}-[0-9]{2}-[0-9]{2}", day):
        with suppress(ValueError):
            return date.fromisoformat(day)
    raise SetupError(
        f"The day of authorization in {name} can't be read.",
        hint="Write it as 2026-11-23, so that you can be warned before the token ends.",
    )


def endpoints(env: Mapping[str, str]) -> Endpoints:
    """Where to find Spotify; the environment can name a stand-in.

    Raises:
        SetupError: for an address that would carry secrets in the clear.
    """
    defaults = Endpoints()
    return Endpoints(
        api=_base_url(env, "SPOTIFY_API_URL", defaults.api),
        accounts=_base_url(env, "SPOTIFY_ACCOUNTS_URL", defaults.accounts),
    )


def _base_url(env: Mapping[str, str], name: str, default: str) -> str:
    url = env.get(name, default).strip().rstrip("/")
    if _is_safe(url):
        return url
    raise SetupError(
        f"{name} is not an address to send secrets to.",
        hint="Use https, or http on 127.0.0.1; or unset it.",
    )


def _is_safe(url: str) -> bool:
    """Whether secrets may go there: an address without query, over TLS or on this machine."""
    try:
        parts = urlsplit(msgspec.convert(url, WebAddress))
        if parts.query or parts.fragment or not parts.hostname or parts.port == 0:
            return False
    except (
        ValueError,
        msgspec.ValidationError,
    ):  # a port that is no number is told only when it is asked for
        return False
    return parts.scheme == "https" or parts.hostname in {"127.0.0.1", "::1", "localhost"}
