"""Foreign messages in tests: the settings with which ours can be read, and what is read."""

from typing import Final

from ingestion.domain.dialects.detection import NotPlayback, Understood, understand
from ingestion.domain.dialects.reading import DialectRules
from ingestion.domain.parsing import is_point
from ingestion.domain.point import PointActivity
from ingestion.domain.rejection import Rejection

from local.demo.tellers import SNOWPLOW_ITEM_PATH
from tests.support.builders import WINDOW, a_message

ITEM_PATH: Final = SNOWPLOW_ITEM_PATH
"""Where Snowplow's items stand in all that tests tell."""

RULES: Final = DialectRules(snowplow_item_path=ITEM_PATH)


def understood(body: object, rules: DialectRules = RULES) -> Understood:
    """What is understood of a body."""
    return understand(a_message(body), WINDOW, rules)


def point(body: object, rules: DialectRules = RULES) -> PointActivity:
    """The point that a body is."""
    result = understood(body, rules)
    assert not isinstance(result, Rejection), result.detail
    assert not isinstance(result, NotPlayback)
    assert is_point(result)
    return result.activity


def rejected(body: object, rules: DialectRules = RULES) -> tuple[str, str]:
    """Reason and detail of the rejection that a body is."""
    result = understood(body, rules)
    assert isinstance(result, Rejection)
    return result.reason, result.detail
