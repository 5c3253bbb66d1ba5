"""Words for what a person has, owes and earns, and for their work."""

from __future__ import annotations

from governed_db.classify.rules.rule import CODED, DATED, NUMBERED, TEXTUAL, Rule, rule

RULES: tuple[Rule, ...] = (
    # -- money
    rule("pii.card", 0.92, NUMBERED, """
        card_number credit_card credit_card_number card_no ccnum cc_number ccn cvv cvc cvv2 card_cvv
        card_cvc security_code_card card_security_code card_lastfour cc_last_digits cc_first_digits
        card_bin card_digits kreditkarte kreditkartennummer kartennummer numero_tarjeta tarjeta_credito
        num_tarjeta carte_bancaire numero_carte num_carte carte_credit cartao_credito numero_cartao
        carta_credito numero_carta creditcard_number creditcardnummer creditcard kaartnummer debit_card
        debit_card_number card_last_chars pan_hash primary_account_number
        """, beside="number digits"),
    rule("pii.card", 0.6, DATED, """
        card_expiry card_expiry_date card_expiry_month card_expiry_year cc_expiry expiry_month expiry_year
        card_exp_month card_exp_year exp_month exp_year card_expiry_day cc_expiry_month cc_expiry_year
        expiry_mm expiry_yy card_valid_thru valid_thru
        """, context="money=.5", beside="date month year expiry day"),
    rule("pii.bank", 0.93, NUMBERED, """
        iban iban_number bank_account bank_account_number account_no routing_number routing_num
        bank_routing sort_code swift_bic kontonummer kontonr konto_nummer bankleitzahl blz numero_compte
        compte_bancaire numero_cuenta cuenta_bancaria clabe clave_interbancaria clabe_interbancaria
        bank_branch_number bank_swift_code cbu conta_bancaria numero_conta conta_corrente chave_pix
        pix_key conto_corrente numero_conto rekeningnummer bankrekening aba_number ach_account
        wire_account bankverbindung coordonnees_bancaires bank_card beneficiary_account payout_account
        sepa_mandate wallet_address btc_address dd_account
        """),
    rule("pii.bank", 0.62, NUMBERED, """
        account_number bic swift ifsc swift_code bank_code rib agencia ibannummer
        """,
          context="person=.5 money=.6 near=.4 org=.2", strict=True, beside="code"),
    rule("pii.bank", 0.25, NUMBERED, "bank_name bank bankname banque banco banca konto mask",
          context="person=.45 money=.4", strict=True),
    rule("financial.salary", 0.86, CODED, """
        salary salary_amount wage wages base_salary basic_salary annual_salary monthly_salary hourly_rate
        hourly_wage pay_rate payrate base_pay basic_pay gross_pay net_pay gross_salary net_salary
        annual_income household_income yearly_income gehalt bruttogehalt nettogehalt grundgehalt lohn
        stundenlohn einkommen jahreseinkommen salaire salaire_brut salaire_net salario sueldo salario_base
        remuneracion stipendio retribuzione reddito salaris brutosalaris uurloon inkomen stock_option
        compensation remuneration vencimento renda salary_grade pay_grade bonus_amount ctc monthly_income
        salary_min salary_max
        """, beside="rate min max total grade level"),
    rule("financial.salary", 0.35, CODED, """
        bonus commission commission_pct income rate allowance overtime_pay quota sales_quota deduction
        pension revenu nomina
        """,
          context="person=.5 pay=.7", strict=True, beside="rate pct percent quota"),
    rule("financial.salary", 0.1, CODED, """
        amount gross net total_pay total base betrag brutto netto montant brut importe bruto valor importo
        lordo bedrag
        """,
          context="pay=.8", strict=True),
    rule("financial.balance", 0.6, CODED, """
        account_balance current_balance available_balance opening_balance closing_balance credit_limit
        credit_score net_worth available_credit outstanding_balance initial_balance kontostand
        credit_rating_person debt_amount fico cash_balance creditlimit kreditlimit limite_credito
        """, context="person=.4 money=.5", beside="limit score amount available"),
    rule("financial.balance", 0.3, CODED, """
        balance saldo solde credit debt debts minimum_payment interest_rate bilanz net_income
        """,
          context="money=.7 person=.5", strict=True, beside="rate"),
    rule("financial.balance", 0.2, CODED, """
        tax_federal_status tax_status tax_state tax_exemptions tax_exceptions withholding filing_status
        tax_class steuerklasse tax_bracket exemptions tax_withholding tax_code tax_work_state
        tax_unemp_state
        """, context="person=.6 pay=.6", beside="status state code class"),
    # -- work
    rule("pii.employment", 0.4, TEXTUAL, """
        job_title designation employer_name occupation profession employer position_title beruf
        arbeitgeber metier employeur prof profesion ocupacion puesto profissao professione beroep
        werkgever functie job_role contact_title job_position work_place
        """, context="person=.4 org=.3 near=.4", strict=True),
    rule("pii.employment", 0.2, TEXTUAL, """
        title job company company_name organization organisation firma societe entreprise empresa azienda
        cargo ditta bedrijf denominazione denominacion ragione_sociale razon_social raison_sociale
        razao_social firmenname workplace titel titre
        """, context="employee=.5 person=.4 place=.4 shipped=.4", strict=True),
    rule("pii.employment", 0.3, DATED, """
        hire_date doj hired_on date_hired joined_date date_joining joining_date employment_date
        start_date_employment eintrittsdatum austrittsdatum date_embauche fecha_contratacion fecha_ingreso
        data_admissao data_assunzione entry_date exit_date termination_date termination_reason
        resignation_date
        """, context="employee=.4 person=.3", beside="date on"),
)  # fmt: skip
