"""What a run asks for: requests and bytes."""

from pathlib import Path

from bench.listener import begin, export
from bench.measure import Table, environment, folder, size
from bench.standin import Traffic, service
from exporter.demo.standins import STAND_INS


def measure() -> Table:
    """Count what the first run and an unchanged one ask for, for each source."""
    rows = []
    with folder() as root:
        for source, stand_in in STAND_INS.items():
            first, unchanged = _traffic(root / source, source, stand_in.SOURCE)
            rows += [_row(source, "first", first), _row(source, "unchanged", unchanged)]
    return Table(
        ("source", "run", "requests", "answers", "pictures", "of pictures"),
        tuple(rows),
        "Requests to the stand-in for the service, with the default settings.",
    )


def _traffic(root: Path, source: str, settings: str) -> tuple[Traffic, Traffic]:
    with service(source) as standin:
        env = environment(**standin.environment)
        begin(root, env, source=settings)
        first = standin.ask("count")
        export(root, env)
        return first, standin.ask("count")


def _row(source: str, run: str, traffic: Traffic) -> tuple[str, ...]:
    return (
        source,
        run,
        str(traffic.requests),
        size(traffic.received),
        str(traffic.pictures),
        size(traffic.of_pictures),
    )
