"""How much the machines try: little and the same in every `make test`, much when asked for.

`HYPOTHESIS_PROFILE=thorough` tries other histories at each run, and many more. The profile of the
mutants stops at the first failure, because nobody reads the story of a mutant.
"""

from hypothesis import HealthCheck, Phase, settings

from tests.profiles import MUTANTS, THOROUGH


def budget(max_examples: int, thorough_examples: int) -> settings:
    """The settings of a machine that needs so many histories.

    Args:
        max_examples: In every `make test`, the same ones each time.
        thorough_examples: In `make model`, other ones each time. All files together shall take less
            than twenty minutes on two cores (docs/reliability.md has what a history costs).
    """
    profile = settings.get_current_profile_name()
    thorough = profile == THOROUGH
    phases = (Phase.explicit, Phase.generate)
    return settings(
        max_examples=thorough_examples if thorough else max_examples,
        stateful_step_count=60 if thorough else 30,
        derandomize=not thorough,
        deadline=None,
        print_blob=True,
        database=None,
        phases=phases if profile == MUTANTS else (*phases, Phase.shrink),
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
