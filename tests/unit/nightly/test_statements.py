"""The one definition is plain SQL: every engine that matters can read it."""

import json
import re

import pytest
import sqlglot
from nightly.adapters.statements import statements
from nightly.domain.columns import TrainingColumns
from nightly.domain.days import EVER
from nightly.domain.job import Export, Format, Job, Section, Source, Step
from nightly.domain.plans import building, cleaning
from nightly.domain.rules import BuildRules, CleanRules
from sqlglot import exp

CONTEXT = ("DEVICE_TYPE", "DAYPART")
STEPS = (
    *cleaning(statements(), CleanRules(context=CONTEXT), EVER),
    *building(statements(), BuildRules(TrainingColumns(context=CONTEXT)), EVER),
)
# What only some engines have, or have with another meaning.
FOREIGN = {"QUALIFY", "ILIKE", "MAX_BY", "LIST", "STRUCT", "UNNEST", "EXPLODE", "::"}
FOREIGN |= {"REGEXP_MATCHES", "REGEXP_FULL_MATCH", "REGEXP_LIKE", "RLIKE", "SIMILAR"}


@pytest.mark.parametrize("dialect", ["duckdb", "spark", "trino"])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_each_statement_is_one_select_in_every_dialect(step: Step, dialect: str) -> None:
    """DuckDB and Spark run it; Trino, which is Athena, could."""
    (parsed,) = sqlglot.parse(step.select, dialect=dialect)
    assert isinstance(parsed, exp.Select)
    assert not list(parsed.find_all(exp.Anonymous))


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_nothing_in_it_is_of_one_engine_only(step: Step) -> None:
    """A word of one engine would end the agreement of two."""
    code = re.sub(r"--.*|'[^']*'", "", step.select).upper()
    assert not [word for word in FOREIGN if word in code]
    assert "{" not in code


def test_both_halves_of_what_is_decided_have_the_same_columns() -> None:
    """UNION ALL goes by position: two that changed places would be of the same type, and wrong."""
    texts = {step.name: step.select for step in STEPS}
    assert _columns(texts["alone"]) == _columns(texts["rivals"])


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_no_order_depends_on_where_nothing_sorts(step: Step) -> None:
    """Engines differ on NULL, so whatever orders rows is never NULL."""
    may_be_null = {"user_id", "guest_id", "visit_id", "event_value", "impressions"}
    for order in sqlglot.parse_one(step.select, dialect="duckdb").find_all(exp.Ordered):
        column = order.this
        assert not (isinstance(column, exp.Column) and column.name in may_be_null)


def test_a_job_can_be_handed_to_another_process() -> None:
    """Spark gets it as JSON, statements and all."""
    sources = (Source(Section.CLEAN, ("/clean/dt=2026-11-24/a.parquet",), CONTEXT),)
    export = Export("training", Format.CSV, "/out")
    job = Job(sources, STEPS, (export,), ("build_counts",))
    told = json.loads(json.dumps(job.as_dict()))
    assert told["sources"][0]["section"] == "clean"
    assert told["exports"][0]["format"] == "csv"
    assert [step["select"] for step in told["steps"]] == [step.select for step in STEPS]


def _columns(select: str) -> list[str]:
    parsed = sqlglot.parse_one(select, dialect="duckdb")
    assert isinstance(parsed, exp.Select)
    return parsed.named_selects
