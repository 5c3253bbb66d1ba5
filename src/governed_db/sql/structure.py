"""A change of structure into what it locks and whether it writes the table anew."""

from __future__ import annotations

import attrs

from governed_db.model.catalog import Catalog
from governed_db.model.preview import Preview
from governed_db.model.statement import Facts


def structure(known: Preview, text: str, facts: Facts, catalog: Catalog) -> Preview:
    return attrs.evolve(known, caveats=(*known.caveats, "a change of structure is not run to measure it"))
