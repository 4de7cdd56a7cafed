from tipoff.api.audits import audit as audit
from tipoff.api.audits import why as why
from tipoff.api.experiments import predict as predict
from tipoff.api.experiments import train as train
from tipoff.api.experiments import walk_forward as walk_forward
from tipoff.api.lakes import backfill as backfill
from tipoff.api.lakes import ingest as ingest
from tipoff.api.lakes import league as league
from tipoff.api.lakes import open_lake as open_lake
from tipoff.api.lakes import scan as scan
from tipoff.api.lakes import table_files as table_files
from tipoff.api.regressor import PropRegressor as PropRegressor
from tipoff.api.rows import dataset as dataset
from tipoff.api.rows import feature_rows as feature_rows
from tipoff.api.rows import lines as lines
from tipoff.api.splitter import WalkForwardSplit as WalkForwardSplit
from tipoff.errors import InputError as InputError
from tipoff.errors import TipoffError as TipoffError
from tipoff.store.location import Lake as Lake

__all__: list[str]
__version__: str
