"""Personal data and credentials that are nobody's, made up at run time, one maker for each form."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Mapping

_ALNUM = string.ascii_letters + string.digits
_SMALL = string.ascii_lowercase
_HEX = "0123456789abcdef"


def _drawn(draw: random.Random, alphabet: str, length: int) -> str:
    return "".join(draw.choice(alphabet) for _ in range(length))


def luhn(digits: str) -> str:
    """The digits with the one that makes the sum right."""
    for last in "0123456789":
        whole = digits + last
        doubled = sum(sum(divmod(2 * int(each), 10)) for each in whole[-2::-2])
        if (doubled + sum(map(int, whole[-1::-2]))) % 10 == 0:
            return whole
    raise AssertionError


def iban(country: str, body: str) -> str:
    """An account number with its check digits."""
    plain = "".join(str(int(each, 36)) for each in body + country + "00")
    return f"{country}{98 - int(plain) % 97:02d}{body}"


def _card(draw: random.Random) -> str:
    digits = luhn(draw.choice(("4", "51", "55", "6011")).ljust(4, "3") + _drawn(draw, string.digits, 11))
    gap = draw.choice(("", " ", "-"))
    return gap.join(digits[at : at + 4] for at in range(0, 16, 4))


def _iban(draw: random.Random) -> str:
    country, length = draw.choice((("DE", 18), ("AT", 16), ("FR", 23), ("NL", 14), ("ES", 20), ("GB", 18)))
    bank = _drawn(draw, string.ascii_uppercase, 4) if country in ("GB", "NL") else ""
    whole = iban(country, bank + _drawn(draw, string.digits, length - len(bank)))
    return whole if draw.random() < 0.5 else " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))


def _jwt(draw: random.Random) -> str:
    return f"eyJ{_drawn(draw, _ALNUM, 30)}.eyJ{_drawn(draw, _ALNUM, 40)}.{_drawn(draw, _ALNUM, 43)}"


def _pem(draw: random.Random) -> str:
    kind = draw.choice(("RSA ", "", "EC ", "OPENSSH "))
    body = "\n".join(_drawn(draw, _ALNUM + "+/", 64) for _ in range(4))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----"


def _mixed(draw: random.Random, length: int) -> str:
    return "aB3" + _drawn(draw, _ALNUM, length - 3)


MAKERS: Mapping[str, tuple[str, Callable[[random.Random], str]]] = {
    "email": ("pii.email", lambda d: f"{_drawn(d, _SMALL, 7)}.x+{d.randrange(99)}@mail.example.org"),
    "email in capitals": ("pii.email", lambda d: f"{_drawn(d, string.ascii_uppercase, 7)}@EXAMPLE.COM"),
    "email of another alphabet": ("pii.email", lambda d: f"j\u00fcrgen{d.randrange(99)}@b\u00fccher.example"),
    "phone": ("pii.phone", lambda d: f"+43 660 {d.randrange(1000000, 9999999)}"),
    "phone with brackets": ("pii.phone", lambda d: f"+49 (0)30 {d.randrange(2000000, 3999999)}"),
    "phone of America": ("pii.phone", lambda d: f"(415) {d.randrange(220, 554)}-{d.randrange(1000, 9999)}"),
    "phone with hyphens": ("pii.phone", lambda d: f"212-{d.randrange(220, 554)}-{d.randrange(1000, 9999)}"),
    "card": ("pii.card", _card),
    "card of fifteen": ("pii.card", lambda d: luhn("3782" + _drawn(d, string.digits, 10))),
    "iban": ("pii.bank", _iban),
    "ssn": ("pii.national_id", lambda d: f"{d.randrange(101, 665)}-38-{d.randrange(1000, 9999)}"),
    "national insurance": ("pii.national_id", lambda d: f"AB {d.randrange(10, 99)} 12 34 C"),
    "ip": ("pii.ip", lambda d: f"81.{d.randrange(100, 255)}.{d.randrange(256)}.{d.randrange(256)}"),
    "ip 6": ("pii.ip", lambda d: f"2a02:8388:{_drawn(d, _HEX, 4)}:1::{_drawn(d, _HEX, 3)}"),
    "aws": ("secret.key", lambda d: "AK" + "IA" + _drawn(d, string.ascii_uppercase + "234567", 16)),
    "github": ("secret.token", lambda d: "gh" + d.choice("posur") + "_" + _drawn(d, _ALNUM, 36)),
    "github, fine-grained": ("secret.token", lambda d: "github" + "_pat_" + _drawn(d, _ALNUM, 82)),
    "gitlab": ("secret.token", lambda d: "gl" + "pat-" + _drawn(d, _ALNUM, 20)),
    "slack": ("secret.token", lambda d: "xo" + f"xb-{d.randrange(10**11, 10**12)}-" + _drawn(d, _ALNUM, 24)),
    "stripe": ("secret.key", lambda d: "sk" + "_live_" + _drawn(d, _ALNUM, 24)),
    "google": ("secret.key", lambda d: "AI" + "za" + _drawn(d, _ALNUM + "_-", 35)),
    "google access": ("secret.token", lambda d: "ya" + "29." + _drawn(d, _ALNUM + "_-", 60)),
    "openai": ("secret.key", lambda d: "sk" + "-proj-" + _mixed(d, 60)),
    "anthropic": ("secret.key", lambda d: "sk" + "-ant-api03-" + _drawn(d, _ALNUM, 60)),
    "twilio": ("secret.key", lambda d: "S" + "K" + _drawn(d, _HEX, 32)),
    "sendgrid": ("secret.key", lambda d: "S" + "G." + _drawn(d, _ALNUM, 22) + "." + _drawn(d, _ALNUM, 43)),
    "npm": ("secret.token", lambda d: "np" + "m_" + _drawn(d, _ALNUM, 36)),
    "pypi": ("secret.token", lambda d: "py" + "pi-AgEIcHlwaS5vcmc" + _drawn(d, _ALNUM, 70)),
    "hugging face": ("secret.token", lambda d: "h" + "f_" + _drawn(d, _ALNUM, 34)),
    "telegram": ("secret.token", lambda d: f"{d.randrange(10**9, 10**10)}:A" + "A" + _drawn(d, _ALNUM, 33)),
    "vault": ("secret.token", lambda d: "hv" + "s." + _drawn(d, _ALNUM, 30)),
    "jwt": ("secret.token", _jwt),
    "private key": ("secret.key", _pem),
}  # fmt: skip

# A value with something readable around it, of which only the value goes.
FRAMES: Mapping[str, tuple[str, str, Callable[[random.Random], str]]] = {
    "url": ("postgresql://app:", "@db.example.com:5432/shop", lambda d: _drawn(d, _ALNUM, 12)),
    "url without a user": ("redis://:", "@cache.example.com/0", lambda d: _drawn(d, _ALNUM, 12)),
    "pairs": ("host=db user=app password=", " dbname=shop", lambda d: _drawn(d, _ALNUM, 12)),
    "pairs with semicolons": ("Server=db;Uid=app;Pwd=", ";Database=shop", lambda d: _drawn(d, _ALNUM, 12)),
}
HINTED: Mapping[str, str] = {
    "SSN: ": "219 09 9998",
    "social security number ": "536904399",
    "NHS number: ": "943 476 5919",
    "Steuer-ID: ": "36 574 261 809",
    "CPF ": "390.533.447-05",
    "DNI: ": "54362315-K",
    "BSN: ": "111222333",
    "personnummer ": "880320-0016",
    "Passport no. ": "AB1234567",
}
"""Numbers of states after the word that names them: textbook examples of their checksums."""

BEFORE = ("", "see ", "(", "<", '"', "'", "x: ", "a\u00e4\u4e2d ", "\n", "[", "contact=", "> ", "\u2014")
AFTER = ("", " ok", ")", ">", '"', "'", ", thanks", ". Next", "\n", "]", "\u4e2d\u6587 ", " ;", "?")
