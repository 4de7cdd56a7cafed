"""Files are opened by content; what is broken costs one sentence."""

import gzip
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

from tipoff.errors import InputError
from tipoff.sources.containers import open_content

TEXT = "name,points\nDončić,33\nBrown,12\n"


def _zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _whole_files(folder: Path) -> dict[str, Path]:
    plain = folder / "a.bin"
    plain.write_text(TEXT, encoding="utf-8")
    packed = folder / "b"
    packed.write_bytes(gzip.compress(TEXT.encode()))
    zipped = _zip(folder / "c.txt", {"x.csv": TEXT.encode(), "__MACOSX/._x.csv": b"\x00\x01"})
    marked = folder / "d.csv"
    marked.write_bytes(b"\xef\xbb\xbf" + TEXT.replace(",", ";").encode())
    latin = folder / "e.csv"
    latin.write_bytes("name,points\nPorziņģis,1\nNurkić,2\n".replace("ņģ", "ng").encode("cp1250"))
    table = folder / "f.csv"
    pl.DataFrame({"name": ["Dončić"], "points": [33]}).write_parquet(table)
    return {
        "csv": plain, "gzip": packed, "zip": zipped, "bom": marked, "latin": latin, "parquet": table
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "gzip", "zip", "bom", "latin", "parquet"])
def test_a_table_is_read_whatever_its_container_is_called(tmp_path: Path, kind: str) -> None:
    content = open_content(_whole_files(tmp_path)[kind])
    assert content.only() == ("name", "points")
    assert content.read("").columns == ["name", "points"]
    if kind != "latin":
        assert content.read("")["name"][0] == "Dončić"


def test_a_database_has_one_table_per_table(tmp_path: Path) -> None:
    path = tmp_path / "odds.any"
    with closing(sqlite3.connect(path)) as database:
        database.execute('create table "odds 2021" (a text, b integer)')
        database.execute('insert into "odds 2021" values (null, 3)')
        database.execute("create table other (c text)")
        database.commit()
    content = open_content(path)
    assert dict(content.columns) == {"odds 2021": ("a", "b"), "other": ("c",)}
    assert content.read("odds 2021").rows() == [(None, "3")]


def test_arrays_of_a_json_object_are_its_tables(tmp_path: Path) -> None:
    text = (
        '{"data": [{"id": 7, "a": {"b": 1.5, "c": [1]}}, {"id": 8}], "n": 1, "more": [{"x": true}]}'
    )
    for name, content in (("a.json", text.encode()), ("b.json.gz", gzip.compress(text.encode()))):
        (tmp_path / name).write_bytes(content)
        opened = open_content(tmp_path / name)
        assert opened.columns == {"data": ("id", "a.b"), "more": ("x",)}
        assert opened.read("data").rows() == [("7", "1.5"), ("8", None)]
    (tmp_path / "lines.json").write_text('{"id": 1}\n{"id": 2}\n', encoding="utf-8")
    assert open_content(tmp_path / "lines.json").read("").rows() == [("1",), ("2",)]


BROKEN: dict[str, bytes] = {
    "empty": b"",
    "blank": b"  \n\n",
    "binary": bytes(range(256)) * 40,
    "truncated gzip": gzip.compress((TEXT * 500).encode())[:-30],
    "truncated parquet": b"PAR1" + b"\x15\x04" * 40,
    "truncated zip": b"PK\x03\x04" + b"\x00" * 60,
    "half-written": b"name,points,rebounds\nDoncic,33,9\nBrown,1",
    "json": b'{"games": []}',
    "json of numbers": b"[1, 2]",
    "half a json": b'[{"name": "Doncic", "points": 33}, {"na',
    "deep json": b"[" * 100_000,
    "html": b"<!doctype html><html></html>",
    "pdf": b"%PDF-1.7 ...",
    "prose": b"nothing here is a table\nat all\n",
    "not a database": b"SQLite format 3\x00" + b"\x01" * 200,
}


def _read(path: Path) -> pl.DataFrame:
    content = open_content(path)
    return content.read(next(iter(content.columns)))


@pytest.mark.parametrize("fault", sorted(BROKEN))
def test_a_broken_file_costs_one_sentence(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(BROKEN[fault])
    with pytest.raises(InputError) as caught:
        _read(path)
    message = str(caught.value)
    assert str(path) in message
    assert message.endswith((".", ")."))
    assert "\n" not in message


def test_an_archive_of_several_files_is_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {"x.csv": TEXT.encode(), "y.csv": TEXT.encode()})
    with pytest.raises(InputError, match="found 2 files"):
        open_content(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found none"):
        open_content(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("body", [b"a,b\n1,2\n3,4\r5\n", b"\n \n\na,b", b"\x1c\n1,2\n"])
def test_odd_ends_of_lines_cost_a_sentence(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "odd.csv").write_bytes(body)
    with pytest.raises(InputError, match=r"^Expected .*\.$"):
        open_content(tmp_path / "odd.csv").read("")
