"""Words of column and table names, in seven languages, into the part that they play in a name.

Everything is written without accents; umlauts are written ue, oe, ae and also read as u, o, a.
Every set is a string of words for people to extend; `frozenset` of it is what the code sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Spelled-out form of what people shorten. One abbreviation may stand for several words.
_ABBREVIATED = """
    addr=address adr=address addrs=address adrs=address addy=address eml=email emailaddr=email ph=phone
    phn=phone phno=phone_number telno=phone_number telnr=phone_number tlf=phone tf=phone mob=mobile
    mobileno=mobile hm=home wk=work wrk=work ofc=office fname=first_name lname=last_name
    mname=middle_name fst=first lst=last mid=middle frst=first firstnm=first_name lastnm=last_name
    fn=first_name ln=last_name sname=surname nm=name nme=name nbr=number num=number nr=number no=number
    nro=number nummer=number numero=number nmr=number numer=number dt=date dte=date dta=date fec=fecha
    fch=fecha dat=date bday=birthday birthdt=birth_date bdate=birth_date brth=birth nac=nacimiento
    nasc=nascimento gebdat=geburtsdatum geb=geburt gebdatum=geburtsdatum cust=customer custs=customer
    emp=employee empl=employee usr=user pat=patient stu=student org=organization dept=department
    comp=company co=company mgr=manager acct=account acc=account pwd=password passwd=password
    pword=password passw=password pswd=password pass=password psw=password pw=password pswrd=password
    tok=token cred=credential creds=credential cc=card crd=card cred_card=card cvv2=cvv desc=description
    descr=description dsc=description msg=message txt=text cmt=comment cmnt=comment rmk=remark
    rmks=remark st=street strt=street ave=avenue apt=apartment cty=city ctry=country cntry=country
    prov=province zipcd=zip zipcode=zip postcode=postcode pcode=postcode pincode=pin_code lat=latitude
    lng=longitude lon=longitude gndr=gender sx=sex natl=national ident=identity tp=tipo cd=code cod=code
    ref=reference qty=quantity amt=amount bal=balance sal=salary lic=license lice=license
    licence=license dri=driver drv=driver dl=driver_license rel=relationship med=medical diag=diagnosis
    rx=prescription img=image pic=picture exp=expiry expiration=expiry expires=expiry iss=issued yr=year
    mo=month yrs=year ts=timestamp tmstmp=timestamp src=source dest=destination authn=authentication
    authz=authorization grp=group subj=subject civ=civilite plate=license_plate vname=vorname
    nname=nachname emerg=emergency pt=patient ptnt=patient naiss=naissance sang=sanguin guar=guarantor
    benef=beneficiary hiredt=hire_date termdt=termination_date startdt=start_date lnm=last_name
    fnm=first_name addrss=address strasz=strasse pcp=doctor cus=customer temp=temporary tmp=temporary
    fk=fk pk=pk seq=sequence nais=naissance flg=flag cde=code pst=post twn=town sts=status yn=flag
    anr=anrede pren=prenom
    nachn=nachname vorn=vorname mgl=mitglied mitgl=mitglied rek=rekening kd=kunde kto=konto pers=person
    smkr=smoker occ=occupation agt=agent cus=customer clt=client cli=cliente pac=paciente paz=paziente
    alu=alumno trab=trabajador emplo=employee eth=ethnicity lang=language cnee=consignee shpr=shipper
    sig=signature compl=complemento receb=recebedor
    scad=scadenza tess=tessera matr=matricola pgto=pagamento pagto=pagamento wohn=home
    hosp=hospitalisation adress=address
    """
ABBREVIATIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {short: tuple(long.split("_")) for short, long in (entry.split("=") for entry in _ABBREVIATED.split())}
)

# Words that end in -s and are not the plural of the known word without it.
NO_PLURALS = _set("""
    nombres pais paises pays arts seconds types credits interests goods news species series gps sms bonus
    campus
    has was is
    """)

# Short parts of words that are written as one (`wohnplz`, `kdnr`).
PIECES = _set("tel plz str geb adr kto mob fon nr inh mdp pwd")

# Joining words that carry nothing.
STOP_WORDS = _set("of de da do di du des del della dello dell la le el the van der den het et y e und and d "
                  "l o zu zur zum dos das een")  # fmt: skip

# After the sensitive word: the column is about it, it does not hold it (`email_count`, `token_type`).
NEGATIVE_AFTER = _set("""
    key count counts cnt counter id ids uuid guid pk fk type types typ tipo kind class category categories
    status flag flags at on date time timestamp datetime datum fecha verified valid validated validity
    enabled disabled required optional expiry expire expired until since ttl template templates format
    length size limit limits quota attempts attempt tries version method algorithm algo policy provider
    domain domains host port path visible visibility hidden index order sort rank position width height
    color colour label column rule rules config setting settings preference preferences option options opt
    optin optout subscribed subscription sent send delivered delivery confirmed changed updated modified
    created deleted sequence seq ratio rate percent pct score scores total sum avg average min max minimum
    maximum level group groups mode check checked allowed permitted accepted blocked approved rejected
    closed opened published moderated archived locked read seen viewed processed synced imported exported
    bounced bounce unsubscribed notification notifications alert alerts campaign campaigns newsletter
    promotion promotions queue queued job task period days hours minutes seconds day hour month year
    interval duration schedule scope scopes symbol unit units step steps stage role roles permission
    permissions language locale style icon theme plan priority weight severity source brand model
    manufacturer scheme protocol strength complexity usage used uses available availability active
    inactive present exists necessary needed cost price fee quantity tag tags series fields field schema
    table fingerprint_type parser pattern regex anzahl aktiv gesendet geaendert bestaetigt statut actif
    cantidad quantidade quantita aantal verificado verificada verificato verifie verifiee bestaetigung
    gueltig valido activo ativo attivo
    """)  # fmt: skip

# Before the sensitive word: a flag, a number of things, a switch (`is_email_verified`, `show_email`).
NEGATIVE_BEFORE = _set("""
    is has have can should must was were show hide allow allows enable enables disable disables require
    requires needs need send sends receive receives notify use uses using count counts numof total avg
    average sum max min maximum minimum nb qty quantity ist hat kann est tiene tem ha heeft accept accepts
    wants want opt optin optout do does did dont skip ignore force prompt auto supports support include
    includes exclude contains tipo typ statut status art types id ids date datum fecha anzahl invalid
    valid
    """)  # fmt: skip

# Around the sensitive word without changing what it is (`old_email`, `billing_email`, `email_2`).
NEUTRAL = _set("""
    lastfour digits address addresses number value text string raw full complete main primary principal
    secondary second first third other old new previous prev current last latest original home work
    office business private personal cell fisso fijo fixo residenza residencia referente cm kg lb
    professional mobile billing bill shipping ship delivery mailing mail invoice legal registered
    residential residence permanent temporary present physical postal corporate company direct day night
    daytime evening emergency alternate alternative alt additional backup recovery unconfirmed confirmed
    verified pending default preferred reply to from cc bcc sender receiver hash hashed digest encrypted
    enc crypt crypted cipher ciphertext plain plaintext clear normalized normalised canonical lower
    lowercase upper masked formatted display line info data detail details local international intl
    country area code prefix suffix own self this my notification contact public official record entry
    content contents form input domicilio privat geschaeftlich dienstlich haupt neu personnel
    professionnel principale personale ufficio lavoro casa trabajo oficina pessoal comercial residencial
    prive werk thuis celular facturacion entrega envio livraison facturation fatturazione spedizione
    lieferung rechnung liefer rechnungs payment bank base64 json xml image url uri file src s3 blob bin
    bytes pem pay creation registration signup res aflever afleveradres spedizione livr fact factuur lief
    rech priv gesch dienst buero perso pro casa ofic monats jahres stunden brutto netto base mensuel
    annuel mensual anual diario mensal mensile annuo bruto neto corporativo corporativa institucional
    aziendale zakelijk zakelijke aktuell aktuelle actuel actual atual attuale pregresse clinicas clinico
    clinica medico intern interne interna internes kunden login sign in remote client stored saved
    phonetic kana furigana romaji katakana
    """)  # fmt: skip

# Words for persons: as head of a table name they make it a table about persons, and in front of
# `name`, `email` and the like they say whose.
PERSONS = _set("""
    user customer client employee patient person people persona member contact student pupil teacher
    instructor professor tutor trainer mentor staff worker profile author writer candidate applicant
    guest visitor subscriber passenger driver doctor physician nurse tenant citizen resident voter donor
    lead prospect player borrower owner spouse child children emergency dependent dependant beneficiary
    recipient participant attendee signer signatory witness parent guardian relative mother father kin
    manager supervisor agent representative rep salesperson buyer shopper consumer follower admin
    administrator moderator reviewer commenter approver requester requestor inviter invitee assignee
    reporter technician cardholder holder accountholder insured policyholder claimant debtor creditor
    payer payee sender receiver traveler traveller crew officer director actor artist composer family
    human individual individuals party parties volunteer intern trainee coach athlete alumni alumnus
    garant caution nok encarregado encarregada erziehungsberechtigter erziehungsberechtigte urgence
    urgencia eltern elternteil vormund tuteur tutor tutore guarantor bevollmaechtigter begleitperson
    bezugsperson ontvanger afzender geadresseerde remitente remetente mittente besucher spieler nutzerin
    kontaktperson contactperson voogd ouder familielid familiar pariente parente familiare medarbeider
    leaver hire personnel personel nominee visitante morador convidado residente notfall ehepartner
    ehefrau ehemann mutter vater conjoint epoux conyuge conjuge madre padre hijo hija mae pai mere pere
    moglie marito figlio figlia echtgenoot moeder vader esposo esposa benutzer nutzer anwender kunde
    kunden kundin mitarbeiter mitarbeiterin angestellte angestellter patienten mitglied mitglieder
    ansprechpartner kontakt kontakte schueler lehrer bewerber gast gaeste fahrer arzt aerzte spender
    besteller empfaenger absender inhaber versicherter teilnehmer personen utilisateur usager clients
    salarie employe personne contacts etudiant eleve enseignant professeur candidat invite abonne
    passager conducteur medecin adherent membre proprietaire titulaire destinataire beneficiaire
    locataire usuario cliente empleado empleada paciente personas miembro contacto estudiante alumno
    alumna profesor profesora maestro candidato huesped suscriptor pasajero conductor medico propietario
    titular destinatario beneficiario socio afiliado trabajador usuarios funcionario funcionaria
    colaborador pessoa pessoas membro contato aluno aluna hospede assinante passageiro motorista
    proprietario inquilino utente utenti clienti dipendente dipendenti paziente pazienti persone membri
    contatto contatti studente studenti insegnante docente candidati ospite ospiti abbonato passeggero
    conducente intestatario anagrafica gebruiker gebruikers klant klanten werknemer werknemers
    medewerker medewerkers persoon lid leden contactpersoon leerling docent sollicitant gasten abonnee
    recebedor shipper sender assignee melder veroorzaker aanvrager bewindvoerder bewoner mieter vermieter
    versicherungsnehmer
    antragsteller zeuge assure souscripteur asegurado tomador solicitante arrendatario segurado assicurato
    richiedente verzekerde consignee complainant signee
    chauffeur arts eigenaar huurder
    """)  # fmt: skip

ORGANISATIONS = _set("""
    company companies supplier vendor organization organisation store shop branch warehouse shipper
    carrier merchant business firm enterprise partner office location site venue restaurant hotel school
    hospital clinic institution team department agency club manufacturer publisher distributor corporation
    firma firmen lieferant lieferanten filiale niederlassung standort unternehmen verein entreprise
    societe fournisseur magasin etablissement agence empresa proveedor sucursal tienda negocio fornecedor
    loja filial azienda fornitore negozio sede ditta bedrijf leverancier winkel vestiging facility center
    centre
    """)  # fmt: skip

PLACES = _set("""
    address adresse anschrift direccion endereco indirizzo adres residence household adressen direcciones
    enderecos indirizzi domicile domicilio
    """)  # fmt: skip

DEALS = _set("""
    order invoice payment transaction booking reservation shipment delivery checkout cart basket quote
    quotation purchase sale contract lease policy claim subscription donation refund charge receipt bill
    ride trip rental loan application registration enrollment enrolment admission bestellung bestellungen
    auftrag auftraege rechnung rechnungen zahlung zahlungen lieferung buchung vertrag vertraege commande
    facture paiement livraison contrat pedido factura pago envio reserva contrato venta ventas fatura
    pagamento entrega venda vendas ordine ordini fattura fatture prenotazione contratto vendita vendite
    bestelling bestellingen factuur facturen betaling boeking
    """)  # fmt: skip

TALKS = _set("""
    message comment review feedback ticket chat conversation post note email thread survey response answer
    call interaction diary incident complaint appointment visit consultation case inquiry enquiry
    testimonial reply request suggestion discussion tweet toot sms mail correspondence letter journal
    report warning suspension moderation inbox mailbox guestbook rating nachricht nachrichten kommentar
    kommentare bewertung bewertungen anfrage anfragen notiz notizen termin termine beschwerde commentaire
    commentaires avis demande reclamation rendezvous mensaje mensajes comentario comentarios resena queja
    consulta cita mensagem mensagens avaliacao reclamacao messaggio messaggi commento commenti recensione
    recensioni reclamo appuntamento bericht berichten opmerking opmerkingen beoordeling klacht afspraak
    """)  # fmt: skip

ACCESSES = _set("""
    session token password login credential invitation otp oauth grant passkey secret key auth
    authentication verification reset webhook integration channel invite code apikey identity sso
    authenticator mfa twofactor recovery vault sitzung sitzungen passwort zugang zugangsdaten anmeldung
    acceso accesos accesso accessi acces zugriff toegang portal
    sesion sesiones contrasena credenciales sessao senha sessione credenziali wachtwoord sessie connection
    connector
    """)  # fmt: skip

LOGS = _set("""
    log logs audit event activity access history visit hit click tracking analytics view pageview
    protokoll journal registro registros evento eventos attempt
    """)  # fmt: skip

MONEYS = _set("""
    account bank wallet card creditcard bankaccount ledger konto konten compte cuenta conta conto rekening
    payroll salary wage salaries pay compensation payout deposit benefit pension gehalt gehaelter lohn
    loehne salaire nomina salario stipendio salaris directdebit
    """)  # fmt: skip

# Reference data and things: `name`, `title`, `description` in them describe the thing.
CATALOGS = _set("""
    product products category categories type types kind status statuses state states role group
    permission tag setting settings template templates language currency country city region district
    province genre film movie album track song playlist item article sku brand model color size unit
    material ingredient recipe course subject lesson exam grade class inventory stock part component
    device machine vehicle car feature flag option attribute property properties field page menu module
    plugin theme widget dashboard chart layout form question position rank level skill service plan price
    pricing discount coupon promotion campaign holiday calendar timezone measure metric rule workflow
    stage step queue job task migration version release build package repository project sprint milestone
    epic board label list lists folder document media asset domain zone host server subnet network cluster
    node pod container image namespace environment term taxonomy lookup code codes constant parameter
    config configuration enum definition dictionary species animal plant planet star sport league stadium
    airport airline flight route station stop line bus train territory territories zip zipcode area geo
    continent exchange rate security securities ticker instrument fund index symbol reason reasons
    priority resource scheme standard announcement produkt produkte kategorie kategorien artikel land
    laender stadt staedte sprache rolle rollen gruppe gruppen produit produits categorie pays ville villes
    langue groupe producto productos categoria categorias pais paises ciudad ciudades idioma rol roles
    grupo produto produtos cidade cidades estado estados prodotto prodotti paese paesi citta lingua ruolo
    ruoli gruppo articolo articoli producten categorieen taal groep
    """)  # fmt: skip

# First word of a table name in languages that put the head first, and first or last in English.
META = _set("""
    type tipo tipos typ typen status statut categoria categorie kategorie kategorien category categories
    role roles rol rolle rollen ruolo ruoli permission permissions group groups grupo gruppe groupe gruppo
    setting settings config configuration option template templates definition definitions lookup
    preference preferences description translation i18n lang locale stat stats statistic statistics count
    counts level levels metric metrics claim claims right rights scope scopes flag flags label labels tag
    tags field fields
    """)  # fmt: skip

# Skipped when the head of a table name is looked for.
TABLE_NOISE = _set("""
    item line entry profile account profil perfil profilo data info information detail details record
    records list table tbl tab master mst base core main all ext extension extended extra history hist
    archive archived backup bak old new copy temp temporary stage staging raw dim fact view vw v
    stammdaten daten datos dados dati gegevens tb t landing import export entity additional directory
    register registry snapshot current active inactive
    """)  # fmt: skip

# In a table with sensitive columns, words which make an unclassified text column ordinary.
HARMLESS = _set("""
    what id key type kind class category status state stage step level rank role group tag label code sku
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
    misura medida unidad unite einheit eenheid unita mandant buchungskreis periode periodo jahrgang
    semester trimester quartal kurs klassenstufe zimmer raum salle sala aula lokaal saal
    haltung verfahren vorgang aktenzeichen geschaeftszeichen dossiernummer bestellnummer artikelnummer
    verpackung gewicht volumen laufzeit kuendigungsfrist zahlungsart zahlungsweise zahlungsziel
    lieferart versandart versand mode_paiement mode_livraison forma_pago metodo_pago forma_pagamento
    metodo_pagamento betaalwijze betaalmethode leverwijze condiciones_pago
    """)  # fmt: skip

# Words of columns into which anything may have been put.
OPEN = _set("""
    data payload extra misc miscellaneous info information detail details other others custom metadata
    meta attributes attribute attrs params parameters properties props content contents body raw blob json
    xml document vector search tsv documents settings preferences request response context values fields
    form answers answer options additional userdata freetext free remarks sonstiges daten zusatz autre
    divers donnees otros otro datos outros dados altro dati overig gegevens changes diff before after
    snapshot arguments args environment headers header parameter variable remark history log dump state
    config configuration variables facts result results output input value
    """)  # fmt: skip

# Characters that any word of a table name adds to its head's.
MENTIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "employee": _set("""
    employee staff worker candidate mitarbeiter empleado dipendente medewerker person salarie
    funcionario werknemer trabajador personal personale personeel lohn angestellte colaborador
    """),
        "patient": _set("""
    patient paziente paciente medical clinical health sejour hospitalisation hospitalization aufnahme
    behandlung ricovero ingreso internacao opname encounter ward surgery vitals admission
    """),
        "pay": _set("""
    pay payroll salary wage compensation salesperson gehalt lohn tax nomina stipendio payslip paystub
    lohnabrechnung gehaltsabrechnung bulletin paie paye bulletins busta cedolino salaris loonstrook folha
    holerite remuneracao
    """),
        "vault": _set("""
    keystore credential vault setting secret channel integration connection connector transport smtp
    gateway provider
    """),
        "chat": _set("message chat conversation diary journal thread mail"),
        "access": _set("invitation invite token oauth credential password reset verification passkey"),
    }
)

# Numbers in payrolls that are no money.
NOT_AMOUNTS = _set("""
    hour hours day days minutes stunden tage heures jours horas dias ore giorni uren dagen quantity count
    percent percentage pct quotite factor exchange latitude longitude weight version position number
    """)

# In front of a part of an address: it is the address to which something is sent.
SHIPPED = _set("""
    payment billing bill shipping ship delivery mailing invoice home residence birth facturacion envio
    livraison facturation lieferung rechnung entrega spedizione domicile current permanent
    """)

# Tables that only connect two others take on the character of neither.
JOINING = _set("rel relationship xref pivot mapping assoc")

# In front of anything: whoever runs the application decides what goes into it.
CUSTOM = _set("custom misc field col column udf")

# Words for persons that stand for machines here.
MACHINES = frozenset(
    {("user", "agent"), ("oauth", "client"), ("api", "client"), ("api", "user"), ("http", "client")}
)
