"""Formats that a single value can have: patterns and checksums, compiled once."""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Callable, Mapping

EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}")
IBAN = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?")
CARD = re.compile(r"[2-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}|3[47]\d{2}[ -]?\d{6}[ -]?\d{5}")
# International numbers; North American ones with a separator; national ones that begin with a 0.
PHONE = re.compile(
    r"\+\d[\d ()./-]{6,18}\d(?: ?(?:x|ext\.?) ?\d{1,6})?"
    r"|(?:\+?1|001)?[-. ]?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[-. ])\d{3}[-. ]?\d{4}(?: ?(?:x|ext\.?) ?\d{1,6})?"
    r"|\(?\d{2}\)? ?9?\d{4}-\d{4}"
    r"|\(?0\d{1,5}\)?[ /.-]?\d[\d ()/.-]{4,12}\d"
    r"|\d{3}([ -])\d{3}\1\d{3}|\d{2,3}(?: \d{2,3}){2,4}"
)
COORDINATES = re.compile(r"\(?-?\d{1,2}\.\d{3,}[,; ] ?-?1?\d{1,2}\.\d{3,}\)?")
JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")
API_KEY = re.compile(
    r"(?:[srp]k_(?:live|test)_|whsec_|gh[opsur]_|github_pat_|glpat-|xox[abprs]-|npm_|pypi-|hf_|dop_v1_|shpat_|SG\.)"
    r"[\w.-]{10,}|sk-[\w-]{20,}|AKIA[0-9A-Z]{16}|AIza[\w-]{35}|ya29\.[\w-]{20,}"
)
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----")
PASSWORD_HASH = re.compile(
    r"\$(?:2[abxy]|argon2\w*|[156y]|P|H|scrypt|pbkdf2[\w-]*|apr1)\$|pbkdf2[_:]|(?:bcrypt|argon2)\w*\$"
    r"|\{S?SHA\d*\}|scrypt:\d|sha(?:1|256|512)\$"
)
# With letters in them; five digits alone may be anything.
POSTCODE = re.compile(
    r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[1-9]\d{3} ?[A-Z]{2}|\d{2}-\d{3}"
    r"|[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d|\d{5}-\d{3}"
)
MAC = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")
USER_AGENT = re.compile(r"(?:Mozilla|Opera|Dalvik)/\d")
DIAGNOSIS = re.compile(r"[A-TV-Z]\d[0-9AB]\.[0-9A-TV-Z]{1,4}")
WALLET = re.compile(r"0x[0-9a-fA-F]{40}|bc1[02-9ac-hj-np-z]{25,60}|[13][1-9A-HJ-NP-Za-km-z]{25,34}")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_TOKEN = re.compile(r"[\w+/=-]{24,200}", re.ASCII)
_DIFFERENT_LETTERS = 14
_COUNTRIES = frozenset(
    "AD AE AT AU BE BG BR CA CH CL CN CO CY CZ DE DK EE ES FI FR GB GR HK HR HU IE IL IN IS IT JP KR LI LT "
    "LU LV MC MT MX NL NO NZ PE PL PT RO RS RU SE SG SI SK TR UA US ZA AR".split()
)
_ENGLISH_ENDS = """
    street st avenue ave road rd lane ln drive dr boulevard blvd way court ct place pl square sq
    terrace ter circle cir highway hwy parkway pkwy trail trl crescent close gardens grove row mews
    alley bypass causeway club common corner cove creek crossing dale divide estate expressway
    extension falls ferry field flat ford forest forge fork fort freeway garden gateway glen green
    harbor haven heights hill hollow inlet island isle junction key knoll lake land landing light
    loaf lock lodge loop mall manor meadow mill mission motorway mount mountain neck orchard oval
    overpass park pass passage path pike pine plain plaza point port prairie radial ramp ranch rapid
    rest ridge river route run shoal shore skyway spring spur station stravenue stream summit
    throughway trace track trafficway tunnel turnpike underpass union valley via viaduct view
    village ville vista walk wall well bayou beach bend bluff bottom branch bridge brook burg camp
    canyon cape center cliff course crest crossroad curve dam
    """
_GERMANIC_ENDS = """
    straße strasse str. weg platz gasse allee ring damm ufer straat laan plein gracht kade dreef
    hof baan pad singel steeg dijk boulevard park gatan vägen gränd torget stigen vegen veien gata gate vej
    gade alle allé katu tie kuja
    """
_ROMANCE_STARTS = """
    rue avenue boulevard place chemin allée impasse quai route calle c/ avenida avda callejón
    glorieta urbanización pasadizo acceso alameda rambla cañada plaza paseo pasaje cuesta camino
    ronda vial via vía rua travessa praça largo estrada rodovia jardim vale viela vila setor núcleo
    feira favela estação esplanada distrito condomínio conjunto chácara campo área aeroporto quadra
    recanto residencial sítio trecho trevo vereda viaduto loteamento ladeira lagoa lago morro parque
    passarela pátio praia colônia fazenda viale piazza corso strada vicolo contrada borgo rotonda
    canale incrocio stretto peatonal diagonal prolongación privada cerrada andador periférico circuito
    circunvalación retorno corredor continuación ampliación callejon eje calzada ul. al. os. pl. ulica aleja
    studio flat apt apartment suite unit ulice náměstí utca strada bulevardul
    """
# So surely the beginning of a street that no number is needed.
_SURE_STARTS = """
    rue boulevard chemin impasse avenue calle avenida paseo viale vicolo corso rua travessa ul. ulica aleja
    """


def _any_of(words: str) -> str:
    return "|".join(map(re.escape, words.split()))


# A house number belongs to it in every language, or else each line of prose about a road would do.
STREET = re.compile(
    rf"\d{{1,6}}[a-z]?,? .{{2,60}}\b(?:{_any_of(_ENGLISH_ENDS)})s?\b.*"
    rf"|.{{2,60}}(?:{_any_of(_GERMANIC_ENDS)}) ?\d{{1,4}} ?[a-z]?\b.*"
    rf"|(?:\d{{1,4}},? ?(?:bis|ter)?,? )?(?:{_any_of(_ROMANCE_STARTS)})[ .].{{2,80}}",
    re.IGNORECASE | re.DOTALL,
)
_SURE_STREET = re.compile(rf"(?i:{_any_of(_SURE_STARTS)}) (?:d[eiu]\w{{0,3}} |l[ae]s? )*[^\W\d_a-z]")
# A name and nothing else: only a column of them says that they are not what a road is named after.
_ROAD = re.compile(
    r"(?:[^\W\d_][\w'.-]* ){1,3}(?:street|st|road|rd|avenue|ave|lane|drive|crescent|circuit|court|place|close"
    r"|terrace|parade|boulevard|grove|way)\.?"
    r"|[^\W\d_][\w' -]{2,40}(?:straße|strasse|str\.|straat|laan|gasse|gatan|vägen)",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}.*|97[89][- ]?\d.*")
_US_SSN = re.compile(r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
_UK_NINO = re.compile(
    r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?: ?\d{2} ?\d{2} ?\d{2} ?[A-D]|(?: \d{2}){3} [A-Z])", re.IGNORECASE
)
_DIGITS_ODD = str.maketrans("0123456789", "0246813579")


def luhn(text: str) -> bool:
    """The checksum of payment cards: doubled digits count by their digit sum."""
    digits = [character for character in text if character.isdigit()]
    doubled = "".join(digits[-2::-2]).translate(_DIGITS_ODD)
    return sum(map(int, (*digits[::-2], *doubled))) % 10 == 0


def is_card(text: str) -> bool:
    return CARD.fullmatch(text) is not None and luhn(text)


def is_ip(text: str) -> bool:
    if text.count(".") != 3 and text.count(":") < 2:
        return False
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return True


def is_street(text: str) -> bool:
    if _SURE_STREET.match(text) is not None:
        return True
    return _DIGIT.search(text) is not None and STREET.fullmatch(text) is not None


def is_phone(text: str) -> bool:
    """A number that can be dialled somewhere; dates, SSNs and ISBNs look alike and are not."""
    if PHONE.fullmatch(text) is None or _DATE.fullmatch(text) or _US_SSN.fullmatch(text):
        return False
    if not text.startswith("+"):
        return 7 <= sum(map(str.isdigit, text)) <= 17
    import phonenumbers  # loads in 30 ms: only when a value looks like a number

    try:
        return bool(phonenumbers.is_possible_number(phonenumbers.parse(text, None)))
    except phonenumbers.NumberParseException:
        return False


def is_iban(text: str) -> bool:
    if IBAN.fullmatch(text) is None:
        return False
    from stdnum import iban

    return bool(iban.is_valid(text))


def is_private_key(text: str) -> bool:
    return PRIVATE_KEY.search(text) is not None


def is_us_ssn(text: str) -> bool:
    return _US_SSN.fullmatch(text) is not None


def is_uk_nino(text: str) -> bool:
    return _UK_NINO.fullmatch(text) is not None


def is_bic(text: str) -> bool:
    if _BIC.fullmatch(text) is None:
        return False
    from stdnum import bic

    return bool(bic.is_valid(text)) and text[4:6] in _COUNTRIES


def is_random_token(text: str) -> bool:
    """Letters of both sizes and digits without order: nobody types it. A UUID or a hash names things, too."""
    if _TOKEN.fullmatch(text) is None or len(set(text)) < _DIFFERENT_LETTERS:
        return False
    changes = sum(_kind(one) != _kind(other) for one, other in itertools.pairwise(text))
    return len({_kind(each) for each in text} & {"u", "l", "d"}) == 3 and changes * 20 > len(text) * 9


def _kind(letter: str) -> str:
    return "d" if letter.isdigit() else "u" if letter.isupper() else "l" if letter.islower() else "-"


WHOLE: Mapping[str, Callable[[str], bool]] = {
    "email": lambda text: EMAIL.fullmatch(text) is not None,
    "phone": is_phone,
    "iban": is_iban,
    "card": is_card,
    "ip": is_ip,
    "coordinates": lambda text: COORDINATES.fullmatch(text) is not None,
    "street": is_street,
    "road": lambda text: _ROAD.fullmatch(text) is not None,
    "bic": is_bic,
    "postcode": lambda text: POSTCODE.fullmatch(text) is not None,
    "mac": lambda text: MAC.fullmatch(text) is not None,
    "user_agent": lambda text: USER_AGENT.match(text) is not None,
    "diagnosis": lambda text: DIAGNOSIS.fullmatch(text) is not None,
    "wallet": lambda text: WALLET.fullmatch(text) is not None,
    "random_token": is_random_token,
    "jwt": lambda text: JWT.fullmatch(text) is not None,
    "api_key": lambda text: API_KEY.fullmatch(text) is not None,
    "private_key": is_private_key,
    "password_hash": lambda text: PASSWORD_HASH.match(text) is not None,
}
