"""A context into whose budgets its statements take from."""

from __future__ import annotations

import json

from governed_db.core import running_dry
from governed_db.core.ports import Account, BudgetPort
from governed_db.model.decision import Budget, Exceeding
from governed_db.model.principal import Context


class Accounts:
    """The accounts of one connection. `own` is the connection's: a service's, outside of any conversation."""

    __slots__ = ("_context", "_conversation", "_own")

    def __init__(self, own: str) -> None:
        self._own = Account(own, is_shared=False)
        self._context: Context | None = None
        self._conversation = self._own

    def conversation(self, context: Context) -> Account:
        """The conversation's, a person's or agent's own, else this connection's."""
        if context is not self._context:
            self._conversation, self._context = self._named(context), context
        return self._conversation

    def of(self, budget: Budget, context: Context) -> Account:
        """Whose budget it is."""
        return principal_account(budget.owner) if budget.owner else self.conversation(context)

    def all(self, context: Context) -> tuple[Account, ...]:
        """Everything whose lock stops the context."""
        links = context.principal.chain()
        return (
            self.conversation(context),
            *(principal_account(f"{link.kind} {link.id}") for link in links),
        )

    def lock(self, budget: Budget, context: Context, store: BudgetPort) -> None:
        """Lock the conversation or the principal whose budget it is; a lock for refusals may wear off."""
        wears_off = budget.then is not Exceeding.LOCK
        why = f"{budget.owner or 'this conversation'} is locked: it {running_dry.described(budget)}"
        store.lock(self.of(budget, context), why, budget.seconds if wears_off else None)

    def _named(self, context: Context) -> Account:
        chain = tuple(context.principal.chain())
        if context.conversation is None and all(link.kind == "service" for link in chain):
            return self._own
        named = ["conversation", context.conversation, *(link.id for link in chain)]
        return Account(json.dumps(named), is_shared=True)


def principal_account(owner: str) -> Account:
    """What a principal takes in all conversations and connections together."""
    return Account(json.dumps(["principal", owner]), is_shared=True)
