"""Spotify over HTTP, for one run: one session, one bound on its time, answers as models."""

import logging
import random
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from math import inf
from typing import TypeVar
from urllib.parse import urlsplit

from msgspec import Struct
from requests import RequestException, Response, Session, Timeout
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception_type
from urllib3.exceptions import HTTPError, ReadTimeoutError

from exporter import __version__
from exporter.errors import NowListeningError, UnavailableError
from exporter.models import Failed, Listening, Plan
from exporter.spotify import auth, wire
from exporter.spotify.retry import GiveUp, decide
from exporter.spotify.wire import Call, Reply, Token

T = TypeVar("T")

MOST_AT_ONCE = 8
"""A run's questions after the token: what plays, what played, two top lists of three ranges."""

MOST_BYTES = 8 * 2**20
"""No answer of Spotify's is longer; 50 tracks are about 200 kB."""

log = logging.getLogger(__name__)


class Clock(Struct, frozen=True, kw_only=True):
    """The real time: `now` for HTTP dates, `monotonic` (seconds) for limits, `sleep` between tries."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


class Client:
    """Spotify, for one run that may last `retry_budget` seconds and one more `timeout`."""

    def __init__(
        self,
        session: Session,
        clock: Clock,
        *,
        api: str,
        accounts: str,
        timeout: float,
        retry_budget: float,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        session.headers["User-Agent"] = f"now-listening/{__version__}"
        # requests would read, without our limits, the body of a redirect that it is told not to follow.
        session.get_redirect_target = lambda _: None  # type: ignore[assignment, method-assign]
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(pool_maxsize=MOST_AT_ONCE))
        self._session = session
        self._clock = clock
        self._api = api
        self._accounts = accounts
        self._timeout = timeout
        self._retries_end = clock.monotonic() + retry_budget
        self._jitter = jitter

    def refresh(self, client_id: str, client_secret: str, refresh_token: str) -> Token:
        """Get an access token.

        Raises:
            AccountError: a person must act at Spotify.
            UnavailableError: Spotify gave none.
        """
        return self._patiently(
            lambda: wire.parse_token(
                self._send(
                    "POST",
                    f"{self._accounts}/api/token",
                    auth=auth.Client(client_id, client_secret),
                    data=auth.refresh_form(refresh_token),
                )
            )
        )

    def fetch(self, plan: Plan, token: Token) -> Listening:
        """Ask all that is planned, at once; what can't be had is `Failed`."""
        bearer = auth.Bearer(token)
        with ThreadPoolExecutor(MOST_AT_ONCE) as pool:

            def ask(call: Call[T]) -> Future[T | Failed]:
                return pool.submit(self._answer, call, bearer)

            now_playing = ask(wire.now_playing()) if plan.now_playing else None
            recently_played = ask(wire.recently_played()) if plan.recently_played else None
            top_artists = {span: ask(wire.top_artists(span)) for span in plan.top_artists}
            top_tracks = {span: ask(wire.top_tracks(span)) for span in plan.top_tracks}
        return Listening(
            now_playing=now_playing.result() if now_playing else None,
            recently_played=recently_played.result() if recently_played else None,
            top_artists={span: answer.result() for span, answer in top_artists.items()},
            top_tracks={span: answer.result() for span, answer in top_tracks.items()},
        )

    def _answer(self, call: Call[T], bearer: AuthBase) -> T | Failed:
        try:
            return self._patiently(
                lambda: call.parse(
                    self._send("GET", f"{self._api}{call.path}", auth=bearer, params=call.params)
                )
            )
        except NowListeningError as error:
            return Failed(error)

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Ask, and ask again for as long as `decide` says so."""

        def wait(state: RetryCallState) -> float:
            failure = state.outcome and state.outcome.exception()
            assert isinstance(failure, UnavailableError)  # noqa: S101 # all that is retried
            decision = decide(
                failure,
                attempt=state.attempt_number,
                budget_left=self._retries_end - self._clock.monotonic(),
                now=self._clock.now(),
                jitter=self._jitter(),
            )
            if isinstance(decision, GiveUp):
                log.info("%s Given up: %s.", failure.message, decision.reason)
                return inf
            log.info("%s Again in %.1f s.", failure.message, decision.seconds)
            return decision.seconds

        return Retrying(
            retry=retry_if_exception_type(UnavailableError),
            wait=wait,
            stop=lambda state: state.upcoming_sleep == inf,
            sleep=self._clock.sleep,
            reraise=True,
        )(ask)

    def _send(
        self,
        method: str,
        url: str,
        *,
        auth: AuthBase,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request, and read the whole answer within the time limit.

        Raises:
            UnavailableError: no connection, no answer in time, or one without end.
        """
        started = self._clock.monotonic()
        host = urlsplit(url).hostname
        limit = max(0.001, min(self._timeout, self._retries_end + self._timeout - started))
        try:
            with self._session.request(
                method,
                url,
                auth=auth,
                params=params,
                data=data,
                timeout=limit,
                allow_redirects=False,
                # Plain HTTP is only for this machine, and no proxy leads there.
                proxies={"no_proxy": str(host)} if url.startswith("http://") else None,
                stream=True,
            ) as response:
                reply = Reply(
                    status=response.status_code,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=self._read(response, started + limit),
                )
        except (Timeout, ReadTimeoutError, TimeoutError) as error:
            raise UnavailableError(
                f"{host} gave no whole answer within {self._timeout:g} s.",
                hint=wire.NEXT_RUN,
            ) from error
        except (RequestException, HTTPError, OSError) as error:
            # In our own words: the library's may hold a proxy's password.
            raise UnavailableError(
                f"There was no connection to {host}, or it broke.",
                hint="Check the network, and HTTPS_PROXY if you set it; the next run tries again.",
            ) from error
        took = self._clock.monotonic() - started
        log.info(
            "%s %s: %d, %d bytes in %.2f s", method, urlsplit(url).path, reply.status, len(reply.body), took
        )
        return reply

    def _read(self, response: Response, until: float) -> bytes:
        """Read the body as it comes: a timeout of the socket's alone would let it drip for ever."""
        body = bytearray()
        while part := response.raw.read1(2**16, decode_content=True):
            body += part
            if self._clock.monotonic() > until:
                raise TimeoutError
            if len(body) > MOST_BYTES:
                raise UnavailableError(
                    "Spotify's answer does not end.", hint=wire.NEXT_RUN, status=response.status_code
                )
        return bytes(body)
