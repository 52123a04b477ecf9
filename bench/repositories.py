"""Git repositories, made fast."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from bench.measure import environment, run

WHO = "Ada <ada@example.org>"


def git(root: Path, *arguments: str, data: bytes = b"") -> str:
    """Run git in a folder, as Ada, and return what it printed."""
    ada = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main")
    env = environment(GIT_CONFIG_GLOBAL="/dev/null")
    return run("git", *ada, *arguments, cwd=root, env=env, data=data).decode().strip()


def committed(files: Mapping[str, bytes], branch: str, number: int) -> Iterable[bytes]:
    """Yield a commit of files in the language of `git fast-import`; it follows the branch's last one."""
    yield f"commit refs/heads/{branch}\ncommitter {WHO} {1_700_000_000 + 1800 * number} +0000\n".encode()
    yield b"data 16\nUpdate listening\n"
    for path, content in files.items():
        yield f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n"
