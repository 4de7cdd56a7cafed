"""A lake by URL is the same lake: same rows, same hashes, safe for several writers."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import boto3
import polars as pl
import pytest
from moto.server import ThreadedMotoServer
from tests.store.answer_rows import answer_rows

from tipoff.processors.catalogue import PROCESSORS
from tipoff.sources.league import LeagueSettings, append_to, generate
from tipoff.store.archive import Keeper, kept, with_bodies
from tipoff.store.lake import Lake, append, open_lake, read, table_hash
from tipoff.tables.raw import PROP_QUOTES, RAW_TABLES
from tipoff.workflows.backfill import Request, backfill

LITTLE = LeagueSettings(seasons=1, teams=8, games_per_team=14, extra_markets=False)
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An S3 server on loopback, told to the lake the way a user tells it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        region_name=KEYS["AWS_REGION"],
    )
    client.create_bucket(Bucket="props")
    options = {**KEYS, "AWS_ENDPOINT_URL": endpoint, "AWS_ALLOW_HTTP": "true"}
    for name, value in options.items():
        monkeypatch.setenv(f"TIPOFF_STORAGE_{name}", value)
    yield "s3://props"
    server.stop()


def test_a_lake_by_url_holds_what_a_folder_holds(bucket: str, lake_folder: Lake) -> None:
    league = generate(LITTLE)
    lake = open_lake(f"{bucket}/a/lake")
    append_to(lake, league)
    again = append_to(lake, league)
    append_to(lake_folder, league)
    span = Request(date(2021, 10, 1), date(2022, 4, 30))
    for each in (lake, lake_folder):
        assert backfill(each, span, lambda *_: None)["failed"] == 0
    assert {added.added for added in again.values()} == {0}
    for table in [*RAW_TABLES.values(), *(processor.table for processor in PROCESSORS)]:
        assert table_hash(lake, table) == table_hash(lake_folder, table), table.name
    assert backfill(lake, span, lambda *_: None)["written"] == 0


def test_writers_that_meet_on_an_object_store_lose_nothing(bucket: str) -> None:
    quotes = generate(LITTLE).frames["prop_quotes"].head(8_000)
    lake = open_lake(f"{bucket}/raced")
    ready = threading.Barrier(4)

    def write(part: int) -> int:
        # Half of what each writes is written by its neighbour too.
        own = quotes.with_row_index().filter((pl.col("index") % 4).is_in([part, (part + 1) % 4]))
        ready.wait()
        return append(lake, PROP_QUOTES, own.drop("index")).added

    with ThreadPoolExecutor(4) as pool:
        added = sum(pool.map(write, range(4)))
    assert added == quotes.height == read(lake, PROP_QUOTES).height


def test_answers_are_kept_and_read_on_an_object_store(bucket: str) -> None:
    lake = open_lake(f"{bucket}/archive")
    bodies = [bytes([n]) * 10 for n in range(6)]
    ready = threading.Barrier(2)

    def write(part: int) -> None:
        ready.wait()
        Keeper(lake).keep(answer_rows(*bodies[3 * part : 3 * part + 3], first=3 * part))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, range(2)))
    assert pl.concat(with_bodies(lake, kept(lake)))["body"].to_list() == bodies


@pytest.fixture
def lake_folder(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return open_lake(str(tmp_path_factory.mktemp("folder") / "lake"))
