"""Spotify over HTTP, for one run: one session, one bound on its time, answers as models."""

import logging
import random
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from threading import Lock, Thread
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
from exporter.sources.retry import GiveUp, Wait, decide
from exporter.sources.spotify import auth, calls, wire
from exporter.sources.spotify.calls import Call
from exporter.sources.spotify.wire import Reply, StaleTokenError, Token

T = TypeVar("T")

MOST_AT_ONCE = 8
"""A run's questions after the token: what plays, what played, two top lists of three ranges."""

MOST_BYTES = 8 * 2**20
"""No answer of Spotify's is longer; 50 tracks are about 200 kB."""

LONG_WAIT = 2.0
"""Seconds: a person at a terminal is told of waits from here on."""

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
        self._lock = Lock()
        self._told_of_waiting = False

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

    def exchange(self, client_id: str, client_secret: str, code: str, redirect_uri: str) -> Token:
        """Trade an authorization code for tokens; once, for it is good for one try.

        Raises:
            AccountError: Spotify does not accept the code or the client.
            UnavailableError: Spotify gave no token.
        """
        return wire.parse_code_exchange(
            self._send(
                "POST",
                f"{self._accounts}/api/token",
                auth=auth.Client(client_id, client_secret),
                data=auth.code_form(code, redirect_uri),
            )
        )

    def verify(self, plan: Plan, token: Token) -> None:
        """Ask the first thing of a plan, to see that a token works for it.

        Raises:
            AccountError, UnavailableError: it does not.
        """
        planned = calls.planned(plan)
        for call in planned:
            calls.check_scope(call, token)
        for call in planned[:1]:
            self._ask(call, token)

    def fetch(self, plan: Plan, refresh: Callable[[], Token]) -> Listening:
        """Get a token, then ask all that is planned, at once; what can't be had is `Failed`.

        Raises:
            AccountError, UnavailableError: there is no token.
        """
        access = auth.Access(refresh)

        def ask(call: Call[T]) -> Future[T | Failed]:
            return _in_background(lambda: self._answer(call, access))

        now_playing = ask(calls.now_playing()) if plan.now_playing else None
        recently_played = ask(calls.recently_played()) if plan.recently_played else None
        top_artists = {span: ask(calls.top_artists(span)) for span in plan.top_artists}
        top_tracks = {span: ask(calls.top_tracks(span)) for span in plan.top_tracks}
        return Listening(
            now_playing=now_playing.result() if now_playing else None,
            recently_played=recently_played.result() if recently_played else None,
            top_artists={span: answer.result() for span, answer in top_artists.items()},
            top_tracks={span: answer.result() for span, answer in top_tracks.items()},
        )

    def _answer(self, call: Call[T], access: auth.Access) -> T | Failed:
        try:
            calls.check_scope(call, access.token)
            try:
                return self._ask(call, access.token)
            except StaleTokenError:
                return self._ask(call, access.renewed())
        except NowListeningError as error:
            return Failed(error)

    def _ask(self, call: Call[T], token: Token) -> T:
        bearer = auth.Bearer(token)
        return self._patiently(
            lambda: call.parse(self._send("GET", f"{self._api}{call.path}", auth=bearer, params=call.params))
        )

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Ask, and ask again for as long as `decide` says so."""
        decision: Wait | GiveUp = Wait(0)

        def wait(state: RetryCallState) -> float:
            nonlocal decision
            failure = _failure(state)
            decision = decide(
                failure,
                attempt=state.attempt_number,
                budget_left=self._retries_end - self._clock.monotonic(),
                now=self._clock.now(),
                jitter=self._jitter(),
            )
            if isinstance(decision, GiveUp):
                log.info("%s Given up: %s.", failure.message, decision.reason)
                return 0
            log.info("%s Again in %.1f s.", failure.message, decision.seconds)
            if decision.seconds >= LONG_WAIT:
                self._tell_of_waiting(failure)
            return decision.seconds

        def give_up(state: RetryCallState) -> T:
            failure = _failure(state)
            if isinstance(decision, GiveUp) and decision.until:
                raise wire.banned(failure, decision.until) from failure
            raise failure

        return Retrying(
            retry=retry_if_exception_type(UnavailableError),
            wait=wait,
            stop=lambda _: isinstance(decision, GiveUp),
            sleep=self._clock.sleep,
            retry_error_callback=give_up,
        )(ask)

    def _tell_of_waiting(self, failure: UnavailableError) -> None:
        """Say, once in a run, why nothing seems to happen."""
        with self._lock:
            if not self._told_of_waiting:
                left = self._retries_end - self._clock.monotonic()
                log.warning("%s Trying again, for up to %.0f s.", failure.message, left)
            self._told_of_waiting = True

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

        The socket's own timeout begins anew with every byte, and looking up a name has none: only leaving
        the exchange to itself bounds it.

        Raises:
            UnavailableError: no connection, no answer in time, or one without end.
        """
        started = self._clock.monotonic()
        host = urlsplit(url).hostname
        limit = max(0.001, min(self._timeout, self._retries_end + self._timeout - started))
        try:
            reply = _in_background(
                lambda: self._exchange(method, url, timeout=limit, auth=auth, params=params, data=data)
            ).result(limit)
        except (Timeout, ReadTimeoutError, TimeoutError) as error:
            raise UnavailableError(
                f"{host} gave no whole answer within {limit:.3g} s.",
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

    def _exchange(
        self,
        method: str,
        url: str,
        *,
        timeout: float,
        auth: AuthBase,
        params: Mapping[str, str] | None,
        data: Mapping[str, str] | None,
    ) -> Reply:
        with self._session.request(
            method,
            url,
            auth=auth,
            params=params,
            data=data,
            timeout=timeout,
            allow_redirects=False,
            # Plain HTTP is only for this machine, and no proxy leads there.
            proxies={"no_proxy": str(urlsplit(url).hostname)} if url.startswith("http://") else None,
            stream=True,
        ) as response:
            return Reply(
                status=response.status_code,
                headers={name.lower(): value for name, value in response.headers.items()},
                body=_read(response),
            )


def _failure(state: RetryCallState) -> UnavailableError:
    failure = state.outcome and state.outcome.exception()
    assert isinstance(failure, UnavailableError)  # noqa: S101 # all that is retried
    return failure


def _read(response: Response) -> bytes:
    body = bytearray()
    while part := response.raw.read1(2**16, decode_content=True):
        body += part
        if len(body) > MOST_BYTES:
            raise UnavailableError(
                "Spotify's answer does not end.", hint=wire.NEXT_RUN, status=response.status_code
            )
    return bytes(body)


def _in_background(work: Callable[[], T]) -> Future[T]:
    """Start work in a thread that does not keep the program from ending."""
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 # whoever waits for the outcome gets it
            outcome.set_exception(error)

    Thread(target=run, daemon=True).start()
    return outcome
