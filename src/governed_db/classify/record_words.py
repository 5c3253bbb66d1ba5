"""Words of table and column names that tell what each row of a table records, in seven languages.

Written like those of `words`; these are read in names of tables, and of their columns taken together.
"""

from __future__ import annotations


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Rows are messages that went to somebody, or came.
MESSAGES = _set("""
    promemoria
    privmsgs msgs pms messagerie messaging mensajeria messaggistica mail email sms mms message messages
    notification notifications outbox inbox sentbox mailbox courier letter letters correspondence fax
    voicemail dispatch dispatches whatsapp telegram reminder reminders nachricht nachrichten
    benachrichtigung benachrichtigungen mitteilung mitteilungen postausgang posteingang mailversand brief
    briefe courriel courriels courrier courriers correo correos mensaje mensajes notificacion
    notificaciones aviso avisos messaggio messaggi notifica notifiche mensagem mensagens notificacao
    notificacoes bericht berichten melding meldingen mails emails
    """)
# Rows are calls: who called whom is a number.
CALLS = _set("""
    call calls cti cdr telephony anruf anrufe appel appels llamada llamadas chiamata chiamate chamada
    chamadas ligacao ligacoes oproep oproepen telefonat telefonate
    """)
# With these in its name a table says how messages are made and sent, not which ones were.
NOT_MESSAGES = _set("""
    template templates type types status setting settings config configuration option options category
    categories account accounts server servers provider providers domain domains channel channels
    address addresses adresse adressen direccion folder folders label labels rule rules filter filters
    list lists blacklist signature signatures preference preferences subscription subscriptions
    campaign campaigns subscriber subscribers vorlage vorlagen modele modeles plantilla plantillas modello
    modelli modelo modelos sjabloon layout schema kind role
    system error canned static flash predefined translation translations locale locales
    """)
# Columns that say from where to where it went; each means something else elsewhere.
ROUTES = _set("""
    from to cc bcc cci ccn reply_to sent_to from_address to_address from_email to_email mail_to mail_from
    email_to email_from sender recipient recipients da a von an de para van aan destinatario destinatarios
    destinataire destinataires empfaenger absender mittente remitente remetente ontvanger afzender
    expediteur msg_from msg_to from_number to_number
    """)
WAYS = _set("from to da a von an de para van aan")  # of things, too
CONTENTS = _set("""
    subject body message content text html betreff oggetto onderwerp asunto assunto objet sujet testo texto
    texte inhalt nachricht mensaje mensagem messaggio bericht contenu contenido conteudo contenuto corpo
    cuerpo corps
    """)
# Rows are what was found, or done, about the health of a patient.
HEALTH = _set("""
    allergy allergies intolerance intolerances observation observations obs diagnosis diagnoses condition
    conditions problem problems soap prescription prescriptions immunization immunizations immunisation
    immunisations vaccination vaccinations symptom symptoms medication medications vitals vital treatment
    treatments therapy therapies surgery surgeries pregnancy anamnesis consultation consultations
    consulta consultas evolucion evolucao evolucoes atendimento atendimentos hl fhir procedure procedures
    lab labs
    laboratory radiology pathology disease diseases complaint complaints  befund
    befunde diagnose diagnosen impfung impfungen behandlung behandlungen verordnung verordnungen rezept
    rezepte laborwert laborwerte anamnese symptome ordonnance ordonnances vaccin vaccins traitement
    traitements antecedent antecedents diagnostic diagnostics diagnostico diagnosticos receta recetas vacuna
    vacunas tratamiento tratamientos antecedente antecedentes alergia alergias receita receitas vacina
    vacinas tratamento tratamentos exame exames examen examenes ricetta ricette vaccino vaccini diagnosi
    referto referti terapia terapie esame esami allergia allergie recept recepten vaccinatie vaccinaties
    behandeling behandelingen
    """)
# These are of a patient wherever they stand.
SURELY_HEALTH = _set("""
    allergy allergies diagnosis diagnoses soap prescription prescriptions immunization immunizations
    immunisation immunisations vaccination vaccinations hl fhir obs symptom symptoms diagnosen impfung
    impfungen krankmeldung krankmeldungen vaccinatie vaccinaties alergia alergias allergie anamnese anamnesis
    """)
PATIENTS = _set("""
    patient patients paciente pacientes paziente pazienti patienten pid encounter visit person resident
    episode admission sejour aufenthalt fall
    """)
NOT_HEALTH = _set("""
    type types code codes category categories status template templates dictionary dictionaries catalog
    reference lookup list setting settings config map mapping source sources definition definitions group
    groups class classes icd icd9 icd10 snomed loinc order drug drugs
    """)
DICTIONARIES = _set("""
    icd snomed loinc cpt atc code codes dictionary thesaurus catalog catalogue lookup lookups nomenclature
    ccam type types reference taxonomy terminology
    """)
# What codes and keys in such a list are for: to get in.
ENTERED = _set("""
    access otp totp mfa backup recovery reset unlock door doors gate gates lock locks locker lockers alarm
    alarms entry safe invite invites invitation invitations login signup pairing
    """)
# Rows are one fact each: of which kind it is stands beside it.
FACTS = _set("""
    attribute attributes property properties meta metadata detail details field fields value values answer
    answers preference preferences option options setting settings data trait traits characteristic
    characteristics attribut attribute eigenschaft eigenschaften merkmal merkmale attribut attributs
    propriete proprietes champ champs atributo atributos propiedad propiedades campo campos attributo
    attributi proprieta propriedade propriedades kenmerk kenmerken eigenschap eigenschappen udf eav
    """)
SETTINGS = _set("""
    setting settings preference preferences config configs configuration configurations parameter parameters
    param params option options global globals property properties variable variables sysconfig registry
    einstellung einstellungen konfiguration parametre parametres reglage reglages preferencia preferencias
    ajuste ajustes configuracion configuraciones parametro parametros configuracao configuracoes opcao
    opcoes opcion opciones impostazione impostazioni configurazione configurazioni opzioni parametri
    instelling instellingen voorkeuren sysparam systempreference systempreferences
    """)
# Whose settings they are; those of other things are no secret.
SYSTEMS = _set("""
    system sys global app application site service services external server plugin module extension addon
    store shop instance tenant general main core company organization integration gateway payment
    provider mail smtp component realm social broker idp federation protocol admin website portal user account
    default custom common base environment env
    """)
# Rows let somebody in: whoever knows the key of one is somebody else.
OPENERS = _set("""
    session sessions token tokens sitzung sitzungen sesion sesiones sessao sessoes sessione sessioni sessie
    sessies jeton jetons otp nonce
    """)
LOGGING = _set("""
    access acces refresh api auth authentication personal user users login web http php django admin app
    client active account oauth oidc sso portal remember reset password bearer csrf browser device devices
    rails laravel express symfony joomla acl spring
    """)
ENDING = _set("""
    expires expires_at expiry expire expiration last_activity last_seen last_access ip ip_address user_agent
    ip_addr remote_addr expires_on valid_until sess_data session_data expiry_time last_access_time
    last_accessed_time max_inactive_interval
    """)
TITLES = _set("""
    description desc label name title libelle bezeichnung descripcion descricao descrizione omschrijving
    beschreibung meaning
    """)
NO_TOKENS = _set(
    "price prices usage usages metric metrics transfer transfers balance balances supply swap swaps"
)
TOKENS = _set("token tokens jeton jetons otp nonce")
CARDS = _set("creditcard creditcards kreditkarte kreditkarten tarjeta tarjetas cartao cartoes")
PAYING = _set("credit debit payment bank")  # with cards; there are others to play with and to plan with
BANKS = _set("""
    bank bankaccount bankaccounts banks konto konten bankverbindung bankverbindungen conto conti cuenta
    cuentas conta contas compte comptes rekening rekeningen iban rib
    """)
# What persons have and what things have: parcels are also wide, and goods have a price.
HEIGHTS = _set("""
    height altura groesse koerpergroesse taille talla estatura altezza lengte statura
    """)
WEIGHTS = _set("weight gewicht poids peso")
WIDTHS = _set("""
    width length depth volume breite laenge tiefe largeur longueur profondeur ancho largo anchura largura
    comprimento larghezza lunghezza profondita breedte price preis prix precio preco prezzo prijs sku stock
    """)
# Columns of an address of which a bare number belongs to the house.
STREETS = _set("""
    street rua logradouro calle strasse rue straat straatnaam endereco direccion indirizzo via
    """)
NUMBERS = _set("number numero num nr nro nummer no")
# Words at the end of a name that say that a number stands for a value of a list; the last ones say it alone.
CODED = _set("id cv concept code lookup value coded lov enum uuid option type name status")
LISTED = _set("cv concept coded lov enum code lookup")
# Rows are steps of a login at somebody else's.
OAUTH = _set("oauth oidc openid authorization authorizations pkce relay")
# Numbers that invoices and orders end with.
SUMS = _set("""
    total subtotal amount sum tax vat net gross betrag summe netto brutto montant importe iva neto valor
    importo totale imponibile bedrag totaal
    """)
DEVICES = _set("""
    device devices geraet geraete appareil appareils dispositivo dispositivos dispositivi apparaat apparaten
    browser browsers authenticator authenticators passkey passkeys
    """)
# Where programs note who came by, and with what.
VISITS = _set("""
    session sessions visit visits visitor visitors view views pageview pageviews click clicks hit hits
    source sources besuch besuche visite visites visita visitas visite bezoek bezoeken
    """)
TRACES = _set("""
    ip ip_address ip_addr remote_ip last_ip user_agent useragent browser os device platform screen hostname
    referrer referer country city region device_type agent_type os_type
    """)
IMAGES = _set(
    "image images photo photos picture pictures avatar avatars foto fotos bild bilder imagen imagenes"
)
INSURANCES = _set("""
    insurance insurances coverage coverages versicherung versicherungen assurance assurances mutuelle seguro
    seguros assicurazione assicurazioni verzekering verzekeringen insured
    """)
# Moves on accounts.
MOVES = _set("""
    transaction transactions ledger statement statements umsatz umsaetze mouvement mouvements movimiento
    movimientos movimento movimenti mutatie mutaties entry entries operation operations
    """)
HELD = _set("""
    account accounts bank savings saving wallet wallets konto konten compte comptes cuenta cuentas conta
    contas conto conti rekening client customer member loan loans
    """)
IDENTITIES = _set("identity identities profile profiles persona personas")
# What somebody has asked for, or had done.
CASES = _set("""
    case cases ticket tickets workorder workorders intervention interventions interventi intervento incident
    incidents visit visits appointment appointments request requests repair repairs service_order
    claim claims fall faelle vorgang vorgaenge auftrag auftraege einsatz einsaetze termin termine dossier
    dossiers demande demandes rendezvous caso casos cita citas solicitud solicitudes chamado chamados os
    ordem_servico atendimento atendimentos agendamento agendamentos pratica pratiche attivita
    segnalazione segnalazioni zaak zaken afspraak afspraken melding meldingen activity activities meeting
    meetings
    """)
LOGINS = _set("""
    userid user_id usr_id loginid login_id staffid operatorid operator_id benutzerid
    """)
CONNECTED = _set("""
    connettore connettori conector conectores connecteur connecteurs integration integrations
    connection connections connector connectors connected smtp gateway gateways
    datasource datasources
    """)
IDENTIFIERS = _set("""
    identifier identifiers identification identifications passport passports ausweis ausweise
    identificacion identificaciones identificacao documento_identidad legitimatie
    """)
# Codes that somebody gets sent.
SENT_CODES = _set("""
    magic verification verifications passcode passcodes onetime activation activations confirmation
    confirmations
    """)
REACHED = _set("im ims website websites social socials messenger messengers")
QUEUES = _set("job jobs queue queues outbox task tasks deadletter")
# The row that this one answers.
ANSWERS = _set("""
    reply_to in_reply_to reply_to_message parent_comment parent_message parent_reply replied_to
    reply_to_comment reply_to_post in_reply_to_status parent_post in_reply_to_post
    """)
# Two words that together name what somebody else's service does.
CONNECTED_PAIRS = tuple(
    frozenset(pair.split("_"))
    for pair in """
    payment_method payment_provider payment_processor login_source auth_source auth_provider
    identity_provider sso_provider sso_config storage_provider sms_provider mail_provider email_provider
    mail_server shipping_provider ldap_config ldap_server cloud_provider
    """.split()
)
# Columns of a client that is a program.
OF_PROGRAMS = _set("""
    redirect_uri redirect_uris redirect_url client_secret grant_types public_client bearer_only
    response_types token_endpoint_auth_method post_logout_redirect_uris allowed_grant_types
    """)
