"""The stable codes of refusals that a policy makes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from governed_db.model.statement import HazardKind

REVEALS = "GDB201"  # order or content of a masked column
JOINS = "GDB202"  # masked column compared with a column of another classification
EQUALITY = "GDB203"  # a secret compared for equality
COPIES = "GDB204"  # masked value written into a column without its protection
COMPUTES = "GDB205"  # masked value changed on its way into a column
UNMASKABLE = "GDB206"  # masked rows leave on a way where they cannot be masked
NOT_REVEALED = "GDB210"  # a token revealed to somebody who may not
MASKED = "GDB207"  # only told by policies that observe: this output would be masked

NOT_PERMITTED = "GDB300"
UNBOUNDED = "GDB310"
# GDB311 and GDB312 are core's: more rows changed than permitted, or than approved.
APPROVAL = "GDB313"
IRREVERSIBLE = "GDB314"  # a bound is due, and the relation cannot be rolled back
FORBIDDEN = "GDB320"
UNCERTAIN = "GDB321"  # a rule that restricts could not be evaluated
SCOPE = "GDB340"  # a token was not issued for this

HAZARDS: Mapping[HazardKind, str] = MappingProxyType(
    {
        HazardKind.FUNCTION: "GDB301",
        HazardKind.ROUTINE: "GDB302",
        HazardKind.SESSION: "GDB303",
        HazardKind.FILE: "GDB304",
        HazardKind.NETWORK: "GDB305",
        HazardKind.DYNAMIC_SQL: "GDB306",
        HazardKind.SYSTEM: "GDB307",
        HazardKind.LOCK: "GDB308",
        HazardKind.SERVER: "GDB309",
    }
)
