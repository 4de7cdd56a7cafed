"""What is published is served byte for byte, and nothing else is."""

import json
import os
import shutil
from pathlib import Path

import pytest
from tests.web.served import OPEN, Served, published_lake, served

from tipoff.store.lake import Lake
from tipoff.web.published import Published, is_known

PLACES = {
    "/v1/today": "today.json",
    "/v1/history": "history.json",
    "/v1/results": "results.json",
    "/v1/index": "index.json",
    "/v1/dates/2024-12-03": "dates/2024-12-03.json",
    "/v1/players/1": "players/1.json",
    "/v1/schema/day": "schema/day.json",
    "/v1/tables/picks.csv": "picks.csv",
    "/v1/tables/picks.parquet": "picks.parquet",
    "/v1/tables/predictions.parquet": "predictions.parquet",
}


def _home(lake: Lake) -> Path:
    return Path(lake.url) / "published" / "v1"


def test_every_published_file_is_served_as_it_was_written(api: Served) -> None:
    home = _home(api.state.lake)
    listed = {file["path"] for file in api.get("/v1/index").json["files"]}
    assert set(PLACES.values()) - listed == {"index.json"}
    for address, name in PLACES.items():
        answer = api.get(address)
        assert (answer.status, answer.body) == (200, (home / name).read_bytes())
        assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("address", PLACES)
def test_who_knows_the_content_gets_none(api: Served, address: str) -> None:
    etag = api.get(address).headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = api.get(address, {"If-None-Match": known})
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", etag)
    assert api.get(address, {"If-None-Match": '"other"'}).status == 200


def test_weak_and_strong_marks_of_content() -> None:
    assert is_known('"a", W/"b"', '"b"')
    assert not is_known('"ab"', '"a"')
    assert not is_known("", '"a"')


def test_a_file_that_changes_is_served_anew(published: Lake, tmp_path: Path) -> None:
    home = tmp_path / "published"
    shutil.copytree(Path(published.url) / "published", home)
    api = served(published, OPEN.model_copy(update={"published": home}))
    before = api.get("/v1/today")
    path = home / "v1/today.json"
    stat = path.stat()
    other = path.read_bytes().replace(b"Player 1", b"Player 9")
    beside = path.with_name("other")
    beside.write_bytes(other)
    # As many bytes, written at the same moment: it is another file all the same.
    os.utime(beside, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    beside.replace(path)
    after = api.get("/v1/today")
    assert after.body == other != before.body
    assert after.headers["etag"] != before.headers["etag"]
    path.unlink()
    answer = api.get("/v1/today")
    assert answer.status == 404
    assert "Run 'tipoff publish'" in answer.detail


def test_what_is_not_published_is_a_sentence(api: Served) -> None:
    assert "/v1/history lists the dates" in api.get("/v1/dates/2024-12-25").detail
    assert api.get("/v1/players/999").status == 404
    assert api.get("/v1/nothing").status == 404
    answer = api.ask("POST", "/v1/today")
    assert answer.status == 405
    assert "POST" in answer.detail


WRONG = (
    *("2024-2-3", "2024-02-30", "today", "0", "1733184000", "20241203", "2024-12-03T00:00"),
    *("٢٠٢٤-12-03", "2024-12-03%0a", "9999-12-31", "0001-01-01"),
)


@pytest.mark.parametrize("date", WRONG)
def test_what_is_no_date_is_bad_input(api: Served, date: str) -> None:
    answer = api.get(f"/v1/dates/{date}")
    assert answer.status == 422
    assert "ISO date" in answer.detail


# Each leads to the file of a secret beside the published folder where a path is taken as it comes.
TRAVERSALS = (
    "/v1/players/..%2f..%2f..%2fsecret",
    "/v1/players/../../../secret",
    "/v1/players/%2e%2e%2f%2e%2e%2f%2e%2e%2fsecret",
    "/v1/players/..%5c..%5csecret",
    "/v1/players//etc/passwd",
    "/v1/players/secret%00",
    "/v1/players/.",
    "/v1/players/..",
    "/v1/dates/../../../secret",
    "/v1/dates/..%2f..%2f..%2fsecret",
    "/v1/schema/..%2f..%2f..%2fsecret",
    "/v1/tables/..%2f..%2fsecret.json",
    "/v1/../../secret.json",
    "/v1/%2e%2e/%2e%2e/secret.json",
    "/v1/" + "a" * 5_000,
    "/v1/players/" + "a" * 5_000,
    "/v1/players/" + "%ff" * 40,
)


@pytest.fixture(scope="module")
def beside_secret(tmp_path_factory: pytest.TempPathFactory) -> Served:
    folder = tmp_path_factory.mktemp("secret")
    lake = published_lake(folder)
    for place in (folder, Path(lake.url), Path(lake.url) / "published"):
        (place / "secret.json").write_text('"secret"')
    players = Path(lake.url) / "published/v1/players"
    (players / "link.json").symlink_to(folder / "secret.json")
    return served(lake)


@pytest.mark.parametrize("address", TRAVERSALS)
def test_no_path_leads_out_of_what_is_published(beside_secret: Served, address: str) -> None:
    answer = beside_secret.get(address)
    assert answer.status in (404, 422)
    assert b"secret" not in answer.body


def test_a_link_out_of_what_is_published_is_not_followed(beside_secret: Served) -> None:
    assert beside_secret.get("/v1/players/link").status == 404


def test_a_server_that_joins_paths_as_they_come_gives_the_secret(beside_secret: Served) -> None:
    """The planted fault: what the addresses above would find."""
    home = _home(beside_secret.state.lake)
    assert json.loads((home / "players/../../../secret.json").read_text()) == "secret"
    assert json.loads((home / "players/link.json").read_text()) == "secret"


def test_memory_holds_what_was_asked_for_last_within_its_bound(tmp_path: Path) -> None:
    home = tmp_path / "v1"
    home.mkdir()
    for n in range(20):
        (home / f"{n}.json").write_bytes(b"x" * 100)
    (home / "large.json").write_bytes(b"x" * 1000)
    files = Published(tmp_path, most_bytes=550)
    for n in [*range(20), 3, 19]:
        files.get(f"{n}.json")
        assert files.bytes_kept <= 550
    large = files.get("large.json")
    assert large is not None
    assert len(large.content) == 1000
    assert files.bytes_kept == 500
    (home / "19.json").unlink()
    assert files.get("19.json") is None
    assert files.bytes_kept == 400
