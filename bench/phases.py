"""Run a command, and print as JSON which part of it took how much processor time, in seconds."""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from threading import local
from typing import Any

TOOK: defaultdict[str, float] = defaultdict(float)

inside = local()
"""For each thread, the time of the watched functions that the current one called."""


def main() -> None:
    """Import everything that a run needs, watch its parts, and run."""
    from exporter.cli import job, main  # noqa: F401, PLC0415 # importing is measured
    from exporter.render import embedding, parsed, plan, templates  # noqa: PLC0415
    from exporter.sources import fetch, http  # noqa: F401, PLC0415
    from exporter.sources.spotify import calls  # noqa: F401, PLC0415

    TOOK["Python and imports"] = time.process_time()
    _watch("parsing and compiling templates", parsed.Loader, "load", "parsed")
    _watch("parsing and compiling templates", templates.Templates, "compile", "options", "reads", "seen")
    _watch("rendering", templates.Templates, "render")
    _watch("rendering", plan, "check")
    _watch("covers", embedding.Embedding, "known", "fetched")
    _watch("requests", http.Client, "ask", "_exchange")
    main(sys.argv[1:])
    TOOK["the rest"] = time.process_time() - sum(TOOK.values())
    print(json.dumps(TOOK))


def _watch(name: str, owner: Any, *functions: str) -> None:
    for function in functions:
        setattr(owner, function, _watched(name, getattr(owner, function)))


def _watched(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Add up the time that a function takes, without that of the watched ones that it calls."""

    @wraps(function)
    def watched(*args: Any, **kwargs: Any) -> Any:
        outside, inside.time = getattr(inside, "time", 0.0), 0.0
        started = time.thread_time()
        try:
            return function(*args, **kwargs)
        finally:
            took = time.thread_time() - started
            TOOK[name] += took - inside.time
            inside.time = outside + took

    return watched


if __name__ == "__main__":
    main()
