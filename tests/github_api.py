"""A stand-in of what GitHub's REST API does with issues, and `gh` programs that ask it.

Source: https://docs.github.com/en/rest/issues. The real `gh`, if it is installed, reaches the stand-in as its
proxy: for the host `github.localhost`, it speaks HTTP without encryption.
"""

import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from msgspec.structs import replace
from standin import Faulty

from exporter.demo.answers import json_answer
from exporter.github.issues import AUTHOR, LABEL
from exporter.serving import Answer, Handler, Request

REAL_GH = shutil.which("gh")

TOKEN = "gh-token"

PER_PAGE = 2
"""Fewer than GitHub gives, so that few issues are several pages."""

ISSUES = "/repos/ada/ada/issues"

THROUGH_PROXY = """\
#!/bin/sh
GH_HOST=github.localhost GH_CONFIG_DIR='{folder}/config' HTTP_PROXY={url} exec '{gh}' "$@"
"""

LIKE_GH = '''\
#!{python} -IS
"""Speaks as `gh api` does, as far as it is used: where the real one is not installed."""
import json, os, re, socket, sys

arguments = sys.argv[1:]
if arguments.pop(0) != "api":
    sys.exit("unknown command")
flags = {{word for word in ("--paginate", "--silent") if word in arguments}}
rest = [word for word in arguments if word not in flags]
options = {{}}
while len(rest) > 1:
    index = next(place for place, word in enumerate(rest) if word.startswith("--"))
    name, value, *_ = rest[index:]
    options[name] = value
    del rest[index : index + 2]
body = sys.stdin.buffer.read() if options.get("--input") == "-" else b""
path = "/" + rest[0]
while path:
    lines = (
        options.get("--method", "GET") + f" {{path}} HTTP/1.0",
        "Authorization: token " + os.environ["GH_TOKEN"],
        f"Content-Length: {{len(body)}}",
    )
    try:
        with socket.create_connection(("127.0.0.1", {port})) as server:
            server.sendall("\\r\\n".join((*lines, "", "")).encode() + body)
            head, _, said = server.makefile("rb").read().partition(b"\\r\\n\\r\\n")
        status = int(head.split()[1])
    except (OSError, IndexError):
        sys.exit("error connecting to api.github.com")
    if status >= 400:
        sys.exit("gh: " + json.loads(said)["message"] + f" (HTTP {{status}})")
    for item in json.loads(said) if options.get("--jq") == ".[]" else ():
        print(json.dumps(item, ensure_ascii=False))
    following = re.search('<http://api.github.localhost([^>]*)>; rel="next"', head.decode())
    path = following and "--paginate" in flags and following[1]
'''


class GitHub(Faulty):
    """A stand-in of GitHub, with the `issues` and `labels` of one repository, ada/ada."""

    def __init__(self) -> None:
        super().__init__(lambda: datetime.now(UTC))
        self.issues: list[dict[str, Any]] = []
        self.labels: list[str] = []
        self.comments: list[tuple[int, str]] = []

    def install_gh(self, folder: Path, *, real: bool) -> None:
        """Write a `gh` that asks this stand-in to a folder: the real one, or a program like it."""
        folder.mkdir(exist_ok=True)
        program = folder / "gh"
        source = (
            THROUGH_PROXY.format(folder=folder, url=self.url, gh=REAL_GH)
            if real
            else LIKE_GH.format(python=sys.executable, port=urlsplit(self.url).port)
        )
        program.write_text(source, encoding="utf-8")
        program.chmod(0o755)

    def add(
        self, title: str, body: str | None = "", author: str = AUTHOR, label: str = LABEL
    ) -> dict[str, Any]:
        """Open an issue."""
        issue = {
            "number": len(self.issues) + 1,
            "title": title,
            "body": body,
            "user": {"login": author},
            "labels": [{"name": label}],
            "state": "open",
        }
        self.issues.append(issue)
        return issue

    @property
    def open_issues(self) -> list[object]:
        """The titles of the open issues."""
        return [issue["title"] for issue in self.issues if issue["state"] == "open"]

    def respond(self, request: Request, handler: Handler) -> None:
        """Answer a request, whose body may come in chunks, as what `gh` reads from a pipe does."""
        if request.headers.get("transfer-encoding") == "chunked":
            request = replace(request, body=b"".join(_chunks(handler)))
        super().respond(request, handler)

    def answer(self, request: Request) -> Answer:
        """Answer as GitHub does."""
        if request.headers.get("authorization") != f"token {TOKEN}":
            return json_answer(401, {"message": "Bad credentials"})
        fields = json.loads(request.body) if request.body else {}
        numbered = re.fullmatch(rf"{ISSUES}/(\d+)(/comments)?", request.path)
        if (request.method, request.path) == ("GET", ISSUES):
            return self._listed(request.query)
        if (request.method, request.path) == ("POST", "/repos/ada/ada/labels"):
            return self._labelled(fields)
        if (request.method, request.path) == ("POST", ISSUES):
            (label,) = fields["labels"]
            assert label in self.labels
            return json_answer(201, self.add(fields["title"], fields["body"], label=label))
        if request.method == "PATCH" and numbered:
            self.issues[int(numbered[1]) - 1] |= fields
        elif request.method == "POST" and numbered and numbered[2]:
            self.comments.append((int(numbered[1]), fields["body"]))
        else:
            return json_answer(404, {"message": "Not Found"})
        return json_answer(200, {})

    def _labelled(self, fields: Mapping[str, str]) -> Answer:
        """Create a label."""
        if fields["name"] in self.labels:
            return json_answer(422, {"message": "Validation Failed", "errors": [{"code": "already_exists"}]})
        self.labels.append(fields["name"])
        return json_answer(201, fields)

    def _listed(self, query: Mapping[str, str]) -> Answer:
        """List a page, the newest first."""
        found = [
            issue
            for issue in reversed(self.issues)
            if issue["state"] == query["state"] and {"name": query["labels"]} in issue["labels"]
        ]
        page = int(query.get("page", "1"))
        following = urlencode({**query, "page": page + 1})
        link = f'<http://api.github.localhost{ISSUES}?{following}>; rel="next"'
        more = {"Link": link} if page * PER_PAGE < len(found) else {}
        return json_answer(200, found[(page - 1) * PER_PAGE : page * PER_PAGE], **more)


def _chunks(handler: Handler) -> Iterator[bytes]:
    while size := int(handler.rfile.readline(), 16):
        yield handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
