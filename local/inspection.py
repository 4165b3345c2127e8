"""What the pages under `/_local/` show."""

from dataclasses import asdict
from typing import Any

from local.comprehend import ComprehendEmulator
from local.personalize import PersonalizeEmulator


def personalize_counters(emulator: PersonalizeEmulator) -> dict[str, Any]:
    """Count what reached Personalize.

    Returns:
        The counters of each event tracker by its name, and those of calls to none of them.
    """
    listed = emulator.handle("personalize", "ListEventTrackers", {})["eventTrackers"]
    trackers = [
        emulator.handle(
            "personalize", "DescribeEventTracker", {"eventTrackerArn": tracker["eventTrackerArn"]}
        )["eventTracker"]
        for tracker in listed
    ]
    return {
        "eventTrackers": {
            tracker["name"]: asdict(emulator.counters(tracker["trackingId"]))
            for tracker in trackers
        },
        "unknownTrackers": asdict(emulator.unknown_tracker_counters()),
    }


def comprehend_counters(emulator: ComprehendEmulator) -> dict[str, Any]:
    """Count what reached Comprehend.

    Returns:
        The counters of each operation by its name.
    """
    return {name: asdict(counted) for name, counted in emulator.counters().items()}
