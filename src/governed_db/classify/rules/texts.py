"""Words for columns in which people write anything."""

from __future__ import annotations

from governed_db.classify.kinds import TypeKind
from governed_db.classify.rules.rule import DOCUMENTS, Rule, rule

RULES: tuple[Rule, ...] = (
    # -- words that people write
    rule("pii.free_text", 0.62, DOCUMENTS, """
        contact_info contact_details contact_data contact_information kontaktdaten coordonnees
        datos_contacto dados_contato recapiti contactgegevens emergency_contact emergency_contacts
        notfallkontakt
        """,
          context="person=.5", strict=True),
    rule("pii.free_text", 0.52, DOCUMENTS, """
        note notes comment comments remark remarks memo feedback bio biography about about_me observation
        observations bemerkung bemerkungen notiz notizen kommentar kommentare anmerkung anmerkungen
        remarque remarques commentaire commentaires observaciones observacion notas nota comentario
        comentarios observacao observacoes osservazioni commento commenti opmerking opmerkingen notitie
        notities toelichting resume cv curriculum lebenslauf cover_letter complaint testimonial transcript
        chat_log internal_note internal_notes customer_note private_note feedback_message custom_text
        free_text freitext freetext special_instructions delivery_instructions delivery_note gift_message
        personal_statement review_text comment_text note_text resume_text cv_text cv_text_version
        customer_notes order_notes biografia biographie self_description
        """, context="person=.6 linked=.35 talk=.35 near=.35"),
    rule("pii.free_text", 0.3, DOCUMENTS, """
        reason reasons rejection_reason ban_reason banned_reason cancellation_reason suspension_reason
        motif motivo grund begruendung description_customer goals interests hobbies keywords summary
        instructions trailing_message reason_suspension reason_exemption
        """, context="person=.35 linked=.35 talk=.4 near=.35 log=.3 access=.35"),
    rule("pii.free_text", 0.2, DOCUMENTS, """
        message body content text subject description nachricht inhalt betreff beschreibung texte contenu
        sujet mensaje contenido texto asunto mensagem conteudo assunto messaggio contenuto testo oggetto
        bericht inhoud tekst onderwerp answer response question comment_content post_content message_text
        message_body email_body mail_body beschrijving descricao descripcion descrizione reply
        """, context="talk=.5 person=.42 linked=.3 near=.2", strict=True),
    # What was wrong, what was found, what was done about it, and what somebody thinks of it.
    rule("pii.free_text", 0.4, DOCUMENTS, """
        problem_description issue_description fault_description defect_description root_cause
        workaround steps_reproduce work_done work_performed customer_request request_details
        findings recommendation recommendations justification explanation rationale
        what_happened additional_info additional_information further_information other_information
        additional_details special_request special_requests message_seller message_buyer
        motivation_letter next_steps
        problembeschreibung fehlerbeschreibung maengelbeschreibung stoerung defekt loesung arbeitsbericht
        anliegen kundenanliegen aktennotiz stellungnahme erlaeuterung erlaeuterungen hinweis hinweise
        zusatzinformation zusatzinformationen ursache gutachten empfehlung empfehlungen beurteilung
        bestellnotiz lieferhinweise motivationsschreiben anschreiben wuensche feststellung
        panne probleme description_probleme constat travaux_effectues explication explications
        informations_complementaires raison motivation_lettre lettre_motivation appreciation appreciations
        signalement avis_client
        defecto falla averia problema descripcion_problema solucion trabajo_realizado dictamen
        justificacion razon informacion_adicional carta_presentacion valoracion recomendaciones
        hallazgos conclusiones instrucciones explicacion
        defeito laudo laudo_tecnico solucao servico_executado descricao_problema parecer justificativa
        informacoes_adicionais informacao_adicional carta_apresentacao recado relato_cliente
        recomendacoes conclusao instrucoes providencia providencias
        difetto guasto soluzione informazioni_aggiuntive info_aggiuntive motivazione segnalazione
        lavoro_svolto lavori_svolti verbale annotazione appunti parere conclusioni valutazione giudizio
        istruzioni richiesta lettera_presentazione
        klacht storing probleem probleemomschrijving oplossing motivering bevinding bevindingen advies
        verklaring samenvatting bijzonderheden uitleg wensen aanvullende_informatie motivatie
        motivatiebrief meldingstekst melding_tekst
        """, context="person=.4 linked=.3 talk=.35 near=.3 deal=.3 patient=.3", beside="note notes"),
    # What a payment is for, why something was sent back, cancelled or ended, and what was answered.
    rule("pii.free_text", 0.4, DOCUMENTS, """
        verwendungszweck buchungstext causale concepto concepto_pago motif_paiement payment_purpose
        mededeling remittance_information remittance_info payment_reference_text omschrijving_betaling
        betalingskenmerk rueckgabegrund retourengrund stornierungsgrund kuendigungsgrund motif_retour
        motif_annulation motif_resiliation motivo_devolucion motivo_cancelacion motivo_devolucao
        motivo_cancelamento motivo_reso motivo_annullamento retourreden bezoekreden reden_annulering
        special_terms special_clauses sondervereinbarungen clauses_particulieres clausulas
        condizioni_particolari collateral_description beschwerdetext texte_reclamation
        descripcion_queja texto_queja texto_reclamacao testo_reclamo klachttekst
        free_answer freitextantwort termination_reason
        """, context="person=.35 linked=.3 talk=.35 deal=.3 money=.3 near=.3"),
    rule("pii.free_text", 0.2, DOCUMENTS, """
        antwort reponse respuesta resposta risposta antwoord beschwerde resumen riassunto resumo
        zusammenfassung
        """, context="talk=.5 person=.42 linked=.3 near=.2", strict=True),
    # Short, they are one of a few, a figure or a number of minutes.
    rule("pii.free_text", 0.4, frozenset({TypeKind.LONG}), """
        resolution solution assessment evaluation minutes agenda purpose motivation conclusion conclusions
        """, context="person=.4 linked=.3 talk=.35 near=.3 deal=.3 patient=.3"),
    # How somebody does at work or at school.
    rule("pii.free_text", 0.4, DOCUMENTS, """
        weaknesses achievements accomplishments areas_improvement improvement_areas
        development_plan appraisal warning_text excuse behaviour conduct staerken schwaechen
        abwesenheitsgrund fehlgrund points_forts points_faibles axes_amelioration fortalezas debilidades
        pontos_fortes pontos_fracos punti_forza punti_debolezza sterke_punten verbeterpunten
        """, context="person=.35 linked=.3 near=.3 employee=.3", strict=True),
    rule("pii.free_text", 0.3, DOCUMENTS, """
        reden stornogrund absagegrund anotacao anotacion
        esito motto headline tagline quote intro introduction presentation presentazione presentacion
        apresentacao vorstellung experience ueber_mich a_propos acerca
        biografie
        """, context="person=.35 talk=.35 linked=.25 near=.3"),
    rule("pii.free_text", 0.2, DOCUMENTS, """
        defect fault problem mangel defaut rapport report avis demande melding werkzaamheden avaliacao
        beoordeling omschrijving details detalles detalhes dettagli historico informazioni
        ergebnis
        """, context="talk=.4 person=.35 linked=.3 near=.2", strict=True),
    rule("pii.free_text", 0.1, DOCUMENTS, "title titre titel betreff", context="chat=.5", strict=True),
)  # fmt: skip
