"""The time of a run against the number of sections and outputs."""

from functools import partial
from pathlib import Path

from bench.listener import begin, export
from bench.measure import Table, environment, folder, interleaved, ratio, seconds
from bench.standin import service

COUNTS = (1, 10, 50)
REPEATS = 7

SECTION = "<!-- listening:top_tracks limit={} -->\n<!-- /listening:top_tracks -->\n"
OUTPUT = "{{% for item in top_tracks.time_ranges.short_term[:{}] %}}{{{{ item.name }}}}\n{{% endfor %}}"


def measure() -> Table:
    """Time unchanged runs that write the built-in outputs, and more or less of one kind."""
    with folder() as root, service() as standin:
        env = environment(**standin.environment)
        for count in COUNTS:
            begin(_with_sections(root / f"sections {count}", count), env)
            begin(_with_outputs(root / f"outputs {count}", count), env)
        works = {
            (kind, count): partial(export, root / f"{kind} {count}", env)
            for kind in ("sections", "outputs")
            for count in COUNTS
        }
        took = interleaved(works, REPEATS)
    rows = tuple(
        (
            str(count),
            seconds(took["sections", count]),
            ratio(took["sections", count], took["sections", 1]),
            seconds(took["outputs", count]),
            ratio(took["outputs", count], took["outputs", 1]),
        )
        for count in COUNTS
    )
    note = f"Each answer comes at once; medians of {REPEATS} unchanged runs, beside all built-in outputs."
    return Table(("number", "sections", "to one", "own outputs", "to one"), rows, note)


def _with_sections(root: Path, count: int) -> Path:
    root.mkdir()
    (root / "README.md").write_text("\n".join(SECTION.format(1 + number) for number in range(count)), "utf-8")
    return root


def _with_outputs(root: Path, count: int) -> Path:
    templates = root / "templates" / "lists"
    templates.mkdir(parents=True)
    for number in range(count):
        (templates / f"{number}.md.j2").write_text(OUTPUT.format(1 + number), "utf-8")
    return root
