"""What there is of dataset groups in Amazon Personalize."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import boto3

from nightly.domain.pieces import Piece, PieceKind

# The paginator, the list in its answers, and the member that has the ARN.
_LISTS: Final[Mapping[PieceKind, tuple[str, str, str]]] = {
    PieceKind.CAMPAIGN: ("list_campaigns", "campaigns", "campaignArn"),
    PieceKind.RECOMMENDER: ("list_recommenders", "recommenders", "recommenderArn"),
    PieceKind.SOLUTION: ("list_solutions", "solutions", "solutionArn"),
    PieceKind.EVENT_TRACKER: ("list_event_trackers", "eventTrackers", "eventTrackerArn"),
    PieceKind.FILTER: ("list_filters", "Filters", "filterArn"),
    PieceKind.METRIC_ATTRIBUTION: (
        "list_metric_attributions",
        "metricAttributions",
        "metricAttributionArn",
    ),
    PieceKind.DATASET: ("list_datasets", "datasets", "datasetArn"),
}
_GROUP_ARN: Final = "datasetGroupArn"


class PersonalizePieces:
    """Resources of Amazon Personalize; see the port `Pieces`."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - one call for eight kinds, no stub has it
        self._client = client

    @classmethod
    def of_environment(cls) -> "PersonalizePieces":
        """With the credentials and the endpoint of the environment."""
        return cls(boto3.client("personalize"))  # pyright: ignore[reportUnknownMemberType]

    def of_kind(self, kind: PieceKind, group_arn: str) -> Sequence[Piece]:
        """See the port."""
        try:
            return list(self._found(kind, group_arn))
        except self._client.exceptions.ResourceNotFoundException:
            return []

    def delete(self, piece: Piece) -> str | None:
        """See the port."""
        operation = f"delete_{piece.kind.replace(' ', '_')}"
        member = _GROUP_ARN if piece.kind is PieceKind.DATASET_GROUP else _LISTS[piece.kind][2]
        try:
            getattr(self._client, operation)(**{member: piece.arn})
        except self._client.exceptions.ResourceNotFoundException:
            return None
        except self._client.exceptions.ResourceInUseException as error:
            return error.response["Error"]["Message"]
        return None

    def _found(self, kind: PieceKind, group_arn: str) -> Iterator[Piece]:
        if kind is PieceKind.DATASET_GROUP:
            found = self._client.describe_dataset_group(datasetGroupArn=group_arn)["datasetGroup"]
            yield Piece(kind, found["name"], group_arn, found["status"])
        elif kind is PieceKind.CAMPAIGN:
            for solution in self._listed(PieceKind.SOLUTION, datasetGroupArn=group_arn):
                yield from self._listed(kind, solutionArn=solution.arn)
        else:
            yield from self._listed(kind, datasetGroupArn=group_arn)

    def _listed(self, kind: PieceKind, **of: str) -> Iterator[Piece]:
        paginator, wrapper, arn = _LISTS[kind]
        for page in self._client.get_paginator(paginator).paginate(**of):
            for each in page[wrapper]:
                name = each.get("name") or each[arn].rpartition(":")[2]
                yield Piece(kind, name, each[arn], each["status"])
