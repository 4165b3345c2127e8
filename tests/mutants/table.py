"""All mutants. When code moves, mend `changes`: the mutant must do the same wrong as before.

They stand in `areas/`, one module an area; here is their order, which the document keeps.
"""

from typing import Final

from tests.mutants.areas import (
    conservation,
    feedback,
    infrastructure,
    keeping,
    nights,
    operators,
    sending,
)
from tests.mutants.mutant import Mutant

MUTANTS: Final[tuple[Mutant, ...]] = (
    *sending.ANSWERS,
    *sending.SENDING,
    *keeping.IDENTITIES,
    *keeping.STORES,
    *feedback.FEEDBACK,
    *infrastructure.INFRASTRUCTURE,
    *nights.JUDGING,
    *nights.NIGHTS,
    *operators.OPERATORS,
    *conservation.CONSERVING,
)
