"""Personal data and secrets are found by their names, in seven languages and however they are written."""

from __future__ import annotations

import pytest

from governed_db.classify.score import is_masked
from governed_db.model.classification import TAXONOMY, Level
from tests.classify.tables import classes, table

LANGUAGES = {
    "customers": """
        first_name=pii.name LastName=pii.name email=pii.email phone_number=pii.phone street=pii.address
        zip=pii.address date_of_birth=pii.birth_date ssn=pii.national_id gender=pii.gender
        notes=pii.free_text iban=pii.bank password_hash=secret.password api_token=secret.token
        credit_card_number=pii.card
        """,
    "Mitarbeiter": """
        Vorname=pii.name Nachname=pii.name Straße=pii.address PLZ=pii.address Ort=pii.place
        Telefonnummer=pii.phone Geburtsdatum=pii.birth_date Gehalt=financial.salary
        Steuernummer=pii.national_id Kontonummer=pii.bank Passwort=secret.password Geschlecht=pii.gender
        Bemerkung=pii.free_text
        """,
    "adherents": """
        nom_adh=pii.name prenom_adh=pii.name adresse_adh=pii.address ville_adh=pii.place
        tel_adh=pii.phone courriel_adh=pii.email mdp_adh=secret.password date_naissance=pii.birth_date
        """,
    "empleados": """
        Nombre=pii.name Apellidos=pii.name DNI=pii.national_id Correo=pii.email Teléfono=pii.phone
        FechaNacimiento=pii.birth_date Dirección=pii.address Salario=financial.salary
        Contraseña=secret.password
        """,
    "pacientes": """
        nm_paciente=pii.name dt_nascimento=pii.birth_date nr_telefone=pii.phone ds_email=pii.email
        nr_cpf=pii.national_id ds_endereco=pii.address tp_sanguineo=pii.health nm_mae=pii.name
        senha=secret.password
        """,
    "clienti": """
        cognome=pii.name nome=pii.name codice_fiscale=pii.national_id indirizzo=pii.address
        data_nascita=pii.birth_date telefonoCell=pii.phone civico=pii.address cap=pii.address
        """,
    "klanten": """
        voornaam=pii.name achternaam=pii.name naam=pii.name straat=pii.address huisnummer=pii.address
        woonplaats=pii.place geboortedatum=pii.birth_date telefoonnummer=pii.phone
        wachtwoord=secret.password
        """,
    "TBL_USERS": """
        FIRSTNAME=pii.name EMAILADDR=pii.email USERNAME=pii.identifier PWD=secret.password
        DOB=pii.birth_date HOMEPHONE=pii.phone ZIPCODE=pii.address LASTLOGINIP=pii.ip
        """,
}


@pytest.mark.parametrize("name", LANGUAGES)
def test_persons_are_protected_in_every_language(name: str) -> None:
    """Columns of people are found whatever the language, abbreviation, case or table mark."""
    expected = dict(pair.split("=") for pair in LANGUAGES[name].split())
    columns = ", ".join(
        f"{c} date" if e == "pii.birth_date" else f"{c} varchar(80)" for c, e in expected.items()
    )

    assert classes(name, columns) == expected


@pytest.mark.parametrize(
    ("relation", "column", "expected"),
    [
        ("users", "otp_secret text", "secret.token"),
        ("users", "confirm_email_token text", "secret.token"),
        ("users", "password_reset_token text", "secret.token"),
        ("users", "twoFactorBackupCodes text", "secret.token"),
        ("integrations", "client_secret text", "secret.key"),
        ("integrations", "apiKey varchar(64)", "secret.key"),
        ("invite_codes", "code text", "secret.token"),
        ("users", "current_sign_in_ip inet", "pii.ip"),
        ("logins", "address inet", "pii.ip"),
        ("users", "home_lat double precision", "pii.location"),
        ("employees", "hourly_rate numeric", "financial.salary"),
        ("patients", "diagnosis text", "pii.health"),
        ("patients", "is_smoker boolean", "pii.health"),
        ("people", "ethnicity varchar(20)", "pii.demographic"),
        ("people", "fingerprint_template bytea", "pii.biometric"),
        ("orders", "billing_first_name text", "pii.name"),
        ("orders", "shipping_street text", "pii.address"),
        ("payments", "cc_exp_month int", "pii.card"),
        ("comments", "author_email text", "pii.email"),
        ("reviews", "comment text", "pii.free_text"),
        ("messages", "body text", "pii.free_text"),
        ("users", "avatar_url text", "pii.photo"),
        ("employees", "job_title text", "pii.employment"),
    ],
)
def test_sensitive_columns_have_the_right_class(relation: str, column: str, expected: str) -> None:
    """The class follows the words, the type and what the table is about."""
    [finding] = table(relation, column).values()

    assert finding.classification == expected
    assert is_masked(finding)


def test_the_table_decides_what_a_name_is() -> None:
    """`name` and `city` are personal in a table about persons and harmless in one about things."""
    person, thing = classes("customers", "name, city, country"), classes("cities", "name, city, country")

    assert person == {"name": "pii.name", "city": "pii.place", "country": "pii.place"}
    assert set(thing.values()) == {"none"}


def test_neighbours_make_a_table_personal() -> None:
    """A table with an odd name is about persons when its columns are."""
    assert classes("tmp_x17", "first_name, ssn, name")["name"] == "pii.name"
    assert classes("tmp_x17", "first_part, serial, name")["name"] == "none"


def test_a_flag_in_the_name_does_not_hide_the_value() -> None:
    """Names and hashes of secrets count as the secrets: `password_hash`, `encrypted_password`."""
    found = classes("accounts", "password_hash, encrypted_password, hashed_pw, pass_salt")

    assert set(found.values()) == {"secret.password"}


def test_every_finding_says_why() -> None:
    """Evidence names the words and the table's character, in the words of people."""
    finding = table("customers", "name varchar(40)")["name"]

    assert finding.level is Level.STRONG
    assert finding.evidence == ("name: name", "table: is about persons")


def test_every_class_is_in_the_taxonomy() -> None:
    """A class that the lexicon can give has a meaning, examples and its place in law or none."""
    from governed_db.classify.rules import RULES

    given = {rule.classification for rule in RULES} - {"none"}

    assert given <= set(TAXONOMY)


def test_names_in_other_scripts_are_unreviewed_next_to_sensitive_columns() -> None:
    """A column whose name has no Latin letter is not taken for harmless text."""
    assert classes("users", "email, 姓名, 年齢 int") == {
        "email": "pii.email", "姓名": "unreviewed", "年齢": "none",
    }  # fmt: skip
