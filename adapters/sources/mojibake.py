"""Text in UTF-8 that somebody decoded as Latin-1 or Windows-1252, once or twice, repaired: `JosÃ©` -> `José`.

`adapters.sources.text` calls it for every text with letters beyond ASCII. ftfy repairs, and only where one of the pairs
below leaves no doubt: `10 Å²`, `CAFÉ”`, `NÃO`, `⟨Â²⟩` and `2×³He` are real text. Nothing else of a text is changed.
"""

from __future__ import annotations

import re
from typing import Final

#: what the second byte of a character in UTF-8 looks like: in Latin-1, and in Windows-1252
_HIGH: Final = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
#: of these, what stands behind units, operators and letters as an exponent or a tolerance
_SIGN: Final = "²³¹±°"
_TAIL: Final = rf"[{_HIGH}](?<![{_SIGN}])"
#: what closes a word in capitals: `CAFÉ”`, `NÃO…`
_CLOSES: Final = "[\xa0’”…–—™›»«‘“]"
_IS_CLOSED: Final = rf"(?<=[A-ZÀ-Þ]){{lead}}{_CLOSES}(?![A-Za-z])"
_CERTAIN: Final = "|".join(
    (
        # twice
        rf"Ã[ƒ„…\x83-\x85]Â[{_HIGH}]",
        # Windows-1252 taken for Latin-1: controls that nobody writes
        "[\x80-\x84\x86-\x9f]",
        rf"Â(?![†‡’”…–—])(?:{_TAIL}|°)|(?<=[A-Za-z0-9])Â[’”…–—²³¹]|(?<=[\d\s%])Â±(?=\s?\d)",
        rf"(?!{_IS_CLOSED.format(lead='Ã')})Ã{_TAIL}|(?<=[A-Za-z])Ã[{_SIGN}]|Ã[{_SIGN}](?=[a-z])",
        rf"(?!{_IS_CLOSED.format(lead='[ÄÅ]')})(?<=[A-Za-z])[ÄÅ]{_TAIL}|[ÄÅ](?!\xa0){_TAIL}(?=[a-z])",
        r"Ä[±°]|(?<=[A-Za-z])Å[±°](?=[a-z])",
        rf"(?!{_IS_CLOSED.format(lead='[ÎÏÐÑ]')})[ÎÏÐÑ](?:{_TAIL}|[±°])|[ÎÏ][²³¹](?=[-\w])|(?<=\w-)[ÎÏ][²³¹]",
        rf"(?:[×-ÙÎ-Ñ][{_HIGH}]){{2}}",
        rf"[âã][{_HIGH}]{{2}}|á[»º][{_HIGH}]|(?:[à-ï][{_HIGH}]{{2}}){{2}}|ð[Ÿ\x9f][{_HIGH}]{{2}}|ï[¬»][{_HIGH}]",
    )
)
#: what ftfy would take for a part of it, and may be real: a letter before a space, or with an exponent
_DOUBTFUL: Final = rf"[À-ÿ](?=[{_SIGN}])|[ÂÃâà](?= )"
_PAIRS: Final = re.compile(rf"(?P<certain>{_CERTAIN})|{_DOUBTFUL}")
#: within a word or at its beginning; ftfy leaves those that it meets rarely
_IN_WORD: Final = re.compile(
    rf"(?<=[A-Za-z])[ÃÄÅÇ](?:(?![\xa0\xad]){_TAIL}(?=[a-z])|[ŸŽž])|(?<![^\W_])[ÄÅ][ŠŽšžŸœ](?=[a-z])"
)
_EVIDENCE: Final = re.compile(_CERTAIN)
#: evidence has such a pair, or such a control; looking for it costs a tenth
_SUSPICIOUS: Final = re.compile(rf"[\x80-\x9f\xc0-\xf0](?:(?<=[\x80-\x9f])|[{_HIGH}])")
#: stands between the two halves of what may be real, so that nothing takes them for one character
_SEPARATOR: Final = "\ufdd0"


def is_suspicious(text: str) -> bool:
    """True of every text that `repair` would change, and of few others."""
    return not text.isascii() and bool(_SUSPICIOUS.search(text))


def repair(text: str) -> str:
    """The text as it was before it was decoded wrongly; the same text where that is not certain."""
    if not is_suspicious(text) or not _EVIDENCE.search(text):
        return text
    import ftfy  # takes a tenth of a second, and most runs never meet such a text

    config = ftfy.TextFixerConfig(restore_byte_a0=False, replace_lossy_sequences=False, explain=False)
    separated_text = _PAIRS.sub(lambda match: match[0] if match["certain"] else f"{match[0]}{_SEPARATOR}", text)
    return _IN_WORD.sub(_read_again, ftfy.fix_encoding(separated_text, config).replace(_SEPARATOR, ""))


def _read_again(match: re.Match[str]) -> str:
    try:
        return match[0].encode("sloppy-windows-1252").decode()
    except UnicodeError:
        return match[0]
