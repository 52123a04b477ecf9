"""The time until a command works, and what a run's time goes into."""

import sys

import msgspec

from bench.listener import begin
from bench.measure import PROGRAM, Table, environment, folder, interleaved, ratio, run, seconds, share
from bench.standin import NOW, service

REPEATS = 15


def measure() -> Table:
    """Time commands that do nothing, against Python with click alone."""
    with folder() as root:
        env = environment()
        commands = {
            "Python with click": (sys.executable, "-m", "bench.click_alone", "--version"),
            "`--version`": (*PROGRAM, "--version"),
            "`--help`": (*PROGRAM, "--help"),
        }
        contenders = {
            name: lambda command=command: run(*command, cwd=root, env=env)
            for name, command in commands.items()
        }
        took = interleaved(contenders, REPEATS)
    least = took["Python with click"]
    rows = tuple((name, seconds(each), ratio(each, least)) for name, each in took.items())
    return Table(
        ("command", "time", "to Python with click"), rows, f"Medians of {REPEATS} runs, taken in turn."
    )


def measure_phases() -> Table:
    """Say what the processor does in an unchanged run in which each answer comes at once."""
    with folder() as root, service() as standin:
        env = environment(**standin.environment)
        begin(root, env)
        command = (sys.executable, "-m", "bench.phases", "export", "--now", NOW.isoformat())
        said = [run(*command, cwd=root, env=env) for _ in range(REPEATS)]
        runs = [msgspec.json.decode(each.splitlines()[-1], type=dict[str, float]) for each in said]
    middle = {name: sorted(each[name] for each in runs)[REPEATS // 2] for name in runs[0]}
    note = f"Processor time, medians of {REPEATS} unchanged runs."
    return Table(("what `export` does", "time", "share"), tuple(share(middle)), note)
