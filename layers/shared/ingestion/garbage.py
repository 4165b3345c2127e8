"""How often the interpreter looks for garbage that only a search finds: cycles of objects."""

import gc
from typing import Final

# A batch of 1,000 activities is 22,000 objects that live until it ends, and hardly a cycle. By
# default the interpreter looks through them ten times, an eighth of what reading them costs.
_OBJECTS: Final = 100_000


def look_for_garbage_seldom() -> None:
    """Look when there are more objects than a batch has; to be called before anything is loaded."""
    gc.set_threshold(_OBJECTS)
