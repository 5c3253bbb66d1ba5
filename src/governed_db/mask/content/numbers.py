"""Numbers that name a person: cards, bank accounts, national ids, telephones, network addresses.

Digits alone prove little. So each form needs a checksum and a telling format, or a word in front of it
that says what it is.
"""

from __future__ import annotations

import functools
import importlib
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from governed_db.mask.content.hit import Hit, context

CARD, BANK, ID, PHONE, IP = "pii.card", "pii.bank", "pii.national_id", "pii.phone", "pii.ip"

# Separators inside of numbers, at most three in a row. The prefilter looks at the digits without them.
GAPS: Final = " -./()\u00a0\u202f"
FEWEST_DIGITS: Final = 7
_GAP: Final = r"[ .()/\u00a0\u202f-]"
_FREE: Final = r"(?<![\w+])(?<![\d][-./])"  # not the inside of a longer number or word
_END: Final = r"(?!\w)(?![-./]\d)"

# -- cards -----------------------------------------------------------------------------------------------

_CARD: Final = re.compile(
    rf"""{_FREE}(?:
        (?:4\d{{3}}|5[1-5]\d\d|2[2-7]\d\d|6(?:011|5\d\d|4[4-9]\d)|35[2-8]\d)
        ([ \u00a0-]?)\d{{4}}\1\d{{4}}\1\d{{4}}
      | 3[47]\d\d([ \u00a0-]?)\d{{6}}\2\d{{5}}
      | 3(?:0[0-5]|[68]\d)\d([ \u00a0-])\d{{6}}\3\d{{4}}
    ){_END}""",
    re.VERBOSE | re.ASCII,
)
_DOUBLED: Final = str.maketrans("0123456789", "0246813579")


def cards(text: str) -> Iterator[Hit]:
    """Payment cards of the large schemes, by their ranges, lengths and Luhn's checksum."""
    for found in _CARD.finditer(text):
        digits = _digits(found[0])
        if _luhn(digits) and len(set(digits)) > 1:
            yield Hit(found.start(), found.end(), CARD)


def _luhn(digits: str) -> bool:
    doubled = digits[-2::-2].translate(_DOUBLED)
    return (sum(map(int, digits[::-2])) + sum(map(int, doubled))) % 10 == 0


def _digits(text: str) -> str:
    return "".join(re.findall("[0-9]", text))


# -- bank accounts ---------------------------------------------------------------------------------------

# ISO 13616 registry: the length of an account number by country.
_LENGTHS: Final[Mapping[str, int]] = {
    pair[:2]: int(pair[2:])
    for pair in """
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29
    ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20
    LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25
    QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 DJ27 RU33
    SO23 SD18 NI28 MN20 FK18 OM23 YE30 BI27
    """.split()
}
_IBAN_START: Final = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?=[ \u00a0]?[A-Z0-9])", re.ASCII)


@functools.cache
def _iban_body(country: str) -> re.Pattern[str] | None:
    length = _LENGTHS.get(country)
    if length is None:
        return None
    return re.compile(rf"[A-Z]{{2}}\d\d(?:[ \u00a0]?[A-Z0-9]){{{length - 4}}}(?![A-Za-z0-9])", re.ASCII)


def ibans(text: str) -> Iterator[Hit]:
    """IBANs of the registered countries, by length and the checksum modulo 97."""
    for start in _IBAN_START.finditer(text):
        body = _iban_body(text[start.start() : start.start() + 2])
        found = body.match(text, start.start()) if body is not None else None
        if found is not None and _mod97(found[0]):
            yield Hit(found.start(), found.end(), BANK)


def _mod97(text: str) -> bool:
    plain = "".join(re.findall("[A-Z0-9]", text))
    return int("".join(str(int(each, 36)) for each in plain[4:] + plain[:4])) % 97 == 1


# -- national ids ----------------------------------------------------------------------------------------

_SSN: Final = re.compile(r"(?<![\w.+-])(?!000)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w]|[-.]\d)", re.ASCII)
# Formats that say by themselves what they are, each with the module of python-stdnum that checks it.
_FORMATS: Final = tuple(
    (re.compile(rf"(?<![\w.-])(?:{pattern})(?![\w-])", re.ASCII), module)
    for pattern, module in (
        (r"\d{3}\.\d{3}\.\d{3}-\d\d", "br.cpf"),
        (r"[12] \d\d (?:0[1-9]|1[0-2]) (?:\d\d|2[AB]) \d{3} \d{3} \d\d", "fr.nir"),
        (r"\d{6}[-+]\d{4}", "se.personnummer"),
        (r"\d{6}[-+A]\d{3}[0-9A-FHJK-NPR-Y]", "fi.hetu"),
        (r"\d{6}-[1-4]\d{6}", "kr.rrn"),
        (r"[1-6]\d{5}(?:19|20)\d{9}[\dX]", "cn.ric"),
    )
)
# The same with letters among the digits.
_LETTERED: Final = tuple(
    (re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.ASCII), module)
    for pattern, module in (
        (r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]", "it.codicefiscale"),
        (r"[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d", "mx.curp"),
        (r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] \d\d \d\d \d\d [A-D]", ""),
    )
)
_PASSPORT: Final = r"[A-Z]{1,2}\d{7,8}|\d{9}"
_AFTER_HINT: Final = r"(?![^\W_])[^\w\0]{0,6}(?:(?:no|nr|n|number|num|id|code)[^\w\0]{1,4})?$"
_HINTS: Final = tuple(
    (re.compile(rf"(?i)(?<![^\W_])(?:{words}){_AFTER_HINT}"), module, kind)
    for words, module, kind in (
        (r"ssn|social security(?: number| no)?|tax ?id|itin", "us.ssn", r"\d{3}[ -]?\d\d[ -]?\d{4}"),
        (r"sin|social insurance(?: number)?|nas", "ca.sin", r"\d{3}[ -]?\d{3}[ -]?\d{3}"),
        (r"nhs(?: number)?", "gb.nhs", r"\d{3}[ -]?\d{3}[ -]?\d{4}"),
        (r"steuer-?(?:id|identifikationsnummer|idnr)|idnr|tin", "de.idnr", r"\d{2} ?\d{3} ?\d{3} ?\d{3}"),
        (r"sozialversicherungsnummer|svnr|sv-nummer", "at.vnr", r"\d{4} ?\d{6}"),
        (r"ahv|avs", "ch.ssn", r"756\.?\d{4}\.?\d{4}\.?\d\d"),
        (r"nir|s[ée]curit[ée] sociale|insee", "fr.nir", r"[12][\d AB]{13,20}\d"),
        (r"dni|nif", "es.nif", r"\d{8}-?[A-Z]|[XYZKLM]-?\d{7}-?[A-Z]|\d{9}"),
        (r"nie", "es.nie", r"[XYZ]-?\d{7}-?[A-Z]"),
        (r"nif|contribuinte", "pt.nif", r"\d{3} ?\d{3} ?\d{3}"),
        (r"cpf", "br.cpf", r"\d{11}"),
        (r"bsn|burgerservicenummer|sofinummer", "nl.bsn", r"\d{4}[. ]?\d{2}[. ]?\d{3}|\d{9}"),
        (r"pesel", "pl.pesel", r"\d{11}"),
        (r"personnummer|personnr", "se.personnummer", r"\d{6,8}[-+]?\d{4}"),
        (r"f[øo]dselsnummer|fnr", "no.fodselsnummer", r"\d{6} ?\d{5}"),
        (r"cpr(?:-nummer)?", "dk.cpr", r"\d{6}-?\d{4}"),
        (r"aadhaar|aadhar|uidai", "in_.aadhaar", r"\d{4}[ -]?\d{4}[ -]?\d{4}"),
        (r"rijksregisternummer|registre national|nrn", "be.nn", r"\d\d[.]?\d\d[.]?\d\d-?\d{3}[.]?\d\d"),
        (r"tfn|tax file number", "au.tfn", r"\d{3} ?\d{3} ?\d{3}"),
        (r"passport|reisepass|passeport|pasaporte|passaport[oe]|paspoort", "", _PASSPORT),
    )
)  # fmt: skip
_HINTED: Final = re.compile(
    r"(?<![\w.-])(?=[A-Z]{0,2}[- ]?\d)[A-Z0-9][A-Z0-9 .-]{5,21}[A-Z0-9](?!\w)", re.ASCII
)
_HINT_WORD: Final = re.compile(
    r"(?i)ssn|social|tax|itin|\bsin\b|\bnas\b|social insurance|nhs|steuer|idnr|\btin\b|svnr|sozial|sv-nummer"
    r"|ahv|avs|nir|s[ée]curit|insee|dni|ni[ef]|contribuinte|cpf|bsn|burgerservice|sofinummer|pesel|personn|f[øo]dsel|fnr|cpr"
    r"|aadha|uidai|rijksregister|registre|nrn|tfn|pass|\bni\b|paspoort|reisepass"
)


def national_ids(text: str) -> Iterator[Hit]:
    """Numbers of states in a form of their own, or after a word that names them."""
    for found in _SSN.finditer(text):
        yield Hit(found.start(), found.end(), ID)
    for pattern, module in _FORMATS:
        for found in pattern.finditer(text):
            if _is_valid(module, found[0]):
                yield Hit(found.start(), found.end(), ID)
    yield from _hinted_ids(text)


def lettered_ids(text: str) -> Iterator[Hit]:
    """Numbers of states that hold letters, in a form of their own."""
    for pattern, module in _LETTERED:
        for found in pattern.finditer(text):
            if not module or _is_valid(module, found[0]):
                yield Hit(found.start(), found.end(), ID)


def _hinted_ids(text: str) -> Iterator[Hit]:
    for word in _HINT_WORD.finditer(text):
        for candidate in _HINTED.finditer(text, word.start(), min(len(text), word.end() + 48)):
            before = context(text, candidate.start(), 48)
            for hint, module, form in _HINTS:
                number = re.match(rf"(?:{form})(?![A-Za-z0-9])", candidate[0], re.ASCII)
                if number is not None and hint.search(before) and _is_valid(module, number[0]):
                    yield Hit(candidate.start(), candidate.start() + number.end(), ID)


def _is_valid(module: str, text: str) -> bool:
    if not module:
        return True
    return bool(_stdnum(module).is_valid(re.sub(r"\s", "", text)))


@functools.cache  # loaded when a number of this form is first seen
def _stdnum(module: str) -> Any:
    return importlib.import_module(f"stdnum.{module}")


# -- telephones ------------------------------------------------------------------------------------------

_FOREIGN: Final = re.compile(
    rf"(?<![A-Za-z0-9_+])(?:\+|00(?=[1-9]\d?\d?{_GAP}))(?:{_GAP}{{0,2}}\d){{8,15}}(?![A-Za-z0-9_])"
)
_AMERICAN: Final = re.compile(
    r"(?<![\w.+/-])(?:1[-. ])?(?:\([2-9]\d\d\)[ -]?|[2-9]\d\d[-.])[2-9]\d\d[-.]\d{4}(?!\w|[-./]\d)", re.ASCII
)
_DIALLED: Final = re.compile(
    r"(?i)(?<![^\W_])(?:tel|tél|ph|phone|mobile|mobil|handy|cell|cellphone|fax|telefono?|telefone|teléfono|téléphone"
    r"|telephone|telefon|telefoon|móvil|movil|celular|cellulare|whatsapp|telefonnummer|phone_?number|rufnummer)"
    r"(?![^\W_])[^\w\0(+]{0,6}(?:(?:no|nr|number|num)[^\w\0(+]{1,4})?"
    rf"(?P<number>\(?\d(?:{_GAP}{{0,3}}\d){{6,14}})(?!\w)"
)


def phones(text: str) -> Iterator[Hit]:
    """Telephone numbers that can be dialled from abroad, American ones, and any after a word for one."""
    for found in _FOREIGN.finditer(text):
        number = _longest_valid(found[0])
        if number:
            yield Hit(found.start(), found.start() + len(number), PHONE)
    for found in _AMERICAN.finditer(text):
        if _can_be_dialled(found[0], "US"):
            yield Hit(found.start(), found.end(), PHONE)
    for found in _DIALLED.finditer(text):
        yield Hit(*found.span("number"), PHONE)


def _longest_valid(text: str) -> str:
    """What follows a number can look like more of it: groups are left off until it can be dialled."""
    for _ in range(4):
        international = "+" + text[2:] if text.startswith("00") else text
        if _can_be_dialled(international, None):
            return text
        shorter = re.sub(rf"{_GAP}+\d+$", "", text)
        if shorter == text:
            return ""
        text = shorter
    return ""


def _can_be_dialled(text: str, region: str | None) -> bool:
    import phonenumbers  # loads in 30 ms: only when a text looks like a number

    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(text, region)))
    except phonenumbers.NumberParseException:
        return False


# -- network addresses -----------------------------------------------------------------------------------

_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4: Final = re.compile(
    rf"(?<![\w.+-])(?<![A-Za-z0-9]/){_OCTET}(?:\.{_OCTET}){{3}}(?!\w|\.\w|-\w)", re.ASCII
)
_IPV6: Final = re.compile(r"(?<![\w:.])[23][0-9a-fA-F]{3}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])", re.ASCII)
_ADDRESS_WORD: Final = re.compile(
    r"(?i)(?<![^\W_])(?:ip|ipv4|addr|address|host|client|remote|from|login|peer)[^\w\0]{0,6}$"
)
_VERSION_WORD: Final = re.compile(
    r"(?i)(?:(?<![^\W_])(?:v|ver|version|release|build|rev|revision|firmware|fw|driver|section|chapter|kapitel|abschnitt"
    r"|oid|update|upgrade[d]?|sdk|jdk|java|php|python|chrome|windows|linux|android|ios)[^\w\0]{0,4}|§ ?)$"
)


def ipv4s(text: str) -> Iterator[Hit]:
    """Public addresses; four numbers with points between them are versions as often."""
    for found in _IPV4.finditer(text):
        before = context(text, found.start())
        is_named = _ADDRESS_WORD.search(before) is not None
        is_large = any(len(octet) == 3 for octet in found[0].split("."))
        if (is_named or is_large) and not _VERSION_WORD.search(before) and _is_public(found[0]):
            yield Hit(found.start(), found.end(), IP)


def ipv6s(text: str) -> Iterator[Hit]:
    """Public addresses of the newer protocol."""
    for found in _IPV6.finditer(text):
        if _is_public(found[0]):
            yield Hit(found.start(), found.end(), IP)


def _is_public(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_global
    except ValueError:
        return False


Finder = Callable[[str], Iterator[Hit]]
