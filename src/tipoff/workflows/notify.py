"""Tell people of problems, each once a day; that somebody could not be told is a problem itself."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from tipoff.domain.clock import eastern_date
from tipoff.errors import InputError, TipoffError
from tipoff.sources.addresses import is_address
from tipoff.sources.mail import Letter, Server, send_letter
from tipoff.sources.manners import Clock, Manners
from tipoff.sources.webhook import MANNERS, Sent, post_signed
from tipoff.store.fingerprint import digest
from tipoff.store.lake import Lake, log, scan
from tipoff.tables.watch import NOTICES

WEBHOOK, MAIL = "webhook", "mail"
URL_VARIABLE = "TIPOFF_WEBHOOK_URL"
SECRET_VARIABLE = "TIPOFF_WEBHOOK_SECRET"
PASSWORD_VARIABLE = "TIPOFF_SMTP_PASSWORD"
SENT, FAILED, HELD = "sent", "failed", "held"


class Mail(BaseModel):
    """Who is told by e-mail.

    Attributes:
        host, port: the SMTP server.
        user: to log in with; the password is ``TIPOFF_SMTP_PASSWORD``.
        is_encrypted: use STARTTLS.
        authority: a file of certificates to trust, instead of the system's.
        sender, to: addresses.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    user: str = ""
    is_encrypted: bool = True
    authority: str | None = None
    sender: str = Field(pattern=r"^[^@\s<>,]+@[^@\s<>,]+$")
    to: tuple[str, ...] = Field(min_length=1)


class Notify(BaseModel):
    """Who is told of problems.

    Attributes:
        webhook: an address that takes JSON by POST; ``TIPOFF_WEBHOOK_URL`` comes first. What is
            sent is signed by ``TIPOFF_WEBHOOK_SECRET``.
        mail: an e-mail.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    webhook: str | None = None
    mail: Mail | None = None

    @property
    def url(self) -> str | None:
        """The webhook's address.

        Raises:
            InputError: it is none.
        """
        found = os.environ.get(URL_VARIABLE) or self.webhook
        if found is not None and not is_address(found):
            raise InputError(
                "Expected an http(s) address for the webhook of notifications; it is none."
            )
        return found

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the ways in which people are told."""
        return (WEBHOOK,) * (self.url is not None) + (MAIL,) * (self.mail is not None)


@dataclass(frozen=True)
class Notice:
    """A problem that people are told of.

    Attributes:
        problem: what it is, the same for the same problem: such as ``job publish failed``.
        sentence: what was found.
        at: when (UTC).
    """

    problem: str
    sentence: str
    at: datetime

    @property
    def key(self) -> str:
        """The same for the same problem on the same day."""
        return digest([self.problem, eastern_date(self.at).isoformat()])

    def told(self) -> dict[str, Any]:
        """Return it as the webhook gets it."""
        return {
            "id": self.key,
            "problem": self.problem,
            "sentence": self.sentence,
            "at": self.at.isoformat(),
            "day": eastern_date(self.at).isoformat(),
        }


def notify(
    lake: Lake,
    config: Notify,
    notice: Notice,
    *,
    manners: Manners = MANNERS,
    clock: Clock | None = None,
) -> list[dict[str, Any]]:
    """Tell everybody of a problem who was not told of it today.

    Args:
        lake: what was told is kept in its log of notices.
        config: who is told.
        notice: the problem.
        manners: limits of trying.
        clock: the time.

    Returns:
        ``channel, state`` (sent, failed, held: told today already), ``tries`` and ``sentence`` of
        each channel. Where the log can not be read or written, the channel ``log`` has failed;
        people are told all the same.
    """
    told, trouble = _told_today(lake, notice)
    rows = [
        {"channel": channel, "state": HELD, "tries": 0, "sentence": "It was told today already."}
        if channel in told
        else _row(channel, _send(channel, config, notice, manners, clock), notice)
        for channel in config.channels
    ]
    trouble = _kept(lake, notice, [row for row in rows if row["state"] != HELD]) or trouble
    if trouble is not None:
        rows.append({"channel": "log", "state": FAILED, "tries": 1, "sentence": trouble})
    return rows


def _told_today(lake: Lake, notice: Notice) -> tuple[set[str], str | None]:
    try:
        rows = scan(lake, NOTICES).filter(
            pl.col("day") == eastern_date(notice.at),
            pl.col("problem") == notice.problem,
            pl.col("state") == SENT,
        )
        return set(rows.collect()["channel"].to_list()), None
    except Exception as error:  # noqa: BLE001
        # Whatever is the matter with the lake may be the very problem that is to be told.
        return set(), f"What was told today can not be read: {_short(error)}"


def _kept(lake: Lake, notice: Notice, rows: list[dict[str, Any]]) -> str | None:
    if not rows:
        return None
    about = {"day": eastern_date(notice.at), "problem": notice.problem, "at": notice.at}
    frame = pl.DataFrame([{**about, **row} for row in rows], schema=NOTICES.columns)
    try:
        log(lake, NOTICES, frame)
    except Exception as error:  # noqa: BLE001
        return f"What was told could not be kept: {_short(error)}"
    return None


def _short(error: Exception) -> str:
    """The first line of an error: stores add a trace to theirs."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"


def _row(channel: str, sent: Sent, notice: Notice) -> dict[str, Any]:
    state = SENT if sent.is_sent else FAILED
    sentence = notice.sentence if sent.is_sent else f"The {channel} was not told, for {sent.why}."
    return {"channel": channel, "state": state, "tries": sent.tries, "sentence": sentence}


def _send(
    channel: str, config: Notify, notice: Notice, manners: Manners, clock: Clock | None
) -> Sent:
    if channel == WEBHOOK and config.url is not None:
        body = json.dumps(notice.told(), ensure_ascii=False).encode()
        secret = os.environ.get(SECRET_VARIABLE, "")
        return post_signed(config.url, body, secret, key=notice.key, manners=manners, clock=clock)
    mail = config.mail
    if mail is None:
        raise TipoffError(f"Expected a way to tell people by {channel}; there is none.")
    password = os.environ.get(PASSWORD_VARIABLE, "")
    server = Server(mail.host, mail.port, mail.user, password, mail.is_encrypted, mail.authority)
    return send_letter(server, _letter(mail, notice), manners=manners, clock=clock)


def _letter(mail: Mail, notice: Notice) -> Letter:
    said: Mapping[str, Any] = notice.told()
    text = f"{notice.sentence}\n\n{said['at']} UTC, problem {notice.problem!r}, id {said['id']}.\n"
    return Letter(mail.sender, mail.to, f"tipoff: {notice.problem}", text, notice.key)
