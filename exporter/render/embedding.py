"""Get the covers that outputs embed: from the files of before, and what is missing from the source."""

from collections.abc import Callable, Collection, Iterable, Mapping

from msgspec import Struct

from exporter.files import Store
from exporter.render.covers import Cover, Picture, embedded

Fetch = Callable[[Collection[str]], Mapping[str, bytes]]
"""Fetches pictures: bodies by address, without those that could not be had."""


class Embedding(Struct, frozen=True, kw_only=True):
    """Where a run's covers come from: `store` has the files of before, `fetch` (None: offline) the others.

    `day` is the run's, such as `2026-11-25`: what could not be had is tried again on another day.
    """

    store: Store
    fetch: Fetch | None
    day: str

    def known(self, paths: Iterable[str]) -> dict[str, Cover]:
        """Find the covers that files embed, by key; a picture in one wins over a tile in another."""
        found: dict[str, Cover] = {}
        for path in paths:
            for key, cover in embedded(self.store.read(path) or b"").items():
                if cover.data or key not in found:
                    found[key] = cover
        return found

    def usable(self, covers: Mapping[str, Cover]) -> dict[str, Cover]:
        """Leave out the tiles of what should be tried again."""
        is_offline = self.fetch is None
        return {
            key: cover for key, cover in covers.items() if is_offline or cover.data or cover.tried == self.day
        }

    def fetched(self, pictures: Collection[Picture]) -> dict[str, Cover]:
        """Fetch pictures, and bring them to size; empty if there are none, or offline."""
        if not pictures or self.fetch is None:
            return {}
        from exporter.render.pictures import embeddable  # noqa: PLC0415 # Pillow, which most runs do not need

        bodies = self.fetch({picture.address for picture in pictures})
        covers = {}
        for picture in sorted(pictures):
            body = bodies.get(picture.address)
            data = embeddable(body, picture.size) if body else None
            covers[picture.key] = Cover(picture.key, data, None if data else self.day)
        return covers
