"""What the datasets of one dataset group hold, for those who train on it or serve from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.personalize.filtering import Viewer
from local.personalize.imports import Dataset
from local.personalize.interactions import InteractionStore
from local.personalize.records import Record, RecordStore
from local.personalize.resource import DATASET
from local.personalize.schema_text import INTERACTIONS, ITEMS, USERS
from local.personalize.service_model import Body
from local.personalize.state import State


@dataclass(frozen=True, slots=True)
class GroupData:
    """The data of one dataset group, as it is now."""

    state: State
    group_arn: str

    def dataset(self, dataset_type: str) -> Dataset | None:
        """Finds the dataset of a type, once it is active."""
        for resource in self.state.of_kind(DATASET, self.group_arn):
            held: Dataset = resource.content
            if held.dataset_type == dataset_type and resource.is_active:
                return held
        return None

    @property
    def interactions(self) -> InteractionStore:
        """Gives the interactions; an empty store where there is no dataset of them."""
        dataset = self.dataset(INTERACTIONS)
        store = dataset.store if dataset else None
        return store if isinstance(store, InteractionStore) else InteractionStore()

    @property
    def items(self) -> Mapping[str, Body]:
        """Gives the columns of every item of the items dataset."""
        return {key: each.columns for key, each in self._records(ITEMS).items()}

    def viewer(self, user_id: str) -> Viewer:
        """Gives what filters may know of a user."""
        record = self._records(USERS).get(user_id)
        limit = self.state.quotas.filtered_interactions_per_event_type
        history = self.interactions.of_person(user_id)
        return Viewer.of(record.columns if record else {}, history, limit)

    def _records(self, dataset_type: str) -> Mapping[str, Record]:
        dataset = self.dataset(dataset_type)
        store = dataset.store if dataset else None
        return store.records if isinstance(store, RecordStore) else {}
