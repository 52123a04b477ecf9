"""The time of a run against the limit, a bare script, and the common way."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.bare import PATHS
from bench.listener import begin, export
from bench.measure import Table, environment, folder, interleaved, ratio, run, seconds
from bench.standin import service

DELAYS = (0.0, 0.1, 0.25)
REPEATS = 9

CONTENDERS = ("curl", "bare script", "`export`", "common way")


def measure() -> Table:
    """Measure unchanged runs, cards and page included, while each answer takes a while."""
    rows = []
    with folder() as root, service() as standin:
        env = environment(**standin.environment)
        begin(root, env)
        contenders = {
            "limit": lambda: _by_curl(root, env),
            "bare": lambda: run(sys.executable, "-m", "bench.bare", cwd=root, env=env),
            "ours": lambda: export(root, env),
            "common": lambda: run(sys.executable, "-m", "bench.common", cwd=root, env=env),
        }
        for delay in DELAYS:
            standin.ask(f"delay {delay}")
            took = interleaved(contenders, REPEATS)
            ratios = (ratio(took["ours"], took[other]) for other in ("limit", "bare", "common"))
            rows.append((f"{1000 * delay:.0f} ms", *map(seconds, took.values()), *ratios))
    return Table(
        ("a request takes", *CONTENDERS, "to curl", "to bare", "to common"),
        tuple(rows),
        f"Medians of {REPEATS} unchanged runs, taken in turn.",
    )


def _by_curl(root: Path, env: Mapping[str, str]) -> None:
    """Get a token, then everything at once."""
    api = env["SPOTIFY_API_URL"]
    secrets = f"{env['SPOTIFY_CLIENT_ID']}:{env['SPOTIFY_CLIENT_SECRET']}"
    token = env["SPOTIFY_REFRESH_TOKEN"].partition("#")[0]
    form = f"grant_type=refresh_token&refresh_token={token}"
    answer = run("curl", "-s", "-u", secrets, "-d", form, f"{api}/api/token", cwd=root, env=env)
    header = f"Authorization: Bearer {json.loads(answer)['access_token']}"
    asked = [word for path in PATHS for word in ("-o", "/dev/null", f"{api}{path}")]
    parallel = ("--parallel", "--parallel-immediate", "--parallel-max", "8")
    run("curl", "-s", "--fail", *parallel, "-H", header, *asked, cwd=root, env=env)
