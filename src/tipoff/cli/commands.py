"""Every command of ``tipoff``, a line each, in the order and under the headings of its help.

A command's module is imported when it is called, so its help is said here as well: the first
sentence of its docstring (a test holds them together).
"""

from tipoff.cli.lazy import Entry

_BEGIN, _TAKE_IN, _BUILD = "Begin", "Take in", "Build and look"
_LEARN, _DAY, _WATCH = "Learn and judge", "Every day", "Watch and serve"

# fmt: off
COMMANDS: tuple[Entry, ...] = (
    Entry("demo", "demo:demo", "Generate a league, backfill it, train and grade every season, clean and with a planted leak.", _BEGIN),
    Entry("init", "init:init", "Make a project: its file, a folder for the lake, and what to do next.", _BEGIN),
    Entry("doctor", "doctor:doctor", "Check the machine, the project and the lake, and say what to do about what is wrong.", _BEGIN),
    Entry("config", "config:config_app", "What the project's file says, and where each value comes from.", _BEGIN),
    Entry("ingest", "ingest:ingest_app", "Take data in.", _TAKE_IN),
    Entry("fetch", "fetch:fetch_app", "Ask providers, keep every answer, and read what is kept.", _TAKE_IN),
    Entry("identity", "identity:identity_app", "Who the named players are.", _TAKE_IN),
    Entry("league", "league:league_app", "Made-up leagues whose truth is known.", _TAKE_IN),
    Entry("lines", "lines:lines_app", "Posted lines: what there is.", _TAKE_IN),
    Entry("availability", "availability:availability", "Report of how many players it was known whether they would play, and how many did.", _TAKE_IN),
    Entry("backfill", "backfill:backfill_app", "Build the five processors over a range of game dates.", _BUILD),
    Entry("features", "features:features_app", "The features: what they are and what they need.", _BUILD),
    Entry("quality", "quality:quality", "Report how many feature rows are ready for training, and how good they are.", _BUILD),
    Entry("lake", "lake:lake_app", "Questions about the lake as a whole.", _BUILD),
    Entry("diff", "diff:diff", "Say which rows, which features and which published numbers moved between two versions.", _BUILD),
    Entry("why", "why:why", "Show the query, versions, code, seed and rows of a number, and compute it again.", _BUILD),
    Entry("train", "train:train", "Train one model, evaluate it on takeable lines, judge it, save it and count the try.", _LEARN),
    Entry("backtest", "backtest:backtest", "Walk through a span of game dates: fit, predict the next ones, step on, grade it all.", _LEARN),
    Entry("compare", "compare:compare", "Walk recipes through the same spans; compare them with each other and with the line.", _LEARN),
    Entry("multiseason", "multiseason:multiseason", "Run every season that has lines with every loss, and write the table.", _LEARN),
    Entry("experiments", "experiments:experiments_app", "Every try, and seals on seasons.", _LEARN),
    Entry("audit", "audit:audit_app", "Look for what is too good to be true.", _LEARN),
    Entry("models", "models:models_app", "The registry of models: candidate, shadow, champion, retired.", _LEARN),
    Entry("daily", "daily:daily", "Run the day in order: take in, grade, build, refit, predict, publish, check.", _DAY),
    Entry("replay", "daily:replay", "Run the daily job over history, each step at its true instant.", _DAY),
    Entry("predict", "predict:predict", "Predict every player who may play, with all live models, and keep what is new.", _DAY),
    Entry("grade", "grade:grade", "Grade predictions at the line and price of the pick, as far as results are known.", _DAY),
    Entry("halt", "predict:halt", "Halt picks, or lift a halt: while one is on nothing is picked, and the reason is shown.", _DAY),
    Entry("publish", "publish:publish", "Publish a game date and all that changed: JSON with its schema, CSV and Parquet.", _DAY),
    Entry("outputs", "outputs:outputs", "Plan what is due for a date, and write down what the tables say became of it.", _DAY),
    Entry("serve", "serve:serve", "Show the lake as web pages: picks, backfill, coverage, backtests, models, health.", _WATCH),
    Entry("services", "services:services_app", "Run the HTTP API and the scheduler, in one process or apart.", _WATCH),
    Entry("freshness", "freshness:freshness", "Say of each table, source and game date what should be there by now, and what is.", _WATCH),
    Entry("validate-freshness", "freshness:freshness", "Say of each table, source and game date what should be there by now, and what is.", _WATCH, is_hidden=True),
    Entry("reconcile", "reconcile:reconcile", "Name missing predictions and grades, duplicates and sums that do not add up.", _WATCH),
    Entry("validate", "validate:validate_app", "Run the checks of a daily schedule; whatever is unknown fails.", _WATCH),
    Entry("drift", "drift:drift_app", "Whether what runs is still what it should be.", _WATCH),
)
# fmt: on
