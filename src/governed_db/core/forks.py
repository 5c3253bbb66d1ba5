"""Locks of objects that a process shares into ones that no child is born with held.

A fork copies a lock as it is, and not the thread that would release it: the child would wait for ever.
"""

from __future__ import annotations

import os
import threading
import weakref


def lock() -> threading.Lock:
    """A lock that a fork waits for: what it guards is whole in the child, and the lock is free there.

    Whoever holds one takes no other one: a fork takes them all.
    """
    made = threading.Lock()
    known = weakref.ref(made)
    taken: list[threading.Lock] = []

    def hold() -> None:
        if held := known():
            held.acquire()
            taken.append(held)

    def let_go() -> None:
        if taken:  # not if it was made while another thread forked
            taken.pop().release()

    os.register_at_fork(before=hold, after_in_parent=let_go, after_in_child=let_go)
    return made
