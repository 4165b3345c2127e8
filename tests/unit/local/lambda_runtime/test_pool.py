"""Reuse, limit and end of execution environments."""

import pytest

from local.lambda_runtime import TooManyRequests
from local.lambda_runtime.pool import EnvironmentPool


class FakeEnvironment:
    """An environment that does nothing but live."""

    def __init__(self) -> None:
        self.is_usable = True

    def close(self) -> None:
        """Die."""
        self.is_usable = False


class Factory:
    """Counts the cold starts."""

    def __init__(self) -> None:
        self.started: list[FakeEnvironment] = []

    def __call__(self) -> FakeEnvironment:
        self.started.append(FakeEnvironment())
        return self.started[-1]


def a_pool(factory: Factory, limit: int = 2) -> EnvironmentPool[FakeEnvironment]:
    """Build a pool without patience."""
    return EnvironmentPool(factory, limit=limit, wait_s=0)


def test_a_warm_environment_is_used_again() -> None:
    """Two invocations after each other need one cold start."""
    factory = Factory()
    pool = a_pool(factory)

    for _ in range(2):
        with pool.borrow():
            pass

    assert len(factory.started) == 1


def test_a_busy_environment_makes_a_second_start() -> None:
    """Invocations at the same time never share an environment."""
    pool = a_pool(Factory())

    with pool.borrow() as first, pool.borrow() as second:
        assert first is not second


def test_the_limit_throttles() -> None:
    """One more than allowed is refused, and the refusal leaves nothing behind."""
    factory = Factory()
    pool = a_pool(factory, limit=1)

    with pool.borrow(), pytest.raises(TooManyRequests), pool.borrow():
        pass
    with pool.borrow():
        pass

    assert len(factory.started) == 1


def test_a_dead_environment_is_replaced() -> None:
    """After a crash the next invocation is cold."""
    factory = Factory()
    pool = a_pool(factory, limit=1)

    with pool.borrow() as environment:
        environment.close()
    with pool.borrow() as environment:
        assert environment.is_usable

    assert len(factory.started) == 2


def test_an_environment_that_died_while_idle_is_replaced() -> None:
    """What crashed between two invocations is not given out, and frees its place."""
    factory = Factory()
    pool = a_pool(factory, limit=1)

    with pool.borrow():
        pass
    factory.started[0].close()
    with pool.borrow() as environment:
        assert environment is factory.started[1]


def test_a_start_that_fails_frees_its_place() -> None:
    """An exception of the factory does not eat up the limit."""
    starts = iter([OSError("no process"), FakeEnvironment()])

    def create() -> FakeEnvironment:
        started = next(starts)
        if isinstance(started, OSError):
            raise started
        return started

    pool = EnvironmentPool(create, limit=1, wait_s=0)

    with pytest.raises(OSError, match="no process"), pool.borrow():
        pass
    with pool.borrow() as environment:
        assert environment.is_usable


def test_retiring_lets_the_busy_ones_finish() -> None:
    """A deployment does not cut off what runs; afterwards nothing is left."""
    factory = Factory()
    pool = a_pool(factory)

    with pool.borrow() as busy:
        with pool.borrow():
            pass
        pool.retire()
        assert busy.is_usable

    assert not any(environment.is_usable for environment in factory.started)
    with pytest.raises(TooManyRequests), pool.borrow():
        pass


def test_closing_ends_the_busy_ones_too() -> None:
    """Nothing outlives the stack."""
    pool = a_pool(Factory())

    with pool.borrow() as busy:
        pool.close()
        assert not busy.is_usable


def test_members_are_the_busy_and_the_idle() -> None:
    """So that somebody can kill one of them."""
    factory = Factory()
    pool = a_pool(factory)

    with pool.borrow():
        assert pool.members() == tuple(factory.started)
    assert pool.members() == tuple(factory.started)
    pool.close()
    assert pool.members() == ()
