"""The code lists that the standards publish: ISO 3166-1 countries, ISO 4217 currencies, ISO 639 languages."""

from config_gen.types.wordlists import word_set

COUNTRIES: tuple[tuple[str, str, str], ...] = tuple(
    (line[:2], line[3:6], line[7:])
    for line in """\
AD AND Andorra|AE ARE United Arab Emirates|AF AFG Afghanistan|AG ATG Antigua and Barbuda|AI AIA Anguilla|AL ALB Albania|AM ARM Armenia|AO AGO Angola
AQ ATA Antarctica|AR ARG Argentina|AS ASM American Samoa|AT AUT Austria|AU AUS Australia|AW ABW Aruba|AX ALA Åland Islands|AZ AZE Azerbaijan
BA BIH Bosnia and Herzegovina|BB BRB Barbados|BD BGD Bangladesh|BE BEL Belgium|BF BFA Burkina Faso|BG BGR Bulgaria|BH BHR Bahrain|BI BDI Burundi
BJ BEN Benin|BL BLM Saint Barthélemy|BM BMU Bermuda|BN BRN Brunei Darussalam|BO BOL Bolivia|BQ BES Bonaire, Sint Eustatius and Saba|BR BRA Brazil
BS BHS Bahamas|BT BTN Bhutan|BV BVT Bouvet Island|BW BWA Botswana|BY BLR Belarus|BZ BLZ Belize|CA CAN Canada|CC CCK Cocos (Keeling) Islands
CD COD Congo, Democratic Republic of the|CF CAF Central African Republic|CG COG Congo|CH CHE Switzerland|CI CIV Côte d'Ivoire|CK COK Cook Islands
CL CHL Chile|CM CMR Cameroon|CN CHN China|CO COL Colombia|CR CRI Costa Rica|CU CUB Cuba|CV CPV Cabo Verde|CW CUW Curaçao|CX CXR Christmas Island
CY CYP Cyprus|CZ CZE Czechia|DE DEU Germany|DJ DJI Djibouti|DK DNK Denmark|DM DMA Dominica|DO DOM Dominican Republic|DZ DZA Algeria|EC ECU Ecuador
EE EST Estonia|EG EGY Egypt|EH ESH Western Sahara|ER ERI Eritrea|ES ESP Spain|ET ETH Ethiopia|FI FIN Finland|FJ FJI Fiji|FK FLK Falkland Islands
FM FSM Micronesia|FO FRO Faroe Islands|FR FRA France|GA GAB Gabon|GB GBR United Kingdom|GD GRD Grenada|GE GEO Georgia|GF GUF French Guiana
GG GGY Guernsey|GH GHA Ghana|GI GIB Gibraltar|GL GRL Greenland|GM GMB Gambia|GN GIN Guinea|GP GLP Guadeloupe|GQ GNQ Equatorial Guinea|GR GRC Greece
GS SGS South Georgia and the South Sandwich Islands|GT GTM Guatemala|GU GUM Guam|GW GNB Guinea-Bissau|GY GUY Guyana|HK HKG Hong Kong
HM HMD Heard Island and McDonald Islands|HN HND Honduras|HR HRV Croatia|HT HTI Haiti|HU HUN Hungary|ID IDN Indonesia|IE IRL Ireland|IL ISR Israel
IM IMN Isle of Man|IN IND India|IO IOT British Indian Ocean Territory|IQ IRQ Iraq|IR IRN Iran|IS ISL Iceland|IT ITA Italy|JE JEY Jersey|JM JAM Jamaica
JO JOR Jordan|JP JPN Japan|KE KEN Kenya|KG KGZ Kyrgyzstan|KH KHM Cambodia|KI KIR Kiribati|KM COM Comoros|KN KNA Saint Kitts and Nevis|KP PRK North Korea
KR KOR South Korea|KW KWT Kuwait|KY CYM Cayman Islands|KZ KAZ Kazakhstan|LA LAO Laos|LB LBN Lebanon|LC LCA Saint Lucia|LI LIE Liechtenstein
LK LKA Sri Lanka|LR LBR Liberia|LS LSO Lesotho|LT LTU Lithuania|LU LUX Luxembourg|LV LVA Latvia|LY LBY Libya|MA MAR Morocco|MC MCO Monaco|MD MDA Moldova
ME MNE Montenegro|MF MAF Saint Martin|MG MDG Madagascar|MH MHL Marshall Islands|MK MKD North Macedonia|ML MLI Mali|MM MMR Myanmar|MN MNG Mongolia
MO MAC Macao|MP MNP Northern Mariana Islands|MQ MTQ Martinique|MR MRT Mauritania|MS MSR Montserrat|MT MLT Malta|MU MUS Mauritius|MV MDV Maldives
MW MWI Malawi|MX MEX Mexico|MY MYS Malaysia|MZ MOZ Mozambique|NA NAM Namibia|NC NCL New Caledonia|NE NER Niger|NF NFK Norfolk Island|NG NGA Nigeria
NI NIC Nicaragua|NL NLD Netherlands|NO NOR Norway|NP NPL Nepal|NR NRU Nauru|NU NIU Niue|NZ NZL New Zealand|OM OMN Oman|PA PAN Panama|PE PER Peru
PF PYF French Polynesia|PG PNG Papua New Guinea|PH PHL Philippines|PK PAK Pakistan|PL POL Poland|PM SPM Saint Pierre and Miquelon|PN PCN Pitcairn
PR PRI Puerto Rico|PS PSE Palestine|PT PRT Portugal|PW PLW Palau|PY PRY Paraguay|QA QAT Qatar|RE REU Réunion|RO ROU Romania|RS SRB Serbia
RU RUS Russian Federation|RW RWA Rwanda|SA SAU Saudi Arabia|SB SLB Solomon Islands|SC SYC Seychelles|SD SDN Sudan|SE SWE Sweden|SG SGP Singapore
SH SHN Saint Helena|SI SVN Slovenia|SJ SJM Svalbard and Jan Mayen|SK SVK Slovakia|SL SLE Sierra Leone|SM SMR San Marino|SN SEN Senegal|SO SOM Somalia
SR SUR Suriname|SS SSD South Sudan|ST STP Sao Tome and Principe|SV SLV El Salvador|SX SXM Sint Maarten|SY SYR Syria|SZ SWZ Eswatini
TC TCA Turks and Caicos Islands|TD TCD Chad|TF ATF French Southern Territories|TG TGO Togo|TH THA Thailand|TJ TJK Tajikistan|TK TKL Tokelau
TL TLS Timor-Leste|TM TKM Turkmenistan|TN TUN Tunisia|TO TON Tonga|TR TUR Turkey|TT TTO Trinidad and Tobago|TV TUV Tuvalu|TW TWN Taiwan|TZ TZA Tanzania
UA UKR Ukraine|UG UGA Uganda|UM UMI United States Minor Outlying Islands|US USA United States|UY URY Uruguay|UZ UZB Uzbekistan|VA VAT Holy See
VC VCT Saint Vincent and the Grenadines|VE VEN Venezuela|VG VGB British Virgin Islands|VI VIR US Virgin Islands|VN VNM Viet Nam|VU VUT Vanuatu
WF WLF Wallis and Futuna|WS WSM Samoa|YE YEM Yemen|YT MYT Mayotte|ZA ZAF South Africa|ZM ZMB Zambia|ZW ZWE Zimbabwe""".replace(
        "\n", "|"
    ).split("|")
)
COUNTRY_ALPHA2 = frozenset(row[0] for row in COUNTRIES) | {"XK", "UK", "EU"}
COUNTRY_ALPHA3 = frozenset(row[1] for row in COUNTRIES)
_OTHER_NAMES = (
    "russia|czech republic|usa|united states of america|great britain|england|scotland|wales|uk|vietnam|ivory coast|macedonia|swaziland|cape verde|burma|türkiye"
    "|korea|republic of korea|macau|bolivia (plurinational state of)|iran (islamic republic of)|brunei|vatican city|kosovo|the netherlands|holland|east timor"
    "|deutschland|france|allemagne|espagne|italie|suisse|belgique|royaume-uni|etats-unis|états-unis|österreich|schweiz|italia|españa|brasil|polska|nederland"
    "|republic of ireland|dr congo|democratic republic of the congo|republic of the congo|congo (democratic republic of the)|syrian arab republic|lao"
    "|hong kong sar|people's republic of china|korea (republic of)|tanzania, united republic of|moldova, republic of|venezuela (bolivarian republic of)"
)


def plain_name(name: str) -> str:
    """Return a name in lower case without articles, brackets and marks, for comparing."""
    text = name.lower().replace("&", "and").split("(")[0].split(",")[0].split("[")[0].strip(" .")
    return text.removeprefix("the ").replace("st. ", "saint ").replace("’", "'").strip()


COUNTRY_NAMES = frozenset(plain_name(row[2]) for row in COUNTRIES) | frozenset(
    plain_name(name) for name in _OTHER_NAMES.split("|")
)
_CURRENCY_ROWS = [
    "AED784",
    "AFN971",
    "ALL008",
    "AMD051",
    "ANG532",
    "AOA973",
    "ARS032",
    "AUD036",
    "AWG533",
    "AZN944",
    "BAM977",
    "BBD052",
    "BDT050",
    "BGN975",
    "BHD048",
    "BIF108",
    "BMD060",
    "BND096",
    "BOB068",
    "BOV984",
    "BRL986",
    "BSD044",
    "BTN064",
    "BWP072",
    "BYN933",
    "BZD084",
    "CAD124",
    "CDF976",
    "CHE947",
    "CHF756",
    "CHW948",
    "CLF990",
    "CLP152",
    "CNY156",
    "COP170",
    "COU970",
    "CRC188",
    "CUC931",
    "CUP192",
    "CVE132",
    "CZK203",
    "DJF262",
    "DKK208",
    "DOP214",
    "DZD012",
    "EGP818",
    "ERN232",
    "ETB230",
    "EUR978",
    "FJD242",
    "FKP238",
    "GBP826",
    "GEL981",
    "GHS936",
    "GIP292",
    "GMD270",
    "GNF324",
    "GTQ320",
    "GYD328",
    "HKD344",
    "HNL340",
    "HRK191",
    "HTG332",
    "HUF348",
    "IDR360",
    "ILS376",
    "INR356",
    "IQD368",
    "IRR364",
    "ISK352",
    "JMD388",
    "JOD400",
    "JPY392",
    "KES404",
    "KGS417",
    "KHR116",
    "KMF174",
    "KPW408",
    "KRW410",
    "KWD414",
    "KYD136",
    "KZT398",
    "LAK418",
    "LBP422",
    "LKR144",
    "LRD430",
    "LSL426",
    "LYD434",
    "MAD504",
    "MDL498",
    "MGA969",
    "MKD807",
    "MMK104",
    "MNT496",
    "MOP446",
    "MRU929",
    "MUR480",
    "MVR462",
    "MWK454",
    "MXN484",
    "MXV979",
    "MYR458",
    "MZN943",
    "NAD516",
    "NGN566",
    "NIO558",
    "NOK578",
    "NPR524",
    "NZD554",
    "OMR512",
    "PAB590",
    "PEN604",
    "PGK598",
    "PHP608",
    "PKR586",
    "PLN985",
    "PYG600",
    "QAR634",
    "RON946",
    "RSD941",
    "RUB643",
    "RWF646",
    "SAR682",
    "SBD090",
    "SCR690",
    "SDG938",
    "SEK752",
    "SGD702",
    "SHP654",
    "SLE925",
    "SLL694",
    "SOS706",
    "SRD968",
    "SSP728",
    "STN930",
    "SVC222",
    "SYP760",
    "SZL748",
    "THB764",
    "TJS972",
    "TMT934",
    "TND788",
    "TOP776",
    "TRY949",
    "TTD780",
    "TWD901",
    "TZS834",
    "UAH980",
    "UGX800",
    "USD840",
    "USN997",
    "UYI940",
    "UYU858",
    "UYW927",
    "UZS860",
    "VED926",
    "VES928",
    "VND704",
    "VUV548",
    "WST882",
    "XAF950",
    "XAG961",
    "XAU959",
    "XBA955",
    "XBB956",
    "XBC957",
    "XBD958",
    "XCD951",
    "XDR960",
    "XOF952",
    "XPD964",
    "XPF953",
    "XPT962",
    "XSU994",
    "XTS963",
    "XUA965",
    "XXX999",
    "YER886",
    "ZAR710",
    "ZMW967",
    "ZWL932",
]
_FORMER_CURRENCIES = word_set(
    """
    ATS BEF DEM ESP FIM FRF GRD IEP ITL LUF NLG PTE EEK LTL LVL SIT SKK MTL CYP BGL BGK ROL TRL RUR
    PLZ YUM CSD CSK CSJ ADP AFA AON AOR AOK AZM BRC BRE BRN BRR BRB BUK BYB BYR ECS ECV GHC GNE GNS
    GQE GWE GWP ISJ LAJ MGF MLF MVQ MXP MZE MZM MRO NIC PEH PEI PES SDD SDP SRG STD SUR TJR TMM TPE
    UAK UGS UGW UYN UYP VEB VEF VNC XFO XFU XRE XEU YDD YUD YUN ZAL ZMK ZRN ZRZ ZWC ZWD ZWN ZWR CNX
    BOP ARA ARP ARY ALK AYM BAD BEC BEL BGJ CHC DDM ESA ESB GEK HRD IDR ILP ILR LSM LTT LUC LUL LVR
    RHD ROK SDP USS ZWG XCG
    """
)
CURRENCIES = frozenset(row[:3] for row in _CURRENCY_ROWS) | _FORMER_CURRENCIES
CURRENCY_NUMBERS = frozenset(row[3:] for row in _CURRENCY_ROWS)
LANGUAGE2 = word_set(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da
    de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz
    ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln
    lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi
    pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th
    ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """
)
LANGUAGE3 = word_set(
    """
    aar abk ace ach ada ady afa afh afr ain aka akk alb ale alg alt amh ang anp apa ara arc arg arm
    arn arp art arw asm ast ath aus ava ave awa aym aze bad bai bak bal bam ban baq bas bat bej bel
    bem ben ber bho bih bik bin bis bla bnt bod bos bra bre btk bua bug bul bur byn cad cai car cat
    cau ceb cel ces cha chb che chg chi chk chm chn cho chp chr chu chv chy cmc cnr cop cor cos cpe
    cpf cpp cre crh crp csb cus cym cze dak dan dar day del den deu dgr din div doi dra dsb dua dum
    dut dyu dzo efi egy eka ell elx eng enm epo est eus ewe ewo fan fao fas fat fij fil fin fiu fon
    fra fre frm fro frr frs fry ful fur gaa gay gba gem geo ger gez gil gla gle glg glv gmh goh gon
    gor got grb grc gre grn gsw guj gwi hai hat hau haw heb her hil him hin hit hmn hmo hrv hsb hun
    hup hye iba ibo ice ido iii ijo iku ile ilo ina inc ind ine inh ipk ira iro isl ita jav jbo jpn
    jpr jrb kaa kab kac kal kam kan kar kas kat kau kaw kaz kbd kha khi khm kho kik kin kir kmb kok
    kom kon kor kos kpe krc krl kro kru kua kum kur kut lad lah lam lao lat lav lez lim lin lit lol
    loz ltz lua lub lug lui lun luo lus mac mad mag mah mai mak mal man mao map mar mas may mdf mdr
    men mga mic min mis mkd mkh mlg mlt mnc mni mno moh mon mos mri msa mul mun mus mwl mwr mya myn
    myv nah nai nap nau nav nbl nde ndo nds nep new nia nic niu nld nno nob nog non nor nqo nso nub
    nwc nya nym nyn nyo nzi oci oji ori orm osa oss ota oto paa pag pal pam pan pap pau peo per phi
    phn pli pol pon por pra pro pus que raj rap rar roa roh rom ron rum run rup rus sad sag sah sai
    sal sam san sas sat scn sco sel sem sga sgn shn sid sin sio sit sla slk slo slv sma sme smi smj
    smn smo sms sna snd snk sog som son sot spa sqi srd srn srp srr ssa ssw suk sun sus sux swa swe
    syc syr tah tai tam tat tel tem ter tet tgk tgl tha tib tig tir tiv tkl tlh tli tmh tog ton tpi
    tsi tsn tso tuk tum tup tur tut tvl twi tyv udm uga uig ukr umb und urd uzb vai ven vie vol vot
    wak wal war was wel wen wln wol xal xho yao yap yid yor ypk zap zbl zen zgh zha zho znd zul zun
    zxx zza
    """
)
LANGUAGE_NAMES = word_set(
    """
    afar abkhazian avestan afrikaans akan amharic aragonese arabic assamese avaric aymara
    azerbaijani bashkir belarusian bulgarian bihari bislama bambara bengali tibetan breton bosnian
    catalan chechen chamorro corsican cree czech church chuvash welsh danish german divehi dzongkha
    ewe greek english esperanto spanish estonian basque persian fulah finnish fijian faroese french
    western irish gaelic galician guarani gujarati manx hausa hebrew hindi hiri croatian haitian
    hungarian armenian herero interlingua indonesian interlingue igbo sichuan inupiaq ido icelandic
    italian inuktitut japanese javanese georgian kongo kikuyu kuanyama kazakh kalaallisut khmer
    kannada korean kanuri kashmiri kurdish komi cornish kirghiz latin luxembourgish ganda limburgan
    lingala lao lithuanian luba latvian malagasy marshallese maori macedonian malayalam mongolian
    marathi malay maltese burmese nauru norwegian ndebele nepali ndonga dutch navajo chichewa
    occitan ojibwa oromo oriya ossetian panjabi punjabi pali polish pushto pashto portuguese quechua
    romansh rundi romanian russian kinyarwanda sanskrit sardinian sindhi sami sango sinhala slovak
    slovenian samoan shona somali albanian serbian swati sotho sundanese swedish swahili tamil
    telugu tajik thai tigrinya turkmen tagalog tswana tonga turkish tsonga tatar twi tahitian uighur
    ukrainian urdu uzbek venda vietnamese volapük walloon wolof xhosa yiddish yoruba zhuang chinese
    mandarin cantonese zulu filipino farsi flemish
    """
)
