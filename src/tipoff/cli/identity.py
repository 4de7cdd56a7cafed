"""``tipoff identity``: names without a player, and the alias file that says whose they are."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tipoff.cli.contract import JsonOption, LakeOption, run
from tipoff.cli.identity_words import MaxUnmatchedOption, show_list
from tipoff.errors import InputError
from tipoff.settings import DEFAULT_LAKE

identity_app = typer.Typer(help="Who the named players are.", no_args_is_help=True)

AliasesOption = Annotated[
    Path | None,
    typer.Option(
        "--aliases",
        help="Alias file (TOML); else that of TIPOFF_ALIASES, else ./aliases.toml.",
        metavar="FILE",
    ),
]
NamedOption = Annotated[
    list[str] | None,
    typer.Option(
        "--named-source",
        help="A source, such as a mapped one, whose files state no ids of players.",
        metavar="NAME",
    ),
]


@identity_app.callback()
def identity() -> None:
    """Who the named players are."""


@identity_app.command()
def unmatched(lake: LakeOption = DEFAULT_LAKE, as_json: JsonOption = False) -> None:
    """List the names without a player: rows, source, seasons, dates and teams."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.alias_rows import unmatched_names

        return {"names": unmatched_names(open_lake(lake, must_exist=True))}

    run(work, _show_unmatched, as_json=as_json)


def _show_unmatched(report: Mapping[str, Any], console: Console) -> None:
    if not report["names"]:
        console.print("Every name has a player.")
        return
    table = Table("name", "rows", "source", "table", "dates", "teams", box=None)
    for row in report["names"]:
        teams = ", ".join(f"{t['team']} {t['games']}" for t in row["teams"][:4])
        dates = f"{row['first']} to {row['last']}"
        name = row["name"].replace("[", "\\[")
        table.add_row(name, f"{row['rows']:,}", row["source"], row["table"], dates, teams)
    console.print(table)


@identity_app.command()
def rates(
    season: Annotated[
        list[str] | None, typer.Option(help="This season only; may be given again.")
    ] = None,
    max_unmatched: MaxUnmatchedOption = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Show which share of what is stored nobody knows, by source, table and season.

    Exit code 3: a share is above its limit.
    """

    def work() -> Mapping[str, Any]:
        from tipoff.domain.seasons import start_year
        from tipoff.store.lake import open_lake
        from tipoff.workflows.identity_limits import limits_of
        from tipoff.workflows.identity_stored import rates as judged

        for wanted in season or ():
            start_year(wanted)
        return judged(open_lake(lake, must_exist=True), limits_of(max_unmatched or []), season)

    run(work, _show_rates, as_json=as_json, negative=_above)


def _above(report: Mapping[str, Any]) -> str | None:
    if not report["above"]:
        return None
    return f"{len(report['above']):,} shares are above their limits."


def _show_rates(report: Mapping[str, Any], console: Console) -> None:
    table = Table("source", "table", "season", "kind", "bad", "of", "share", "limit", "", box=None)
    for column in table.columns[:2]:
        column.overflow = "fold"
    for row in report["checks"]:
        share = "" if row["rate"] is None else f"{row['rate']:.2%}"
        numbers = (f"{row['bad']:,}", f"{row['n']:,}", share, f"{row['limit']:.0%}")
        where = (row["source"], row["table"], row["season"], row["kind"])
        table.add_row(*where, *numbers, row["verdict"])
    console.print(table)
    for entry in report["above"]:
        console.print(entry["sentence"], highlight=False, markup=False)
        show_list(entry["list"], console)


@identity_app.command()
def suggest(
    out: Annotated[
        Path | None, typer.Option(help="Write the suggestions here, as an alias file.")
    ] = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Write an alias file to be reviewed: every entry is commented out, a person decides."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.alias_suggestions import suggestions

        if out is not None and out.exists():
            raise InputError(f"Expected a new file for --out, but {out} exists; choose another.")
        found = suggestions(open_lake(lake, must_exist=True))
        if out is not None:
            _write(out, found["toml"])
        return {**found, "out": out}

    run(work, _show_suggestions, as_json=as_json)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"Expected to write {path}, but {error.strerror}.") from None


def _show_suggestions(report: Mapping[str, Any], console: Console) -> None:
    if report["out"] is None:
        console.print(report["toml"], markup=False, highlight=False, soft_wrap=True)
        return
    console.print(
        f"Wrote {len(report['names']):,} names to {report['out']}; nothing counts before you "
        "decide.",
        highlight=False,
        markup=False,
    )


@identity_app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The alias file.")],
    named_source: NamedOption = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Refuse an alias file that is wrong: unknown players, chains, two players made one."""

    def work() -> Mapping[str, Any]:
        from tipoff.sources.alias_file import read_aliases
        from tipoff.store.lake import open_lake
        from tipoff.workflows.alias_check import check as checked

        return checked(open_lake(lake, must_exist=True), read_aliases(file), named_source or ())

    run(work, _show_check, as_json=as_json)


def _show_check(report: Mapping[str, Any], console: Console) -> None:
    console.print(f"{report['aliases']:,} aliases, no fault.", highlight=False)
    for line in report["unused"]:
        console.print(f"No stored row needs {line}.", highlight=False, markup=False)


@identity_app.command()
def apply(
    aliases: AliasesOption = None,
    named_source: NamedOption = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Tell anew who the players of stored rows are, by the alias file as it is now."""

    def work() -> Mapping[str, Any]:
        from tipoff.sources.alias_file import alias_file, own_aliases
        from tipoff.store.lake import open_lake
        from tipoff.workflows.alias_apply import apply as applied

        opened = open_lake(lake, must_exist=True)
        with alias_file(aliases) as path:
            return {"file": path, **applied(opened, own_aliases(), named_source or ())}

    run(work, _show_apply, as_json=as_json)


def _show_apply(report: Mapping[str, Any], console: Console) -> None:
    console.print(
        f"Alias file: {report['file'] or 'none'}, {report['aliases']:,} aliases.",
        highlight=False,
        markup=False,
    )
    for line in report["unused"]:
        console.print(f"No stored row needs {line}.", highlight=False, markup=False)
    for row in report["changed"]:
        console.print(f"{row['table']} {row['season']}: {row['rows']:,} rows.", highlight=False)
    if report["kept"]:
        sources = ", ".join(sorted({row["source"] for row in report["kept"]}))
        console.print(
            f"Left as they are, for they may have stated ids: rows of {sources}. "
            "Name those that state none with --named-source.",
            highlight=False,
            markup=False,
        )
    console.print(
        f"{report['rows']:,} rows changed; tipoff backfill --plan shows the dates that depend on "
        "them."
        if report["rows"]
        else "Nothing changed.",
        highlight=False,
    )
