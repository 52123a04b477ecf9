"""Read back the documents that earlier runs wrote under `data/`."""

from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from exporter import text
from exporter.config.schema import Config
from exporter.errors import SetupError
from exporter.files import Store
from exporter.models import DOCUMENTS, Documents


def recall(config: Config, store: Store) -> tuple[Documents, list[SetupError]]:
    """Read back the configured documents; a damaged one counts as absent, and its error is returned."""
    found: dict[str, Any] = {}
    damaged = []
    for name, kind in DOCUMENTS.items():
        path = _path(config, name)
        content = store.read(path) if config.has(name) else None
        if content is None:
            continue
        try:
            found[name] = text.decode(content, kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            damaged.append(
                SetupError(f"This file is damaged: {error}.", hint="Run `now-listening export`.", place=path)
            )
    return Documents(**found), damaged


def left_over(config: Config, store: Store, written: Collection[str]) -> Iterator[str]:
    """Warn of each document that is no longer written: what must be hidden may still be in it."""
    for path in (_path(config, name) for name in DOCUMENTS):
        if path not in written and store.read(path) is not None:
            yield f"{path}: This file is no longer updated, and may show what you now hide: better delete it."


def _path(config: Config, document: str) -> str:
    return config.output_path(f"data/{document}.json")
