"""The service's quotas and minimums, in one place and changeable by a test."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quotas:
    """Numbers of the developer guide's page "Quotas" (the 2023 edition where it says more).

    A test that is not about them may lower the minimums, so that forty interactions train.
    """

    # Per account and region.
    schemas: int = 500
    dataset_groups: int = 5
    import_jobs_in_progress: int = 5
    solution_versions_in_progress: int = 20
    # Per dataset group.
    solutions: int = 10
    campaigns: int = 5
    filters: int = 10
    metric_attributions: int = 1
    event_attribution_sources: int = 100
    tags: int = 50
    # An event of PutEvents.
    event_bytes: int = 10 * 1024
    categorical_characters: int = 1_000
    # Data.
    interaction_metadata_columns: int = 5
    event_types_and_optional_columns: int = 10
    rows_per_interactions_import: int = 1_000
    interactions_to_train: int = 1_000
    users_with_two_interactions: int = 25
    share_of_users_with_two_interactions: float = 0.01
    # Serving.
    recommendations: int = 500
    filtered_interactions_per_event_type: int = 100
