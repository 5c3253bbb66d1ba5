"""All values of a column into how many say the faith, origin, family state or card of persons.

Each of them is one of few words; only all words of a column together tell what they are about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_FEWEST = 8
_FEWEST_TELLING = 2
_EITHER = frozenset(
    """
    other others unknown none n/a na prefer-not-to-say unspecified undisclosed autre otro altro andere
    anders outro inconnu desconocido unbekannt onbekend sconosciuto
    """.split()
)
# Words that tell, and words that may stand beside them: a column of nothing but the latter is one of colours.
_WORDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "ethnicity": (
        frozenset(
            """
            asian hispanic latino latina latinx caucasian black-or-african-american african-american arab
            american-indian-or-alaska-native native-american native-hawaiian-or-other-pacific-islander
            pacific-islander hispanic-or-latino not-hispanic-or-latino non-hispanic two-or-more-races
            multiracial biracial white-british black-african black-caribbean indigenous aboriginal maori
            roma middle-eastern asian-american mestizo parda preta indígena amarela
            """.split()
        ),
        frozenset("white black mixed indian chinese native branca".split()),
    ),
    "marital_status": (
        frozenset(
            """
            married divorced widowed widow widower unmarried never-married civil-partnership
            domestic-partnership verheiratet ledig geschieden verwitwet célibataire celibataire marié
            marie divorcé divorce veuf pacsé soltero soltera casado casada divorciado divorciada viudo
            viuda solteiro solteira viúvo viúva celibe nubile coniugato coniugata vedovo vedova gehuwd
            ongehuwd gescheiden weduwe weduwnaar
            """.split()
        ),
        frozenset("single separated engaged partnered cohabiting partner s m d w".split()),
    ),
    "religion": (
        frozenset(
            """
            christian christianity catholic roman-catholic protestant evangelical orthodox muslim islam
            jewish judaism hindu hinduism buddhist buddhism sikh sikhism atheist agnostic mormon
            katholisch evangelisch konfessionslos catholique musulman juif católico cattolico musulmano
            budista
            """.split()
        ),
        frozenset("secular spiritual pagan".split()),
    ),
    "card_brand": (
        frozenset(
            """
            visa mastercard master-card american-express amex maestro diners-club
            diners-club-/-carte-blanche discover jcb unionpay visa-electron girocard elo hipercard
            """.split()
        ),
        frozenset("mc debit credit".split()),
    ),
}


def said_in_few_words(texts: Sequence[str]) -> dict[str, int]:
    """How many values are words for each of these; all of them, or none."""
    different = {"-".join(text.lower().split()) for text in set(texts)} - _EITHER
    if len(texts) < _FEWEST or len(different) < _FEWEST_TELLING:
        return {}
    return {
        name: len(texts)
        for name, (telling, beside) in _WORDS.items()
        if different <= telling | beside and len(different & telling) >= _FEWEST_TELLING
    }
