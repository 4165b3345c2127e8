import pytest

from local.moto_extensions.patching import MotoChangedError, add_attribute, replace_attribute


class _Backend:
    def receive(self) -> str:
        return "as moto does"


def test_an_attribute_is_replaced_and_handed_back() -> None:
    """A repair can call what it replaced."""
    before = replace_attribute(_Backend, "receive", lambda _self: "as AWS does")
    try:
        assert _Backend().receive() == "as AWS does"
        assert before(_Backend()) == "as moto does"
    finally:
        _Backend.receive = before


def test_a_vanished_attribute_is_an_error() -> None:
    """A repair that no longer fits does not fall off in silence."""
    with pytest.raises(MotoChangedError, match=r"_Backend\.recieve"):
        replace_attribute(_Backend, "recieve", None)


def test_an_attribute_moto_has_by_now_is_an_error() -> None:
    """A repair that is no longer needed asks to be dropped."""
    with pytest.raises(MotoChangedError, match=r"_Backend\.receive by now"):
        add_attribute(_Backend, "receive", None)
