"""Send an e-mail through an SMTP server: encrypted unless it is said otherwise, tried again."""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage

from tipoff.sources.manners import Clock, Manners
from tipoff.sources.webhook import MANNERS, Sent


@dataclass(frozen=True)
class Server:
    """An SMTP server.

    Attributes:
        host, port: where it is.
        user, password: to log in with; nobody logs in where there is no user.
        is_encrypted: use STARTTLS, and refuse a server that has none.
        authority: a file of certificates to trust, instead of the system's.
    """

    host: str
    port: int = 587
    user: str = ""
    password: str = ""
    is_encrypted: bool = True
    authority: str | None = None


@dataclass(frozen=True)
class Letter:
    """An e-mail, in plain text.

    Attributes:
        sender, to: addresses.
        subject, text: what it says.
        key: of its Message-ID: the same for every try.
    """

    sender: str
    to: Sequence[str]
    subject: str
    text: str
    key: str

    def message(self) -> EmailMessage:
        """Return it as it is sent; a line break in a subject is a space."""
        made = EmailMessage()
        made["From"], made["To"] = self.sender, ", ".join(self.to)
        made["Subject"] = " ".join(self.subject.split())
        made["Message-ID"] = f"<{self.key}@tipoff>"
        made.set_content(self.text)
        return made


def send_letter(
    server: Server, letter: Letter, *, manners: Manners = MANNERS, clock: Clock | None = None
) -> Sent:
    """Send an e-mail until it is taken, refused, or patience is at its end.

    What the server says is not repeated, for it may repeat a password.
    """
    time = clock or Clock()
    waited, why = 0.0, ""
    for attempt in range(1, manners.tries + 1):
        try:
            refused = _once(server, letter, manners)
        except (OSError, smtplib.SMTPException) as error:
            why, is_final = _why(error), _is_final(error)
        else:
            if not refused:
                return Sent(is_sent=True, tries=attempt)
            # Who was reached must not get it twice.
            why, is_final = f"{len(refused)} of {len(letter.to)} addresses were refused", True
        wait = manners.wait_before(attempt + 1)
        if is_final or attempt == manners.tries or waited + wait > manners.patience:
            return Sent(False, attempt, why)
        waited += wait
        time.sleep(wait)
    return Sent(False, manners.tries, why)


def _once(server: Server, letter: Letter, manners: Manners) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP(server.host, server.port, timeout=manners.read) as smtp:
        if server.is_encrypted:
            smtp.starttls(context=ssl.create_default_context(cafile=server.authority))
        if server.user:
            smtp.login(server.user, server.password)
        return smtp.send_message(letter.message())


def _why(error: OSError | smtplib.SMTPException) -> str:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "it has no STARTTLS or no login, and nothing is sent in the clear"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "it refused user or password"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "it refused every address"
    code = getattr(error, "smtp_code", None)
    told = f" ({code})" if code else ""
    return f"it could not be talked to: {type(error).__name__}{told}"


def _is_final(error: OSError | smtplib.SMTPException) -> bool:
    """Whether trying again is of no use: it refused for good, or is not who it should be."""
    code = getattr(error, "smtp_code", None)
    kinds = (
        ssl.SSLCertVerificationError,
        smtplib.SMTPNotSupportedError,
        smtplib.SMTPAuthenticationError,
    )
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(int(code) >= 500 for code, _ in error.recipients.values())
    return isinstance(error, kinds) or (isinstance(code, int) and code >= 500)
