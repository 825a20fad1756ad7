"""What a person who is still typing may mean: categories, people, papers of this channel, zones, settings, commands.

Command files say with these what completes their own arguments. Each looks at a bounded number of things, because a
platform asks at every key and waits for three seconds.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Final

from core.channels import Changers, Depth, LateDay, Layout, QuietDay
from core.converse.command import Command
from core.converse.options import Completion
from core.converse.spec import Services
from core.deliver.footer import SOURCE_NAMES
from core.errors import BadCategory
from core.papers.categories import canonical, describe_category, find_categories
from core.papers.paper import Paper
from core.papers.search import SearchQuery, Term
from core.papers.taxonomy import NAMES, SUBJECT_AREAS
from core.posts.tree import Action, is_carried
from core.speech import N_, _
from core.summarise.languages import LANGUAGES
from core.text.readable import clip_text, shorten
from core.text.times import known_zones
from core.text.words import fold

#: what one answer offers
MOST: Final = 25
#: days of which a channel's papers are offered, and papers that are looked at
_RECENT: Final = timedelta(days=14)
_MOST_RECENT: Final = 100
#: characters of a button
_LONGEST_LABEL: Final = 40
#: characters from which all stored papers are looked through
_FEWEST: Final = 3
#: subjects that most channels begin with
LIKELY: Final = ("cs.LG", "cs.CL", "cs.CV", "cs.AI", "cs.RO", "stat.ML", "quant-ph", "math.OC", "biorxiv:neuroscience")
_FILTER: Final = re.compile(r"(?P<before>(?:.*\s)?)(?P<name>in|author|since|from):\"?(?P<value>[^\"]*)", re.DOTALL)

#: the word that is being typed, which may stand in a phrase or be left out
_WORD_AT_END: Final = re.compile(r"(?:^|(?<=[\s\"(-]))[^\W_][\w'-]*$")

Completions = Callable[[Services, Command], Awaitable[tuple[Completion, ...]]]


def fitting(choices: Iterable[tuple[str, str]], typed: str, *, before: str = "") -> tuple[Completion, ...]:
    """Those of some choices (what is typed, what is read) that have all the words; those that begin so come first."""
    words = fold(typed).split()
    found = [
        (not fold(label).startswith(fold(typed)), place, value, label)
        for place, (value, label) in enumerate(choices)
        if all(word in fold(f"{value} {label}") for word in words)
    ]
    return tuple(Completion(label=label, arguments=f"{before}{value}") for *_, value, label in sorted(found)[:MOST])


def buttons(name: str, offered: Sequence[Completion], *, most: int = 5) -> tuple[Action, ...]:
    """The first of them as buttons, for platforms that complete nothing; what is too long for a button is left out."""
    carried = [one for one in offered if is_carried(one.arguments)]
    return tuple(
        Action(name=name, label=shorten(one.label, _LONGEST_LABEL), arguments=one.arguments) for one in carried[:most]
    )


def of_values(*values: str) -> Completions:
    """One of these, which are read as they are typed."""

    async def complete(_services: Services, command: Command) -> tuple[Completion, ...]:
        return fitting(((value, value) for value in values), command.arguments.strip())

    return complete


def category(services: Services, typed: str, *, before: str = "", lead: str = "") -> tuple[Completion, ...]:
    """Categories by code and by name, and feeds; those that channels begin with, where nothing is typed."""
    wanted = typed.strip()
    feeds = [(f"{lead}feed:{name}", f"feed:{name}") for name in services.feeds or ()]
    if not wanted:
        likely = [(f"{lead}{_typed(one)}", _described(one)) for one in LIKELY]
        return fitting([*likely, *feeds], "", before=before)
    named = [(f"{lead}{_typed(one)}", _described(one)) for one in find_categories(wanted, most=5)]
    spelled = fitting([*((f"{lead}{_typed(one)}", _described(one)) for one in _all()), *feeds], wanted, before=before)
    words = tuple(Completion(label=label, arguments=f"{before}{value}") for value, label in named)
    by_code = tuple(one for one in spelled if fold(one.label).startswith(fold(wanted)))
    return tuple(dict.fromkeys((*by_code, *words, *spelled)))[:MOST]


async def people(
    services: Services,
    command: Command,
    typed: str,
    *,
    before: str = "",
    form: str = "{}",
    are_followed: bool | None = None,
) -> tuple[Completion, ...]:
    """Whom the channel follows, and authors of stored papers, or only one of both; `form` is how a name is typed."""
    subscriptions = await services.store.subscriptions(command.place)
    followed = dict.fromkeys(name for one in subscriptions for name in one.authors)
    names = {} if are_followed is False else dict(followed)
    words = tuple(fold(typed).replace(",", " ").split())
    if not are_followed and words and len(typed.strip()) >= _FEWEST:
        terms = tuple(Term(words=(word,), prefix=True) for word in words)
        found = await services.store.search(SearchQuery(typed=typed, terms=terms), limit=MOST)
        authors = (name for hit in found.hits for name in hit.authors)
        names |= dict.fromkeys(name for name in authors if are_followed is None or name not in followed)
    fit = [clip_text(name, 80) for name in names if all(word in fold(name) for word in words)]
    return fitting([(form.format(name.replace('"', "")), name) for name in fit], "", before=before)


async def papers(services: Services, command: Command) -> tuple[Completion, ...]:
    """Papers by words of their titles: those that the channel was brought lately, then all that are stored."""
    typed = command.arguments.strip()
    since = services.clock.now() - _RECENT
    chosen = await services.store.chosen_papers(command.place, since=since.date())
    ids = list(dict.fromkeys(one.paper for one in reversed(chosen)))[:_MOST_RECENT]
    by_id = {paper.id: paper for paper in await services.store.papers_by_id(ids)}
    recent = [by_id[id] for id in ids if id in by_id]
    found = list(fitting(map(_named, recent), typed))
    words = fold(typed).split()
    if len(typed) >= _FEWEST and len(found) < MOST:
        terms = tuple(Term(words=(word,), prefix=word == words[-1]) for word in words)
        hits = (await services.store.search(SearchQuery(typed=typed, terms=terms), limit=MOST)).hits
        found += [Completion(label=clip_text(hit.title, 100), arguments=str(hit.id)) for hit in hits]
    return tuple({one.arguments: one for one in reversed(found)}.values())[::-1][:MOST]


async def filters(services: Services, command: Command) -> tuple[Completion, ...]:
    """The filter at the end of a search."""
    match = _FILTER.fullmatch(command.arguments)
    if match is None:
        return ()
    before, name, typed = match["before"], match["name"], match["value"].strip()
    match name:
        case "in":
            return category(services, typed, before=before, lead="in:")
        case "author":
            return await people(services, command, typed, before=before, form='author:"{}"')
        case "from":
            sources = ((f"from:{name}", label) for name, label in SOURCE_NAMES.items())
            return fitting(sources, typed, before=before)
    days = ("7d", "yesterday", "monday", "last week", "2w", "30d", "1y")  # not said: typed
    return fitting(((f'since:"{day}"' if " " in day else f"since:{day}", day) for day in days), typed, before=before)


async def searches(services: Services, command: Command) -> tuple[Completion, ...]:
    """The filter or the word at the end of a search; where nothing is typed, what the channel is interested in.

    Nobody's searches are offered: none is kept with a name.
    """
    typed = command.arguments
    if not typed.strip():
        return await _interests(services, command)
    if found := await filters(services, command):
        return found
    match = _WORD_AT_END.search(typed)
    if match is None:
        return ()
    before = typed[: match.start()]
    words = await services.store.words_begun(match[0], limit=MOST)
    return tuple(Completion(label=line, arguments=line) for word in words if (line := f"{before}{word}"))


async def _interests(services: Services, command: Command) -> tuple[Completion, ...]:
    """What the channel's digests look for, as searches: interests, followed authors, categories of the last week."""
    from core.choose.interest import units, vocabulary  # loads the common terms

    lines: dict[str, None] = {}
    digests = await services.store.subscriptions(command.place)
    for digest in digests:
        clauses = units.read_clauses(digest.interest, vocabulary.load()) if digest.interest else ()
        lines |= dict.fromkeys(words for words, is_wanted in clauses if is_wanted)
    for digest in digests:
        lines |= dict.fromkeys(f'author:"{name}"' for name in digest.authors)
    for digest in digests:
        lines |= dict.fromkeys(f"since:7d in:{_typed(one)}" for one in digest.categories)
    return tuple(Completion(label=line, arguments=line) for line in lines)[:MOST]


async def wishes(services: Services, command: Command) -> tuple[Completion, ...]:
    """What can be subscribed to, after what was typed already; a rule is the person's own affair."""
    typed = command.arguments
    if "rule:" in typed.lower():
        return ()
    if match := re.fullmatch(r"((?:.*\s)?)author:\"?([^\"]*)", typed, re.DOTALL | re.IGNORECASE):
        return await people(services, command, match[2].strip(), before=match[1], form='author:"{}"')
    words = typed.split(" ")
    start = 0
    while start < len(words) - 1 and _is_category(words[start]):
        start += 1
    before = "".join(f"{word} " for word in words[:start])
    return category(services, " ".join(words[start:]), before=before)


async def subscribed(services: Services, command: Command) -> tuple[Completion, ...]:
    """What the channel's digest has, which can be taken away."""
    choices: dict[str, str] = {}
    for one in await services.store.subscriptions(command.place):
        choices |= {_typed(each): describe_category(each) for each in one.categories}
        choices |= {f'author:"{name}"': clip_text(name, 80) for name in one.authors}
        choices |= {name: _(words) for name, words in _TAKEN_AWAY.items() if getattr(one, name)}
    choices["yes"] = _("end the digest")
    return fitting(choices.items(), command.arguments.strip())


def zones(typed: str, *, before: str = "") -> tuple[Completion, ...]:
    """Time zones by their city or their name."""
    wanted = fold(typed.strip()).replace(" ", "_")
    found = sorted(
        (not zone.rpartition("/")[2].lower().startswith(wanted), zone) for zone in _zones() if wanted in zone.lower()
    )
    return tuple(Completion(label=zone, arguments=f"{before}{zone}") for _place, zone in found[:MOST])


def setting_values(name: str, typed: str) -> tuple[Completion, ...]:
    """The values that a setting can have, where there are few, or some of them."""
    before = f"{name} "
    if name == "zone":
        return zones(typed, before=before)
    if name == "language":
        return fitting(((one.tag, f"{one.name} ({one.tag})") for one in LANGUAGES), typed, before=before)
    return fitting(((value, value) for value in _VALUES.get(name, ())), typed, before=before)


@cache
def _zones() -> tuple[str, ...]:
    areas = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/", "UTC")
    return tuple(zone for zone in known_zones() if zone.startswith(areas))


@cache
def _all() -> Sequence[str]:
    return (*NAMES, *SUBJECT_AREAS)


def _is_category(word: str) -> bool:
    try:
        canonical(word.strip(","))
    except BadCategory:
        return False
    return True


def _typed(category: str) -> str:
    """As one word, so that others can follow."""
    return category.replace(" ", "_")


def _described(category: str) -> str:
    return describe_category(category) if category in NAMES else category


def _named(paper: Paper) -> tuple[str, str]:
    return str(paper.id), shorten(clip_text(paper.title, 100), 100)


#: what can be taken away of a digest beside its categories and people
_TAKEN_AWAY: Final = {"rule": N_("the rule"), "interest": N_("the interest")}
_ON_OFF: Final = ("on", "off")
#: settings that are chosen rather than written
CHOSEN: Final = frozenset(
    {
        *("depth", "layout", "quiet-day", "late-day", "brief", "rerank", "link-cards", "explore", "managers"),
        *("weekdays", "at", "size", "patience"),
    }
)
_VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "depth": tuple(Depth),
    "layout": tuple(Layout),
    "quiet-day": tuple(QuietDay),
    "late-day": tuple(LateDay),
    "brief": _ON_OFF,
    "rerank": _ON_OFF,
    "link-cards": _ON_OFF,
    "explore": _ON_OFF,
    "managers": tuple(Changers),
    "pause": ("on", "off", "3 days", "2 weeks"),
    "weekdays": ("mon-fri", "daily", "weekends", "mon,wed,fri", "mon"),
    "at": ("07:00", "08:00", "09:00", "12:00", "17:00"),
    "size": ("5", "10", "15", "20", "30"),
    "patience": ("30", "60", "120", "never"),
    "rule": ("none",),
    "interest": ("none",),
    "authors": ("none",),
    "categories": ("any",),
}
