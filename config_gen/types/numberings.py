"""Words for numberings of the world whose digits are labels: postal, tax, health, trade, finance.

Every entry is a published numbering or the usual word for one, never the column of one file.
"""

import re

from config_gen.types.wordlists import word_set

CODE_WORDS = word_set(
    """
    zip zipcode postal postcode plz postleitzahl postnummer postnr cp psc insee siret siren fips phone tel
    telephone telefon telefono telefone fax appel cusip sedol isin iban pan ssn npi ein vat tin
    barcode ean upc gtin isbn issn imei serial sku passport routing aba bic swift mcc naics sic nace hs
    hscode icd ndc snomed cas cik lei account acct konto kontonummer compte licence license plate matricule
    msisdn pin geoid gvkey permno cedula dni nif cif rfc cpf cnpj nino nhs mrn iccid imsi sortcode blz ric
    wkn valor tracking waybill awb duns cpt hcpcs loinc rxnorm isic sitc taric unspsc cpv
    naf ateco cnae ciiu isco gtip tnved okved okato oktmo ogrn unlocode orgnr organisasjonsnummer
    organisationsnummer personnummer cvr kvk bsn steuernummer pesel regon cuit cuil gstin aadhaar abn acn
    индекс телефон тел паспорт инн кпп снилс бик окпо счет счёт код
    البريدي هاتف الهاتف جوال الجوال מיקוד טלפון נייד דרכון ταχυδρομικός τηλέφωνο
    psč irányítószám telefonszám postinumero puhelin puhelinnumero телефону поштовий
    istat ubigeo kommunenr kommunenummer msoa lsoa zcta geonameid uprn usrn crn finess rpps
    """
)
# In scripts without blanks between words these stand anywhere in a name.
CODE_PARTS = (
    *(
        "郵便番号",
        "電話番号",
        "口座番号",
        "携帯",
        "コード",
        "邮编",
        "邮政编码",
        "郵遞區號",
        "电话",
        "電話",
        "手机",
        "手機",
    ),
    *("身份证", "账号", "帳號", "代码", "代碼", "우편번호", "전화", "계좌번호", "코드", "รหัส", "โทรศัพท์"),
)
# Columns of the US Census Bureau's geographic files end in FP, CE or NS, and often in the year.
CODE_SHAPE = re.compile(
    r"(?:state|county|cousub|place|tract|block|blkgrp|bg|puma|sld[lu]|cd|csa|cbsa|zcta|region|division|concit)"
    r"(?:fp|ce|ns|a)(?:\d\d)?|hs\d{1,2}|cn8|geoid\d*|icd\d*"
)
# Short names that mean other things too, with the number of digits that makes them a numbering.
NUMBERINGS: dict[str, tuple[int, ...]] = {
    "cap": (5,),
    "cep": (8,),
    "kvk": (8,),
    "ags": (7, 8),
    "ars": (12,),
    "ine": (4, 5, 6),
    "inn": (10, 12),
    "kpp": (9,),
    "nip": (10,),
    "nit": (8, 9, 10),
    "rut": (7, 8, 9),
    "ruc": (10, 11, 13),
    "ico": (8,),
    "dic": (8, 9, 10),
    "nir": (13, 15),
    "uen": (9, 10),
    "brn": (8,),
    "cn8": (8,),
    "hs2": (2,),
    "hs4": (4,),
    "hs6": (6,),
    "ape": (4,),
    "sin": (9,),
    "tfn": (8, 9),
    "mobile": (9, 10, 11, 12, 13),
    "cell": (9, 10, 11, 12, 13),
    "contact": (9, 10, 11, 12, 13),
    "contactno": (9, 10, 11, 12, 13),
    "contactnumber": (9, 10, 11, 12, 13),
    "companynumber": (6, 7, 8, 9, 10),
    "companyno": (6, 7, 8, 9, 10),
    "registrationnumber": (6, 7, 8, 9, 10),
    "codgeo": (4, 5),
    "partitaiva": (11,),
    "handelsregisternummer": (4, 5, 6),
}
