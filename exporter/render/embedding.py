"""Get the covers that outputs embed: from the files of before, and what is missing from the source."""

from collections.abc import Callable, Collection, Mapping, Sequence

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

    def gather(self, pictures: Collection[Picture], paths: Collection[str]) -> dict[Picture, Cover]:
        """Get the covers of pictures, which files with these paths may embed already."""
        before = self._embedded(paths)
        kept = {picture: before[picture.key] for picture in pictures if picture.key in before}
        if self.fetch is None:
            return kept
        kept = {picture: cover for picture, cover in kept.items() if cover.data or cover.tried == self.day}
        missing = [picture for picture in sorted(pictures) if picture not in kept]
        return {**kept, **self._fetched(missing, self.fetch)}

    def _embedded(self, paths: Collection[str]) -> dict[str, Cover]:
        """Find all covers in the files; a picture in one wins over a tile in another."""
        found: dict[str, Cover] = {}
        for path in paths:
            for key, cover in embedded(self.store.read(path) or b"").items():
                if cover.data or key not in found:
                    found[key] = cover
        return found

    def _fetched(self, pictures: Sequence[Picture], fetch: Fetch) -> dict[Picture, Cover]:
        """Fetch pictures, and bring them to size."""
        if not pictures:
            return {}
        from exporter.render.pictures import embeddable  # noqa: PLC0415 # Pillow, which most runs do not need

        bodies = fetch({picture.address for picture in pictures})
        covers = {}
        for picture in pictures:
            body = bodies.get(picture.address)
            data = embeddable(body, picture.size) if body else None
            covers[picture] = Cover(picture.key, data, None if data else self.day)
        return covers
