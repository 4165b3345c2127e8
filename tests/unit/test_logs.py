"""What the functions that log tell of an hour: counts, places and ids."""

import io
import json
from typing import Any

import pytest
from ingestion.domain.conservation import End, HourAccount
from ingestion.domain.hour import Hour
from ingestion.logs import log_account, logger

from tests.support.builders import NOW_MS


def logged(account: HourAccount, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    stream = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    log_account(account)
    return json.loads(stream.getvalue())


def test_an_account_that_holds_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many ended where, and in which hour."""
    line = logged(HourAccount(Hour.of(NOW_MS), 3, {End.RECORDED: 3}), monkeypatch)
    assert (line["level"], line["message"]) == ("INFO", "hour reconciled")
    assert (line["hour"], line["received"]) == (Hour.of(NOW_MS).partition, 3)
    assert line["ends"] == {End.RECORDED: 3}


@pytest.mark.parametrize(
    "account",
    [
        HourAccount(Hour.of(NOW_MS), 1, {End.UNEXPLAINED: 1}, ("stream/m-1",)),
        HourAccount(Hour.of(NOW_MS), 2, {End.RECORDED: 1}, ("stream/m-1",)),
    ],
    ids=["unexplained", "missing from the sum"],
)
def test_one_that_does_not_hold_is_an_error(
    account: HourAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the ids, by which an operator finds the messages."""
    line = logged(account, monkeypatch)
    assert line["level"] == "ERROR"
    assert line["unexplained"] == ["stream/m-1"]
