"""When which trouble comes."""

from collections import Counter

import pytest

from local.load.troubles import Trouble, appointments


def test_the_same_seed_makes_the_same_trouble() -> None:
    """And another one other trouble."""
    assert appointments(60, 1) == appointments(60, 1)
    assert appointments(60, 1) != appointments(60, 2)


@pytest.mark.parametrize("seconds", [20, 180, 900])
def test_every_trouble_comes_and_ends_in_time(seconds: float) -> None:
    """In order, and never after the load."""
    planned = appointments(seconds, 1)

    assert {each.trouble for each in planned} >= set(Trouble) - {Trouble.STORAGE, Trouble.KILL}
    assert [each.at_s for each in planned] == sorted(each.at_s for each in planned)
    assert all(each.at_s + each.for_s <= seconds for each in planned)


def test_longer_load_meets_more_trouble() -> None:
    """Kills above all."""
    short, long = (Counter(each.trouble for each in appointments(s, 1)) for s in (180, 900))

    assert 15 < short[Trouble.KILL] <= 30
    assert long[Trouble.KILL] > 2 * short[Trouble.KILL]
    assert short[Trouble.SPLIT] == short[Trouble.MERGE] == 1


@pytest.mark.parametrize("seed", range(20))
def test_a_mapping_rests_in_peace(seed: int) -> None:
    """Nothing that makes the archive fail comes shortly before, or meanwhile."""
    planned = appointments(180, seed)
    rests = [each for each in planned if each.trouble is Trouble.REST]
    others = [each for each in planned if each.trouble in {Trouble.KILL, Trouble.STORAGE}]

    assert rests
    for rest in rests:
        assert not [
            each
            for each in others
            if rest.at_s - 8 < each.at_s + each.for_s and each.at_s < rest.at_s + rest.for_s
        ]
