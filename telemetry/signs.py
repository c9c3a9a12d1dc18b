"""Bring the sign of a number to its front, whatever stands between the two."""


def sign_led(text: str, affix: str, negative: str) -> str:
    """Return a number without the text beside it, its sign in front.

    Args:
        text: The number, without blanks.
        affix: What stands beside it, such as a currency; may be empty.
        negative: `trailing` or `parentheses`, where the sign of negative numbers does not lead.
    """
    plain, sign = text.replace("\N{MINUS SIGN}", "-"), ""
    for _ in range(2):  # the sign stands on either side of the unit
        if not sign and plain[:1] in ("+", "-"):
            sign, plain = plain[0], plain[1:]
        elif not sign and negative == "trailing" and plain.endswith("-"):
            sign, plain = "-", plain[:-1]
        elif not sign and negative == "parentheses" and plain.startswith("(") and plain.endswith(")"):
            sign, plain = "-", plain[1:-1]
        plain = plain.removeprefix(affix).removesuffix(affix)
    return sign + plain
