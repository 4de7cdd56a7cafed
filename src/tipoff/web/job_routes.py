"""Jobs over HTTP: begin one, and see what became of it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from tipoff.errors import TipoffError
from tipoff.web.checks import KEYED
from tipoff.web.inputs import AUTO, GameDate, Schedule
from tipoff.web.jobs import BusyError, Job
from tipoff.web.plans import Plan, local, next_due
from tipoff.web.problems import ProblemError, as_json, documented
from tipoff.web.state import State, task_of
from tipoff.web.work import Asked

JobName = Literal["predict", "grade", "publish", "validate", "reconcile", "outputs", "daily"]


class JobRequest(BaseModel):
    """What a job is asked for."""

    model_config = ConfigDict(extra="forbid")

    date: Annotated[GameDate, Field(description="words are of now (US Eastern)")] = "TODAY"
    schedule: Annotated[Schedule, Field(description="of a validation")] = AUTO
    due: Annotated[bool, Field(description="predict only what is due")] = False


class JobState(BaseModel):
    """A job, as far as it has come."""

    id: str
    name: str
    asked: dict[str, Any]
    by: str = Field(description="name of the key, or scheduler")
    state: Literal["queued", "running", "done", "negative", "failed", "refused"]
    sentence: str | None = Field(description="of a negative verdict or an error")
    queued_at: datetime
    began_at: datetime | None
    ended_at: datetime | None


class JobTold(JobState):
    """A job with its report."""

    report: dict[str, Any] | None = Field(description="the command's report, once it is there")


class Planned(BaseModel):
    """A planned job."""

    plan: str
    job: str
    when: str
    next_at: datetime = Field(description="US Eastern")
    state: str | None = Field(description="of the last run; null where it never ran")
    sentence: str | None
    due_at: datetime | None
    success_at: datetime | None


class JobList(BaseModel):
    """Jobs that this process remembers, and what is planned in all processes of the lake."""

    jobs: list[JobState]
    planned: list[Planned]


def job_routes(state: State) -> APIRouter:
    """Return the addresses of jobs."""
    router = APIRouter(prefix="/jobs", tags=["jobs"], dependencies=KEYED)

    @router.post(
        "/{name}",
        status_code=202,
        response_class=Response,
        responses={
            202: {"model": JobState, "description": "It begins; ask /jobs/{id} what becomes of it.",
                  "headers": {"Location": {"schema": {"type": "string"}}}},
            **documented(401, 403, 408, 409, 413, 422, 429),
        },
    )  # fmt: skip
    async def begin(request: Request, name: JobName, asked: JobRequest | None = None) -> Response:
        """Begin a job; one by each name runs at a time (409 where one does)."""
        wanted = asked or JobRequest()
        asks = Asked(wanted.date, wanted.schedule, wanted.due)
        by = f"key {request.scope.get('tipoff_key')}"
        try:
            job = state.jobs.submit(task_of(state.context, state.works[name], asks, by))
        except BusyError as error:
            raise ProblemError(409, str(error)) from None
        return _answer(202, job.told(with_report=False), {"location": f"/jobs/{job.id}"})

    @router.get(
        "/{id}",
        response_class=Response,
        responses={200: {"model": JobTold, "description": "The job."},
                   **documented(401, 403, 404, 422, 429)},
    )  # fmt: skip
    async def one(
        job_id: Annotated[str, Path(alias="id", pattern=r"^[0-9a-f]{16}$")],
    ) -> Response:
        """A job, with its report once it is there; 200: it is known, not that it went well."""
        job = state.jobs.get(job_id)
        if job is None:
            raise ProblemError(404, "No job by that id is remembered here; /jobs lists them.")
        return _answer(200, job.told())

    @router.get("", responses=documented(401, 403, 429))
    def listed() -> JobList:
        """The jobs that are remembered, the newest first, and the planned ones."""
        jobs = [_state(job) for job in state.jobs.all()]
        return JobList(jobs=jobs, planned=[_planned(state, plan) for plan in state.plans])

    return router


def _answer(status: int, told: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(as_json(told), status, headers, "application/json")


def _state(job: Job) -> JobState:
    return JobState.model_validate(job.told(with_report=False))


def _planned(state: State, plan: Plan) -> Planned:
    beat, trouble = None, None
    try:
        beat = state.beats.get(plan.name)
    except TipoffError as error:
        trouble = str(error)
    return Planned(
        plan=plan.name,
        job=plan.work.name,
        when=plan.words(),
        next_at=local(next_due(plan, state.context.now())),
        state="damaged" if trouble else beat.state if beat else None,
        sentence=trouble or (beat.sentence if beat else None),
        due_at=beat.due_at if beat else None,
        success_at=beat.success_at if beat else None,
    )
