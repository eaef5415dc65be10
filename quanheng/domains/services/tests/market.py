"""A made-up market to choose in, for tests and benchmarks."""

from __future__ import annotations

from random import Random

from quanheng.domains.services.composing.choice import Candidate, Wanted

WAYS = ("balanced", "cheapest", "fastest", "fewest")


def city(items: int, laboratories: int, share: float, seed: int) -> list[Wanted]:
    """A city in which every laboratory can do a share of the items at its own level of price."""
    random = Random(seed)
    base = [random.randrange(20_000, 200_000) for _item in range(items)]
    level = [random.uniform(0.8, 1.3) for _laboratory in range(laboratories)]
    return [
        Wanted(
            item + 1,
            "testing",
            tuple(
                Candidate(key, item * 1000 + key, round(base[item] * level[key] * random.uniform(0.9, 1.1)),
                          random.randrange(3, 20))
                for key in range(laboratories)
                if key == item or random.random() < share
            ),
        )
        for item in range(items)
    ]  # fmt: skip
