"""What an approve rule says of those who decide into values."""

from __future__ import annotations

from governed_db.model.approval import ROLES
from governed_db.model.policy import Approvers, BreakGlass
from governed_db.policy.fields import Fields


def read_approvers(rule: Fields) -> Approvers:
    """`approvers: {groups, quorum, not, verified}`."""
    fields = rule.within("approvers", what="approvers", known=("groups", "quorum", "not", "verified"))
    if fields is None:
        return Approvers()
    for node, text in fields.texts("not", what="who may not approve"):
        if text not in ROLES:
            fields.problems.unknown(node, "role", text, ROLES)
    return Approvers(
        groups=fields.names("groups", what="a group"),
        quorum=fields.integer("quorum", 1, least=1),
        excluded=fields.names("not", what="who may not approve") or ROLES,
        verified=fields.flag("verified"),
    )


def read_auto(rule: Fields) -> int | None:
    """`auto: {rows_changed: 20}`: to how many changed rows the rule agrees by itself."""
    fields = rule.within("auto", what="auto", known=("rows_changed",))
    if fields is None:
        return None
    if "rows_changed" not in fields:
        fields.problems.add(
            fields.node, "auto needs rows_changed: only what is measured is approved by itself"
        )
    return fields.integer("rows_changed", 0, least=1)


def read_break_glass(rule: Fields) -> BreakGlass | None:
    """`break_glass: {groups: [oncall], review: 48h}`; who may has to be said."""
    fields = rule.within("break_glass", what="break_glass", known=("groups", "review"))
    if fields is None:
        return None
    if "groups" not in fields:
        fields.problems.add(fields.node, "break_glass needs groups: who may")
    return BreakGlass(fields.names("groups", what="a group"), fields.seconds("review", 172800))
