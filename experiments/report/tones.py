"""How verdicts look: a tone, which is a colour wherever there are any, and a sign."""

# Word → (tone, sign): a verdict is told by its word and a sign, and never by a colour alone.
LOOKS = {
    "helps": ("good", "▲"),
    "helps (negligible)": ("good", "△"),
    "hurts": ("bad", "▼"),
    "hurts (negligible)": ("bad", "▽"),
    "equivalent": ("flat", "="),
    "no material gain": ("flat", "≤"),
    "unstable": ("wild", "!"),
    "undecided": ("open", "?"),
}


def tone(word: str) -> str:
    """CSS class of a verdict."""
    return LOOKS.get(word, ("none", "–"))[0]


def sign(word: str) -> str:
    """Sign of a verdict."""
    return LOOKS.get(word, ("none", "–"))[1]
