"""Words of column and table names, in seven languages, into the part that they play in a name.

Everything is written without accents; umlauts are written ue, oe, ae and also read as u, o, a.
Every set is a string of words for people to extend; `frozenset` of it is what the code sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from governed_db.classify import abbreviations, ordinary_words


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


ABBREVIATIONS = abbreviations.ABBREVIATIONS
HARMLESS, OPEN, PLAIN = ordinary_words.HARMLESS, ordinary_words.OPEN, ordinary_words.PLAIN

# Words that end in -s and are not the plural of the known word without it.
NO_PLURALS = _set("""
    nombres pais paises pays arts seconds types credits interests goods news species series gps sms bonus
    campus fixes
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
    cantidad quantidade quantita aantal bestaetigung
    gueltig valido activo ativo attivo lifespan lifetime timeout
    """)  # fmt: skip

# Before the sensitive word: a flag, a number of things, a switch (`is_email_verified`, `show_email`).
NEGATIVE_BEFORE = _set("""
    is has have can should must was were show hide allow allows enable enables disable disables require
    requires needs need send sends receive receives notify use uses using count counts numof total avg
    average sum max min maximum minimum nb qty quantity ist hat kann est tiene tem ha heeft accept accepts
    wants want opt optin optout do does did dont skip ignore force prompt auto supports support include
    includes exclude contains tipo typ statut status art types id ids date datum fecha anzahl invalid
    valid attr
    """)  # fmt: skip

# Around the sensitive word without changing what it is (`old_email`, `billing_email`, `email_2`).
NEUTRAL = _set("""
    lastfour cached digits address addresses number value text string raw full complete main primary principal
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
    employer arbeitgeber employeur empleador empregador werkgever derived computed calculated
    html markdown rendered stripped identifier phonetic kana furigana romaji katakana verificado verificada
    verificato verificata verifie verifiee
    """)  # fmt: skip

# Words for persons: as head of a table name they make it a table about persons, and in front of
# `name`, `email` and the like they say whose.
PERSONS = _set("""
    licensee licensees debitore versante insuree operatore operatori demographic demandeur autor
    auteur autore requerant
    petitioner interesado interessado
    pagatore pagador devedor deudor debiteur schuldner
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
    occupant landlord landlady householder proprietor lodger keeper husband wife son daughter brother
    sister sibling grandfather grandmother grandparent uncle aunt heir legatee trustee victim
    plaintiff defendant suspect offender accused lawyer attorney solicitor barrister notary judge surgeon
    dentist therapist midwife caregiver carer caretaker godfather godmother bride groom caller callee
    foreman inspector adopter breeder translator foster occupante ocupante conduttore locatore
    affittuario amministratore custode condomino condomini eigentuemer besitzer bewohnerin hausmeister
    anwalt rechtsanwalt notar richter opfer taeter klaeger beklagter verfasser bruder schwester sohn
    tochter geschwister grossmutter grossvater zahnarzt therapeut hebamme techniker monteur gardien
    concierge avocat notaire juge redacteur mandataire interlocuteur intervenant mari epouse fils fille
    frere soeur heritier dentiste infirmier infirmiere chirurgien technicien vendeur acheteur dueno
    casero abogado notario juez marido hermano hermana heredero enfermero enfermera cirujano tecnico
    vendedor comprador apoderado dono advogado juiz irmao irma filho filha herdeiro enfermeiro cirurgiao
    avvocato notaio giudice fratello sorella erede infermiere venditore acquirente firmatario delegato
    verhuurder hoofdhuurder bestuurder advocaat notaris rechter slachtoffer getuige betrokkene
    gemachtigde belanghebbende opdrachtgever vertegenwoordiger behandelaar broer zus zoon dochter
    tandarts verpleegkundige mantelzorger patron honoree booker companion organizer organiser courier
    traveler counterparty voyageur huesped viajero viaggiatore reiziger livreur repartidor signataire
    firmante signatario fahrerin chauffeur autista
    """)  # fmt: skip

ORGANISATIONS = _set("""
    company companies supplier vendor organization organisation store shop branch warehouse shipper
    carrier merchant business firm enterprise partner office location site venue restaurant hotel school
    committee council comissao comision kommission church library pharmacy farmacia biblioteca gimnasio
    palestra salon studio
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
    message comment review feedback ticket issue bug chat conversation post note email thread survey
    response answer
    call interaction diary incident complaint appointment visit consultation case inquiry enquiry
    testimonial reply request suggestion discussion tweet toot sms mail correspondence letter journal
    report warning suspension moderation inbox mailbox guestbook rating nachricht nachrichten kommentar
    kommentare bewertung bewertungen anfrage anfragen notiz notizen termin termine beschwerde commentaire
    commentaires avis demande reclamation rendezvous mensaje mensajes comentario comentarios resena queja
    consulta cita mensagem mensagens avaliacao reclamacao messaggio messaggi commento commenti recensione
    recensioni reclamo appuntamento bericht berichten opmerking opmerkingen beoordeling klacht afspraak
    repair repairs reparatur reparaturen reparation reparations reparacion reparaciones riparazione
    riparazioni reparatie reparaties intervention interventions intervento interventi dossier dossiers
    expediente expedientes pratica pratiche zaak zaken fall faelle caso casos segnalazione segnalazioni
    meldung meldungen melding meldingen signalement signalements denuncia denuncias ocorrencia ocorrencias
    incidencia incidencias incidente incidentes incidenti vorfall vorfaelle sinistre sinistres sinistro
    klachten chamado chamados atendimento atendimentos gespraech gespraeche besuch besuche entretien
    entretiens colloquio colloqui gesprek gesprekken contactmoment richiesta richieste verzoek verzoeken
    processo processos akten notification notifications annotation
    annotations tramitacao tramite despacho istanza istanze domanda proposal petition idea debate
    grievance annotazione annotazioni anotacion anotaciones
    anotacao anotacoes
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

# Characters that any word of a table name adds to its head's.
MENTIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "employee": _set("""
    employee staff worker candidate mitarbeiter empleado dipendente medewerker person salarie
    funcionario werknemer trabajador personal personale personeel lohn angestellte colaborador
    """),
        "patient": _set("""
    patient patienten patientin paziente pazienti paciente medical clinical health sejour hospitalisation
    hospitalization aufnahme behandlung ricovero ingreso internacao opname encounter ward surgery vitals
    admission
    """),
        "pay": _set("""
    pay payroll salary wage compensation salesperson gehalt lohn nomina stipendio payslip payslips
    paystub paystubs lohnabrechnung gehaltsabrechnung bulletin paie paye bulletins busta cedolino salaris
    loonstrook folha holerite remuneracao
    """),
        "vault": _set("""
    keystore credential vault setting secret channel integration connection connector transport smtp
    gateway provider impostazione impostazioni einstellung einstellungen configuracao configuracoes
    configuracion configuraciones instelling instellingen parametre parametres systempreference
    """),
        "oauth": _set("oauth oidc openid saml pkce"),
        "push": _set("push webpush"),
        "federated": _set("identity identities federated social sso"),
        "insurance": _set("insurance insurances versicherung assurance seguro assicurazione verzekering"),
        "chat": _set("message chat conversation diary journal thread mail note memo"),
        "access": _set("""
    invitation invite token oauth oidc saml credential password reset verification passkey webauthn fido
    """),
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

# What was won says it all.
PRIZES = _set("""
    award awards prize prizes honour honours honor honors medal medals trophy trophies auszeichnung
    auszeichnungen preis preise premio premios premi prix recompense
    """)

# Tables that only connect two others take on the character of neither.
JOINING = _set("rel relationship xref pivot mapping assoc")

# In front of anything: whoever runs the application decides what goes into it.
CUSTOM = _set("custom misc field col column udf")

# Words for persons that stand for machines here.
MACHINES = frozenset(
    {
        ("user", "agent"),
        ("oauth", "client"),
        ("api", "client"),
        ("api", "user"),
        ("http", "client"),
        ("federation", "provider"),
        ("identity", "provider"),
        ("auth", "provider"),
    }
)
