"""Modes of files, and disks that take no more: what Windows has not, or has otherwise."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import files_of

from exporter.errors import SetupError
from exporter.files import Change, Folder


@pytest.fixture
def folder(repo: Path) -> Folder:
    return Folder(repo)


@pytest.fixture
def umask() -> Iterator[int]:
    """Let new files be readable by the group, and by nobody else."""
    before = os.umask(0o027)
    yield 0o027
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize("permissions", [0o640, 0o600, 0o755])
def test_a_file_keeps_its_permissions(folder: Folder, permissions: int) -> None:
    path = folder.root / "x"
    path.write_bytes(b"1")
    path.chmod(permissions)
    folder.write(folder.changes({"x": b"2"}))
    assert path.read_bytes() == b"2"
    assert mode(path) == permissions


def test_a_new_file_has_the_permissions_of_any_other(folder: Folder, umask: int) -> None:
    folder.write(folder.changes({"x": b"2"}))
    assert mode(folder.root / "x") == 0o666 & ~umask


def test_a_disk_that_takes_no_more_leaves_everything_as_it_was(folder: Folder) -> None:
    folder.write([Change("a", None, b"old"), Change("b", None, b"old")])
    before = files_of(folder.root)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(SetupError, match="b: This can't be written"):
            folder.write([Change("a", b"old", b"new"), Change("b", b"old", b"x" * 5000)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files_of(folder.root) == before
