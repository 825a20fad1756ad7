"""Records that somebody saved with Python's `repr` instead of as JSON, read back; `huggingface` meets them in files.

Token by token into JSON, so that nothing is evaluated and nothing depends on how deep a hostile text is nested.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

#: characters; a recorded entry has ten thousand
_LONGEST: Final = 1_000_000
_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
      | (?P<word>True|False|None)
      | (?P<number>-?(?:0|[1-9]\d{0,300})(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?)(?![\w.])
      | (?P<mark>[\[\]{},:])
    )\s*""",
    re.VERBOSE | re.ASCII,
)
_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_SINGLE: Final = {"n": "\n", "r": "\r", "t": "\t"}
_WORDS: Final = {"True": "true", "False": "false", "None": "null"}


def read(text: str) -> Any:
    """The value of a text that `repr` wrote for dicts, lists, texts, numbers, True, False and None.

    Raises ValueError for any other text.
    """
    if len(text) > _LONGEST:
        raise ValueError("the text is too long")
    try:
        return json.loads("".join(_tokens(text)))
    except RecursionError as error:
        raise ValueError("the text is nested too deeply") from error


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise ValueError(f"the text is no value at character {at + 1}")
        tokens.append(_as_json(token))
        at = token.end()
    return tokens


def _as_json(token: re.Match[str]) -> str:
    if token["text"]:
        return json.dumps(_ESCAPE.sub(_unescaped, token["text"][1:-1]))
    if token["word"]:
        return _WORDS[token["word"]]
    return token["number"] or token["mark"]


def _unescaped(escape: re.Match[str]) -> str:
    digits = escape[1] or escape[2] or escape[3]
    if digits is None:
        return _SINGLE.get(escape[4], escape[4])
    code = int(digits, 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"
