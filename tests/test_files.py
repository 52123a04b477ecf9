import os
from pathlib import Path

import pytest
from conftest import files_of

from exporter.errors import SetupError
from exporter.files import Change, Folder


@pytest.fixture
def folder(repo: Path) -> Folder:
    return Folder(repo)


def test_what_is_absent_reads_as_none(folder: Folder) -> None:
    assert folder.read("README.md") is None
    assert folder.read("no/such/folder.md") is None


def test_what_lies_below_a_file_is_absent(folder: Folder) -> None:
    (folder.root / "data").write_bytes(b"")
    assert folder.read("data/top.json") is None


def test_bytes_are_read_as_they_are(folder: Folder) -> None:
    (folder.root / "x").write_bytes(b"\xff\r\n\x00")
    assert folder.read("x") == b"\xff\r\n\x00"


def test_what_is_there_but_no_file_cannot_be_read(folder: Folder) -> None:
    (folder.root / "README.md").mkdir()
    with pytest.raises(SetupError, match="can't be read") as caught:
        folder.read("README.md")
    assert caught.value.place == "README.md"


def test_only_what_differs_is_a_change(folder: Folder) -> None:
    (folder.root / "same").write_bytes(b"1")
    (folder.root / "other").write_bytes(b"1")
    assert folder.changes({"same": b"1", "other": b"2", "new": b"3"}) == (
        Change("new", None, b"3"),
        Change("other", b"1", b"2"),
    )


def test_a_new_empty_file_is_a_change(folder: Folder) -> None:
    assert folder.changes({"empty": b""}) == (Change("empty", None, b""),)


def test_comparing_writes_nothing(folder: Folder) -> None:
    folder.changes({"a/b": b"1"})
    assert list(folder.root.iterdir()) == []


def test_files_are_written_with_their_folders(folder: Folder) -> None:
    folder.write(folder.changes({"a": b"1\n", "b/c/d": b"\xff\r\n"}))
    assert files_of(folder.root) == {"a": b"1\n", "b/c/d": b"\xff\r\n"}


def test_after_writing_there_is_nothing_left_to_change(folder: Folder) -> None:
    files = {"a": b"1", "b/c": b"2"}
    folder.write(folder.changes(files))
    assert folder.changes(files) == ()


def test_what_is_the_same_is_not_touched(folder: Folder) -> None:
    same, other = folder.root / "same", folder.root / "other"
    for path in (same, other):
        path.write_bytes(b"1")
        os.utime(path, ns=(10**18, 10**18))
    folder.write(folder.changes({"same": b"1", "other": b"2"}))
    assert same.stat().st_mtime_ns == 10**18
    assert other.stat().st_mtime_ns != 10**18


@pytest.mark.usefixtures("links")
def test_a_link_inside_the_folder_is_written_through(folder: Folder) -> None:
    (folder.root / "real").mkdir()
    (folder.root / "real" / "x").write_bytes(b"1")
    (folder.root / "x").symlink_to(Path("real/x"))
    folder.write(folder.changes({"x": b"2"}))
    assert (folder.root / "x").is_symlink()
    assert (folder.root / "real" / "x").read_bytes() == b"2"


@pytest.mark.usefixtures("links")
def test_a_linked_folder_inside_the_folder_is_written_through(folder: Folder) -> None:
    (folder.root / "real").mkdir()
    (folder.root / "data").symlink_to("real", target_is_directory=True)
    folder.write(folder.changes({"data/x": b"2"}))
    assert (folder.root / "data").is_symlink()
    assert (folder.root / "real" / "x").read_bytes() == b"2"


@pytest.mark.usefixtures("links")
def test_a_root_that_is_itself_a_link_is_no_way_out(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(repo, target_is_directory=True)
    folder = Folder(tmp_path / "link")
    folder.write(folder.changes({"x": b"1"}))
    assert (repo / "x").read_bytes() == b"1"


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize("what", ["file", "folder", "file that is not there"])
def test_a_link_out_of_the_folder_is_refused_and_nothing_is_written(
    folder: Folder, tmp_path: Path, what: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_bytes(b"kept")
    path = {"file": "link", "folder": "link/kept", "file that is not there": "link"}[what]
    to = {"file": outside / "kept", "folder": outside, "file that is not there": outside / "new"}[what]
    (folder.root / "link").symlink_to(to, target_is_directory=what == "folder")
    (folder.root / "a").write_bytes(b"1")
    changes = [Change("a", b"1", b"2"), Change(path, None, b"3"), Change("z", None, b"4")]
    with pytest.raises(SetupError, match="follows a link out of the repository") as caught:
        folder.write(changes)
    assert caught.value.place == path
    assert files_of(outside) == {"kept": b"kept"}
    assert (folder.root / "a").read_bytes() == b"1"
    assert sorted(path.name for path in folder.root.iterdir()) == ["a", "link"]


def test_dots_do_not_lead_out_either(folder: Folder, tmp_path: Path) -> None:
    with pytest.raises(SetupError):
        folder.write([Change("../x", None, b"1")])
    assert files_of(tmp_path) == {}


def test_a_file_in_place_of_the_output_folder_is_named(folder: Folder) -> None:
    (folder.root / "listening").write_bytes(b"mine")
    changes = folder.changes({"README.md": b"1", "listening/data/x.json": b"2", "z": b"3"})
    with pytest.raises(SetupError, match="its folder is a file") as caught:
        folder.write(changes)
    assert caught.value.place == "listening/data/x.json"
    assert files_of(folder.root) == {"listening": b"mine"}


def test_a_folder_in_place_of_a_file_is_named(folder: Folder) -> None:
    (folder.root / "x").mkdir()
    with pytest.raises(SetupError) as caught:
        folder.write([Change("x", None, b"1")])
    assert caught.value.place == "x"
    assert list(folder.root.iterdir()) == [folder.root / "x"]


def test_when_the_second_file_fails_the_first_stays_as_it_was(folder: Folder) -> None:
    (folder.root / "a").write_bytes(b"old")
    os.utime(folder.root / "a", ns=(10**18, 10**18))
    (folder.root / "b").write_bytes(b"no folder")
    with pytest.raises(SetupError):
        folder.write(folder.changes({"a": b"new", "b/c": b"new"}))
    assert files_of(folder.root) == {"a": b"old", "b": b"no folder"}
    assert (folder.root / "a").stat().st_mtime_ns == 10**18


def test_no_temporary_file_is_left(folder: Folder) -> None:
    folder.write(folder.changes({"a": b"1", "b/c": b"2"}))
    folder.write(folder.changes({"a": b"3", "b/c": b"4"}))
    assert files_of(folder.root) == {"a": b"3", "b/c": b"4"}


def test_the_difference_of_a_changed_file_is_a_unified_diff() -> None:
    assert Change("README.md", b"a\nb\nc\n", b"a\nB\nc\n").diff() == (
        "--- a/README.md\n+++ b/README.md\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"
    )


def test_the_difference_of_a_new_file_starts_from_nothing() -> None:
    diff = Change("data/x.json", None, b"1\n2\n").diff()
    assert diff.startswith("--- /dev/null\n+++ b/data/x.json\n@@ ")
    assert "\n+1\n+2\n" in diff


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (b"a\nb", b"a\nb\n", " a\n-b\n\\ No newline at end of file\n+b\n"),
        (b"a\nb\n", b"a\nb", " a\n-b\n+b\n\\ No newline at end of file\n"),
    ],
)
def test_a_final_newline_that_comes_or_goes_shows_in_the_difference(
    before: bytes, after: bytes, lines: str
) -> None:
    assert Change("x", before, after).diff().endswith(f"@@\n{lines}")


@pytest.mark.usefixtures("links")
def test_a_link_that_leads_to_itself_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(SetupError, match="loop"):
        Folder(tmp_path).write([Change("loop", None, b"1")])


def test_bytes_that_are_no_text_do_not_stop_a_difference() -> None:
    assert "+\ufffd\n" in Change("x", b"a\n", b"\xff\n").diff()


@pytest.mark.parametrize("before", [None, b"<svg/>"])
@pytest.mark.parametrize("path", ["cards/top.svg", "output/index.html", "index.html"])
def test_of_a_picture_and_of_the_page_only_the_size_is_told(path: str, before: bytes | None) -> None:
    assert Change(path, before, b"<svg></svg>").diff() == f"{path}: changed, 11 bytes\n"
