"""The repository that is measured: what `init` sets up for a profile, with everything switched on."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from bench.measure import PROGRAM, run
from bench.standin import NOW
from exporter.demo.repository import README


def begin(root: Path, env: Mapping[str, str], *, source: str = "spotify", settings: str = "") -> None:
    """Write settings and a README with all sections, and run once, so that later runs learn nothing new."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "config.yaml").write_text(f"source: {source}\n{settings}", "utf-8")
    if not (root / "README.md").exists():
        (root / "README.md").write_text(README, "utf-8")
    export(root, env)


def export(root: Path, env: Mapping[str, str], *, now: datetime = NOW, command: str = "export") -> bytes:
    """Run the job as users do."""
    return run(*PROGRAM, command, "--now", now.isoformat(), cwd=root, env=env)
