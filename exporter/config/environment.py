"""Read the environment and `.env`: secrets, the day of authorization, and the source's addresses."""

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from exporter.config.schema import WebAddress
from exporter.errors import SetupError


def read(root: Path) -> dict[str, str]:
    """Return the process's environment, and the variables that a `.env` beside config.yaml adds.

    Raises:
        SetupError: there is a `.env` that can't be read.
    """
    path = root / ".env"
    try:
        from_file = _variables(path) if path.exists() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(
            "This can't be read.", hint="Write NAME=value lines as UTF-8 text.", place=".env"
        ) from error
    given = {name: value for name, value in os.environ.items() if value.strip()}
    return {name: value for name, value in from_file.items() if value} | given


def _variables(path: Path) -> Mapping[str, str | None]:
    from dotenv import dotenv_values  # noqa: PLC0415 # workflows have no such file

    return dotenv_values(path, interpolate=False)


def secrets(env: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """Take a source's secrets from the environment, without the day that may follow a token.

    Raises:
        SetupError: some are missing or blank, or contain characters that can't be in a secret.
    """
    # `login` writes the day of authorization after the token: AQB…xyz#2026-11-23
    found = {name: env.get(name, "").strip().partition("#")[0] for name in names}
    missing = [name for name, value in found.items() if not value]
    if missing:
        are, them = ("are", "them") if len(missing) > 1 else ("is", "it")
        raise SetupError(
            f"{', '.join(missing)} {are} missing or blank here.",
            hint=f"On GitHub, store {them} in the repository's secrets, which only its workflows can read; "
            "on your machine, in a .env beside config.yaml. `now-listening login` can do either for you.",
        )
    for name, value in found.items():
        if not (value.isascii() and value.isprintable() and " " not in value):
            raise SetupError(
                f"{name} contains characters that can't be in a secret.",
                hint="Copy it again, without spaces, quotes or line breaks.",
            )
    return found


def authorized_on(env: Mapping[str, str]) -> date | None:
    """Return the day the refresh token was authorized, if the token or a variable has it.

    Raises:
        SetupError: a variable's value is not a day.
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
        hint="Write it like 2026-11-23, so that you can be warned before the token ends.",
    )


def addresses(env: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    """Return the source's addresses; the environment can replace the `defaults`, for a stand-in.

    Raises:
        SetupError: secrets would be sent to an address unencrypted.
    """
    return {name: _base_url(env, name, default) for name, default in defaults.items()}


def _base_url(env: Mapping[str, str], name: str, default: str) -> str:
    url = env.get(name, default).strip().rstrip("/")
    if _is_safe(url):
        return url
    raise SetupError(
        f"{name} is not a safe address for secrets.",
        hint="Use https, or http on 127.0.0.1; or unset it.",
    )


def _is_safe(url: str) -> bool:
    """Whether secrets may be sent there: an address without a query, over TLS or on this machine."""
    try:
        parts = urlsplit(msgspec.convert(url, WebAddress))
        if parts.query or parts.fragment or not parts.hostname or parts.port == 0:
            return False
    except (ValueError, msgspec.ValidationError):  # ValueError: the port is not a number
        return False
    return parts.scheme == "https" or parts.hostname in {"127.0.0.1", "::1", "localhost"}
