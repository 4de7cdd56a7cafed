"""``tipoff serve``: the web page on a lake."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console

from tipoff.cli.contract import JsonOption, LakeOption, run
from tipoff.settings import DEFAULT_LAKE


def serve(
    host: Annotated[
        str, typer.Option(help="Where to listen: a name or address of this machine only.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port. 0 takes a free one.")] = 8322,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Show the lake as web pages: picks, backfill, coverage, backtests, models, health.

    Nothing is loaded from elsewhere and nothing is changed. Others can not reach it: put a server
    that asks for passwords in front of it where they should.
    """

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.web.site.serving import serve_until_stopped

        opened = open_lake(lake, must_exist=True)

        def tell(address: str) -> None:
            Console(stderr=True, soft_wrap=True, highlight=False).print(
                f"The lake {lake} is at {address}. Stop with Ctrl-C.", markup=False
            )

        return serve_until_stopped(opened, host, port, tell)

    run(work, _show, as_json=as_json)


def _show(report: Mapping[str, Any], console: Console) -> None:
    console.print(f"Served {report['address']} for {report['seconds']:.0f} s.", highlight=False)
