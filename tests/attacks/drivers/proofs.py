"""An attack that is run raw and governed, into the two things that must hold of it.

`run` makes one session: of a world, "raw" or "governed", an attack and its arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.attacks import traces
from tests.attacks.worlds import World

ATTEMPTS = 10  # of a raw attack that needs luck: threads that race each other lose now and then

Run = Callable[[World, str, Callable[..., Any], tuple[Any, ...]], Any]


def check_withheld(run: Run, world: World, attack: Any, arguments: Any, *, renews: bool = False) -> None:
    """What the raw driver hands out is withheld; `renews`: the attack spoils the raw database."""
    for _ in range(ATTEMPTS):
        raw = run(world, "raw", attack, arguments)
        if renews:
            world.renew("raw")
        if traces.found(raw.text):
            break
    assert traces.found(raw.text), "the attack gets nothing from the raw driver"

    governed = run(world, "governed", attack, arguments)

    found = traces.found(governed.text)
    assert found == (), found


def check_unchanged(run: Run, world: World, attack: Any, arguments: Any, *, renews: bool = True) -> None:
    """What the raw driver changes stays as it was; `renews`: the governed database is made anew before."""
    world.url("governed")
    if renews:
        world.renew("governed")
        world.url("governed")
    for _ in range(ATTEMPTS):
        run(world, "raw", attack, arguments)
        has_changed = world.has_changed("raw")
        world.renew("raw")
        if has_changed:
            break
    assert has_changed, "the attack has no effect with the raw driver"

    governed = run(world, "governed", attack, arguments)

    changed = world.has_changed("governed")
    world.renew("governed")
    assert not changed, governed.text
    found = traces.found(governed.text)
    assert found == (), found
