"""Words of columns that say nothing of persons, and of columns into which anything may have been put."""

from __future__ import annotations


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# An unclassified text column is ordinary.
HARMLESS = _set("""
    attachment attachments favicon what id key type kind class category status state stage step
    level rank role group tag label code sku
    color colour size unit currency language locale lang timezone tz theme style icon slug url uri link href
    path file filename folder mime format version source origin channel medium method mode action event
    operation priority severity brand model make domain host port protocol platform os browser scope
    scopes permission permissions flag flags order sort index name title uuid guid hash checksum etag
    environment region country city plan tier product service module component queue topic provider
    gateway schedule frequency period interval tipo estado estatus statut categorie categoria art typ
    sprache langue idioma lingua taal moneda moeda valuta waehrung devise reference ref number barcode ean
    isbn symbol ticker abbreviation interface handler editor engine algorithm selector pattern regex
    template layout subtype classification outcome transport transports excerpt permalink timezone
    qualifier variant edition revision build release checksum signature_algorithm visibility encoding
    charset dialect unit_measure uom currency_symbol weekday shift session_type batch lot serial shelf
    aisle bin rack zone slot bay gate terminal platform_name carrier_code carrier incoterm tariff
    segment segments cohort tenure tariff bundle package packaging edition membership loyalty reward rewards
    tier points milestone phase sprint backlog epic story sequence batch run trial experiment bucket shard
    region territory zone area district sector branch chapter division squad crew league season round
    match fixture pitch court track lane seat row section wing floor room desk table menu dish recipe
    cuisine ingredient flavor genre studio label record album theme scene format codec resolution bitrate
    frame speed power voltage battery engine fuel gearbox mileage trim body_type finish fabric pattern
    shape texture grade purity strength dosage_form strain breed species habitat crop soil climate forecast
    outlook trend signal alert incident_type outage cluster node pod replica runtime framework library
    compiler kernel patch branch commit tag release changelog license_type vendor supplier maker producer
    importer exporter wholesaler retailer franchise outlet concept style fit cut collar sleeve heel sole
    strategy tactic objective goal target benchmark baseline forecast_type scenario assumption driver_type
    channel campaign medium creative placement slot audience funnel stage outcome verdict decision
    resolution disposition closure escalation urgency impact likelihood confidence sentiment tone mood
    topic theme subject_area discipline faculty major minor curriculum syllabus module_name term_name
    credit_type honors standing enrolment_type attendance_status frequency cadence recurrence rhythm
    payment_terms incoterms delivery_method shipping_method carrier_service warehouse_zone stock_status
    condition_grade warranty guarantee coverage deductible premium_type rider endorsement underwriting
    exposure hazard peril risk_class rating_class asset_class instrument_type strategy_type benchmark_name
    specialty specialties speciality specialities specialization specialisation expertise skillset
    certification certifications accreditation availability shift_pattern ward_type room_type bed_type
    visit_type encounter_type procedure_type test_name panel specimen
    dosage route_administration formulation species_name
    privacy agreement agreements consent consents grouping terms
    industry target crud canvas firmware homeroom classe klas turma soort situacao transporteur corriere
    transporteur spediteur transportista transportador vervoerder anlass occasion kuerzel abbonamento
    abonnement abono assinatura indicatie bandeira fantasia qualifikation competence competences
    disponibilite kreditinstitut parentesco forma_pago pagto divisa pago iva impuesto impot steuersatz
    aliquota lit bed cama letto leito station etage service_code pref titre objet lawful basis ordinal
    rating objective milestone remit denomination_type shape texture fabric flavour flavor genre_code
    cuisine amenity amenities keyword_type sentiment topic_code confidence
    award awards honour honours ehrung ehrungen auszeichnung department_code cost_center costcenter
    kostenstelle centre_cout centro_costo centro_custo centro_costi kostenplaats abteilung branche sparte
    tariefgroep klasse stufe rang niveau nivel livello couleur farbe kleur colore cor groesse maat
    alg crv kty jwks issuer aud aal acr amr realm audience modulus exponent tos printer
    kanaal canal kanal rechtsvorm rechtsform juridique giuridica juridica settore competenza regimen
    retencion excepcion tarifa subcuenta syntax db
    misura medida unidad unite einheit eenheid unita mandant buchungskreis periode periodo jahrgang
    semester trimester quartal kurs klassenstufe zimmer raum salle sala aula lokaal saal
    haltung verfahren vorgang aktenzeichen geschaeftszeichen dossiernummer bestellnummer artikelnummer
    verpackung gewicht volumen laufzeit kuendigungsfrist zahlungsart zahlungsweise zahlungsziel
    lieferart versandart versand mode_paiement mode_livraison forma_pago metodo_pago forma_pagamento
    metodo_pagamento betaalwijze betaalmethode leverwijze condiciones_pago
    """)  # fmt: skip

# Anything may have been put into it.
OPEN = _set("""
    data payload extra misc miscellaneous info information detail details other others custom metadata
    meta attributes attribute attrs params parameters properties props content contents body raw blob json
    xml document vector search tsv documents settings preferences request response context values fields
    form answers answer options additional userdata freetext free remarks sonstiges daten zusatz autre
    divers donnees otros otro datos outros dados altro dati overig gegevens changes diff before after
    snapshot arguments args environment headers header parameter variable remark history log dump state
    config configuration variables facts result results output input value
    """)  # fmt: skip

# Whole words of everyday language: nothing was cut short in them (a layer is no lawyer, `maand` no salary).
PLAIN = _set("""
    provided later cross caused natural rational infer advanced behind layer binding linked minus pagination
    trust apart design wheel central intersect compliant compose acquire achieve bother quarter contribute
    gnome barrier browse mutual locator lateral paris alloc navigate determination contraction
    caret elimination borrow licensee prefect relate teach idiom organize defender defend accomplish verbal
    mitre facet comet legit starter pizza weigh medial liquid blues urban combination concatenation
    dissemination coordination examination termination alternation nomination designated profiler nice game
    favor favore begun causal ordinate acto tres tresor salire ratione connaissance zusammen gname what
    find here weak redact orderby just keep blue garden fill dent lodge surge offend react sever honor
    sure taxi cast instance thead etree nave voyager
    licht geld acht sicher sich hinter frei erst eigen doch brot auge lange kommen verlag gesund
    sous fait apres placer livre livrer nature villa voyage appel siege speciale special monter monte nommer
    fumer demander acheter compter adresser
    este medio viaje suelo pues primera presenta parece nacional manana especial atras
    natura preciso isola intero gusto governo contento atto attento sopra coloro vero parete numeroso notare
    maand waar vorm tussen kant hoofd rijk vinger haar tand vreemd zorg rook
    """)
