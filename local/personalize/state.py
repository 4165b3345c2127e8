"""Everything the emulator remembers of one account in one region."""

from collections.abc import Callable
from dataclasses import dataclass, field

from local.personalize.errors import already_exists, in_use, limit_exceeded, not_found
from local.personalize.lifecycle import Progress, Transition, Work, no_work
from local.personalize.quotas import Quotas
from local.personalize.resource import Kind, Resource, Update
from local.personalize.service_model import Body, Json


@dataclass(slots=True, kw_only=True)
class State:
    """The resources by ARN, in the order of their creation, and the clock they live by.

    `recommenders_by_id` tells which campaign gave out a recommendation id.

    It is not safe for threads by itself: the emulator lets one operation in at a time.
    """

    account_id: str
    region: str
    clock: Callable[[], float]
    progress: Progress
    quotas: Quotas
    resources: dict[str, Resource] = field(default_factory=dict[str, Resource])
    recommenders_by_id: dict[str, str] = field(default_factory=dict[str, str])
    _underway: list[Transition] = field(default_factory=list[Transition])

    def arn(self, path: str) -> str:
        """Builds an ARN of this account and region: "solution/films"."""
        return f"arn:aws:personalize:{self.region}:{self.account_id}:{path}"

    def get(self, kind: Kind, arn: str) -> Resource:
        """Finds a resource.

        Raises:
            EmulatedError: ResourceNotFoundException, also for an ARN of another kind.
        """
        resource = self.resources.get(arn)
        if resource is None or resource.kind is not kind:
            raise not_found(arn)
        return resource

    def get_active(self, kind: Kind, arn: str) -> Resource:
        """Finds a resource that is ready to be built upon.

        Raises:
            EmulatedError: ResourceNotFoundException, or ResourceInUseException while its status
                is another than ACTIVE.
        """
        resource = self.get(kind, arn)
        if not resource.is_active:
            raise in_use(arn, f"{resource.transition.status}, not ACTIVE")
        return resource

    def of_kind(self, kind: Kind, parent: str | None = None) -> list[Resource]:
        """Lists the resources of a kind, or those of them that belong to a parent."""
        member = kind.parent_member or ""
        return [
            resource
            for resource in self.resources.values()
            if resource.kind is kind
            and (parent is None or resource.attributes.get(member) == parent)
        ]

    def underway(self, kind: Kind, parent: str | None = None) -> int:
        """Counts the resources of a kind that are still being made."""
        return sum(resource.is_underway for resource in self.of_kind(kind, parent))

    def add(  # noqa: PLR0913 - keyword arguments, one for each part of a resource
        self,
        kind: Kind,
        *,
        path: str,
        name: str,
        attributes: Body,
        content: Json = None,
        work: Work = no_work,
    ) -> Resource:
        """Puts a new resource on its way.

        Raises:
            EmulatedError: ResourceAlreadyExistsException when its ARN or its name is taken.
        """
        arn = self.arn(path)
        if arn in self.resources or self._has_name(kind, name):
            raise already_exists(arn)
        now = self.clock()
        transition = self.start("CREATE", work, self._progress_of(kind))
        self.resources[arn] = Resource(
            kind=kind,
            arn=arn,
            name=name,
            attributes=attributes,
            content=content,
            transition=transition,
            created_at=now,
        )
        return self.resources[arn]

    def update(
        self, resource: Resource, member: str, changes: Body, *, shown: Body | None = None
    ) -> None:
        """Puts an update on its way, which takes effect when it has become active.

        Args:
            resource: What is updated.
            member: Where Describe shows the update.
            changes: The attributes to set.
            shown: What Describe shows besides, where that is something else.
        """

        def begin() -> Callable[[], None]:
            return lambda: resource.attributes.update(changes)

        transition = self.start("CREATE", begin, self.progress)
        resource.update = Update(
            member=member,
            changes={**changes, **(shown or {})},
            transition=transition,
            created_at=self.clock(),
        )

    def delete(self, resource: Resource) -> None:
        """Puts a deletion on its way; the resource is gone when it ends."""

        def begin() -> Callable[[], None]:
            return lambda: self.remove(resource)

        resource.transition = self.start("DELETE", begin, self._progress_of(resource.kind))

    def clear(self) -> None:
        """Forgets everything."""
        self.resources.clear()
        self.recommenders_by_id.clear()
        self._underway.clear()

    def remove(self, resource: Resource) -> None:
        """Forgets a resource at once."""
        self.resources.pop(resource.arn, None)

    def start(self, verb: str, work: Work, progress: Progress) -> Transition:
        """Starts a transition that `settle` will carry on."""
        transition = Transition(verb=verb, started_at=self.clock(), progress=progress, work=work)
        self._underway.append(transition)
        return transition

    def settle(self) -> None:
        """Makes everything happen whose time has come, in the order in which it came."""
        now = self.clock()
        while (due := self._first_due(now)) is not None:
            due.advance(due.due_at)
            self._underway = [each for each in self._underway if not each.is_over]

    def check_limit(self, count: int, limit: int, what: str) -> None:
        """Refuses one more than a quota allows.

        Raises:
            EmulatedError: LimitExceededException.
        """
        if count >= limit:
            raise limit_exceeded(what, limit)

    def _progress_of(self, kind: Kind) -> Progress:
        return self.progress if kind.has_status else Progress()

    def _first_due(self, now: float) -> Transition | None:
        waiting = (each for each in self._underway if not each.is_over and each.due_at <= now)
        return min(waiting, key=lambda each: each.due_at, default=None)

    def _has_name(self, kind: Kind, name: str) -> bool:
        if not name or not kind.has_unique_name:
            return False
        return any(each.name == name for each in self.of_kind(kind))
