"""Words for columns in which people write anything."""

from __future__ import annotations

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
    rule("pii.free_text", 0.1, DOCUMENTS, "title titre titel betreff", context="chat=.5", strict=True),
)  # fmt: skip
