"""The registry: every model that was ever registered, its file, and what became of it. Logs."""

import dataframely as dy

from tipoff.tables.table import Kind, Table, moment

CANDIDATE, SHADOW, CHAMPION, RETIRED = "candidate", "shadow", "champion", "retired"
STAGES = (CANDIDATE, SHADOW, CHAMPION, RETIRED)
# Models of these stages predict every day.
LIVE = (CHAMPION, SHADOW)
REGISTERED, PROMOTED, DEMOTED, ROLLED_BACK, RETIRED_EVENT = (
    "registered",
    "promoted",
    "demoted",
    "rolled back",
    "retired",
)
EVENTS = (REGISTERED, PROMOTED, DEMOTED, ROLLED_BACK, RETIRED_EVENT)


class Model(dy.Schema):
    """One model by the hash of its content: what it is, what it learnt from, what it showed."""

    model_id = dy.String(primary_key=True, min_length=64, max_length=64)
    registered_at = moment()
    name = dy.String(min_length=1)
    market = dy.String()
    spec = dy.String(metadata={"doc": "the recipe, as JSON"})
    features = dy.String(metadata={"doc": "names of the matrix's columns in order, as JSON"})
    lead_minutes = dy.Int32(min=0)
    line_source = dy.String()
    train_start = dy.Date()
    train_end = dy.Date()
    train_rows = dy.Int64(min=1)
    train_mean = dy.Float64()
    trees = dy.Int64(min=0)
    adjustment = dy.String(nullable=True, metadata={"doc": "as JSON"})
    distribution = dy.String(nullable=True, metadata={"doc": "as JSON; null on too few rows"})
    reference = dy.String(nullable=True, metadata={"doc": "what drift is told from, as JSON"})
    data_fingerprint = dy.String(metadata={"doc": "of the rows it learnt from"})
    code_fingerprint = dy.String(metadata={"doc": "of features, datasets and fitting"})
    plant = dy.String(metadata={"doc": "the planted fault, or empty"})
    library = dy.String(metadata={"doc": "the learner and its version"})
    versions = dy.String(metadata={"doc": "of Python and the libraries beside, as JSON"})
    run_id = dy.String(nullable=True, metadata={"doc": "its entry in the experiment ledger"})
    certificate_id = dy.String(nullable=True, metadata={"doc": "of the leak audit then"})
    verdict = dy.String(nullable=True)
    report = dy.String(nullable=True, metadata={"doc": "metrics and gates of its run, as JSON"})
    suffix = dy.String(metadata={"doc": "how the file ends"})
    file_sha256 = dy.String(min_length=64, max_length=64)
    file_bytes = dy.Int64(min=1)


class ModelFile(dy.Schema):
    """The learner's file of a model."""

    model_id = dy.String(primary_key=True, min_length=64, max_length=64)
    body = dy.Binary()


class ModelEvent(dy.Schema):
    """One step of a model from stage to stage; numbered as they come."""

    number = dy.Int64(primary_key=True, min=1)
    at = moment()
    model_id = dy.String(min_length=64, max_length=64)
    market = dy.String()
    event = dy.String(check=lambda column: column.is_in(EVENTS))
    from_stage = dy.String(nullable=True, check=lambda column: column.is_in(STAGES))
    to_stage = dy.String(check=lambda column: column.is_in(STAGES))
    is_forced = dy.Bool(metadata={"doc": "against the conditions; marks every later number"})
    by = dy.String()
    reason = dy.String()
    evidence = dy.String(nullable=True, metadata={"doc": "the conditions judged, as JSON"})


MODELS = Table("models", Model, Kind.LOG)
MODEL_FILES = Table("model_files", ModelFile, Kind.LOG)
MODEL_EVENTS = Table("model_events", ModelEvent, Kind.LOG)
