"""How much hypothesis tries, by name: `HYPOTHESIS_PROFILE=<name>`."""

import os
from typing import Final

from hypothesis import HealthCheck, Phase, settings

CI: Final = "ci"
THOROUGH: Final = "thorough"
MUTANTS: Final = "mutants"


def load_profile() -> None:
    """Choose the profile that the environment names."""
    settings.register_profile(
        CI,
        max_examples=100,
        deadline=None,  # no test asserts on time
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.register_profile(THOROUGH, settings.get_profile(CI), max_examples=2000)
    settings.register_profile(
        MUTANTS,
        settings.get_profile(CI),
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        report_multiple_bugs=False,
    )
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", CI))
