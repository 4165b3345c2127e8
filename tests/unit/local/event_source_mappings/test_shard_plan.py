"""Parents before children."""

from hypothesis import given
from hypothesis import strategies as st

from local.event_source_mappings.shard_plan import Shard, readable, skipped_at_start


def a_shard(name: str, *parents: str, is_closed: bool = False) -> Shard:
    """Build a shard."""
    return Shard(name, frozenset(parents), is_closed)


def test_a_child_waits_for_both_parents() -> None:
    """After a merge two shards must be finished."""
    shards = [a_shard("a"), a_shard("b"), a_shard("merged", "a", "b")]

    assert [each.shard_id for each in readable(shards, set())] == ["a", "b"]
    assert [each.shard_id for each in readable(shards, {"a"})] == ["b"]
    assert [each.shard_id for each in readable(shards, {"a", "b"})] == ["merged"]


def test_a_parent_that_is_no_longer_listed_holds_nobody_up() -> None:
    """Its records have left the stream's retention."""
    assert readable([a_shard("child", "gone")], set()) == [a_shard("child", "gone")]


def test_latest_skips_what_was_closed_before() -> None:
    """Only open shards have a tip; the other positions read the closed ones too."""
    shards = [a_shard("old", is_closed=True), a_shard("new", "old")]

    assert skipped_at_start(shards, "LATEST") == {"old"}
    assert skipped_at_start(shards, "TRIM_HORIZON") == set()


def test_lists_are_read_as_kinesis_writes_them() -> None:
    """Parents and the end of a shard are optional members."""
    document = {
        "ShardId": "s",
        "ParentShardId": "p",
        "AdjacentParentShardId": "q",
        "SequenceNumberRange": {"StartingSequenceNumber": "1", "EndingSequenceNumber": "2"},
    }

    assert Shard.read(document) == a_shard("s", "p", "q", is_closed=True)
    assert Shard.read({"ShardId": "s", "SequenceNumberRange": {}}) == a_shard("s")


@given(st.data())
def test_every_shard_is_read_and_none_before_its_parents(data: st.DataObject) -> None:
    """Any history of splits and merges, finished in any order."""
    shards: list[Shard] = []
    for at in range(data.draw(st.integers(1, 8))):
        older = [shard.shard_id for shard in shards]
        parents = data.draw(st.sets(st.sampled_from(older), max_size=2)) if older else set()
        shards.append(a_shard(str(at), *parents))
    finished: list[str] = []

    while candidates := readable(shards, finished):
        chosen = data.draw(st.sampled_from(candidates))
        assert chosen.parents <= set(finished)
        finished.append(chosen.shard_id)

    assert sorted(finished) == sorted(shard.shard_id for shard in shards)
