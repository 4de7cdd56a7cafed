"""``tipoff fetch``: ask providers, keep every answer, and read what is kept."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup

from tipoff.cli.contract import JsonOption, LakeOption, progress, run
from tipoff.cli.identity_words import MaxUnmatchedOption, above_limit, show_identity
from tipoff.errors import InputError, TipoffError, not_among
from tipoff.settings import DEFAULT_LAKE

_ASK = "from"
_URLS_SHOWN = 5


class _AskByDefault(TyperGroup):
    """``tipoff fetch PROVIDER ENDPOINT`` means ``tipoff fetch from PROVIDER ENDPOINT``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = [_ASK, *args]
        return super().parse_args(ctx, args)


fetch_app = typer.Typer(
    cls=_AskByDefault,
    help="Ask providers, keep every answer, and read what is kept.",
    no_args_is_help=True,
)


@fetch_app.callback()
def about() -> None:
    """Ask providers: tipoff fetch PROVIDER ENDPOINT, which is short for fetch from."""


@fetch_app.command(_ASK)
def from_(
    provider: Annotated[str, typer.Argument(help="Whom to ask; see 'fetch providers'.")],
    what: Annotated[str, typer.Argument(metavar="ENDPOINT", help="An endpoint, or a plan.")],
    param: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Repeatable; of one name: asks for each value."),
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Show what it would ask and cost.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="The same, with every address that it would ask.")
    ] = False,
    credits_: Annotated[
        int | None,
        typer.Option("--credits", min=0, help="Spend no more on this, over all runs of it."),
    ] = None,
    max_age: Annotated[
        float | None,
        typer.Option(min=0, max=1e6, help="Ask again for answers older than so many hours."),
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=4, help="Requests at a time.")] = 2,
    per_minute: Annotated[
        float | None,
        typer.Option(help="Requests a minute; more than usual only of a TIPOFF_<NAME>_URL."),
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(min=0.1, help="Wait so many seconds for the next bytes (30).")
    ] = None,
    proxy: Annotated[
        str | None, typer.Option(envvar="TIPOFF_PROXY", help="URL of a proxy.")
    ] = None,
    parse: Annotated[bool, typer.Option(help="Read the answers into the tables.")] = True,
    max_unmatched: MaxUnmatchedOption = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Ask a provider for what is not kept yet.

    Exit code 3: the budget ended it, or what came names too much that nobody knows.
    """
    shown = None if dry_run else _URLS_SHOWN

    def work() -> Mapping[str, Any]:
        from tipoff.sources.addresses import at_pace
        from tipoff.store.lake import open_lake
        from tipoff.workflows.fetch import planned
        from tipoff.workflows.fetch_order import Order
        from tipoff.workflows.identity_limits import limits_of

        unmatched = limits_of(max_unmatched or [])
        named, planner = _named(provider, what)
        asked = named if per_minute is None else at_pace(named, per_minute)
        age = None if max_age is None else timedelta(hours=max_age)
        limits: dict[str, Any] = {"credits": credits_, "max_age": age, "concurrency": concurrency}
        order = Order(asked, what, _params(param or []), planner, proxy=proxy, **limits)
        opened = open_lake(lake)
        if plan or dry_run:
            return planned(opened, order)
        return _done(opened, order, unmatched if parse else None, timeout=timeout)

    def show(report: Mapping[str, Any], console: Console) -> None:
        if plan or dry_run:
            _show_plan(report, console, shown)
        else:
            _show(report, console)

    run(work, show, as_json=as_json, negative=_stopped)


def _done(
    lake: Any, order: Any, unmatched: Mapping[str, float] | None, *, timeout: float | None
) -> Mapping[str, Any]:
    """Ask, and read what came where limits are given; raise where something had no answer.

    History that has a gap is not read yet: its quotes would be dated by the snapshots behind it.
    """
    from tipoff.sources.manners import Manners
    from tipoff.sources.providers.catalogue import PROVIDERS
    from tipoff.workflows import fetch, parse_answers

    manners = Manners() if timeout is None else Manners(read=timeout)
    with progress() as step:
        report = fetch.fetch(lake, order, manners=manners, step=step)
        endpoints = order.provider.endpoints
        has_gap = any(endpoints[row["endpoint"]].moment_param for row in report["failed"])
        if unmatched is not None and not has_gap:
            name = order.provider.name
            report["parsed"] = parse_answers.parse(
                lake, PROVIDERS, provider=name, limits=unmatched, step=step
            )
    if report["failed"] or (report["stopped"] and not report["stopped_by_budget"]):
        raise FetchFailedError(report)
    return report


class FetchFailedError(TipoffError):
    """Some requests had no answer; what came is kept."""

    def __init__(self, report: Mapping[str, Any]) -> None:
        failed, left = report["failed"], report["left"]
        reason = report["stopped"] or failed[0]["reason"]
        super().__init__(
            f"{len(failed):,} of {report['requests']:,} requests had no answer and {left:,} were "
            f"not asked: {reason} What came is kept; run the same command again for the rest."
        )
        self.report = report


def _unread(report: Mapping[str, Any]) -> str | None:
    """Return sentences where a parser failed, and where the identity gate stopped answers."""
    failed = [row for row in report["endpoints"] if row["failed"]]
    named = ", ".join(f"{row['provider']} {row['endpoint']} {row['failed']:,}" for row in failed)
    told = f"A parser failed at answers that are kept and were not read: {named}."
    return " ".join(filter(None, [told if failed else None, above_limit(report)])) or None


def _stopped(report: Mapping[str, Any]) -> str | None:
    reason, parsed = report.get("stopped"), report.get("parsed")
    budget = reason and (
        f"{reason} {report['left']:,} requests are left; raise --credits and run the same command "
        "again to go on."
    )
    return " ".join(filter(None, [budget, parsed and _unread(parsed)])) or None


def _named(provider: str, what: str) -> tuple[Any, Any]:
    """Return the provider, and the planner where what is asked for is one."""
    from tipoff.sources.providers.catalogue import PLANNERS, PROVIDERS

    if provider not in PROVIDERS:
        raise not_among("a provider", sorted(PROVIDERS), provider)
    planners = PLANNERS.get(provider, {})
    if what not in planners and what not in PROVIDERS[provider].endpoints:
        given = sorted({*planners, *PROVIDERS[provider].endpoints})
        raise not_among(f"something of {provider}", given, what)
    return PROVIDERS[provider], planners.get(what)


def _params(texts: Sequence[str]) -> dict[str, list[str]]:
    params: dict[str, list[str]] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise InputError(f"Expected --param NAME=VALUE, got {text!r}.")
        values = params.setdefault(name.strip(), [])
        if value not in values:
            values.append(value)
    return params


@fetch_app.command("parse")
def parse_(
    provider: Annotated[str | None, typer.Option(help="Answers of this provider only.")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Read also what the same code has read before.")
    ] = False,
    max_unmatched: MaxUnmatchedOption = None,
    lake: LakeOption = DEFAULT_LAKE,
    as_json: JsonOption = False,
) -> None:
    """Read kept answers into the tables, without a network.

    Exit code 3: a parser failed, or answers name too much that nobody knows; they are kept, and
    nothing of them was stored.
    """

    def work() -> Mapping[str, Any]:
        from tipoff.sources.providers.catalogue import PROVIDERS
        from tipoff.store.lake import open_lake
        from tipoff.workflows.identity_limits import limits_of
        from tipoff.workflows.parse_answers import parse

        limits = limits_of(max_unmatched or [])
        opened = open_lake(lake, must_exist=True)
        with progress() as step:
            return parse(
                opened, PROVIDERS, provider=provider, again=again, limits=limits, step=step
            )

    run(work, _show_parsed, as_json=as_json, negative=_unread)


@fetch_app.command("status")
def status_(lake: LakeOption = DEFAULT_LAKE, as_json: JsonOption = False) -> None:
    """Show what was asked, by provider and day: requests, bytes and credits."""

    def work() -> Mapping[str, Any]:
        from tipoff.store.lake import open_lake
        from tipoff.workflows.fetch import status

        return status(open_lake(lake, must_exist=True))

    run(work, _show_status, as_json=as_json)


@fetch_app.command("providers")
def providers_(as_json: JsonOption = False) -> None:
    """List the providers, what can be asked of each, and where its key goes."""

    def work() -> Mapping[str, Any]:
        from tipoff.sources.providers.catalogue import PLANNERS, PROVIDERS
        from tipoff.workflows.fetch import listed

        return listed(PROVIDERS, PLANNERS)

    run(work, _show_providers, as_json=as_json)


def _show_plan(report: Mapping[str, Any], console: Console, shown: int | None) -> None:
    console.print(
        f"{report['plan']}: {report['requests']:,} requests, {report['held']:,} of them kept "
        f"already; {report['to_ask']:,} to ask, about {report['seconds']:,.0f} s.",
        highlight=False,
        markup=False,
    )
    budget = "no limit" if report["budget"] is None else f"{report['budget']:,}"
    left = "" if report["credits_left"] is None else f", {report['credits_left']:,} left by then"
    later = report["credits_later"]
    rest = f" and at most {later:,} for what the answers lead to" if later else ""
    console.print(
        f"Credits: {report['credits']:,} to spend{rest}, {report['spent']:,} spent on it so far, "
        f"budget {budget}{left}; a kill may lose up to {report['at_risk']:,}.",
        highlight=False,
    )
    for url in report["urls"][:shown]:
        console.print(f"  {url}", highlight=False, markup=False, soft_wrap=True)
    if shown is not None and len(report["urls"]) > shown:
        console.print(f"  and {len(report['urls']) - shown:,} more; --dry-run lists all.")


def _show(report: Mapping[str, Any], console: Console) -> None:
    verdicts = ", ".join(f"{n:,} {name}" for name, n in sorted(report["verdicts"].items()))
    console.print(
        f"{report['requests']:,} requests: {report['held']:,} kept already, {report['asked']:,} "
        f"tries ({verdicts or 'none'}), {report['bytes']:,} bytes, {report['credits']:,} credits, "
        f"{report['seconds']} s.",
        highlight=False,
    )
    if report["repeated"]:
        console.print(
            f"{report['repeated']:,} answers repeat the bytes of an answer to something else.",
            highlight=False,
        )
    if report["clock_ahead_seconds"] > 60:
        console.print(
            f"The provider's clock is {report['clock_ahead_seconds']:,.0f} s ahead of this "
            "machine's; answers are taken to be known by the later one. Set the clock.",
            highlight=False,
        )
    if "parsed" in report:
        _show_parsed(report["parsed"], console)


def _show_parsed(report: Mapping[str, Any], console: Console) -> None:
    columns = ("read", "empty", "refused", "stopped", "rows", "rejected")
    table = Table("answers of", *columns, box=None)
    for row in report["endpoints"]:
        numbers = [f"{row[c]:,}" for c in columns]
        table.add_row(f"{row['provider']} {row['endpoint']}", *numbers)
    if table.row_count:
        console.print(table)
    for row in report["endpoints"]:
        for reason, n in {**row["rejections"], **row["reasons"]}.items():
            console.print(f"{row['endpoint']}: {reason} ({n:,})", highlight=False, markup=False)
    show_identity(report, console)
    totals = ", ".join(f"{n} {t['rows']:,}" for n, t in sorted(report["tables"].items()))
    console.print(
        f"Rows added: {totals or 'none'}; {report['current']:,} answers were read before.",
        highlight=False,
    )


def _show_status(report: Mapping[str, Any], console: Console) -> None:
    table = Table(
        "provider", "day", "asked", "good", "failed", "bytes", "credits", "left", box=None
    )
    for row in report["rows"]:
        left = "" if row["credits_left"] is None else f"{row['credits_left']:,}"
        numbers = [f"{row[c]:,}" for c in ("asked", "good", "failed", "bytes", "credits")]
        table.add_row(row["provider"], str(row["day"]), *numbers, left)
    console.print(table)


def _show_providers(report: Mapping[str, Any], console: Console) -> None:
    for row in report["providers"]:
        key = f" Key: {row['secret']}." if row["secret"] else ""
        console.print(f"{row['name']}: {row['about']}{key}", highlight=False, markup=False)
        for thing in (*row["endpoints"], *row["plans"]):
            console.print(f"  {thing['name']}: {thing['about']}", highlight=False, markup=False)
