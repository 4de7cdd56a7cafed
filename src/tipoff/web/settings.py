"""What the services are told: ``services.toml``; secrets come from the environment only."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from tipoff.web.limits import Rate
from tipoff.workflows.deployment import Deployed
from tipoff.workflows.notify import Notify
from tipoff.workflows.shipped import read_toml

_NAME = "services.toml"


class Settings(BaseModel):
    """How the services run.

    Attributes:
        host, port: where HTTP is served; port 0 takes a free one.
        published: the folder that ``tipoff publish`` writes to; ``published`` in the lake by
            default.
        keys_file: a file of API keys, beside those of ``TIPOFF_API_KEYS``.
        require_keys: reading needs a key too; by default wherever the host is no loopback.
        reads, writes, refusals: rates of reading, of checks and jobs, and of refused keys, per key
            or address.
        most_body_bytes: a request's body may have.
        part_seconds: a request's head may take, and its body.
        check_seconds: a check may take before it counts as not made.
        stop_seconds: work under way may take when the services stop.
        daily: what ``tipoff daily`` does; the shipped configuration by default.
        off: planned jobs that do not run.
        deployed: where services run, for deployment drift.
        notify: who is told of problems.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=8321, ge=0, le=65535)
    published: Path | None = None
    keys_file: Path | None = None
    require_keys: bool | None = None
    reads: Rate = Rate(per_second=50, burst=200)
    writes: Rate = Rate(per_second=1, burst=10)
    refusals: Rate = Rate(per_second=0.5, burst=10)
    most_body_bytes: int = Field(default=65_536, ge=1)
    part_seconds: float = Field(default=10.0, gt=0)
    check_seconds: float = Field(default=300.0, gt=0)
    stop_seconds: float = Field(default=30.0, ge=0)
    daily: Path | None = None
    off: tuple[str, ...] = ()
    deployed: Deployed = Deployed()
    notify: Notify = Notify()


def read_settings(path: Path | None) -> Settings:
    """Read how the services run, or the shipped configuration.

    Raises:
        InputError: it can not be read, or something in it is wrong.
    """
    return read_toml(path, _NAME, "configuration of the services", Settings.model_validate)
