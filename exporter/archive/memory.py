"""Read back the documents that earlier runs wrote under `data/`."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from exporter import text
from exporter.config.schema import Config
from exporter.errors import SetupError
from exporter.files import Store
from exporter.records import DOCUMENTS, Documents
from exporter.sources import SOURCES


class Memory(Struct, frozen=True, kw_only=True):
    """What earlier runs wrote: `damaged` has an error for each document that can't be read.

    `foreign` names the documents that came from another source, or another user: these count as absent.
    `strangers` says from whom, in the first run after a change: no document from here is as new as theirs.
    """

    documents: Documents
    damaged: tuple[SetupError, ...]
    foreign: frozenset[str]
    strangers: tuple[str, ...]


def recall(config: Config, store: Store) -> Memory:
    """Read back the configured documents."""
    found: dict[str, Any] = {}
    damaged = []
    foreign: dict[str, Any] = {}
    for name, kind in DOCUMENTS.items():
        path = _path(config, name)
        content = store.read(path) if config.has(name) else None
        if content is None:
            continue
        try:
            document = text.decode(content, kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            damaged.append(
                SetupError(f"This file is damaged: {error}.", hint="Run `now-listening export`.", place=path)
            )
            continue
        (found if config.is_from_here(document) else foreign)[name] = document
    return Memory(
        documents=Documents(**found),
        damaged=tuple(damaged),
        foreign=frozenset(foreign),
        strangers=tuple(_newer(foreign.values(), found.values())),
    )


def _newer(foreign: Iterable[Any], ours: Iterable[Any]) -> dict[str, None]:
    """Collect the names of whom foreign documents came from that are newer than all of ours."""
    newest = max((document.updated_at for document in ours), default=None)
    return {
        _named(document.source, document.user): None
        for document in foreign
        if newest is None or document.updated_at > newest
    }


def change_of_source(config: Config, strangers: Collection[str]) -> Iterator[str]:
    """Say that the source, or the user, is another than before, if some came from `strangers`."""
    if strangers:
        yield (
            f"The source is now {_named(config.about.key, config.user)}: what came from "
            f"{' and '.join(strangers)} is replaced, and weeks are only compared with weeks from there."
        )


def _named(source: str, user: str | None) -> str:
    name = SOURCES[source].name if source in SOURCES else source
    return f"{name} ({user})" if user else name


def left_over(config: Config, store: Store, written: Collection[str]) -> Iterator[str]:
    """Warn of each document that is no longer written: what must be hidden may still be in it."""
    for path in (_path(config, name) for name in DOCUMENTS):
        if path not in written and store.read(path) is not None:
            yield f"{path}: This file is no longer updated, and may show what you now hide: better delete it."


def _path(config: Config, document: str) -> str:
    return config.output_path(f"data/{document}.json")
