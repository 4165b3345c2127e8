"""Recommendations: whom they suit, what changes them, and what filters them."""

from typing import Any

import pytest

from local.personalize import EmulatedError, Progress
from tests.unit.local.personalize.world import ITEM_FIELDS, START, World, an_event

# What `World.fill` makes viewers of one side watch.
A_SIDE = {f"a{n}" for n in range(12)}
B_SIDE = {f"b{n}" for n in range(12)}


class Served:
    """A group with two camps of viewers, and campaigns of any recipe."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.group, self.tracker = world.live_group()
        world.fill(self.tracker, users=20)

    def campaign(self, recipe: str = "aws-user-personalization-v2", **parameters: Any) -> str:
        """Trains a recipe and deploys it."""
        version = self.world.version(self.world.solution(self.group, recipe))
        return self.world.campaign(version, **parameters)

    def watch(self, *items: str, **call: Any) -> None:
        """Lets somebody watch items now."""
        events = [an_event(item, at=START + n) for n, item in enumerate(items)]
        self.world.put(self.tracker, *events, **call)

    def filter(self, expression: str) -> str:
        """Creates a filter."""
        return self.world.control(
            "CreateFilter",
            name=self.world.name("filter"),
            datasetGroupArn=self.group,
            filterExpression=expression,
        )["filterArn"]


@pytest.fixture
def served(world: World) -> Served:
    """Two camps of viewers."""
    return Served(world)


def test_a_viewer_gets_what_their_likes_watch(served: Served) -> None:
    """The two camps never mix among the best five."""
    campaign = served.campaign()

    assert set(served.world.recommended(campaign, userId="u0", numResults=5)) <= A_SIDE
    assert set(served.world.recommended(campaign, userId="u1", numResults=5)) <= B_SIDE


@pytest.mark.parametrize("recipe", ["aws-user-personalization-v2", "aws-user-personalization"])
def test_an_event_after_the_training_changes_the_next_answer(served: Served, recipe: str) -> None:
    """A newcomer gets what is popular, and after one film its neighbours."""
    campaign = served.campaign(recipe)
    newcomer = {"userId": "new", "sessionId": "new"}
    popular = served.world.recommended(campaign, userId="new", numResults=5)

    served.watch("b3", **newcomer)

    personal = served.world.recommended(campaign, userId="new", numResults=5)
    assert personal != popular
    assert set(personal) <= B_SIDE


def test_a_changed_mind_shows_at_once(served: Served) -> None:
    """Newer events weigh more than a trained history."""
    campaign = served.campaign()
    assert set(served.world.recommended(campaign, userId="u0", numResults=3)) <= A_SIDE

    served.watch(*(f"b{n}" for n in range(8)), userId="u0", sessionId="today")

    assert set(served.world.recommended(campaign, userId="u0", numResults=3)) <= B_SIDE


def test_before_login_the_session_is_the_user(served: Served) -> None:
    """Passing the session's id as userId gives recommendations to a guest."""
    campaign = served.campaign()
    served.watch("b3", userId=None, sessionId="guest")

    assert set(served.world.recommended(campaign, userId="guest", numResults=5)) <= B_SIDE


def test_an_item_nobody_trained_on_changes_nothing(served: Served) -> None:
    """Real time covers existing items; new ones wait for the next version."""
    campaign = served.campaign()
    before = served.world.recommended(campaign, userId="u0")
    served.watch("premiere", userId="u0")

    assert served.world.recommended(campaign, userId="u0") == before
    assert "premiere" in served.world.recommended(served.campaign(), userId="u0", numResults=99)


def test_popular_items_come_in_order_and_wait_for_training(served: Served) -> None:
    """Popularity-Count looks at nobody, and not at events after the training."""
    campaign = served.campaign("aws-popularity-count")
    before = served.world.recommended(campaign, userId="u0")
    for number in range(30):
        served.watch("b11", userId=f"fan{number}", sessionId=f"fan{number}")

    assert served.world.recommended(campaign, userId="u1") == before
    assert served.world.recommended(served.campaign("aws-popularity-count"))[0] == "b11"


@pytest.mark.parametrize("recipe", ["aws-similar-items", "aws-sims"])
def test_similar_items_share_their_viewers(served: Served, recipe: str) -> None:
    """The item itself is not among them; an unknown one is answered by popularity."""
    campaign = served.campaign(recipe)
    similar = served.world.recommended(campaign, itemId="a3", numResults=6)

    assert set(similar) <= A_SIDE - {"a3"}
    assert len(served.world.recommended(campaign, itemId="unknown", numResults=6)) == 6
    with pytest.raises(EmulatedError, match="needs a itemId"):
        served.world.recommended(campaign, userId="u0")


@pytest.mark.parametrize("recipe", ["aws-personalized-ranking-v2", "aws-personalized-ranking"])
def test_a_ranking_reorders_the_list(served: Served, recipe: str) -> None:
    """Every item comes back once, known ones scored, unknown ones last and unscored."""
    campaign = served.campaign(recipe)
    wanted = ["b1", "x", "a9", "b2", "a8"]
    answer = served.world.runtime(
        "GetPersonalizedRanking", campaignArn=campaign, userId="u0", inputList=wanted
    )
    ranking = answer["personalizedRanking"]

    assert {item["itemId"] for item in ranking[:2]} == {"a9", "a8"}
    assert ranking[-1] == {"itemId": "x"}
    assert sum(item.get("score", 0) for item in ranking) == pytest.approx(1)
    with pytest.raises(EmulatedError, match="call GetPersonalizedRanking"):
        served.world.recommended(campaign, userId="u0")


def test_only_a_ranking_campaign_ranks(served: Served) -> None:
    """And of five hundred items at most."""
    ranking = served.campaign("aws-personalized-ranking-v2")

    def rank(campaign: str, items: int) -> Any:
        return served.world.runtime(
            "GetPersonalizedRanking",
            campaignArn=campaign,
            userId="u0",
            inputList=[f"i{n}" for n in range(items)],
        )

    rank(ranking, 500)
    with pytest.raises(EmulatedError, match="at most 500"):
        rank(ranking, 501)
    with pytest.raises(EmulatedError, match="does not rank"):
        rank(served.campaign(), 1)


def test_the_answer_has_awss_shape(served: Served) -> None:
    """25 items unless asked otherwise, scores that add up, an id PutEvents can take."""
    campaign = served.campaign()
    context = {"DEVICE": "tv"}
    answer = served.world.runtime(
        "GetRecommendations", campaignArn=campaign, userId="u0", context=context
    )

    assert len(answer["itemList"]) == 24
    assert sum(item["score"] for item in answer["itemList"]) == pytest.approx(1)
    assert len(answer["recommendationId"]) == 40
    assert len(served.world.recommended(campaign, userId="u0", numResults=7)) == 7
    assert served.world.recommended(campaign, userId="u0", numResults=0) == []
    with pytest.raises(EmulatedError, match="numResults must be at most 500"):
        served.world.recommended(campaign, userId="u0", numResults=501)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({}, "InvalidInputException"),
        ({"campaignArn": "arn:aws:personalize:r:a:campaign/x"}, "ResourceNotFoundException"),
        ({"recommenderArn": "arn:aws:personalize:r:a:recommender/x"}, "ResourceNotFoundException"),
    ],
)
def test_a_request_needs_a_campaign(world: World, parameters: dict[str, Any], code: str) -> None:
    """There are no recommenders here."""
    with pytest.raises(EmulatedError, match=code):
        world.runtime("GetRecommendations", userId="u", **parameters)


def test_a_campaign_serves_once_it_is_active_and_follows_its_update() -> None:
    """The old version serves until the update is active."""
    world = World(progress=Progress(in_progress_s=60))
    group = world.group()
    world.clock.advance(60)
    world.dataset(group)
    tracker = world.tracker(group)
    solution = world.solution(group)
    world.clock.advance(60)
    world.fill(tracker)
    first = world.version(solution)
    world.clock.advance(60)
    campaign = world.campaign(first)
    with pytest.raises(EmulatedError, match="not ACTIVE"):
        world.recommended(campaign, userId="u0")
    for number in range(30):
        world.put(tracker, an_event("hit"), userId=f"fan{number}", sessionId="s")
    second = world.version(solution)
    world.clock.advance(60)

    world.control("UpdateCampaign", campaignArn=campaign, solutionVersionArn=second)
    shown = world.described("Campaign", campaign)
    assert (shown["status"], shown["solutionVersionArn"]) == ("ACTIVE", first)
    assert shown["latestCampaignUpdate"]["status"] == "CREATE IN_PROGRESS"
    assert "hit" not in world.recommended(campaign, userId="nobody")
    with pytest.raises(EmulatedError, match="being updated"):
        world.control("UpdateCampaign", campaignArn=campaign, minProvisionedTPS=2)

    world.clock.advance(60)
    assert world.described("Campaign", campaign)["solutionVersionArn"] == second
    assert world.recommended(campaign, userId="nobody")[0] == "hit"


def test_latest_follows_new_versions(served: Served) -> None:
    """$LATEST with the switch serves whatever was trained last."""
    world = served.world
    solution = world.solution(served.group)
    latest = f"{solution}/$LATEST"
    sync = {"syncWithLatestSolutionVersion": True}
    with pytest.raises(EmulatedError, match="ResourceNotFoundException"):
        world.campaign(latest, campaignConfig=sync)
    world.version(solution)
    with pytest.raises(EmulatedError, match="syncWithLatestSolutionVersion"):
        world.campaign(latest)
    campaign = world.campaign(latest, campaignConfig=sync)
    for number in range(30):
        served.watch("hit", userId=f"fan{number}", sessionId=f"fan{number}")
    world.version(solution)

    assert world.recommended(campaign, userId="nobody")[0] == "hit"


def test_a_failed_version_is_not_deployed(served: Served) -> None:
    """Only an ACTIVE one is."""
    failed = served.world.version(served.world.solution(served.group, eventType="None"))

    with pytest.raises(EmulatedError, match="ResourceInUseException"):
        served.world.campaign(failed)


def test_a_filter_leaves_out_what_was_watched(served: Served) -> None:
    """At once, for streamed events too, and whatever the case of the event type."""
    campaign = served.campaign()
    unseen = served.filter('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("watch")')
    before = served.world.recommended(campaign, userId="u0", filterArn=unseen)
    served.watch(before[0], userId="u0")

    assert before[0] not in served.world.recommended(campaign, userId="u0", filterArn=unseen)
    assert not {f"a{n}" for n in range(8)} & set(before)


def test_a_filter_by_genre_takes_its_value_from_the_request(served: Served) -> None:
    """A placeholder needs a value, and several categories are split at the bar."""
    campaign = served.campaign()
    items = served.world.dataset(served.group, ITEM_FIELDS, "Items")
    for item, genres in (("a1", "Comedy|Drama"), ("a2", "Crime"), ("b1", "Drama")):
        text = f'{{"genres": "{genres}", "creationTimestamp": 1}}'
        record = {"itemId": item, "properties": text}
        served.world.events("PutItems", datasetArn=items, items=[record])
    only = served.filter("INCLUDE ItemID WHERE Items.GENRES IN ($GENRE)")

    def of_genre(value: str) -> set[str]:
        values = {"GENRE": value}
        found = served.world.recommended(campaign, userId="u0", filterArn=only, filterValues=values)
        return set(found)

    assert of_genre('"Drama"') == {"a1", "b1"}
    assert of_genre('"Comedy","Crime"') == {"a1", "a2"}
    with pytest.raises(EmulatedError, match="no value for GENRE"):
        served.world.recommended(campaign, userId="u0", filterArn=only)


def test_a_filter_of_another_group_is_refused(served: Served) -> None:
    """A filter belongs to its group."""
    other, _ = served.world.live_group()
    arn = served.world.control(
        "CreateFilter",
        name="other",
        datasetGroupArn=other,
        filterExpression="EXCLUDE ItemID WHERE Items.A = 1",
    )["filterArn"]

    with pytest.raises(EmulatedError, match="not active in this dataset group"):
        served.world.recommended(served.campaign(), userId="u0", filterArn=arn)


def test_new_items_come_in_by_promotion(served: Served) -> None:
    """A fifth of the places goes to items no training knows, under the promotion's name."""
    campaign = served.campaign()
    items = served.world.dataset(served.group, ITEM_FIELDS, "Items")
    record = {"itemId": "premiere", "properties": f'{{"creationTimestamp": {START}}}'}
    served.world.events("PutItems", datasetArn=items, items=[record])
    fresh = served.filter(f"INCLUDE ItemID WHERE Items.CREATION_TIMESTAMP >= {START}")
    promotion = {"name": "new", "percentPromotedItems": 20, "filterArn": fresh}

    answer = served.world.runtime(
        "GetRecommendations",
        campaignArn=campaign,
        userId="u0",
        numResults=5,
        promotions=[promotion],
    )
    first, *rest = answer["itemList"]
    assert first == {"itemId": "premiere", "promotionName": "new"}
    assert len(rest) == 4


def test_metadata_comes_where_the_campaign_gives_it(served: Served) -> None:
    """The columns asked for, as texts."""
    items = served.world.dataset(served.group, ITEM_FIELDS, "Items")
    record = {"itemId": "a9", "properties": '{"genres": "Crime", "creationTimestamp": 7}'}
    served.world.events("PutItems", datasetArn=items, items=[record])
    wanted = {"ITEMS": ["GENRES", "CREATION_TIMESTAMP"]}

    def metadata(campaign: str) -> Any:
        answer = served.world.runtime(
            "GetRecommendations", campaignArn=campaign, userId="u0", metadataColumns=wanted
        )
        return {item["itemId"]: item["metadata"] for item in answer["itemList"]}

    generous = served.campaign(campaignConfig={"enableMetadataWithRecommendations": True})
    assert metadata(generous)["a9"] == {"GENRES": "Crime", "CREATION_TIMESTAMP": "7"}
    with pytest.raises(EmulatedError, match="does not give metadata"):
        metadata(served.campaign())
