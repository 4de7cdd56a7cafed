"""Structured logs: one JSON object a line on stderr."""

import logging
import sys
from typing import Any, TextIO

import structlog
import structlog.tracebacks

Logger = Any


def logger_to(stream: TextIO | None = None) -> Logger:
    """Return a logger that writes JSON lines with ``at`` (UTC), ``level`` and ``event``.

    Args:
        stream: where to; stderr by default.
    """
    return structlog.wrap_logger(
        structlog.WriteLogger(stream or sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            # Without locals: one of them may be a key.
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )


class Forward(logging.Handler):
    """Writes records of the HTTP server's own logger as JSON lines."""

    def __init__(self, logger: Logger) -> None:
        super().__init__(logging.WARNING)
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        level = "error" if record.levelno >= logging.ERROR else "warning"
        getattr(self._logger, level)(
            record.getMessage(), source=record.name, exc_info=record.exc_info or None
        )
