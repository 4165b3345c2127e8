"""The plan of PutUsers and PutItems, for every input: nothing lost, the fewest calls, in limits."""

from math import ceil

from hypothesis import given
from hypothesis import strategies as st
from ingestion.domain.dataset import Dataset
from ingestion.domain.metadata_record import newest
from ingestion.domain.put_metadata import MAX_RECORDS_PER_CALL, broken_limit, plan_put_metadata

from tests.support.metadata import a_record

RECORDS = st.lists(
    st.builds(
        a_record,
        st.integers(0, 30).map(str),
        st.integers(0, 5),
        st.sampled_from(Dataset),
        properties=st.sampled_from(["{}", '{"gender":"x"}']),
    ),
    max_size=80,
)


@given(RECORDS)
def test_the_newest_of_each_subject_is_planned_once(records: list) -> None:
    """All subjects, none twice, and no older version."""
    planned = [
        each for lane in plan_put_metadata(records) for call in lane for each in call.records
    ]
    assert sorted(planned, key=str) == sorted(newest(records), key=str)


@given(RECORDS)
def test_a_dataset_has_a_lane_of_the_fewest_calls(records: list) -> None:
    """Ten records a call, one dataset a call."""
    lanes = plan_put_metadata(records)
    for lane in lanes:
        (dataset,) = {call.dataset for call in lane}
        subjects = {record.subject for record in records if record.dataset is dataset}
        assert {record.dataset for call in lane for record in call.records} == {dataset}
        assert len(lane) == ceil(len(subjects) / MAX_RECORDS_PER_CALL)
        assert all(1 <= len(call.records) <= MAX_RECORDS_PER_CALL for call in lane)
    assert len(lanes) == len({record.dataset for record in records})


def test_each_limit_is_seen_before_the_call() -> None:
    """Ids, and properties by dataset."""
    assert broken_limit(a_record()) is None
    assert broken_limit(a_record("u" * 257)) == "record_id"
    assert broken_limit(a_record(properties="p" * 24_001)) == "properties"
    assert broken_limit(a_record(dataset=Dataset.ITEMS, properties="p" * 24_001)) is None
    assert broken_limit(a_record(dataset=Dataset.ITEMS, properties="p" * 32_001)) == "properties"
