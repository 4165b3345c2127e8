"""The limits of the gates. Where nothing else is said, a limit is ours and worth a second look.

Sources: [quotas], [schema] and [insights] are pages of the developer guide of Amazon Personalize:
"Amazon Personalize endpoints and quotas", "Item interactions dataset schema requirements" and
"Analyzing quality and quantity of data in Amazon Personalize datasets"; [cheat sheet] is
PersonalizeCheatSheet2.0.md in aws-samples/amazon-personalize-samples.
"""

from dataclasses import dataclass

from nightly.domain.errors import UnusableError


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLimits:
    """What a build is asked for. Each can be set.

    Attributes:
        least_interactions: Fewer cannot be trained on [quotas].
        least_users_with_two: So many users have two interactions at least [quotas].
        least_share_with_two: And so large a share of all users has [quotas].
        advised_interactions: Recommended for good recommendations [insights].
        advised_users_with_two: Likewise [insights].
        advised_per_user: Interactions per user on average; nobody says how many are enough.
        advised_items: Items with interactions: with less it is "a bad fit" [cheat sheet].
        advised_filled: Share of rows with a value in EVENT_VALUE and in each column of the
            schema's own; the guide's advice for metadata is 70 %.
        least_import_rows: Rows of one import, whatever its mode [quotas].
        most_full_bytes: Of a FULL import of interactions [quotas].
        most_incremental_bytes: Of an INCREMENTAL one [quotas].
        most_types_and_columns: Distinct event types, EVENT_TYPE, EVENT_VALUE and the schema's own
            columns together [schema].
        most_own_columns: The schema's own columns [schema].
        most_rejected: Share of the newest day's archived rows that nobody can train on. The
            recorders check before they archive, so it is near nothing while all is well.
        rejected_from_rows: Of fewer archived rows the share is not judged.
        volume_days: With how many days the newest one is compared.
        volume_warning: How many times more or less than their median is told. Weekends differ from
            weekdays by less.
        volume_failure: How many times more or less stops the night.
        volume_from: A smaller median is not compared with: small numbers jump.
        most_lost: Share of the last accepted build's rows that may be gone. Stricter rules and
            erasure take rows away too, and then this is raised for one night.
        psi_warning: A population stability index above it is told; see `drift`.
        psi_failure: One above it stops the night.
        psi_by_chance: As much of the index may be expected of chance alone; where it would be more,
            there are too few interactions to tell, and drift is not judged.
        accepted_days: For so many nights what is like a drift that somebody accepted stops none.
        most_gap_days: Days in a row without any interaction, between days with some, that stop the
            night; None if none do. That training failed over a wide gap between history and live
            events was reported (aws-samples/retail-demo-store, issue 393); how wide it may be is
            not documented, so a gap is only told by default.
    """

    least_interactions: int = 1_000
    least_users_with_two: int = 25
    least_share_with_two: float = 0.01
    advised_interactions: int = 50_000
    advised_users_with_two: int = 1_000
    advised_per_user: float = 10.0
    advised_items: int = 50
    advised_filled: float = 0.7
    least_import_rows: int = 1_000
    most_full_bytes: int = 100 * 1000**3
    most_incremental_bytes: int = 1000**3
    most_types_and_columns: int = 10
    most_own_columns: int = 5
    most_rejected: float = 0.05
    rejected_from_rows: int = 100
    volume_days: int = 7
    volume_warning: float = 2.0
    volume_failure: float = 4.0
    volume_from: int = 100
    most_lost: float = 0.2
    psi_warning: float = 0.1
    psi_failure: float = 0.25
    psi_by_chance: float = 0.05
    accepted_days: int = 28
    most_gap_days: int | None = None

    def __post_init__(self) -> None:
        if self.volume_days < 1 or min(self.volume_warning, self.volume_failure) < 1:
            error = "volume is compared with one day at least, and by how many times, 1 or more"
            raise UnusableError(error)
