"""Every executor gives the same lake, also when a worker dies on the way."""

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import distributed
import pytest

from tipoff.errors import InputError, TipoffError
from tipoff.processors.catalogue import PROCESSORS
from tipoff.store.lake import Lake, open_lake, table_hash
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.executors import open_executor

START, END = date(2022, 11, 1), date(2023, 1, 31)

pytestmark = pytest.mark.filterwarnings("ignore")


def hashes(lake: Lake) -> dict[str, str]:
    return {p.name: table_hash(lake, p.table) for p in PROCESSORS}


@pytest.fixture(scope="module")
def expected(raw_copy: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    lake = copied(raw_copy, tmp_path_factory.mktemp("here"))
    assert backfill(lake, Request(START, END), lambda *_: None)["failed"] == 0
    return hashes(lake)


@pytest.fixture(scope="module")
def raw_copy(raw_lake: Lake) -> Path:
    return Path(raw_lake.url)


def copied(raw: Path, folder: Path) -> Lake:
    shutil.copytree(raw, folder / "lake")
    return open_lake(str(folder / "lake"))


@pytest.fixture(scope="module")
def cluster() -> Iterator[distributed.LocalCluster]:
    made = distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    )
    with made:
        yield made


def test_processes_give_the_same_lake(
    raw_copy: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    lake = copied(raw_copy, tmp_path)
    backfill(lake, Request(START, END, workers=2), lambda *_: None)
    assert hashes(lake) == expected


def test_a_cluster_gives_the_same_lake(
    raw_copy: Path,
    expected: dict[str, str],
    tmp_path: Path,
    cluster: distributed.LocalCluster,
) -> None:
    lake = copied(raw_copy, tmp_path)
    request = Request(START, END, workers=3, executor=f"dask:{cluster.scheduler_address}")
    assert backfill(lake, request, lambda *_: None)["failed"] == 0
    assert hashes(lake) == expected


def test_a_worker_killed_on_the_way_changes_nothing(
    raw_copy: Path,
    expected: dict[str, str],
    tmp_path: Path,
    cluster: distributed.LocalCluster,
) -> None:
    lake = copied(raw_copy, tmp_path)
    request = Request(START, END, workers=3, executor=f"dask:{cluster.scheduler_address}")
    with distributed.Client(cluster) as client:
        before = set(client.run(os.getpid).values())
        killer = threading.Thread(target=_kill_a_busy_worker, args=(client,))
        killer.start()
        report = backfill(lake, request, lambda *_: None)
        killer.join()
        assert report["failed"] == 0
        client.wait_for_workers(3, timeout=30)
        assert set(client.run(os.getpid).values()) != before
    assert hashes(lake) == expected


def _kill_a_busy_worker(client: distributed.Client) -> None:
    pids = client.run(os.getpid)
    for _ in range(2_000):
        busy = [address for address, keys in client.processing().items() if keys]
        if busy:
            os.kill(pids[busy[0]], signal.SIGKILL)
            return
        time.sleep(0.005)
    raise AssertionError("Expected a worker to be busy, found none.")


def test_unknown_executors_and_clusters_out_of_reach_are_refused() -> None:
    with pytest.raises(InputError, match="local, dask"), open_executor("spark", 2):
        pass
    with (
        pytest.raises(TipoffError, match="Expected a Dask scheduler at tcp://127"),
        open_executor("dask:tcp://127.0.0.1:9", 2),
    ):
        pass


def test_the_extra_is_asked_for_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"tipoff\[dask\]"), open_executor("dask", 2):
        pass


def _die_once(folder: str, number: int) -> int:
    """Kill the own process the first time that number 2 is asked for."""
    mark = Path(folder) / "died"
    if number == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def _die(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_calls_of_a_process_that_dies_are_run_again(tmp_path: Path) -> None:
    with open_executor("local", 2) as executor:
        jobs = [(str(tmp_path), number) for number in range(6)]
        assert list(executor.map(_die_once, jobs)) == [0, 1, 4, 9, 16, 25]
        assert (tmp_path / "died").exists()


def test_processes_that_die_again_and_again_are_given_up() -> None:
    with (
        open_executor("local", 2) as executor,
        pytest.raises(TipoffError, match="3 died, the last with 1 units left"),
    ):
        list(executor.map(_die, [(1,)]))
