"""Show the demo's README much as GitHub does, with the files of its output folder, on 127.0.0.1."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from string import Template
from urllib.parse import quote, unquote

from markdown_it import MarkdownIt

from exporter.serving import Answer, LocalServer, Request

_PAGE = Template(Path(__file__).with_name("preview.html").read_text("utf-8"))

_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".xml": "application/xml",
}
"""The content types of outputs; all others are plain text."""

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

_NO_SCRIPT = "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'"
"""The README's content security policy: on GitHub, nothing in a README is run."""


class Preview(LocalServer):
    """Answers with the README of the folder `root` at `/`, and with the files of its `output` folder.

    All are read again for each request. `images` are base URLs of covers, and where these are instead.
    It takes the port after `port` if that is free, else any.
    """

    def __init__(
        self, root: Path, output: str, *, images: Mapping[str, str], port: int | None = None
    ) -> None:
        super().__init__(*([min(port + 1, 65535)] if port else []), 0)
        self.root = root
        self.output = output
        self.images = images

    @property
    def page(self) -> str | None:
        """The path of the page, if there is one."""
        path = PurePosixPath(self.output, "index.html")
        return f"/{quote(str(path))}" if (self.root / path).is_file() else None

    def answer(self, request: Request) -> Answer:
        """Answer a request."""
        try:
            return self._readme() if request.path == "/" else self._file(unquote(request.path[1:]))
        except (OSError, KeyError):
            return Answer(404, b"Not found", {"Content-Type": "text/plain"})

    def _readme(self) -> Answer:
        link = f'<a href="{self.page}">The page</a>' if self.page else ""
        html = _MARKDOWN.render((self.root / "README.md").read_text("utf-8", "replace"))
        for real, stand_in in self.images.items():
            html = html.replace(f'"{real}/', f'"{stand_in}/')
        headers = {"Content-Type": _TYPES[".html"], "Content-Security-Policy": _NO_SCRIPT}
        return Answer(200, _PAGE.substitute(page=link, readme=html).encode(), _HEADERS | headers)

    def _file(self, name: str) -> Answer:
        """Return a file of the output folder. Raises KeyError if `name` is not exactly the path of one."""
        path = self._files()[name]
        content_type = _TYPES.get(path.suffix, "text/plain; charset=utf-8")
        return Answer(200, path.read_bytes(), _HEADERS | {"Content-Type": content_type})

    def _files(self) -> dict[str, Path]:
        """List all that can be asked for: a path that isn't here leads nowhere, however it is written."""
        found = (path.relative_to(self.root) for path in (self.root / self.output).rglob("*"))
        seen = (path for path in found if not any(part.startswith(".") for part in path.parts))
        files = {path.as_posix(): self.root / path for path in seen}
        return {name: path for name, path in files.items() if path.is_file() and not path.is_symlink()}
