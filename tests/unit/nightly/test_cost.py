"""What a night costs, and the ceiling."""

import json

import pytest
from nightly.adapters.price_list import prices
from nightly.domain.cost import Estimate, Prices, estimate
from nightly.domain.days import Day
from nightly.domain.errors import UnusableError

LIST = Prices("us-east-1", "2026-11-24", 0.05, 0.002, is_confirmed=False, source="memory")


def test_a_large_training_is_dear() -> None:
    """A hundred and seventy dollars for 85 million interactions, an import of them next to none."""
    cost = estimate(85_000_000, 3_000_000_000, trains=True, prices=LIST, ceiling_usd=None)
    assert cost.training_usd == pytest.approx(170)
    assert cost.import_usd == pytest.approx(0.15)
    assert cost.total_usd == pytest.approx(170.15)
    assert cost.within
    assert "no ceiling" in cost.text


def test_what_is_not_trained_costs_nothing() -> None:
    """Only the import is left."""
    cost = estimate(85_000_000, 0, trains=False, prices=LIST, ceiling_usd=0)
    assert cost.total_usd == 0
    assert cost.within


@pytest.mark.parametrize(("interactions", "within"), [(5_000_000, True), (5_000_001, False)])
def test_the_ceiling_is_not_passed(interactions: int, within: bool) -> None:  # noqa: FBT001
    """Exactly it is allowed."""
    cost = estimate(interactions, 0, trains=True, prices=LIST, ceiling_usd=10.0)
    assert cost.within is within
    assert ("within the ceiling" if within else "above the ceiling") in cost.text


def test_import_and_training_pass_it_together() -> None:
    """Neither does alone."""
    one = Estimate(6.0, 4.0, 10.0, "2026-11-24", is_confirmed=True)
    assert one.within
    assert Estimate(0.1, 0.2, 0.3, "2026-11-24").within
    assert not Estimate(6.0, 4.1, 10.0, "2026-11-24").within
    assert "prices of 2026-11-24, confirmed" in one.text
    assert "not confirmed" in Estimate(1.0, 1.0, None, "2026-11-24").text


def test_an_estimate_survives_json() -> None:
    """With what follows from it, for whoever reads the record."""
    cost = Estimate(6.0, 4.1, 10.0, "2026-11-24")
    told = json.loads(json.dumps(cost.as_dict()))
    assert Estimate.from_dict(told) == cost
    assert (told["total_usd"], told["within"]) == (cost.total_usd, False)


def test_the_price_list_says_what_it_is() -> None:
    """A date and a source, and that nobody has confirmed it, as long as that is so."""
    found = prices()
    assert Day.named(found.priced_on)
    assert found.is_confirmed or "not confirmed" in found.source
    with pytest.raises(UnusableError):
        Prices.from_dict({"region": "us-east-1"})
