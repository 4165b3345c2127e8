"""What a night would cost at Personalize, and the ceiling that stops it before it is passed."""

from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from nightly.domain.stored_values import read_as

_GB: Final = 1000**3


@dataclass(frozen=True, slots=True)
class Prices:
    """A dated price list of one region; see `prices.json`.

    Attributes:
        region: For which they were written down.
        priced_on: When, `2026-11-24`.
        import_usd_per_gb: Of what is imported, streamed or in bulk.
        training_usd_per_1000_interactions: Of a v2 recipe. All interactions of the dataset count,
            those that a filter of the solution leaves out as well.
        is_confirmed: Whether somebody has compared them with the list of AWS.
        source: Where they are from.
    """

    region: str
    priced_on: str
    import_usd_per_gb: float
    training_usd_per_1000_interactions: float
    is_confirmed: bool
    source: str

    @classmethod
    def from_dict(cls, content: object) -> Self:
        """Read a price list.

        Raises:
            UnusableError: It is none.
        """
        return read_as(cls, content)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one night would cost.

    Attributes:
        import_usd: For the bytes of the files.
        training_usd: For the solution version; 0 if none is trained.
        ceiling_usd: What a night may cost; None if anything.
        priced_on: The date of the price list.
        is_confirmed: Whether the list is.
    """

    import_usd: float
    training_usd: float
    ceiling_usd: float | None
    priced_on: str
    is_confirmed: bool = False

    @property
    def total_usd(self) -> float:
        """Of the night."""
        return self.import_usd + self.training_usd

    @property
    def within(self) -> bool:
        """Whether the night may go on. Exactly the ceiling is allowed."""
        return self.ceiling_usd is None or self.total_usd <= self.ceiling_usd

    @property
    def text(self) -> str:
        """One plain sentence."""
        parts = (
            f"about {self.total_usd:,.2f} USD, {self.import_usd:,.2f} of it for the import and"
            f" {self.training_usd:,.2f} for training (prices of {self.priced_on},"
            f" {'confirmed' if self.is_confirmed else 'not confirmed'})"
        )
        if self.ceiling_usd is None:
            return f"The night costs {parts}; there is no ceiling."
        verdict = "within" if self.within else "above"
        return f"The night costs {parts}; that is {verdict} the ceiling of {self.ceiling_usd:,.2f}."

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it."""
        return asdict(self) | {
            "total_usd": self.total_usd,
            "within": self.within,
            "text": self.text,
        }

    @classmethod
    def from_dict(cls, content: object) -> Self:
        """Read it back.

        Raises:
            UnusableError: It is none.
        """
        return read_as(cls, content)


def estimate(
    interactions: int,
    import_bytes: int,
    *,
    trains: bool,
    prices: Prices,
    ceiling_usd: float | None,
) -> Estimate:
    """Estimate a night.

    Args:
        interactions: All that the dataset group would hold, before any filter of the solution.
        import_bytes: Of the files to import; 0 without an import.
        trains: Whether a solution version is made.
        prices: The list.
        ceiling_usd: What a night may cost; None if anything.
    """
    training = interactions / 1000 * prices.training_usd_per_1000_interactions if trains else 0.0
    return Estimate(
        import_bytes / _GB * prices.import_usd_per_gb,
        training,
        ceiling_usd,
        prices.priced_on,
        prices.is_confirmed,
    )
