"""What `check` finds."""

from msgspec import Struct

from exporter.errors import Level, NowListeningError, each_of


class Finding(Struct, frozen=True):
    """A fact, how bad it is (None: fine), what to do about it, and the exit code for it."""

    level: Level | None
    fact: str
    hint: str = ""
    code: int = 0


def trouble(error: NowListeningError) -> list[Finding]:
    """Turn an error into findings: one for each mistake."""
    return [Finding("error", str(each), each.hint, each.exit_code) for each in each_of(error)]
