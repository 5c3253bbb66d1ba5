"""Words for what somebody is to a house, a case, a patient or a paper, where a name stands under it."""

from __future__ import annotations

from governed_db.classify.rules.rule import TEXTUAL, Rule, rule

RULES: tuple[Rule, ...] = (
    # -- of persons alone
    # Without a context, so that a list of houses or vehicles does not count as reference data.
    rule("pii.name", 0.6, TEXTUAL, """
        occupant landlord landlady householder lodger registered_keeper
        owner_occupier committer approver_name referrer_name plaintiff defendant accused offender
        complainant_name lawyer attorney solicitor
        barrister notary heir legatee godfather godmother bride groom foreman caregiver
        carer caretaker husband wife daughter brother sister grandmother grandfather surgeon dentist
        midwife gp gp_name family_doctor attending_physician referring_doctor referring_physician
        physician ordering_physician ordering_provider prescriber anesthetist
        bewohner hausmeister anwalt rechtsanwalt notar klaeger beklagter opfer taeter
        bruder schwester sohn tochter zahnarzt hebamme ueberweiser ueberweisender_arzt
        einweisender_arzt chirurg anzeigeerstatter erziehungsberechtigter
        gardien concierge avocat notaire defendeur mandataire ayant_droit
        interlocuteur mari epoux epouse fils fille frere soeur heritier dentiste infirmier infirmiere
        sage_femme chirurgien kinesitherapeute
        ocupante casero abogado notario apoderado demandado demandante denunciado marido
        esposo esposa hermano hermana hijo hija heredero enfermero enfermera cirujano acompanante
        dentista medico morador advogado tabeliao autor_acao vitima irmao irma filho
        filha herdeiro enfermeiro enfermeira cirurgiao acompanhante
        occupante conduttore locatore affittuario amministratore custode condomino avvocato notaio
        firmatario vittima fratello sorella figlio figlia marito moglie erede infermiere accompagnatore
        badante compilatore rappresentante
        bewoner huurder verhuurder hoofdhuurder advocaat notaris gemachtigde belanghebbende
        betrokkene ondertekenaar broer zus zoon dochter tandarts verpleegkundige verloskundige
        honoree honouree booker main_booker accompanying_person organizer_name organiser_name
        reisender mitreisender mitreisende hauptgast unterzeichner fahrer livreur voyageur accompagnant
        signataire huesped viajero firmante repartidor hospede viajante signatario entregador
        viaggiatore accompagnatori autista reiziger hoofdboeker bezorger chauffeur courier_name
        mantelzorger
        """, strict=True),
# -- of machines, books and firms as well
    rule("pii.name", 0.42, TEXTUAL, """
        author owner proprietor verfasser besitzer eigentuemer proprietaire redacteur propietario dueno
        proprietario dono titolare eigenaar auteur autore autor
        keeper technician inspector judge trustee custodian responsible
        responsible_person assigned_person suspect informant therapist nurse son contact_clerk
        account_manager case_manager case_worker caseworker key_account
        inhaber firmeninhaber geschaeftsfuehrer vorstand kassierer gesellschafter auftraggeber
        auftragnehmer gerant dirigeant president tresorier payeur beneficiaire beneficiaires
        representante administrador socio beneficiario sacado cedente favorecido ordinante debitore
        garante penningmeester begunstigde directeur elaboro reviso autorizo
        companion counterparty contracting_party organizer organiser class_teacher
        vertragspartner begleitung gast cocontractant contratante contratado contraente
        medeondertekenaar booked_by represented_by collected_by
        approved_by reviewed_by prepared_by requested_by handled_by reported_by ordered_by referred_by
        prescribed_by introduced_by inspected_by performed_by submitted_by administered_by held_by
        techniker monteur ersteller unterzeichnet_von vertreten_durch therapeut apotheker geprueft_von
        genehmigt_von gemeldet_von behandelt_von
        technicien intervenant vendeur acheteur juge perito expert_nom pharmacien kine valide_par
        demande_par
        tecnico vendedor comprador juez procurador perito redactor elaborado_por autorizado_por
        revisado_por solicitado_por aprobado_por atendido_por
        juiz relator redator aprovado_por atendente
        delegato incaricato giudice redattore venditore acquirente farmacista
        opdrachtgever vertegenwoordiger indiener rechter steller bestuurder begeleider apotheker
        aangevraagd_door goedgekeurd_door
        """, context="person=.35 near=.35 patient=.4 talk=.4 deal=.25 linked=.2 near_address=.25 log=.2",
         strict=True),
    rule("pii.name", 0.8, TEXTUAL, """
        famname apenom nomape nom_responsable nom_gerant tav middle_initial christian_name former_name
        previous_name birth_name name_birth in_honor_of in_honour_of in_memory_of tribute_name dedicatee
        sort_name known_as ledigname maedchenname kuenstlername ordensname doktorgrad akad_titel
        namensvorsatz namensaffix voornamen nobiliary_particle namenszusatz geslachtsnaam nome_registro
        patronymic patronym kontakt_person contact_clerk_name mail_contact_name caller_name
        caller_id_name responsavel_nome nome_responsavel contact_full_name zweiter_vorname
        weitere_vornamen nombre_responsable nombre_propietario nome_proprietario nome_referente
        referente_nome
        """),
    rule("pii.name", 0.55, TEXTUAL, """
        customer_supplier kunde_lieferant client_fournisseur cliente_proveedor cliente_fornecedor
        cliente_fornitore klant_leverancier payer_payee
        """),
    rule("pii.name", 0.42, TEXTUAL, "caller callee",
         context="person=.35 near=.35 talk=.4 deal=.25", strict=True),
    rule("pii.name", 0.3, TEXTUAL, "referrer", context="patient=.5", strict=True),
    rule("pii.name", 0.3, TEXTUAL, "furigana filiacao patronymic titel_name",
         context="person=.5 near=.4", strict=True),
)  # fmt: skip
