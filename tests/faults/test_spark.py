"""A night and a rebuild that leave a job to Spark, under the real state machines."""

from collections.abc import Callable, Iterator

import pytest

from local.stack import LocalStack
from tests.support.night import Night, deployed_night
from tests.support.rebuild import GROUP, Rebuild, deployed_rebuild
from tests.support.scripted_spark import ScriptedSpark

pytestmark = pytest.mark.system

OF_SPARK = {"BuildDatasets", "StartSpark", "WaitForSpark", "LookAtSpark"}


@pytest.fixture(scope="module")
def nights(
    night_stack: LocalStack, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Night]:
    """The machine of nights, in a stack that has Spark."""
    return deployed_night(night_stack, tmp_path_factory.mktemp("night"), has_spark=True)


@pytest.fixture
def night(nights: Callable[[], Night]) -> Night:
    """A night before which nothing has happened."""
    return nights()


@pytest.fixture
def spark(night: Night, request: pytest.FixtureRequest) -> Iterator[ScriptedSpark]:
    """A job that the night leaves to Spark; each test has one of its own."""
    spark = ScriptedSpark(night, request.node.name)
    spark.is_wanted()
    with spark.running():
        yield spark


def reasons(build: Night | Rebuild) -> str:
    """Why the build ended as it did."""
    told = build.calls("report_night")[-1]
    return " ".join([*told["reasons"], (told["error"] or {}).get("Cause", "")])


def fail() -> None:
    """What a run does that fails."""
    error = "no memory"
    raise RuntimeError(error)


def test_a_job_is_left_to_spark_and_the_build_is_asked_again(
    night: Night, spark: ScriptedSpark
) -> None:
    """One run; then the night goes on as ever."""
    assert night.run()["status"] == "SUCCEEDED"
    assert len(spark.tokens) == 1
    first, second = night.calls("build_datasets")
    assert first == second
    assert (len(night.jobs()), len(night.versions())) == (1, 1)


def test_a_failed_run_ends_the_night_with_its_reason(night: Night, spark: ScriptedSpark) -> None:
    """What is live stays live; another attempt starts another run of the same job."""
    spark.does = fail
    ended = night.run()
    assert (ended["status"], ended["error"]) == ("FAILED", "Night.SparkFailed")
    assert "no memory" in reasons(night)
    assert (night.jobs(), night.versions(), night.campaigns()) == ([], [], [])
    assert night.item("personalize") is None

    spark.does = night.decide
    assert night.run()["status"] == "SUCCEEDED"
    assert [token[-2:] for token in spark.tokens] == ["-0", "-1"]
    assert len({token[:-2] for token in spark.tokens}) == 1


def test_a_run_that_leaves_nothing_is_not_asked_for_again_and_again(
    night: Night, spark: ScriptedSpark
) -> None:
    """It is a fault of ours; another attempt starts another run."""
    spark.does = lambda: None
    assert night.run()["error"] == "Night.SparkLeftNothing"
    assert "not in the archive" in reasons(night)
    assert len(spark.tokens) == 1
    assert night.run()["error"] == "Night.SparkLeftNothing"
    assert len(spark.tokens) == 2

    spark.does = night.decide
    assert night.run()["status"] == "SUCCEEDED"
    assert len(spark.tokens) == 3


def test_a_wait_for_spark_has_an_end(night: Night, spark: ScriptedSpark) -> None:
    """The run goes on, and the next attempt waits for that one."""
    may_end = spark.takes_long()
    assert night.run()["error"] == "Night.SparkTooLate"

    def let_it_end(_arn: str, state: str) -> None:
        if state == "FollowSpark":
            may_end.set()

    assert night.run_while(let_it_end)["status"] == "SUCCEEDED"
    assert len(spark.tokens) == 1


def test_whoever_stops_the_execution_of_spark_is_told_of(
    night: Night, spark: ScriptedSpark
) -> None:
    """There is no cause then, only how it ended."""
    stopped: list[str] = []

    def stop(arn: str, state: str) -> None:
        if state == "LookAtRun" and not stopped:
            stopped.append(arn)
            night.stop(arn)

    assert night.run_while(stop)["error"] == "Night.SparkFailed"
    assert "ABORTED" in reasons(night)
    assert len(spark.tokens) == 1


def test_killed_at_each_state_no_run_is_started_twice(night: Night, spark: ScriptedSpark) -> None:
    """Each attempt dies in a state in which none has died, and the next finds the run."""
    killed = set[str]()
    may_end = spark.takes_long()

    def kill_in_another_state(arn: str, state: str) -> None:
        if state in OF_SPARK - killed and night.described(arn)["status"] == "RUNNING":
            killed.add(state)
            night.stop(arn)
        if killed == OF_SPARK:
            may_end.set()

    while (ended := night.run_while(kill_in_another_state))["status"] == "ABORTED":
        assert len(spark.tokens) <= 1
    assert ended["status"] == "SUCCEEDED"
    assert killed == OF_SPARK
    assert len(spark.tokens) == 1
    assert (len(night.jobs()), len(night.versions()), len(night.campaigns())) == (1, 1, 1)


@pytest.fixture(scope="module")
def rebuilds(
    night_stack: LocalStack, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Rebuild]:
    """The machine of rebuilds, in a stack that has Spark."""
    return deployed_rebuild(night_stack, tmp_path_factory.mktemp("rebuild"), has_spark=True)


def test_a_rebuild_leaves_a_job_to_spark_as_well(rebuilds: Callable[[], Rebuild]) -> None:
    """A failed run leaves what is live; killed and started again, it finds the second one."""
    rebuild = rebuilds()
    spark = ScriptedSpark(rebuild, "rebuild")
    spark.is_wanted()
    with spark.running():
        spark.does = fail
        assert rebuild.run()["error"] == "Rebuild.SparkFailed"
        assert "no memory" in reasons(rebuild)
        assert rebuild.live() is None
        spark.does = rebuild.decide

        def kill_once(arn: str, state: str) -> None:
            if state == "FollowSpark" or (state == "WaitForSpark" and len(killed) < 1):
                killed.append(state)
                rebuild.stop(arn)

        killed: list[str] = []
        assert rebuild.run_while(kill_once)["status"] == "ABORTED"
        assert rebuild.run()["status"] == "SUCCEEDED"
    live = rebuild.live()
    assert live is not None
    assert live.dataset_group_name == GROUP
    assert len(spark.tokens) == 2
