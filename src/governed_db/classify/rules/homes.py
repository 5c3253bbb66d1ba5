"""Words for the parts of an address down to the door, and for the places around it."""

from __future__ import annotations

from governed_db.classify.kinds import TypeKind
from governed_db.classify.rules.rule import CODED, DOCUMENTS, NUMBERED, TEXTUAL, Rule, rule

RULES: tuple[Rule, ...] = (
    rule("pii.address", 0.8, TEXTUAL | {TypeKind.INT}, """
        house_name building_name street_type streettype street_suffix street_prefix street_direction
        postbox post_box apartment_number apartment_no careof door_number address_supplement
        address_extra address_complement address_suffix address_detail
        wohnungsnr wohnungsnummer hausbuchstabe hausname hausnummer_zusatz strassenname zustellanweisung
        numero_appartement numero_interno indirizzo_completo num_casa numero_casa nro_puerta numero_puerta
        referencia_domicilio ponto_referencia departamento_numero numero_apartamento numero_porta
        numero_andar apto endereco_completo direccion_completa adresse_complete
        huisletter huisnummer_toevoeging numrue postbusnummer adresregel locatieomschrijving
        locatie_omschrijving locatie_aanduiding openbare_ruimte openbare_ruimte_naam straatnummer
        """, context="place=.5 person=.4", beside="number type"),
    # Words of houses, and of other things where no address is near.
    rule("pii.address", 0.3, TEXTUAL, """
        house tower plot flat door room storey stairs staircase entrance intersection attention attn
        crossroad compound
        gebaeude haus treppe treppenhaus stockwerk geschoss tuer wohnung aufgang eingang hinterhaus zusatz
        top_nr
        batiment escalier porte appartement appt interphone residence entree bis_ter indice_repetition
        cedex hameau hall_entree
        edificio escalera planta portal bloque urbanizacion letra cruce manzana
        predio bloco torre andar apartamento porta fracao quadra conjunto condominio
        palazzo palazzina scala piano interno citofono viale piazza esponente presso contrada isolato
        toponimo frazione scala_piano
        gebouw trap verdieping deur ingang kamer postbus bus straatdeel
        """, context="place=.55 near_address=.5", strict=True, beside="number"),
    # Of orders and invoices it is the number of the paper, whatever address stands beside it.
    rule("pii.address", 0.1, TEXTUAL, "numero_domicilio number nummer",
         context="place=.5 near_address=.42 person=.3", strict=True),
    rule("pii.address", 0.2, TEXTUAL, "ubicazione ubicacion luogo lugar lieu_intervention",
         context="place=.5 near_address=.5 person=.4 whose=.4", strict=True),
    rule("pii.place", 0.3, CODED, """
        prefecture governorate subdistrict parish ward localita frazione comarca poblacion bezirk buurt
        buurtnaam wijknaam landnaam land_naam landcode laendercode laenderkennzeichen land_iso country_iso
        state_name province_name county_name country_text sigla_provincia provincia_sigla
        residence_country country_residence nationality_country cidade_natal wohnland nation_name
        departement_nom nom_ville nom_commune nombre_ciudad nome_cidade nome_comune gemeente_naam
        plaatsnaam
        """, context="person=.45 place=.5 near_address=.5 near=.3 shipped=.5", strict=True,
         beside="code area name"),
    rule("pii.place", 0.1, CODED, "staat", context="near_address=.5 shipped=.5 place=.5", strict=True),
    rule("pii.demographic", 0.75, CODED, """
        birth_city birth_town birth_state birth_province birthplace_city birth_location town_birth
        stato_nascita cidade_natal local_nasc birth_municipality
        """, beside="code"),
    rule("pii.phone", 0.6, NUMBERED, """
        caller_number callback_number called_number calling_number dialed_number dialled_number
        caller_id_number caller_id_num destination_phone telegram_number telex
        fixe fijo fisso fixo numero_fixe ramal vast_nummer vaste_lijn doorkiesnummer festnetznummer
        telecopie rueckrufnummer centralino
        """, context="person=.5 near=.4 talk=.4 log=.3", strict=True),
    rule("pii.phone", 0.8, NUMBERED, """
        natel handphone hp_number wa_number noodnummer notruf_nummer notruf
        """),
    rule("pii.phone", 0.9, NUMBERED, "faxnummer telefaxnummer faxnr faxnumber numero_fax fax_numero"),
    rule("pii.email", 0.35, TEXTUAL, "mailbox buzon casella_posta mail_contacto support_mail",
         context="person=.4 near=.3 org=.3", strict=True),
    rule("pii.email", 0.8, TEXTUAL, "gmail"),
    rule("pii.address", 0.8, DOCUMENTS, """
        bezoekadres recapito_postale casella_postale sede_legale sede_operativa caixa_postal
        abholadresse zieladresse startadresse adresse_depart adresse_arrivee ophaaladres afleveradres
        """),
    rule("pii.location", 0.4, DOCUMENTS | {TypeKind.GEO}, """
        pickup_location dropoff_location start_location end_location meeting_point startort zielort
        """, context="linked=.3 deal=.3 person=.3"),
    rule("pii.email", 0.6, TEXTUAL, """
        return_path envelope_from envelope_to recipient_list cc_addresses bcc_addresses to_addresses
        smtp_user mail_user mail_username
        """, context="talk=.3", strict=True),
)  # fmt: skip
