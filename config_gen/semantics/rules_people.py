"""Rules for people, places and companies, in the words of several languages."""

import re

from config_gen.semantics import people_words as said
from config_gen.semantics.rule import (
    ANY_TEXT,
    Rule,
    holds_a_key,
    number_between,
    values_like,
    words_like,
)

PEOPLE_RULES: tuple[Rule, ...] = (
    Rule(
        "email",
        words_like(f"e ?mail|mail|courriel|correo|email ?address|contact|{said.EMAILS}"),
        values_like(r"[\w.+'&-]+@[\w-]+(?:\.[\w-]+)+"),
        alone=0.9,
        personal=True,
    ),
    Rule(
        "latitude",
        words_like("lat|latitude|y ?lat|breitengrad|latitud|latitudine"),
        number_between(-90, 90),
        named=0.98,
    ),
    Rule(
        "longitude",
        words_like("lon|lng|long|longitude|x ?long?|längengrad|longitud|longitudine"),
        number_between(-180, 180),
        named=0.98,
    ),
    Rule(
        "phone",
        words_like(
            "phone|tel|telephone|telefon|telefono|teléfono|mobile|cell|fax|portable|handy|(?:home"
            "|work|cell|mobile|contact) ?(?:phone)?|phone ?number|telephone ?number|no appel|msisdn"
            f"|{said.PHONES}"
        ),
        values_like(r"\+?[\d\s().\-/x]{6,22}(?:ext\.? ?\d+)?"),
        named=0.8,
        personal=True,
        not_words=words_like("code|type|country"),
    ),
    Rule(
        "postal_code",
        words_like(
            "zip|zip ?code|post ?code|postal|postal ?code|code postal|plz|cap|cp|postleitzahl"
            "|codigo postal|zip ?plus ?4|postcode"
        ),
        values_like(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9 -]{1,9}"),
        named=0.8,
    ),
    Rule(
        "city",
        words_like(
            "(?:\\w+ )?(?:city|town|ville|stadt|ort|ciudad|comune|città|municipality|locality"
            "|commune|gemeinde|plaats|nom commune|city name)"
        ),
        ANY_TEXT,
        named=0.9,
        not_words=words_like("code|id|insee|state|type"),
    ),
    Rule(
        "street_address",
        words_like(
            "(?:street|strasse|straße|rue|calle|via|addr|address|adresse|direccion|indirizzo"
            "|adres)(?: ?(?:address|line|name|1|2))*|address 1|(?:street|mailing|postal|home"
            "|billing|shipping|office) address|address ?line ?1"
            f"|{said.ADDRESSES}"
        ),
        values_like(r"(?=.*[^\W\d_]).{4,160}"),
        named=0.8,
        personal=True,
        not_words=words_like(
            f"2|3|4|email|mail|ip|type|id|web|code|city|country|state|zip|mac|{said.OF_NO_PLACE}"
        ),
    ),
    Rule(
        "street_address",
        words_like(said.MAYBE_ADDRESSES),
        values_like(r"(?=.*[^\W\d_])(?=.*\d).{4,160}"),
        named=0.6,
        personal=True,
        not_words=words_like(f"email|mail|ip|type|id|web|code|mac|{said.OF_NO_PLACE}"),
    ),
    Rule(
        "first_name",
        words_like(
            "first ?name|given ?names?|forename|fname|prenom|prénom|vorname|nombre de pila|nome "
            f"proprio|christian name|{said.FIRST_NAMES}"
        ),
        ANY_TEXT,
        named=0.9,
        personal=True,
        not_words=words_like(said.OF_THINGS),
    ),
    Rule(
        "last_name",
        words_like(
            "last ?name|surname|family ?name|lname|nachname|familienname|apellidos?|cognome|nom "
            f"de famille|mothers ?maiden(?: name)?|maiden ?name|nom usage|{said.LAST_NAMES}"
        ),
        ANY_TEXT,
        named=0.9,
        personal=True,
    ),
    Rule(
        "person_name",
        words_like(
            "full ?name|person ?name|customer ?name|contact ?name|patient ?name|employee ?name"
            f"|cardholder|cardholder name|account ?holder|holder name|contact ?person|{said.FULL_NAMES}"
        ),
        ANY_TEXT,
        named=0.9,
        personal=True,
        not_words=words_like(said.OF_THINGS),
    ),
    Rule(
        "person_name",
        words_like(said.MAYBE_PERSONS),
        said.looks_like_person,
        named=said.MOST_ARE,
        personal=True,
        not_words=words_like("id|type|status|group|segment|code|no|number|count|class|kind|city|country"),
    ),
    Rule(
        "gender",
        words_like(f"gender|sex|sexe|geschlecht|genero|género|sesso|{said.GENDERS}"),
        values_like(
            r"m|f|male|female|man|woman|u|x|other|unknown|homme|femme|männlich|weiblich|d|w|0|1|2"
            rf"|9|non-?binary|{said.GENDER_VALUES}",
            re.IGNORECASE,
        ),
        named=0.95,
        personal=True,
    ),
    Rule(
        "date_of_birth",
        words_like(
            "dob|(?:birth|born|birthday|date of birth|birth ?date|date naissance|date de naissance"
            "|geburtsdatum|geburtstag|fecha nacimiento|data nascita|bday|d o b|birth ?day"
            f"|{said.BIRTHDAYS})"
        ),
        values_like(r".*\d{2}.*\d.*"),
        named=0.9,
        personal=True,
        not_words=words_like(said.NO_BIRTHDAY),
    ),
    Rule(
        "date_of_birth",
        words_like("geb"),
        values_like(said.DAYS),
        named=0.9,
        personal=True,
        not_words=words_like(said.NO_BIRTHDAY),
    ),
    Rule(
        "national_id",
        words_like(
            "ssn|social security(?: number)?|national ?id(?: ?(?:number|no))?|nino|nin"
            "|personnummer|codice fiscale|dni|nif|cpf|sin|aadhaar|nir|pesel|bsn|ahv|citizen id"
            "|national identity(?: number)?|identity ?number"
            f"|{said.NATIONAL_IDS}"
        ),
        values_like(r"(?=.*\d.*\d.*\d)[A-Za-z0-9 ./-]{5,24}"),
        named=0.8,
        personal=True,
        not_words=words_like(said.NO_IDS),
    ),
    Rule(
        "passport",
        words_like("passport(?: ?(?:number|no))?"),
        values_like(r"[A-Z0-9]{6,10}"),
        named=0.9,
        personal=True,
    ),
    Rule(
        "username",
        words_like(
            "user ?name|login|login ?id|user ?login|screen ?name|nick ?name|handle|benutzername"
            "|identifiant utilisateur"
        ),
        values_like(r"\S{2,64}"),
        named=0.9,
        personal=True,
    ),
    Rule(
        "password",
        words_like("password|passwd|pwd|mot de passe|passwort|contraseña|contrasena|pass ?phrase"),
        values_like(r"\S{4,}"),
        named=0.9,
        personal=True,
        not_words=words_like("hash|salt|hint|question|date|changed"),
    ),
    Rule(
        "secret",
        words_like(
            "secret|secrets|api ?key|(?:access|auth|authorization|refresh|session|bearer|csrf|api|id) ?token"
            "|(?:client|shared|consumer|app|application|webhook|signing) ?secret"
            "|(?:private|secret|access|signing|encryption|master|ssh|license) ?key|passcode|credential"
        ),
        values_like(r"(?=.*[\d_+/=-])\S{6,}"),
        named=0.8,
        not_words=words_like(
            "hash|salt|hint|type|name|count|total|expires|expiry|expiration|created|updated|date|time"
        ),
    ),
    Rule("secret", words_like("token"), values_like(r"(?=.*\d)(?=.*[A-Za-z])\S{12,}"), named=0.9),
    Rule("secret", words_like("token|key|secret|auth"), holds_a_key, named=0.5, alone=0.5),
    Rule(
        "company_name",
        words_like(
            "company|company ?name|employer|organi[sz]ation(?: name)?|issuer(?: name)?|legal ?name"
            "|corporation|firm|raison sociale|firma|unternehmen|empresa|societe|société|ragione "
            "sociale|vendor ?name|supplier ?name|entity legal name|business ?name|bank ?name"
        ),
        ANY_TEXT,
        named=0.85,
    ),
)
