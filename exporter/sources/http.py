"""The HTTP client of a run, for any source: one session, one time limit, one retry policy."""

import logging
import random
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, as_completed
from contextlib import suppress
from datetime import datetime
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from threading import Lock
from typing import Any, TypeVar, cast
from urllib.parse import urljoin, urlsplit

from msgspec import Struct, field
from requests import PreparedRequest, RequestException, Response, Session, Timeout
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception_type
from urllib3.exceptions import HTTPError, ReadTimeoutError

from exporter import REPOSITORY, __version__
from exporter.errors import NEXT_RUN, UnavailableError
from exporter.sources.replies import rate_limited
from exporter.sources.retry import Wait, decide
from exporter.sources.source import Call, Reply, Request
from exporter.sources.threads import at_once, in_background

T = TypeVar("T")
K = TypeVar("K")

MOST_BYTES = 8 * 2**20
"""The longest reply to accept; 50 tracks are about 200 kB."""

MOST_REDIRECTS = 5

LONG_WAIT = 2.0
"""Seconds: if a wait is longer, say why we wait."""

log = logging.getLogger(__name__)
# For debugging, urllib3 logs whole addresses; a source may take its secret as a part of them.
logging.getLogger("urllib3").setLevel(logging.INFO)


class Clock(Struct, frozen=True, kw_only=True):
    """The real time: `now` for HTTP dates, `monotonic` (seconds) for limits, `sleep` between tries."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


class _Session(Session):
    """A session that leaves redirects alone, so that their bodies are only read within our limits."""

    def get_redirect_target(self, resp: Response) -> str | None:  # noqa: ARG002 # requests' signature
        return None


def new_session(most_at_once: int) -> Session:
    """Make the session of a run: it keeps connections, but no cookies, and follows no redirects.

    Its User-Agent names us and an address, as MetaBrainz demands:
    https://musicbrainz.org/doc/MusicBrainz_API/Rate_Limiting
    """
    session = _Session()
    session.headers["User-Agent"] = f"now-listening/{__version__} ( https://github.com/{REPOSITORY} )"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=most_at_once))
    return session


class Client(Struct, eq=False):
    """Sends a service's requests until `retries_end` (by `clock.monotonic`), and for one `timeout` after it.

    `timeout` is in seconds, for one whole reply. At most `most_at_once` of many requests are sent at once.
    `jitter` returns a number from 0 to 1.
    """

    session: Session
    clock: Clock
    service: str
    most_at_once: int
    timeout: float
    retries_end: float
    jitter: Callable[[], float] = random.random
    _lock: Any = field(default_factory=Lock)
    _told_of_waiting: bool = False

    def ask(self, call: Call[T]) -> T:
        """Send a request until its reply can be read, or `decide` gives up.

        Raises:
            AccountError, UnavailableError: as `call.parse` and `ask_once` say.
        """
        is_temporary = retry_if_exception_type(UnavailableError)
        tries = Retrying(retry=is_temporary, wait=self._decided_wait, sleep=self.clock.sleep)
        answer: T = tries(self.ask_once, call)
        return answer

    def ask_once(self, call: Call[T]) -> T:
        """Send a request, and read its reply within the time limit.

        Raises:
            AccountError, UnavailableError: as `call.parse` says, or there was no whole reply in time.
        """
        return call.parse(self._send(call.request))

    def fetch_each(
        self, requests: Mapping[K, Request], follow: Callable[[str], Request | None] | None = None
    ) -> Iterator[tuple[K, Reply | None]]:
        """Send requests without retries, for one `timeout` together.

        `follow` returns the request for where a redirect leads (None: it leads astray); without it, none is
        followed. Yields each reply as it comes; None for what failed or was late.
        """
        end = self.clock.monotonic() + self.timeout

        def fetch(request: Request) -> Reply:
            if self.clock.monotonic() > end:
                raise TimeoutError
            return self._followed(request, follow)

        futures = at_once(self.most_at_once, [partial(fetch, request) for request in requests.values()])
        outcomes = dict(zip(futures, requests, strict=True))
        with suppress(TimeoutError):
            for outcome in as_completed(outcomes, self.timeout):
                key = outcomes.pop(outcome)
                yield key, _logged(requests[key], outcome)
        yield from ((key, None) for key in outcomes.values())

    def _decided_wait(self, state: RetryCallState) -> float:
        """Return the seconds to wait after a failed try, for tenacity. Raises UnavailableError to give up."""
        failure = cast("UnavailableError", state.outcome and state.outcome.exception())
        left = self.retries_end - self.clock.monotonic()
        decision = decide(
            failure,
            attempt=state.attempt_number,
            budget_left=left,
            now=self.clock.now(),
            jitter=self.jitter(),
        )
        if isinstance(decision, Wait):
            log.info("%s Trying again in %.1f s.", failure.message, decision.seconds)
            if decision.seconds >= LONG_WAIT:
                self._tell_of_waiting(failure, left)
            return decision.seconds
        log.info("%s Giving up: %s.", failure.message, decision.reason)
        if decision.until:
            raise rate_limited(failure, decision.until, self.service) from failure
        raise failure

    def _tell_of_waiting(self, failure: UnavailableError, left: float) -> None:
        """Say why nothing seems to happen, once in a run."""
        with self._lock:
            if not self._told_of_waiting:
                log.warning("%s Trying again, for up to %.0f s.", failure.message, left)
            self._told_of_waiting = True

    def _send(self, request: Request) -> Reply:
        """Send one request; socket timeouts restart with every byte and ignore DNS, so wait in a thread.

        The library's errors are left out: they may have a secret in an address, or a proxy's password.

        Raises:
            UnavailableError: no connection, no reply in time, or one that is too long.
        """
        started = self.clock.monotonic()
        url = urlsplit(request.url)
        limit = max(0.001, min(self.timeout, self.retries_end + self.timeout - started))
        try:
            reply = in_background(lambda: self._exchange(request, limit)).result(limit)
        except (Timeout, ReadTimeoutError, TimeoutError):
            raise UnavailableError(
                f"{url.hostname} sent no complete answer within {limit:.3g} s.", hint=NEXT_RUN
            ) from None
        except (RequestException, HTTPError, OSError):
            raise UnavailableError(
                f"The connection to {url.hostname} failed or broke.",
                hint="Check the network, and HTTPS_PROXY if you set it; the next run tries again.",
            ) from None
        took = self.clock.monotonic() - started
        log.info(
            "%s %s: %d, %d bytes in %.2f s", request.method, url.path, reply.status, len(reply.body), took
        )
        return reply

    def _followed(self, request: Request, follow: Callable[[str], Request | None] | None) -> Reply:
        reply = self._exchange(request, self.timeout)
        for _ in range(MOST_REDIRECTS if follow else 0):
            target = reply.headers.get("location") if 300 <= reply.status < 400 else None
            onward = follow(urljoin(request.url, target)) if follow and target else None
            if onward is None:
                break
            request, reply = onward, self._exchange(onward, self.timeout)
        return reply

    def _exchange(self, request: Request, timeout: float) -> Reply:
        is_local = request.url.startswith("http://")  # plain HTTP only leads to this machine, past any proxy
        with self.session.request(
            request.method,
            request.url,
            auth=_Header(request.authorization),
            params=request.params,
            data=request.form,
            timeout=timeout,
            allow_redirects=False,
            proxies={"no_proxy": str(urlsplit(request.url).hostname)} if is_local else None,
            stream=True,
        ) as response:
            return Reply(
                status=response.status_code,
                headers={name.lower(): value for name, value in response.headers.items()},
                body=self._read(response),
            )

    def _read(self, response: Response) -> bytes:
        body = bytearray()
        while part := response.raw.read1(2**16, decode_content=True):
            body += part
            if len(body) > MOST_BYTES:
                raise UnavailableError(
                    f"{self.service}'s answer is too long.", hint=NEXT_RUN, status=response.status_code
                )
        return bytes(body)


class _Header(AuthBase):
    """Sets the Authorization header, if there is one: only what is passed as `auth` wins over a .netrc."""

    def __init__(self, value: str | None) -> None:
        self._value = value

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if self._value is not None:
            request.headers["Authorization"] = self._value
        return request


def _logged(request: Request, outcome: Future[Reply]) -> Reply | None:
    """Return the reply, if there is one, and log what came of the request."""
    error, path = outcome.exception(), urlsplit(request.url).path
    if error:  # the library's message may contain a proxy's password
        log.info("%s %s: %s", request.method, path, type(error).__name__)
        return None
    reply = outcome.result()
    log.info("%s %s: %d, %d bytes", request.method, path, reply.status, len(reply.body))
    return reply
