"""Tell that a question is not in English, and what it names: names are the same in every language.

Words are stemmed, and meaning was learnt, in English: a question in another language meets little, and its
asker should hear why. What it names, an error code or an alert, stands in the articles all the same.
"""

import re

from knowledge.words import is_name

_LEAST_SAID = 2
_SCRIPTS = (
    ("Japanese", re.compile(r"[\u3040-\u30ff]")),
    ("Korean", re.compile(r"[\uac00-\ud7af]")),
    ("Chinese", re.compile(r"[\u4e00-\u9fff]")),
    ("in Cyrillic letters", re.compile(r"[\u0400-\u04ff]")),
    ("Greek", re.compile(r"[\u0370-\u03ff]{2}")),
    ("Arabic", re.compile(r"[\u0600-\u06ff]")),
    ("Hebrew", re.compile(r"[\u0590-\u05ff]")),
    ("Thai", re.compile(r"[\u0e00-\u0e7f]")),
    ("Hindi", re.compile(r"[\u0900-\u097f]")),
)
_ENGLISH = """
    a an and are be can could did do does for from had has have how i if in is it its me my no not of on
    or our should that the their then there these they this to was we were what when where which who why
    will with you your
    """
# Words that stand in nearly every question; those that mean much in English too are left out.
_SAID = {
    "German": """
    wie warum wieso wo wer wann welche welcher welches ist sind der das dem den des ein eine einen einem
    und nicht ich wir mit auf für zu im nun kann können soll muss tun bei wenn oder aber nach über neu
    wird werden gibt
    """,
    "French": """
    un une comment pourquoi où quand quel quelle quels est sont le la les une des du et ne pas je nous
    avec sur pour dans que qui faire faut peut que puis cette ce mon
    """,
    "Spanish": """
    un cómo como qué por dónde cuándo cuál es está el la los las una del y yo con para en hacer puedo debo
    se lo mi cuando este esta
    """,
    "Italian": """
    un come perché dove quando quale è sono il lo la gli le una della del dei e non io con per faccio
    posso fare che cosa si nel mio questo
    """,
    "Portuguese": """
    como por que onde quando qual é são o os uma do da dos e não eu com para em fazer posso devo faço está
    meu
    """,
    "Dutch": """
    hoe waarom waar wanneer welke wat zijn het een en niet ik wij met op voor te doen kan moet naar bij
    als deze
    """,
    "Polish": "jak dlaczego gdzie kiedy który jest są nie i w na z do co czy się zrobić mogę po dla",
    "Turkish": "neden nerede ne zaman hangi ve bir bu için ile değil mi nereye kim",
    "Swedish": "hur varför var när vilken är och inte jag vi med på för att en ett gör kan ska om den",
}
_ENGLISH_WORDS = frozenset(_ENGLISH.split())
_WORDS = {language: frozenset(said.split()) - _ENGLISH_WORDS for language, said in _SAID.items()}


def foreign_language(text: str) -> str:
    """Return the language of a question, as a sentence names it; nothing for English and short ones."""
    # Whole words only: paths and names of files hold syllables of every language.
    words = [word for piece in text.lower().split() if (word := piece.strip(".,;:!?¿¡()\"'")).isalpha()]
    english = sum(word in _ENGLISH_WORDS for word in words)
    if english >= _LEAST_SAID and english >= 0.2 * len(words):
        return ""
    for language, script in _SCRIPTS:
        if script.search(text):
            return language
    # Different words: "rows per file per table" is English.
    counts = {language: len(said.intersection(words)) for language, said in _WORDS.items()}
    language, most = max(counts.items(), key=lambda each: each[1])
    return language if most >= _LEAST_SAID and most > english else ""


def names_in(text: str) -> str:
    """Return the names of things in a question, such as `CLR-041` and `KubePodCrashLooping`, as one text."""
    return " ".join(
        dict.fromkeys(word for word in re.findall(r"[A-Za-z0-9][\w./:-]*\w", text, re.ASCII) if is_name(word))
    )
