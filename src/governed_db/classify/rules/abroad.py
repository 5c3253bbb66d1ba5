"""Words of administrations, hospitals, payrolls and shops in six languages, and how these shorten them.

Dates, places and names of birth are told in as many ways as there are pairs of words: they are paired here.
"""

from __future__ import annotations

from governed_db.classify.kinds import TypeKind
from governed_db.classify.rules.rule import ANYTHING, CODED, DATED, DOCUMENTS, NUMBERED, TEXTUAL, Rule, rule
from governed_db.model.classification import CLEAR

_BIRTH = "geb geburt geburts nais naiss naissance nac nacim nacimiento nasc nascita nascimento geboorte birth"
_DAY = "dat datum date data fecha fec fch dt f jahr annee ano anno jaar tag"
_TOWN = "ort lieu lugar luogo local plaats place ville commune comune municipio cidade ciudad citta stad pays"
_STATE = "land pais paese country dept departement provincia prov provincie stadt plz"
_FAMILY = "fam familien familie familial civil civile burg burgerlijke edo est estado stato situation sit"
_STATUS = "stand status staat civil civile familiale fam estado"


def _paired(first: str, second: str) -> str:
    """Both orders of all pairs of words."""
    pairs = [(one, other) for one in first.split() for other in second.split() if one != other]
    return " ".join(f"{one}_{other} {other}_{one}" for one, other in pairs)


RULES: tuple[Rule, ...] = (
    rule("pii.birth_date", 0.9, DATED, _paired(_BIRTH, _DAY), beside="date day month year datum anno"),
    rule("pii.birth_date", 0.85, DATED, "nato_il nata_il nascido_em geboren_op geboren_am",
         beside="date"),
    rule("pii.demographic", 0.75, CODED, "nato_a nata_a nacido_en nascido_na geboren_te geboren_in "
         + _paired(_BIRTH, f"{_TOWN} {_STATE}"), beside="code id"),
    rule("pii.demographic", 0.75, CODED, _paired(_FAMILY, _STATUS) + """
        leefvorm samenlevingsvorm nb_enfants nombre_enfants anzahl_kinder kinderzahl kinderfreibetrag
        num_hijos numero_hijos numero_filhos num_filhos numero_figli aantal_kinderen cor_raca raca_cor
        grupo_etnico gruppo_etnico herkunft herkunftsland muttersprache langue_maternelle lengua_materna
        numero_dependentes veteran_flag union_cd union_code union_member bekenntnis
        bekenntniszugehoerigkeit sorgerecht sorgeberechtigt allocataire num_allocataire kirchensteuer
        kirchensteuermerkmal religionszugehoerigkeit confession culto lateralidad
        """, beside="code id type status count", flags=True),
    rule("pii.demographic", 0.75, frozenset({TypeKind.INT, TypeKind.NUMBER}), "dependentes", beside="count"),
    rule("pii.demographic", 0.4, CODED, """
        escolaridad escolaridade nivel_estudios nivel_academico grado_estudios grau_instrucao titolo_studio
        schulabschluss bildungsabschluss schulbildung hoechster_abschluss opleidingsniveau niveau_etudes
        niveau_scolaire instruccion grado_instruccion highest_degree
        """, context="person=.4 employee=.4 near=.3", beside="level"),
    rule("pii.name", 0.85, DOCUMENTS, """
        voorv voorvoegsel voorvoegsels initialen initialen_naam geb_name nom_usage nom_epoux nom_marital
        nom_patronymique nom_pere nom_mere ap_paterno ap_materno ape_pat ape_mat apepat apemat apaterno
        amaterno paterno materno nombre_padre nombre_madre nombre_apellidos apellidos_nombre nombre_cliente
        nombre_paciente nombre_alumno nombre_titular nombre_contacto nome_mamma nome_papa nome_padre
        nome_madre nome_pai nome_contato nome_cliente nome_paciente nome_aluno nome_titular nome_referente
        cognome_nome nominativo intestatario intestatario_conto roepnaam meisjesnaam naam_contact
        contactnaam naam_partner naam_rekeninghouder rekeninghouder tenaamstelling kontakt_name kundenname
        patientenname mitarbeitername besitzername halter halter_name vater_name mutter_name ehepartner_name
        partner_name nom_contact nom_client nom_patient nom_eleve nom_titulaire titulaire_compte
        personne_contact responsable_legal tuteur_legal representante_legal rappresentante_legale
        legale_vertreter wettelijk_vertegenwoordiger nachname_vorname vor_nachname vorundnachname firstlast
        nmclient nmcliente
        """),
    rule("pii.name", 0.42, TEXTUAL, """
        empfaenger besteller absender destinatario destinataire destinataria ontvanger afzender
        geadresseerde remitente remetente mittente expediteur bevollmaechtigter guarantor tutor tuteur
        tutore contactpersoon kontaktperson contatto contacto contato vertrauensperson personne_confiance
        begleitperson mae pai padre madre mere pere mutter vater moeder vader ehefrau ehemann
        """, context="deal=.3 person=.4 near=.5 talk=.3", strict=True),
    rule("pii.name", 0.5, TEXTUAL, """
        medecin_ref medecin_referent medico_familia medico_familiare nom_jf hausarzt behandelnder_arzt
        medecin_traitant medecin medico_cabecera medico_curante medico_base huisarts behandelaar specialist
        sachbearbeiter bearbeiter betreuer berater vertreter gerente responsable responsabile responsavel
        referente verantwoordelijke verantwortlicher gestionnaire conjuge coniuge partner ehegatte
        lebenspartner vormund tutore tuteur apoderado fiador avalista
        """, context="person=.45 patient=.5 near=.4 org=.4", strict=True),
    rule("pii.email", 0.9, DOCUMENTS, """
        mailadresse mail_adr email_adr emailadr adr_mail correo_elec correoe correio_eletronico correio
        endereco_email correo_personal correo_institucional correo_corporativo adresse_electronique
        mel_perso mail_pro mail_perso email_pro email_perso posta posta_certificata
        """),
    rule("pii.phone", 0.85, DOCUMENTS | {TypeKind.INT, TypeKind.NUMBER}, """
        tlf tlfno tfno telf fono fon rufnr handy_nr mobilnr mobil_nr tel_nr telnr telnummer tel_priv
        tel_dienst tel_gesch tel_buero tel_fixe tel_portable tel_mobile tel_domicile tel_bureau tel_pro
        num_tel num_telephone no_tel numtel tel_casa tel_oficina tel_trabajo tel_celular tel_movil num_cel
        nro_celular nro_telefono telefono_fijo telefono_casa numero_fijo fone_res fone_com fone_cel
        tel_residencial tel_comercial num_telefone ddd_telefone recado_telefone tel_cell cellul num_cell
        recapito_telefonico recapito tel_abitazione tel_ufficio tel_prive tel_werk tel_mobiel mobiel_nr
        telefoonnr mobielnr gsm_nr gsmnummer nummer_mobiel privfon mobfon privattelefon diensttelefon cel
        celu celph
        """),
    rule("pii.address", 0.8, DOCUMENTS | {TypeKind.INT}, """
        rua morada_rua dir_postal residente_in plz_ort strasse_nr_plz_ort haus_nr hausnr hnr huis_nr huisnr
        huis_nummer huisnr_toev huisnummer_toev toevoeging hausnummerzusatz adresszusatz adr_zusatz
        strasse_nr str_nr strnr streetnr street_nr addinfo add_info num_voie type_voie nom_voie libelle_voie
        voie complement_adresse compl_adresse compl_adr adresse_suite adr1 adr2 adr_rue adresse_rue batiment
        residence_adresse code_post codepostal cod_post codpost num_ext num_int num_exterior num_interior
        numext numint entre_calles nombre_calle tipo_via nombre_via numero_via num_via piso puerta escalera
        planta_piso domicilio_calle dir_calle dom_calle direccion_linea direc endereco_numero nr_endereco
        num_endereco numero_endereco end_numero compl_endereco tipo_logradouro nome_logradouro quadra_lote
        residenza_via residenza_cap residenza_indirizzo via_residenza cap_residenza n_civico num_civico
        numciv indir via_piazza straat_naam straat_huisnr adres_regel postcode_cijfers wohnadresse
        meldeadresse lieferanschrift rechnungsanschrift privatanschrift wohnanschrift
        """, context="place=.5 person=.4"),
    rule("pii.address", 0.3, TEXTUAL | {TypeKind.INT}, """
        str pc stiege tuer stock etage bat esc pta cp codpos zipcode_ext bp lote mz manzana
        """, context="place=.6 near_address=.6", strict=True),
    rule("pii.place", 0.35, CODED, """
        plaats citta_res comune_res prov_res residenza comune_nascita poblacion pob localite agglomeration
        wohnstadt ortsteil gemeente_naam kreis landkreis concelho distrito freguesia colonia_nombre
        residenza_citta citta_residenza residenza_comune comune_residenza provincia_residenza prov
        departamento comunidad comunidad_autonoma region_habitation delegacion estado_residencia
        uf_residencia cidade_uf ciudad_residencia lugar_residencia ciudad_origen
        """, context="person=.45 place=.5 near_address=.5 near=.3", strict=True, beside="name code city"),
    rule("pii.national_id", 0.9, NUMBERED, """
        legitimatienr legitimatienummer legitimatiebewijs onderwijsnummer cc_numero numero_cc birth_cert_no
        permis_b permis_conduite vsnr vs_nr soc_sec soc_sec_no soc_sec_num soc_sec_id socsec_id
        social_sec_no social_sec_id socsecid socsec ssn_no tess_sanit codfis
        cod_fis kvnr kv_nr kv_nummer krankenversichertennr versicherten_nr versichertennr steuer_ident
        steuer_idnr steuerid steuer_nr steuernr st_nr idnr sozialvers_nr sozialversnr sozialversicherungs_nr
        sv_nummer svnr rv_nr rvnr rentenversicherungsnummer rentenvers_nr ahv ahv_nr ahv_nummer ausweis_nr
        ausweisnr perso_nr personalausweisnr personalausweisnummer pass_nr reisepass_nr fuehrerschein_nr
        num_ss nss_num nir_insee numero_insee no_secu num_securite_sociale securite_soc num_passeport
        num_cni cni numero_cni carte_sejour titre_sejour numero_permis num_permis niss numero_national
        numero_national_registre rijksregisternummer rrn national_registration_number cifnif nif_cif dni_nie
        dninie cif_nif num_dni nro_dni nrodoc nro_doc num_doc numdoc num_documento tipo_y_numero_documento
        cuil cuit cuit_cuil run_rut rut_dv cedula_identidad nro_cedula num_cedula ced_identidad
        num_seg_social nro_seguro_social num_afiliacion numero_afiliacion num_imss imss ine clave_elector
        clave_ine pasaporte_num num_pasaporte licencia_conducir carnet_conducir cpf_cnpj cpfcnpj num_cpf
        nr_cpf nr_rg num_rg rg_numero pis pis_pasep nis_pis num_pis ctps ctps_numero num_ctps
        carteira_trabalho cartao_sus cns titulo_eleitoral num_titulo cartao_cidadao num_contribuinte
        bilhete_identidade cod_fisc codfisc codfiscale cf_piva num_patente patente_numero num_carta_identita
        documento_identita num_documento_identita tessera_sanitaria num_tessera_sanitaria permesso_soggiorno
        bsn_nummer bsnr bsn_nr burgerservicenr rijbewijsnummer rijbewijs_nr paspoort_nr identiteitskaart
        id_kaart vreemdelingennummer tarjeta_sanitaria num_tarjeta_sanitaria nuss orgao_emissor rg_orgao
        uf_rg rg_uf
        """, beside="uf number"),
    rule("pii.identifier", 0.6, TEXTUAL | {TypeKind.INT}, """
        kunden_nr kunden_nummer kundennr mitglieds_nr mitgliedsnr mitgliedsnummer pat_nr patienten_nr
        patientennummer personal_nr pers_nr persnr personalnr mitarbeiter_nr num_adherent numero_adherent
        num_client numero_dossier_patient ipp num_socio numero_socio nro_socio num_expediente
        historia_clinica num_historia nhc num_empleado nro_empleado num_colegiado num_prontuario prontuario
        num_matricula numero_tessera num_tessera klant_nr klantnr patientnr patient_nr personeelsnr
        personeelsnummer lidnr lidnummer debiteur_nr
        """, context="person=.3", strict=True),
    rule("pii.identifier", 0.7, TEXTUAL, """
        inlognaam inlog anmeldename anmeldekennung benutzerkuerzel loginname login_naam nom_connexion
        identifiant_connexion usuario_login login_usuario nombre_cuenta usr_login user_dn ldap_dn dn_ldap
        samaccountname principal_name userprincipalname upn
        """),
    rule("pii.gender", 0.8, CODED | {TypeKind.BOOL}, """
        geschl sexo_paciente sexe_patient tratamento trato titulo_cortesia aanspreektitel aanspreekvorm
        titolo_cortesia anredeform appellation
        """, context="person=.2", beside="code id type"),
    rule("pii.health", 0.85, ANYTHING, """
        groupe_sanguin grupo_sanguin gesundheitsfragen gesundheitsdaten gesundheitszustand obs_clinicas
        observaciones_clinicas note_medico note_mediche notas_medicas notes_medicales medicijnen
        medicijngebruik overleden overleden_op overlijdensdatum obito data_obito data_decesso deceased
        deceased_flag fecha_deceso insurance_policy insurance_carrier ins_carrier ins_policy ins_policy_no
        ins_group verzekeringsnr verzekeringsnummer versicherungsnr health_plan payer_id subscriber_id
        foerderbedarf foerderschwerpunkt blood_grp hb_level haemoglobin hemoglobin dyslexie dyslexia
        legasthenie necessidades_especiais zorgdossier zorgindicatie medical_alert medical_info
        medical_notes regime_alimentaire kostform diaet dieta dieet iep_flag special_needs befund befunde
        befundtext anamnese laborwert laborwerte medikation medikationsplan dosierung dosis therapie raucher
        raucherstatus vorerkrankung vorerkrankungen pflegegrad impfung impfstatus impfdatum krankmeldung
        arbeitsunfaehigkeit au_von schwerbehinderung behinderungsgrad gdb antecedent antecedents
        antecedents_medicaux traitement_medical posologie ordonnance rqth taux_invalidite invalidite
        arret_maladie fumeur tension_arterielle numero_mutuelle antecedentes antecedentes_familiares
        antecedentes_personales tipo_sangre tipo_sanguineo factor_rh factor_sanguineo medicacion tratamiento
        motivo_consulta motivo_ingreso enfermedades padecimiento padecimientos incapacidad presion_arterial
        fumador embarazo historial_medico historico_medico tratamento medicacao pressao_arterial gestante
        fumante pcd tipo_deficiencia comorbidade comorbidades plano_saude anamnesi terapia farmaco farmaci
        patologia patologie esenzione esenzione_ticket invalidita disabile fumatore intolleranze medicatie
        allergieen ziekmelding ziekteverzuim verzuim verzuim_reden behandeling rookt roker zwanger
        aandoening klachten medische_gegevens medische_historie zorgverzekeraar zorgverzekering polisnummer
        polis_nr
        """, beside="code id type status date grad number reason", flags=True),
    rule("pii.health", 0.5, DOCUMENTS, "medical medizinisch medisch medisches clinical klinisch",
         context="person=.4 patient=.5 near=.3"),
    rule("pii.health", 0.3, NUMBERED, """
        wt wt_kg ht_cm groesse koerpergroesse taille talla estatura altezza lengte peso_kg talla_cm
        groesse_cm gewicht_kg
        """, context="patient=.6 health=.5", strict=True),
    rule("pii.bank", 0.85, NUMBERED, """
        cuenta_abono cuenta_cargo cuenta_nomina banco_agencia banco_conta conta_banco routing bank_rtn rtn
        ccc solde_compte kto_nr ktonr kontonr konto_nr blz bankleitzahl bankverbindung rib
        releve_identite_bancaire code_banque code_guichet num_compte numero_compte compte_bancaire
        num_cuenta nro_cuenta numero_cuenta cuenta_bancaria cuenta_clabe clabe clabe_interbancaria cbu
        alias_cbu cvu conta_corrente num_conta numero_conta conta_numero agencia_conta conta_bancaria
        chave_pix pix pix_key conto_corrente num_conto numero_conto coordinate_bancarie rekeningnr
        rekening_nr rekeningnummer bankrekening bankrekeningnummer iban_rekening iban_nr iban_nummer
        sepa_mandat mandatsreferenz
        """, beside="number"),
    rule("pii.bank", 0.4, NUMBERED, "agencia abi cab", context="person=.4 near=.4 money=.4", strict=True),
    rule("pii.card", 0.85, NUMBERED, """
        card_pan pan_card pin_block card_pin cardpan pan_last num_carte numero_carte carte_bancaire
        num_tarjeta numero_tarjeta tarjeta_credito num_cartao numero_cartao cartao_credito num_carta_credito
        carta_credito numero_carta kartennummer karten_nr kreditkarten_nr kreditkartennr kaartnummer
        creditcardnummer
        """),
    rule("financial.salary", 0.85, CODED, """
        monatsgehalt monatslohn jahresgehalt grundgehalt bruttogehalt nettogehalt bruttoverdienst
        stundenlohn stundensatz taux_horaire salaire_base salaire_net remuneration thm tjm sueldo_base
        sueldo_diario sueldo_mensual sueldo_bruto salario_diario salario_base salario_mensual salario_hora
        paga_oraria paga_mensile retribuzione retribuzione_lorda ral stipendio_base uurloon maandsalaris
        bruto_salaris netto_salaris bruto_maandsalaris salarisschaal loonschaal remuneracao vencimento_base
        ordenado
        """, beside="rate"),
    rule("financial.salary", 0.4, CODED, """
        steuerklasse steuerkl lohnsteuerklasse tarifgruppe entgeltgruppe besoldungsgruppe
        """, context="person=.5 employee=.4 pay=.5", strict=True),
    rule("financial.balance", 0.35, CODED, """
        fido bonitaet kreditlimit kreditrahmen limite_credito encours_autorise plafond_credit schufa
        schufa_score riesgo_maximo riesgo_alcanzado riesgoalcanzado deuda divida renda rendimento ingresos
        ingresos_mensuales revenu revenus inkomen einkommen
        """, context="person=.4 money=.4 near=.3", strict=True),
    rule("pii.employment", 0.35, TEXTUAL, """
        mansione qualifica poste fonction_occupee puesto_trabajo funcao ocupacao dienstgrad stelle
        taetigkeit stellenbezeichnung berufsbezeichnung dienststellung functietitel dienstverband werkplek
        """, context="person=.35 employee=.45 near=.3", strict=True),
    rule("pii.employment", 0.35, DATED, """
        datum_dienst datum_in_dienst datum_indienst datum_uit_dienst in_dienst uit_dienst in_dienst_per
        eintritt_am austritt_am eintritt austritt eintritts_datum austritts_datum beschaeftigt_seit
        date_entree date_sortie date_depart date_employment dateemployment fec_ingreso fecha_egreso
        fecha_antiguedad dt_admissao data_demissao dt_demissao data_cessazione data_dimissioni assunzione
        """, context="employee=.45 person=.3", beside="date on datum fecha data until since"),
    rule("pii.free_text", 0.52, DOCUMENTS, """
        vermerk vermerke lieferhinweis kundenwunsch wunsch rapportage verslag gespreksverslag zusatzinfo
        observacoes_internas notas_privadas obs observ observac bem bemerk anm anmerk opm rem comm coment
        oss annotation annotations annotazioni anotaciones anotacoes aantekening aantekeningen notizfeld
        zusatztext freitextfeld hinweise_intern
        """, context="person=.6 linked=.35 talk=.35 near=.35 deal=.3", strict=True),
    rule("secret.password", 0.9, DOCUMENTS, """
        kennwort passwort_hash passw pwort mdp mot_passe motdepasse contrasenia contrasenya clave_acceso
        clave_usuario clave_web pass_crypted pass_temp passsalt password_salt senha_hash senha_web
        parola_ordine parola_chiave wachtwoord_hash ww_hash geheimzahl pin_code_usuario pincode
        geheime_vraag sicherheitsfrage sicherheitsantwort question_secrete reponse_secrete pregunta_secreta
        respuesta_secreta domanda_segreta risposta_segreta
        """, beside="question code"),
    rule("secret.token", 0.8, DOCUMENTS, """
        oauth_refresh refresh_tok oauth_access totp_seed otp_seed mfa_seed oauth_secret session_secret
        bearer
        """),
    rule("pii.identifier", 0.6, TEXTUAL, "sso_subject saml_subject stripe_customer stripe_cus subject_claim",
         context="person=.4 access=.4"),
    rule("financial.salary", 0.4, CODED, """
        irpf seg_social cotizacion horas_extra complementos neto liquido liquido_pagar netto_lohn inss irrf
        fgts
        """, context="pay=.5 employee=.4", strict=True),
    rule("financial.balance", 0.5, CODED, "curr_bal avail_bal current_balance available_balance",
         context="person=.4 money=.5", beside="available"),
    rule("pii.name", 0.6, TEXTUAL, "mothers_maiden mother_maiden maiden", context="person=.4"),
    rule("secret.token", 0.75, DOCUMENTS, "updatekey update_key reset_schluessel aktivierungscode",
         context="person=.4"),
    rule(CLEAR, 1.0, frozenset(TypeKind), """
        nota_fiscal nota_credito nota_debito cod_cliente codigo_cliente code_client cod_articulo
        code_postal_id obs_id bem_id date_creation data_cadastro fecha_alta_registro data_inserimento
        aangemaakt_op nombre_comercial bankname bank_name
        dept_cd job_cd partner_id comm_rate numero_factura numero_facture numero_fattura numero_pedido
        numero_commande
        """),
)  # fmt: skip
