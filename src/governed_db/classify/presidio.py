"""Sampled texts into the shares in which presidio sees persons, by models of spaCy that are installed here.

An extra, for whoever asks for it: a model takes milliseconds a text. Nothing is downloaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from governed_db.classify.values import Reader
from governed_db.errors import ConfigurationError

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

_MOST_TEXTS: Final = 50  # of a column
_LONGEST: Final = 1000  # characters of a text
_NEARLY_ALL: Final = 0.8  # of the letters of a text
_FEWEST: Final = 0.2  # a model errs about fewer texts than this
_SUREST: Final = 0.6
_PERSON: Final = "PERSON"


def reader(models: Sequence[str]) -> Reader:
    """What tells, for values of a column, how many are names of persons, and in how many one stands.

    `models`: names of packages or folders of spaCy's pipelines, one for each language. Of several, the one
    that sees most counts. Raises `ConfigurationError` (GDB534) where presidio or a model is not installed.
    """
    engines = [_engine(model) for model in models]

    def read(values: Sequence[object]) -> Mapping[str, float]:
        texts = list(_texts(values))[:_MOST_TEXTS]
        found = [_shares(engine, texts) for engine in engines] if texts else []
        return max(found, key=lambda one: sum(one.values()), default={})

    return read


def _engine(model: str) -> AnalyzerEngine:
    """An engine that looks for persons alone: presidio's patterns look for what ours look for."""
    try:
        import spacy
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import SpacyNlpEngine
        from presidio_analyzer.predefined_recognizers import SpacyRecognizer
    except ImportError:
        raise _missing("presidio is not installed", "pip install 'governed_db[presidio]'") from None
    try:
        pipeline = spacy.load(model)
    except (OSError, ValueError):
        help_ = f"python -m spacy download {model}, or name a folder"
        raise _missing(f"no model of spaCy is installed as {model}", help_) from None
    language = str(pipeline.lang)
    engine: Any = SpacyNlpEngine(models=[{"lang_code": language, "model_name": model}])
    engine.nlp = {language: pipeline}  # loaded here: presidio's own way downloads what it does not find
    person = SpacyRecognizer(supported_language=language, supported_entities=[_PERSON])
    registry = RecognizerRegistry(recognizers=[person], supported_languages=[language])
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=[language])


def _missing(what: str, help_: str) -> ConfigurationError:
    return ConfigurationError(what, code="GDB534", help=help_)


def _texts(values: Sequence[object]) -> Iterator[str]:
    """Values in which a name may stand: a name is two letters at least."""
    for value in values:
        if isinstance(value, str) and sum(map(str.isalpha, value[:_LONGEST])) > 1:
            yield value[:_LONGEST]


def _shares(engine: AnalyzerEngine, texts: Sequence[str]) -> Mapping[str, float]:
    covered = [_covered(engine, text) for text in texts]
    counts = {
        "named_by_model": sum(share >= _NEARLY_ALL for share in covered),
        "person_in_text": sum(0 < share < _NEARLY_ALL for share in covered),
    }
    shares = {name: round(count / len(texts), 4) for name, count in counts.items()}
    return {name: share for name, share in shares.items() if share >= _FEWEST}


def _covered(engine: AnalyzerEngine, text: str) -> float:
    """The share of a text's letters that stand in names of persons."""
    (language,) = engine.supported_languages
    found = engine.analyze(text, language=language, entities=[_PERSON], score_threshold=_SUREST)
    inside = {place for one in found for place in range(one.start, one.end)}
    letters = [place for place, letter in enumerate(text) if letter.isalpha()]
    return sum(place in inside for place in letters) / len(letters)
