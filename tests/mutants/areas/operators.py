"""Mutants of what a person may do: retire, accept, rebuild."""

from typing import Final

from tests.mutants.mutant import Mutant

_NIGHTLY: Final = "layers/nightly/nightly"
_NIGHTLY_TESTS: Final = "tests/unit/nightly"

OPERATORS: Final = (
    Mutant(
        "the live dataset group can be retired",
        "nothing live is deleted",
        f"{_NIGHTLY}/application/retire_group.py",
        (("    _require_not_live(name, situation)\n", ""),),
        f"{_NIGHTLY_TESTS}/test_retire_group.py::test_what_is_live_or_of_others_is_not_deleted",
    ),
    Mutant(
        "half a dataset group can go live again",
        "nothing live is deleted",
        f"{_NIGHTLY}/application/retire_group.py",
        (("    targets.switch(live, replace(live, previous=None))\n", ""),),
        f"{_NIGHTLY_TESTS}/test_retire_group.py::test_everything_goes_from_the_leaves_to_the_root",
    ),
    Mutant(
        "a retirement does not ask again under the lock",
        "nothing live is deleted",
        f"{_NIGHTLY}/application/retire_group.py",
        (("        group_to_retire(name, situation)\n", ""),),
        f"{_NIGHTLY_TESTS}/test_retire_group.py::test_a_rollback_meanwhile_saves_the_group",
    ),
    Mutant(
        "a person can accept a minimum away",
        "what cannot be judged is not deployed",
        f"{_NIGHTLY}/domain/acceptance.py",
        (("    if others:\n", "    if False:\n"),),
        f"{_NIGHTLY_TESTS}/test_acceptance.py::test_nothing_but_drift_can_be_accepted",
    ),
    Mutant(
        "whatever moves in an accepted gate passes",
        "what cannot be judged is not deployed",
        f"{_NIGHTLY}/domain/acceptance.py",
        (
            (
                "    return tells and not exceeds(psi(one, other), limits.psi_failure)",
                "    return tells",
            ),
        ),
        f"{_NIGHTLY_TESTS}/test_acceptance.py::test_another_mix_is_another_drift",
    ),
    Mutant(
        "what went live is rebuilt by the next attempt",
        "nothing is trained on twice",
        f"{_NIGHTLY}/application/start_rebuild.py",
        (
            (
                "    if any(each.outcome == Outcome.ACCEPTED for each in attempts):",
                '    if not attempts and group == "":',
            ),
        ),
        f"{_NIGHTLY_TESTS}/test_start_rebuild.py::test_what_went_live_is_not_rebuilt",
    ),
)
