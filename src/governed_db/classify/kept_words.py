"""Words of tables and columns into which people put what they like, and of those who note who wrote a row.

Written like those of `words`.
"""

from __future__ import annotations


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Files that people have put there.
FILES = _set("""
    file files attachment attachments upload uploads document documents datei dateien anhang anhaenge
    mailanhang anlage anlagen dokument dokumente fichier fichiers document_file piece_jointe archivo
    archivos adjunto adjuntos documento documentos arquivo arquivos anexo anexos allegato allegati
    documenti bestand bestanden bijlage bijlagen informatieobject
    """)
FILED = _set("""
    data content contents filedata blob bytes binary base64 body inhalt contenu contenido conteudo
    contenuto inhoud
    """)
FILED_LONG = FILED | _set("""
    file attachment document anhang datei fichier archivo arquivo anexo allegato bijlage comment comments
    note notes text chunk details subject assunto asunto oggetto objet betreff onderwerp
    """)
# What rows were before somebody changed them, and what programs note.
TRAILS = _set("""
    version versions revision revisions audit audits history histories historyentry changelog changelogs
    trail trails log logs journal journals timeline timelines event events activity activities protokoll
    historie verlauf historique historial historico storico geschiedenis registro registros modlog
    """)
TRAILED = _set("""
    oggetto objeto object object_changes changes change changed changeset diff delta old new before
    after payload info
    details detail body comment comments json data metadata params parameters
    request response value values snapshot content extra note notes text inhalt aenderungen contenu
    cambios detalle detalles alteracoes dados modifiche dettagli wijzigingen gegevens
    """)
# Something, and what was put into it.
FILLED = _set("""
    custom customs dynamic extra extras form forms entry entries answer answers response responses
    submission submissions store storage kv kvs session sessions formular antworten reponse reponses champ
    champs respuesta respuestas campo campos resposta respostas risposta risposte veld velden zusatzfeld
    zusatzfelder
    """)
VALUES = _set("value val valor valore valeur wert waarde feld value_text value_string text_value choice")
# Values of these are nobody's.
OF_THINGS = _set("""
    category categories tag tags term terms menu menus theme themes brand brands country countries
    product products item items article articles option options attribute attributes translation
    translations label labels metric metrics measure measures measurement price prices rate rates currency
    currencies enum lookup code codes template templates definition definitions type types unit units
    variant variants feature features flag flags cache caches i18n locale locales lang constraint rule
    rules step steps
    """)
# Money that somebody gave or got.
PAID = _set("""
    payment payments transaction transactions transfer transfers donation donations contribution
    contributions refund refunds loan loans expense expenses cotisation cotisations zahlung zahlungen
    buchung buchungen spende spenden paiement paiements pago pagos pagamento pagamenti pagamentos
    lancamento lancamentos betaling betalingen overboeking
    """)
PURPOSES = _set("""
    description desc purpose memo details zweck zahlungsgrund descricao descripcion descrizione omschrijving
    libelle motif causale concepto payment_for
    """)
FACES = _set("""
    face faces facial biometric biometrics fingerprint fingerprints voiceprint gesicht visage rostro rosto
    volto gezicht biometria biometrie
    """)
# Who wrote a row down, as a program notes it.
WRITTEN = _set("""
    created create updated update modified modify changed deleted removed edited entered inserted added
    saved registered recorded uploaded last_modified lastmodified lastupdated archived locked closed
    opened voided cancelled canceled published posted started finished creado modificado actualizado
    eliminado criado atualizado alterado excluido erstellt geaendert bearbeitet geloescht angelegt cree
    modifie supprime saisi creato modificato aggiornato eliminato aangemaakt gewijzigd verwijderd
    """)
BY = _set("by von por par da door")
# In these languages the word says nothing else.
ALONE = _set("by por door")
# By what, not by whom.
NOT_BY = _set("""
    sort sorted order group grouped filter filtered powered replaced superseded caused divided multiplied
    stand step indexed partitioned goes near close produced blocked unlocked triggered covered followed
    preceded limited backed locked applied shipped
    """)
# Parts of a house; of three of them an address is made.
HOUSE = _set("""
    building floor apartment staircase stairs door unit gebaeude stockwerk treppe wohnung tuer stiege
    batiment etage escalier porte appartement edificio escalera piso planta portal puerta bloque bloco
    torre andar apartamento porta quadra palazzo palazzina scala piano interno citofono isolato gebouw
    verdieping deur trap
    """)
# Others that know somebody by a number of theirs.
SERVICES = _set("""
    stripe paypal plaid braintree adyen mollie klarna gocardless razorpay mercadopago asaas pagseguro
    paddle chargebee recurly zuora payu worldpay paystack flutterwave salesforce hubspot pipedrive zoho
    intercom zendesk freshdesk mailchimp sendgrid twilio vonage slack discord telegram google facebook
    twitter github gitlab linkedin microsoft azure okta keycloak firebase cognito clerk workos quickbooks
    xero netsuite datev shopify amazon ebay strava fitbit garmin zoom calendly moodle ldap saml oidc
    """)
KNOWN_BY = _set("""
    id ref reference uid account customer user subscription intent charge source token_id guid
    """)
# What they sell, and what programs of theirs are.
SOLD = _set("""
    product price plan coupon template app client channel list item sku publishable webhook event tenant
    tag campaign analytics pixel map maps site merchant institution application workspace team group
    folder
    """)
PERSONAL = _set("""
    account accounts card cards calendar calendars calendarobject calendarobjects
    """)
BILLED = _set("""
    user users account accounts organization organizations organisation organisations subscription
    subscriptions workspace workspaces team teams billing
    """)
BILLED_BY = _set(
    "customer_id subscription_id contact_id billing_id customerid subscriptionid payment_customer"
)
# What somebody is going to do, or has written down for themselves.
PLANS = _set("""
    task tasks todo todos card cards event events appointment appointments meeting meetings poll polls
    booking bookings reservation reservations reminder reminders agenda agendas calendar memo memos note
    notes diary expense expenses timesheet timesheets worklog worklogs goal goals habit habits wish wishes
    wishlist wishlists dream dreams trip trips travel travels aufgabe aufgaben termin termine tache taches
    reunion reunions tarea tareas reuniones tarefa tarefas reuniao reunioes compito compiti riunione
    riunioni taak taken deal deals opportunity opportunities afspraak afspraken buchungen reservierung
    reservierungen prenotazione prenotazioni reserva reservas
    """)
PLANNED = _set("""
    title description content contents notes note location place venue summary subject purpose agenda
    comment comments details text body titel beschreibung ort betreff notiz bemerkung titre lieu objet
    titulo descripcion lugar asunto nota descricao local assunto titolo descrizione luogo oggetto
    omschrijving plaats onderwerp
    """)
NOTED = _set("""
    details detail info subject note notes betreff hinweis detalle detalles detalhes dettagli
    """)
ATTACHED = _set("""
    attachment attachments upload uploads photo photos picture pictures gpx anhang anhaenge anexo anexos
    adjunto adjuntos allegato allegati bijlage bijlagen
    """)
SEARCHES = _set("""
    search searches suche suchen recherche recherches busqueda busquedas busca ricerca ricerche
    """)
SEARCHED = _set("query term terms keyword keywords phrase q search text input suchbegriff")
# Whoever wrote the row, not whoever owns the thing.
AUTHORS = _set("""
    author creator poster writer reporter sender commenter submitter reviewer autor auteur autore verfasser
    ersteller redacteur
    """)
AUTHORED = _set("""
    description content body text message note notes comment comments reason summary details answer question
    beschreibung inhalt nachricht contenu contenido conteudo contenuto texto testo descricao descripcion
    descrizione omschrijving inhoud bericht
    """)
# What somebody remarked, and did not make for others.
SAID = _set("""
    message note notes comment comments reason details answer question nachricht notiz bemerkung nota bericht
    """)
# Of words that are written as one.
ENDINGS = ("message", "messagehtml", "text", "texthtml", "comment", "comments", "notes", "remarks")
# Accounts from which programs fetch and send.
BOXES = _set("mailbox mailboxes inbound imap pop smtp")
# Ways in and out, of which each has a code of its own.
WIRED = _set("channel channels webhook webhooks connector connectors integration integrations")
ORIGINS = _set("origin origine origen origem herkunft herkunftsland herkomst")
ADDRESSES = _set("""
    address addresses adresse anschrift direccion endereco indirizzo adres rechnungsadresse lieferadresse
    """)
# Somebody says what they think of it, and signs.
OPINIONS = _set("""
    review reviews testimonial testimonials comment comments guestbook feedback feedbacks inquiry inquiries
    enquiry enquiries commentaire commentaires bewertung bewertungen kommentar kommentare gaestebuch
    avis resena
    resenas comentario comentarios avaliacao avaliacoes recensione recensioni commenti contactform
    """)
# Programs' own.
TECHNICAL = _set("""
    app application error errors system sys cron php debug exception exceptions server build
    """)
# Money moves; each part of it does not say more than the whole.
MOVED = _set("""
    versamento versamenti incasso incassi payment payments refund refunds transaction transactions
    donation donations zahlung zahlungen paiement
    paiements pago pagos pagamento pagamenti pagamentos betaling betalingen spende spenden
    credits payout payouts withdrawal withdrawals reimbursement reimbursements chargeback chargebacks
    """)
NOT_MOVED = _set("""
    item items event events request requests attempt attempts schedule schedules method methods type
    types plan
    plans term terms invoice invoices provider providers status fee fees
    """)
KEYS_OF_GOODS = _set("product_id item_id article_id stock_id sku warehouse_id inventory_item_id")
AMOUNTS = _set("""
    amount total raw_amount amount_used amount_authorized amount_remaining captured_amount received_amount
    expected_amount paid_amount amount_paid
    amount_received betrag montant monto monto_pagado importe importe_pagado importo importo_pagato
    importo_totale importo_totale_pagato importo_incassato valor valor_pago bedrag
    """)
# Tables of addresses to write to and of numbers to dial, each row one of them.
REACHING = frozenset({"email_address", "email_addresses", "emailaddress", "emails", "email"})
DIALLED = frozenset({"phone_number", "phone_numbers", "phonenumber", "phones", "phone", "telephones"})
REACHED_BY = _set("name value number address lower numeric normalized local_part")
SESSIONS = _set("session sessionid sessione sesion sessao sessie sitzung sessions")
NUMBERED_BY = _set("id cod code sid key")
USERS = _set("user usr users usuario utente benutzer utilisateur gebruiker")
# Whatever else stands beside them: these are for people to write in.
REMARKS = _set("""
    comment comments remark remarks observation observations observacion observaciones observacao observacoes
    bemerkung bemerkungen anmerkung anmerkungen commentaire commentaires comentario comentarios
    commento commenti
    osservazioni toelichting opmerking opmerkingen motivo motivos motivazione motivation justificativa
    justificacion justification begruendung notitie notities
    """)
# What came in or went out as a whole.
RAW = _set("raw xml pdf payload request response json eml mime")
# Examinations and histories of patients: each of their columns is a finding.
EXAMINED = _set("""
    history examination examinations exam exams anamnesis vaccine vaccines vitals vital measurement
    measurements
    historia historial examen examenes exame exames esame esami untersuchung untersuchungen anamnese
    """)
OF_PATIENTS = _set("""
    patient patients paciente pacientes paziente pazienti patienten medical clinical health
    """)
ILLNESSES = _set("""
    icd icdid disease diagnosis diagnose diagnosi diagnostico illness deficiencia disability malattia
    """)
# What a user did to the row, in short.
DONE = _set("""
    alta baja mod modif modificacion modifica inserimento ins upd cre crea creo creation anulacion anulacao
    cadastro alteracao registro maj saisie aggiornamento annullamento cajero entry audit
    """)
# Of the page on which one logs in.
OF_PAGES = _set("page theme logo background hint message image banner text title url link form button")
