"""What `check` finds."""

from msgspec import Struct

from exporter.errors import Level, NowListeningError, each_of


class Finding(Struct, frozen=True):
    """A fact, how bad it is (None: fine), what to do about it, the exit code for it, and its place.

    `place` is a file of the user's, with the line if there is one.
    """

    level: Level | None
    fact: str
    hint: str = ""
    code: int = 0
    place: str | None = None

    def __str__(self) -> str:
        return f"{self.place}: {self.fact}" if self.place else self.fact


def trouble(error: NowListeningError) -> list[Finding]:
    """Turn an error into findings: one for each mistake."""
    return [Finding("error", e.message, e.hint, e.exit_code, e.place) for e in each_of(error)]


def doubt(error: NowListeningError, level: Level) -> Finding:
    """Turn an error into a finding that is less than an error here."""
    return Finding(level, error.message, error.hint, place=error.place)
