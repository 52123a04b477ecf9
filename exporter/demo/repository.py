"""The sample listener's repository: a profile README with sections, and settings."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from exporter.errors import SetupError

MARK = ".now-listening-demo"

README = """\
# Hello, I am a sample listener

I build small things, and there is always music on.

<!-- listening:cards show=now_playing,covers,top_artists,top_tracks -->
<!-- /listening:cards -->

## My chart

<!-- listening:chart limit=5 -->
<!-- /listening:chart -->

## Recently played

<!-- listening:recently_played limit=5 -->
<!-- /listening:recently_played -->

<details>
<summary>The same in words</summary>

<!-- listening:now_playing -->
<!-- /listening:now_playing -->

<!-- listening:top_artists limit=10 -->
<!-- /listening:top_artists -->

<!-- listening:top_tracks limit=10 -->
<!-- /listening:top_tracks -->

</details>

---

Kept up to date by Now Listening. Everybody and everything above is invented. Titles that look broken are
there on purpose: they are the ones that break other tools.
"""

CONFIG = """\
# The sample listener's settings. Every key is optional.
source: {source}
timezone: Europe/Lisbon
top_artists: {{limit: 20}}
top_tracks: {{limit: 20}}
"""

GITIGNORE = ".env\n"


def create(root: Path, config: Path | None, source: str) -> None:
    """Create the repository in a folder that is new, empty, or an earlier demo's; existing files stay.

    `config` names settings to use instead of the sample listener's; in these, `source` is their source.

    Raises:
        SetupError: the folder contains something else, or can't be written.
    """
    try:
        if root.exists() and not (root / MARK).exists() and any(root.iterdir()):
            raise SetupError(
                f"{root} has other files in it.", hint="Name a new one with --output, or empty this one."
            )
        root.mkdir(parents=True, exist_ok=True)
        settings = _settings(config, source)
        files = {MARK: "", "README.md": README, ".gitignore": GITIGNORE, "config.yaml": settings}
        for name, text in files.items():
            if not (root / name).exists():
                (root / name).write_bytes(text.encode())
    except OSError as error:
        raise SetupError(
            f"{error.filename or root}: {error.strerror}.", hint="Name another folder with --output."
        ) from error


def _settings(config: Path | None, source: str) -> str:
    try:
        return config.read_text("utf-8") if config else CONFIG.format(source=source)
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{config} can't be read.", hint="Name another file, or none.") from error


def worth_opening(root: Path, output: str) -> list[tuple[Path, str]]:
    """List the files to look at first, and what each is; `output` is the settings' output folder."""
    candidates = [
        (root / output / "index.html", "a page"),
        (root / "README.md", "a profile, with its sections"),
        (root / output / "cards", "pictures for a README"),
        (root / output / "data/now_playing.json", "and the files beside it: the same as data"),
        (root / output / "archive", "a snapshot of each week"),
        (root / output / "feed.xml", "a feed of the weeks, for a feed reader"),
    ]
    return [(path, what) for path, what in candidates if path.exists()]


@contextmanager
def environment(root: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """Write a `.env` that points to the stand-in, and remove it at the end."""
    path = root / ".env"
    path.write_bytes("".join(f"{name}={value}\n" for name, value in variables.items()).encode())
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
