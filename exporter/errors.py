"""The errors a person can act on: what happened, what to do, and where."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar, Literal

Level = Literal["error", "warning", "notice"]
"""How severe a report is, in the terms of GitHub Actions."""

NEXT_RUN = "Nothing to do: the next run tries again."
"""The hint for temporary errors."""

Cause = Literal["token", "scope", "client", "premium", "user", "key", "hidden", "account", "template"]
"""Why a person must act: all but the last at the source."""

CAUSES: dict[Cause, str] = {
    "token": "Now Listening: log in to Spotify again",
    "scope": "Now Listening: Spotify wants one more permission from you",
    "client": "Now Listening: Spotify does not know the app",
    "premium": "Now Listening: Spotify Premium has lapsed",
    "user": "Now Listening: your account is not known",
    "key": "Now Listening: Last.fm does not accept your API key",
    "hidden": "Now Listening: your recent listening is hidden",
    "account": "Now Listening: Spotify does not allow it any more",
    "template": "Now Listening: a template does not work",
}
"""The title of the issue that asks the person to act."""


class NowListeningError(Exception):
    """An error with a sentence on what happened (`message`), and one on what to do (`hint`).

    `place` is a file of the user's, with the line if there is one, such as `README.md:12`.
    """

    exit_code: ClassVar[int]

    def __init__(self, message: str, *, hint: str, place: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.place = place

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class SetupError(NowListeningError):
    """Usage, credentials, settings, git, a template, a marker or the disk is wrong; nothing was written."""

    exit_code = 2


class CombinedSetupError(SetupError):
    """Several mistakes that were found together; `errors` holds each of them."""

    def __init__(self, errors: Sequence[SetupError]) -> None:
        first = errors[0]
        super().__init__(first.message, hint=first.hint, place=first.place)
        self.errors = tuple(errors)


class Mistakes:
    """Collects errors, so that they can be told together; the same one counts once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str | None, str], SetupError] = {}

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Keep a SetupError that is raised in this block, and go on after it."""
        try:
            yield
        except CombinedSetupError as several:
            self.add(*several.errors)
        except SetupError as error:
            self.add(error)

    def add(self, *errors: SetupError) -> None:
        """Add errors."""
        for error in errors:
            self._found.setdefault((error.place, error.message), error)

    @property
    def found(self) -> tuple[SetupError, ...]:
        """The errors that were collected."""
        return tuple(self._found.values())

    def raise_all(self) -> None:
        """Raise what was collected, if anything. Raises SetupError."""
        raise_all(self.found)


def raise_all(errors: Sequence[SetupError]) -> None:
    """Raise the errors, as one if there are several. Raises SetupError."""
    if errors:
        raise errors[0] if len(errors) == 1 else CombinedSetupError(errors)


def each_of(error: NowListeningError) -> tuple[NowListeningError, ...]:
    """List the errors that an error stands for: itself, or several mistakes."""
    return error.errors if isinstance(error, CombinedSetupError) else (error,)


class AccountError(NowListeningError):
    """A person must act at the source before runs can work again."""

    exit_code = 3

    def __init__(self, message: str, *, hint: str, cause: Cause = "account") -> None:
        super().__init__(message, hint=hint)
        self.cause = cause


class PublishError(NowListeningError):
    """The files could not be pushed; nothing is lost, and the next run tries again."""

    exit_code = 5


class UnavailableError(NowListeningError):
    """The source gave no usable answer.

    `status` is the HTTP status, None if no complete answer came (no connection, too slow, broken JSON).
    `retry_after` is that header's value. If it `is_final`, another try in this run would fail too.
    """

    exit_code = 4

    def __init__(
        self,
        message: str,
        *,
        hint: str,
        status: int | None = None,
        retry_after: str | None = None,
        is_final: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.retry_after = retry_after
        self.is_final = is_final
