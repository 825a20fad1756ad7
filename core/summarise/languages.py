"""The languages that summaries can be read in: what people call them, and their tags.

A person types `German`, `deutsch`, `de` or `de-AT`, and the subscription keeps `de`: one tag for each language, so that
a summary is written once for all who read it. Pure.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from rapidfuzz import fuzz, process

from core.errors import BadSetting
from core.speech import _, language_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language to read in."""

    #: IETF tag, the shortest: `de`, `pt-BR`
    tag: str
    #: in English
    name: str
    #: in the language itself
    own_name: str


#: the language that abstracts are written in
_OF_ABSTRACTS: Final = "en"
#: tag: name in English / name in the language / other names
_LANGUAGES: Final = """
en: English / English
zh: Chinese / 中文 / Simplified Chinese / Mandarin / 简体中文 / 汉语 / 普通话
zh-Hant: Traditional Chinese / 繁體中文 / 繁体中文 / 正體中文 / Chinese (Traditional)
de: German / Deutsch
fr: French / français
es: Spanish / español / castellano
ja: Japanese / 日本語
ko: Korean / 한국어
pt: Portuguese / português
pt-BR: Brazilian Portuguese / português brasileiro / português do Brasil / Brazilian
it: Italian / italiano
ru: Russian / русский
ar: Arabic / العربية
hi: Hindi / हिन्दी / हिंदी
nl: Dutch / Nederlands / Flemish
pl: Polish / polski
tr: Turkish / Türkçe
sv: Swedish / svenska
da: Danish / dansk
nb: Norwegian / norsk / bokmål / Norwegian Bokmål / no
fi: Finnish / suomi
is: Icelandic / íslenska
cs: Czech / čeština
sk: Slovak / slovenčina
sl: Slovenian / slovenščina / Slovene
hr: Croatian / hrvatski
sr: Serbian / српски / srpski
bs: Bosnian / bosanski
mk: Macedonian / македонски
bg: Bulgarian / български
uk: Ukrainian / українська
be: Belarusian / беларуская
hu: Hungarian / magyar
ro: Romanian / română
el: Greek / ελληνικά
he: Hebrew / עברית / iw
fa: Persian / فارسی / Farsi
ur: Urdu / اردو
bn: Bengali / বাংলা / Bangla
ta: Tamil / தமிழ்
te: Telugu / తెలుగు
mr: Marathi / मराठी
gu: Gujarati / ગુજરાતી
kn: Kannada / ಕನ್ನಡ
ml: Malayalam / മലയാളം
pa: Punjabi / ਪੰਜਾਬੀ
ne: Nepali / नेपाली
si: Sinhala / සිංහල
th: Thai / ไทย / ภาษาไทย
vi: Vietnamese / Tiếng Việt
id: Indonesian / Bahasa Indonesia
ms: Malay / Bahasa Melayu
tl: Filipino / Filipino / Tagalog / fil
km: Khmer / ខ្មែរ
lo: Lao / ລາວ
my: Burmese / မြန်မာ
ka: Georgian / ქართული
hy: Armenian / հայերեն
az: Azerbaijani / azərbaycanca
kk: Kazakh / қазақша
mn: Mongolian / монгол
et: Estonian / eesti
lv: Latvian / latviešu
lt: Lithuanian / lietuvių
ca: Catalan / català
gl: Galician / galego
eu: Basque / euskara
ga: Irish / Gaeilge
cy: Welsh / Cymraeg
sq: Albanian / shqip
sw: Swahili / Kiswahili
am: Amharic / አማርኛ
af: Afrikaans / Afrikaans
eo: Esperanto / Esperanto
"""  # not said: names, of which `spoken_language_name` says one
#: tags with a script or a region that mean another language than their first part
_REGIONAL: Final[Mapping[str, str]] = MappingProxyType(
    {**dict.fromkeys(("zh-hant", "zh-tw", "zh-hk", "zh-mo"), "zh-Hant"), "pt-br": "pt-BR"}
)


def _read(line: str) -> tuple[Language, tuple[str, ...]]:
    tag, _colon, names = line.partition(": ")
    name, own_name, *other_names = names.split(" / ")
    return Language(tag=tag, name=name, own_name=own_name), (tag, name, own_name, *other_names)


def _fold(name: str) -> str:
    """Lower case without accents, as people type names of languages."""
    apart = unicodedata.normalize("NFKD", name.strip().casefold())
    return unicodedata.normalize("NFC", "".join(char for char in apart if not "\u0300" <= char <= "\u036f"))


_READ: Final = tuple(map(_read, _LANGUAGES.strip().splitlines()))
LANGUAGES: Final = tuple(language for language, _names in _READ)
_BY_TAG: Final[Mapping[str, Language]] = MappingProxyType({language.tag: language for language in LANGUAGES})
_BY_NAME: Final[Mapping[str, Language]] = MappingProxyType(
    {_fold(name): language for language, names in _READ for name in names}
)


def parse_language(text: str) -> Language:
    """The language of a tag, or of a name in English or its own. Raises BadSetting, which names the nearest."""
    name = _fold(text[:60])
    if language := _BY_NAME.get(name) or _by_tag(name):
        return language
    near = process.extractOne(name, _BY_NAME.keys(), scorer=fuzz.ratio, score_cutoff=70)
    nearest = _BY_NAME[near[0]] if near else None
    hint = _("Write a name or a tag, for example German, de or 中文.")
    if nearest:
        hint = _("Did you mean {suggestion}?", suggestion=f"{nearest.name} ({nearest.tag})")
    raise BadSetting(_("'{text}' is no language that Paperboy can write.", text=text[:40]), hint=hint)


def language_name(tag: str) -> str:
    """A language's name in English, for models; the tag itself where it is none of ours."""
    return language.name if (language := _find_language(tag)) else tag


def spoken_language_name(tag: str) -> str:
    """A language's name as people read it, in the language that is spoken; the tag itself where it is none of ours."""
    return language_text(language.tag, language.name) if (language := _find_language(tag)) else tag


def is_same_language(first: str, second: str) -> bool:
    """Do two tags mean one way of writing, as `en` and `en-GB` do?"""
    return _shortest(first) == _shortest(second)


def unserved_note(language: str, *, has_model: bool) -> str:
    """Tell people that summaries stay in the abstracts' English; empty where they are in their language."""
    if has_model or is_same_language(language, _OF_ABSTRACTS):
        return ""
    return _(
        "Summaries in {language} need a language model, and none is configured: they stay in {original}, as the "
        "abstracts are written.",
        language=spoken_language_name(language),
        original=spoken_language_name(_OF_ABSTRACTS),
    )


def _by_tag(tag: str) -> Language | None:
    parts = tag.replace("_", "-").split("-")
    if len(parts) < 2 or not all(part.isalnum() and part.isascii() and len(part) <= 8 for part in parts):
        return None
    return _BY_TAG.get(_REGIONAL.get("-".join(parts[:2]), "")) or _BY_TAG.get(parts[0])


def _find_language(tag: str) -> Language | None:
    return _BY_TAG.get(tag) or _by_tag(_fold(tag))


def _shortest(tag: str) -> str:
    return language.tag if (language := _find_language(tag)) else tag
