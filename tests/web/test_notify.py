"""People are told once a day of the same problem, by servers that are real; silence is reported."""

import asyncio
import datetime as dt
import hmac
import io
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.web.hook import hook

from tipoff.errors import InputError
from tipoff.sources.manners import Clock, Manners
from tipoff.store.lake import Lake, open_lake, read
from tipoff.tables.watch import NOTICES
from tipoff.web.logs import logger_to
from tipoff.web.notices import MOST_WAITING, Notifier, problem_of
from tipoff.workflows.notify import Mail, Notice, Notify, notify

AT = dt.datetime(2026, 1, 15, 15, tzinfo=dt.UTC)
SECRET, PASSWORD = "a shared secret", "a password"
NOTICE = Notice("publish failed", "The disk is full.", AT)
QUICK = Manners(tries=3, connect=2, read=2, first_wait=1, most_wait=4, patience=30, jitter=float)


class Waits(list[float]):
    """A clock on which waiting takes no time."""

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: AT, sleep=self.append)


@pytest.fixture
def empty(tmp_path: Path) -> Lake:
    return open_lake(str(tmp_path / "lake"))


def _tell(lake: Lake, config: Notify, notice: Notice = NOTICE, waits: Waits | None = None) -> Any:
    return notify(
        lake, config, notice, manners=QUICK, clock=(Waits() if waits is None else waits).clock
    )


def test_a_webhook_gets_a_signed_document(empty: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPOFF_WEBHOOK_SECRET", SECRET)
    with hook(200) as server:
        (row,) = _tell(empty, Notify(webhook=server.url))
    assert (row["channel"], row["state"], row["tries"]) == ("webhook", "sent", 1)
    ((headers, body),) = server.came
    assert json.loads(body) == {
        "id": NOTICE.key,
        "problem": "publish failed",
        "sentence": "The disk is full.",
        "at": "2026-01-15T15:00:00+00:00",
        "day": "2026-01-15",
    }
    moment = headers["x-tipoff-timestamp"]
    told = f"{moment}.".encode() + body
    wanted = hmac.new(SECRET.encode(), told, sha256).hexdigest()
    assert headers["x-tipoff-signature"] == f"sha256={wanted}"
    assert headers["idempotency-key"] == NOTICE.key
    assert SECRET not in str(headers)


def test_it_is_tried_again_with_patience_and_the_same_key(empty: Lake) -> None:
    waits = Waits()
    with hook(500, 429, 200) as server:
        (row,) = _tell(empty, Notify(webhook=server.url), waits=waits)
    assert (row["state"], row["tries"], list(waits)) == ("sent", 3, [1.0, 2.0])
    assert len({headers["idempotency-key"] for headers, _ in server.came}) == 1


@pytest.mark.parametrize(
    ("statuses", "retry_after", "tries", "why"),
    [
        ((500,), None, 3, "status 500"),
        ((404,), None, 1, "status 404"),
        ((302,), None, 1, "status 302"),
        ((429,), "3600", 1, "status 429"),
    ],
)
def test_who_can_not_be_told_is_reported(
    empty: Lake, statuses: tuple[int, ...], retry_after: str | None, tries: int, why: str
) -> None:
    with hook(*statuses, retry_after=retry_after) as server:
        (row,) = _tell(empty, Notify(webhook=server.url))
    assert (row["state"], row["tries"], len(server.came)) == ("failed", tries, tries)
    assert why in row["sentence"]
    assert server.url not in str(row)
    kept = read(empty, NOTICES)
    assert kept.select("state", "tries").row(0) == ("failed", tries)


def test_nobody_there_is_reported_too(empty: Lake) -> None:
    with hook(200) as server:
        url = server.url
    (row,) = _tell(empty, Notify(webhook=url))
    assert (row["state"], row["tries"]) == ("failed", 3)
    assert "could not be reached" in row["sentence"]


def test_the_same_problem_is_told_once_a_day(empty: Lake) -> None:
    late = AT.replace(hour=23, minute=59)
    with hook(200) as server:
        config = Notify(webhook=server.url)
        states = [
            _tell(empty, config, Notice(problem, "…", at))[0]["state"]
            for problem, at in (
                ("a", AT), ("a", late), ("b", AT),
                # Midnight UTC is evening in the US East.
                ("a", AT + dt.timedelta(hours=13)), ("a", AT + dt.timedelta(hours=14)),
            )
        ]  # fmt: skip
    assert states == ["sent", "held", "sent", "held", "sent"]
    assert len(server.came) == 3


def test_what_could_not_be_told_is_told_next_time(empty: Lake) -> None:
    with hook(404, 200) as server:
        states = [_tell(empty, Notify(webhook=server.url))[0]["state"] for _ in range(3)]
    assert states == ["failed", "sent", "held"]


def test_a_broken_lake_keeps_nobody_from_being_told(empty: Lake) -> None:
    broken = Path(empty.url) / "notices"
    (broken / "_delta_log").mkdir(parents=True)
    (broken / "_delta_log/00000000000000000000.json").write_text("{")
    with hook(200) as server:
        rows = _tell(empty, Notify(webhook=server.url))
    assert [(row["channel"], row["state"]) for row in rows] == [
        ("webhook", "sent"),
        ("log", "failed"),
    ]


def test_addresses_that_make_no_sense_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="webhook of notifications") as error:
        assert Notify(webhook="ftp://secret-part").channels
    assert "secret-part" not in str(error.value)
    monkeypatch.setenv("TIPOFF_WEBHOOK_URL", "http://127.0.0.1:9/x")
    assert Notify(webhook="ftp://nowhere").channels == ("webhook",)
    with pytest.raises(ValueError, match="sender"):
        Mail(host="h", sender="a@b\nBcc: c@d", to=("a@b",))


class Box:
    """Keeps letters, and refuses some addresses."""

    def __init__(self) -> None:
        self.letters: list[Envelope] = []
        self.answers: list[str] = []

    async def handle_RCPT(  # noqa: N802
        self, _: Any, __: Any, envelope: Envelope, address: str, ___: Any
    ) -> str:
        if address.startswith("nobody"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _: Any, __: Any, envelope: Envelope
    ) -> str:
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            self.letters.append(envelope)
        return answer


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 by itself, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = dt.datetime.now(dt.UTC)
    own = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(own, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "cert.pem", folder / "key.pem"


class _OnFreePort(Controller):
    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def smtp(box: Box, certificate: tuple[Path, Path] | None) -> Iterator[int]:
    """A mail server; with a certificate it insists on STARTTLS and on a login."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)

    def login(_: Any, __: Any, ___: Any, ____: str, given: Any) -> AuthResult:
        is_me = (given.login, given.password) == (b"me", PASSWORD.encode())
        return AuthResult(success=is_me, handled=False)

    server = _OnFreePort(
        box, hostname="127.0.0.1", port=0, tls_context=context,
        require_starttls=context is not None, auth_required=context is not None,
        authenticator=login,
    )  # fmt: skip
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


def _mail(port: int, certificate: tuple[Path, Path] | None, **more: Any) -> Notify:
    authority = str(certificate[0]) if certificate else None
    told: dict[str, Any] = {"user": "me", "to": ("you@example.org",), "authority": authority}
    return Notify(
        mail=Mail(host="127.0.0.1", port=port, sender="tipoff@example.org", **{**told, **more})
    )


def test_a_letter_is_sent_encrypted_and_logged_in(
    empty: Lake, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIPOFF_SMTP_PASSWORD", PASSWORD)
    box = Box()
    box.answers = ["451 later"]
    with smtp(box, certificate) as port:
        (row,) = _tell(empty, _mail(port, certificate))
        (again,) = _tell(empty, _mail(port, certificate))
    assert (row["state"], row["tries"], again["state"]) == ("sent", 2, "held")
    (letter,) = box.letters
    assert letter.rcpt_tos == ["you@example.org"]
    assert isinstance(letter.content, bytes)
    message = message_from_bytes(letter.content)
    assert message["subject"] == "tipoff: publish failed"
    assert message["message-id"] == f"<{NOTICE.key}@tipoff>"
    assert "The disk is full." in str(message.get_payload())
    assert PASSWORD not in letter.content.decode()


def test_letters_that_are_not_taken_are_reported(
    empty: Lake, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIPOFF_SMTP_PASSWORD", PASSWORD)
    box, plain = Box(), Box()

    def told(config: Notify) -> tuple[str, int, str]:
        (row,) = _tell(empty, config)
        assert PASSWORD not in str(row)
        return row["state"], row["tries"], row["sentence"]

    with smtp(box, certificate) as port, smtp(plain, None) as open_port:
        # A server that nobody vouches for, one without encryption, a wrong password, nobody there.
        cases = [
            (told(_mail(port, None)), 1, "SSLCertVerificationError"),
            (told(_mail(open_port, certificate, user="")), 1, "nothing is sent in the clear"),
            (told(_mail(port, certificate, to=("nobody@example.org",))), 1, "every address"),
            (told(_mail(port, certificate, to=("nobody@a.org", "you@a.org"))), 1, "1 of 2"),
        ]
        monkeypatch.setenv("TIPOFF_SMTP_PASSWORD", "wrong")
        cases.append(((told(_mail(port, certificate))), 1, "user or password"))
    cases.append((told(_mail(port, certificate)), 3, "ConnectionRefusedError"))
    for (state, tries, sentence), wanted_tries, words in cases:
        assert state == "failed"
        assert words in sentence
        assert tries == wanted_tries, sentence
    assert plain.letters == []
    kept = read(empty, NOTICES)
    assert kept.filter(pl.col("state") == "failed").height == len(cases)


def test_a_letter_in_the_clear_is_sent_only_where_it_is_said(empty: Lake) -> None:
    box = Box()
    notice = Notice("two\nlines", "…", AT)
    with smtp(box, None) as port:
        config = _mail(port, None, user="", is_encrypted=False)
        (row,) = _tell(empty, config, notice)
    assert row["state"] == "sent"
    assert isinstance(box.letters[0].content, bytes)
    assert message_from_bytes(box.letters[0].content)["subject"] == "tipoff: two lines"


class Counts(dict[tuple[str, str], int]):
    """Counts deliveries."""

    def __call__(self, channel: str, state: str) -> None:
        self[channel, state] = self.get((channel, state), 0) + 1


def _notifier(deliver: Callable[[Notice], Any]) -> tuple[Notifier, Counts, io.StringIO]:
    counts, logs = Counts(), io.StringIO()
    return Notifier(deliver, logger_to(logs), counts, lambda: AT), counts, logs


def test_telling_never_waits_and_one_too_many_is_counted() -> None:
    go_on = threading.Event()

    def slow(_: Notice) -> list[dict[str, Any]]:
        assert go_on.wait(20)
        return [{"channel": "mail", "state": "sent"}]

    notifier, counts, logs = _notifier(slow)
    # Nothing is delivered yet: whoever waited would wait for ever.
    for n in range(MOST_WAITING + 10):
        notifier.tell("job failed", f"Number {n}.")
    assert counts["queue", "failed"] in (9, 10)
    assert '"event": "not told"' in logs.getvalue()
    assert notifier.stop(0.05) is False
    go_on.set()


def test_a_failure_to_tell_is_counted_and_silences_nobody() -> None:
    seen: list[str] = []

    def deliver(notice: Notice) -> list[dict[str, Any]]:
        seen.append(notice.problem)
        if len(seen) == 1:
            raise ZeroDivisionError("unexpected")
        return [
            {"channel": "webhook", "state": "failed", "sentence": "It was not told."},
            {"channel": "mail", "state": "sent", "sentence": "…"},
        ]

    notifier, counts, logs = _notifier(deliver)
    notifier.tell("a", "1.")
    notifier.tell("b", "2.")
    assert notifier.stop(10)
    assert seen == ["a: #.", "b: #."]
    assert counts == {
        ("notifier", "failed"): 1,
        ("webhook", "failed"): 1,
        ("mail", "sent"): 1,
    }
    assert logs.getvalue().count('"event": "not told"') == 2


def test_numbers_make_no_other_problem() -> None:
    assert problem_of("a", "3 of 20 late") == problem_of("a", "4 of 21 late")
    assert problem_of("a", "3 late") != problem_of("b", "3 late")
    assert problem_of("a", "3 late") != problem_of("a", "3 missing")
