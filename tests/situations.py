"""The matrix of situations: what a source may send or do, and how a run must end then."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from conforming import complaints
from conftest import NOW, UNSEEN, CommandIn, Ran, Run, files_of
from msgspec import Struct
from standin import Fault, LastFm, ListenBrainz, StandIn

from exporter.demo.spotify.service import SCOPES
from exporter.serving import Answer

LATER = NOW + timedelta(weeks=1)
ARCHIVE = "output/archive/"

Service = StandIn | ListenBrainz | LastFm


class Situation(Struct, frozen=True, kw_only=True):
    """What goes wrong, and how a run then ends.

    `kept` names the documents, or a time range of one, that stay as they were (all others are new), `holds`
    is found in what was written, `scopes` are those granted, `timeout` and `budget` are the settings, in
    seconds, and `limit` is that of each list. With `is_gap`, no snapshot is taken; what was `uncalculated`
    stays too, but keeps none from being taken. `env` are more variables.
    """

    faults: Sequence[Fault] = ()
    code: int = 0
    says: str = ""
    requests: int
    kept: str = ""
    uncalculated: str = ""
    holds: str = ""
    scopes: Sequence[str] = SCOPES
    timeout: float = 5
    budget: float = 0
    limit: int = 10
    is_gap: bool = False
    env: Mapping[str, str] = {}


class Matrix(Struct, frozen=True, kw_only=True):
    """A source in the matrix: its service, its documents, what its runs cost and what they must not show.

    Its sections show its `first` time range. Its runs fetch no covers, which have tests of their own.
    """

    service: type[Service]
    documents: Sequence[str]
    first: str
    secrets: Sequence[str]

    def settings(self, limit: int = 10) -> str:
        """The settings of a run."""
        limits = "".join(f"{name}: {{limit: {limit}}}\n" for name in self.documents[1:])
        return f"source: {self.service.SOURCE}\n{limits}cards: {{covers: false}}\n"

    @property
    def readme(self) -> str:
        """A README with a section for each document."""
        return "".join(f"<!-- listening:{name} -->\n<!-- /listening:{name} -->\n" for name in self.documents)


def sends(path: str, answer: Answer, times: int | None = None, query: dict[str, str] | None = None) -> Fault:
    """Send an answer at a path."""
    return Fault(path=path, answer=answer, times=times, query=query or {})


def text(status: int, body: str, **headers: str) -> Answer:
    """Answer with HTML."""
    return Answer(status, body.encode(), {"Content-Type": "text/html"} | headers)


def week_before(matrix: Matrix, folder: Path, command_in: CommandIn) -> dict[str, bytes]:
    """Make the files that a successful first run writes at `NOW`."""
    (folder / "README.md").write_bytes(matrix.readme.encode())
    (folder / "config.yaml").write_bytes((matrix.settings() + UNSEEN).encode())
    with matrix.service(clock=lambda: NOW) as service:
        env = os.environ | service.environment
        ran = command_in("export", "--now", NOW.isoformat(), cwd=folder, env=env)
    assert (ran.code, ran.err) == (0, "")
    return files_of(folder)


def check_run(
    matrix: Matrix, situation: Situation, process: Run, repo: Path, service: Service, before: dict[str, bytes]
) -> None:
    """Run in a situation, a week after the files of `before`, or at first; and check how it ended."""
    now = LATER if snapshots_in(before) else NOW
    files = before or {"README.md": matrix.readme.encode()}
    for path, content in files.items():
        (repo / path).parent.mkdir(parents=True, exist_ok=True)
        (repo / path).write_bytes(content)
    ran = run_in(matrix, situation, process, repo, service, now)
    assert ran.code == situation.code, ran.err
    assert situation.says in ran.err
    assert (ran.err == "") == (situation.says == "")
    assert len(service.requests) == situation.requests
    written = {path: content for path, content in files_of(repo).items() if path != "config.yaml"}
    check_written(matrix, situation, {path: files[path] for path in files if path != "config.yaml"}, written)
    texts = "".join(content.decode() for content in written.values())
    assert situation.holds in texts
    told = f"{ran.out}{ran.err}{texts}"
    assert "Traceback" not in told
    assert not [secret for secret in (*matrix.secrets, *situation.env.values()) if secret in told]
    assert "\x1b" not in told


def run_in(
    matrix: Matrix, situation: Situation, process: Run, repo: Path, service: Service, now: datetime
) -> Ran:
    """Run in a situation."""
    limits = f"http: {{timeout: {situation.timeout}, retry_budget: {situation.budget}}}\n"
    unseen = UNSEEN if now == LATER else 'skip: ["cards/*-dark.svg", feed.xml]\n'
    (repo / "config.yaml").write_bytes((matrix.settings(situation.limit) + limits + unseen).encode())
    service.clock = lambda: now
    service.faults += [msgspec.structs.replace(fault) for fault in situation.faults]
    return process("export", env={**service.environment, **situation.env}, now=now)


def check_written(
    matrix: Matrix, situation: Situation, before: dict[str, bytes], now: dict[str, bytes]
) -> None:
    """Check that kept files and sections are identical, all others new, and that all match their schemas."""
    assert complaints(now) == []
    words = matrix.documents if situation.kept == "all" else situation.kept.split()
    stays = [*words, *situation.uncalculated.split()]
    if not snapshots_in(before):
        check_first(matrix, stays, before, now)
    else:
        check_documents(matrix, stays, before, now)
    is_gap = situation.is_gap or any(name.startswith("top_") for name in words)
    week = f"{ARCHIVE}2026-W{49 if snapshots_in(before) else 48}.json"
    assert snapshots_in(now) == snapshots_in(before) | (set() if is_gap else {week})


def check_documents(
    matrix: Matrix, stays: Sequence[str], before: dict[str, bytes], now: dict[str, bytes]
) -> None:
    """Check the documents and sections of a later run."""
    assert set(now) - snapshots_in(now) == set(before) - snapshots_in(before)
    for name in matrix.documents:
        path = f"output/data/{name}.json"
        assert json.loads(now[path])["schema_version"] == 1
        assert (now[path] == before[path]) == (name in stays), name
        is_same = section(now, name) == section(before, name)
        assert is_same == (f"{name}.{matrix.first}" in stays or name in stays), name
    for name, _, span in (word.partition(".") for word in stays):
        path = f"output/data/{name}.json"
        if span:
            ranges = [json.loads(files[path])["time_ranges"] for files in (before, now)]
            assert ranges[0][span] == ranges[1][span]


def check_first(
    matrix: Matrix, stays: Sequence[str], before: dict[str, bytes], now: dict[str, bytes]
) -> None:
    """Check the documents and sections of a first run: what is missing has none, but its card."""
    if set(matrix.documents) <= set(stays):
        assert now == before
        return
    assert {"output/index.html", "output/cards/top_artists.svg", "output/cards/now_playing.svg"} <= set(now)
    for name in matrix.documents:
        path = f"output/data/{name}.json"
        assert (path not in now) == (name in stays), name
        is_blank = not section(now, name).strip()
        assert is_blank == (f"{name}.{matrix.first}" in stays or name in stays), name
    for name, _, span in (word.partition(".") for word in stays):
        assert not span or span not in json.loads(now[f"output/data/{name}.json"])["time_ranges"]


def snapshots_in(files: Mapping[str, bytes]) -> set[str]:
    """Find the snapshots."""
    return {path for path in files if path.startswith(ARCHIVE)}


def section(files: Mapping[str, bytes], name: str) -> str:
    """Return the text of a section, without the day."""
    body = files["README.md"].decode().split(f"<!-- listening:{name} -->")[1]
    return re.sub(r"(?<= on )\S+ · [^<]*", "", body.split(f"<!-- /listening:{name} -->")[0])
