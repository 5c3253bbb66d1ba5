"""Promise: ordinary values that only look like personal data are left alone."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta

from governed_db.mask.content.find import find

WRITTEN = """
order 2024-110-45678
Order #100-2345678-1234567 shipped
INV-2024-000123
PO 4500012345
SKU AB12-CD34-EF56
ISBN 978-3-16-148410-0
EAN 4006381333931
9780306406157
v1.2.3
version 10.15.7.1
Chrome/120.0.6099.109 Safari/537.36
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36
1.2.3.4
OID 1.3.6.1.4.1
section 12.3.4.1
127.0.0.1
192.168.1.10
10.0.0.255
0.0.0.0
255.255.255.0
fe80::1
::1
std::vector<int>
app::Models::User
00:1A:2B:3C:4D:5E
12:34:56
2024-01-05 10:20:30
2024-01-05T10:20:30.123456+02:00
20240105102030
1700000000
1700000000000
1700000000000000
12,345.67
EUR 1.234.567,89
$1,299.00
-12.5e10
40.7128, -74.0060
3.14159265358979
100-200-300
1-2-3-4-5
12/24/2024
0123456789
1234567890
123456789
123-456-7890
555-1234
@media (max-width: 100px)
@bob and @ann
icon@2x.png
react@18.2.0
left-pad@v1.3.0
npm install lodash@4.17.21
git@github.com:example/project.git
actions/checkout@v4
me@localhost
a @ b
5 @ 3.50
https://example.com/a?b=c&d=1
https://example.com:8080/path
http://[::1]:80/
postgres://db.example.com/shop
ftp://files.example.com
the password is required
password: ********
Enter your password below
sk-button--primary-large-with-icon-and-text
sk-SK locale
hook-registry-of-the-application-main
eyJ
AKIA
ghp_short
npm_config_registry
key-value-store
a-very-long-identifier-with-many-words-in-it
this_is_a_long_snake_case_identifier_of_code
com.example.project.module.SomeVeryLongClassName
deadbeefdeadbeefdeadbeefdeadbeef
d41d8cd98f00b204e9800998ecf8427e
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
-----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
AT&T U.S. A.B.
DE12
AB12 CD34
GB99 flights on LH4321
lat 48.2082 lon 16.3738
Room 12.04.117
4x4 1080p 16:9
tel aviv 2024
phone case 12
mobile app 3.2
Hotel 5 stars, 120 rooms
fax machine model 4500
passport photo size 35x45
tax 20 %
sin(3.14)
Part number 123456-7890
Batch 850231-1234
Serial 8502-9805-2211
Lot 12-34567
Case 22-cv-01234
RFC 2822
ISO 8601:2004
CVE-2021-44228
JIRA-1234
call me maybe
x-y-z@
"""


def test_ordinary_texts_hold_nothing() -> None:
    """Versions, order numbers, times, prices, paths, code: no hit."""
    found = [(text, find(text)) for text in WRITTEN.strip().splitlines() if find(text)]

    assert found == []


def _ordinary(draw: random.Random) -> str:
    moment = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=draw.randrange(10**8))
    kinds = (
        lambda: str(uuid.UUID(int=draw.getrandbits(128), version=4)),
        lambda: moment.isoformat(),
        lambda: f"{moment:%Y-%m-%d %H:%M:%S}",
        lambda: str(draw.randrange(10**5, 10**10)),
        lambda: f"{draw.random() * 10**5:.2f}",
        lambda: f"ORD-{moment:%Y%m%d}-{draw.randrange(10**6):06d}",
        lambda: f"{draw.randrange(1, 40)}.{draw.randrange(40)}.{draw.randrange(5000)}",
        lambda: f"{draw.getrandbits(64):016x}",
        lambda: f"{draw.getrandbits(160):040x}",
        lambda: f"{draw.randrange(10**12, 10**13)}",
        lambda: f"{draw.randrange(1000, 9999)}-{draw.randrange(1000, 9999)}",
        lambda: f"{draw.choice('ABCDEFGH')}{draw.choice('KLMNP')}{draw.randrange(10**4, 10**6)}",
        lambda: f"1{draw.randrange(10**17, 10**18)}",
        lambda: f"{draw.randrange(100, 999)} x {draw.randrange(100, 999)} x {draw.randrange(10, 99)} mm",
    )
    return draw.choice(kinds)()


def test_of_drawn_ordinary_values_hardly_any_is_taken() -> None:
    """Of 20,000 identifiers, times, prices and codes fewer than one in 5,000 is hidden."""
    draw = random.Random(7)
    taken = [text for text in (_ordinary(draw) for _ in range(20_000)) if find(text)]

    assert len(taken) <= 4, taken
