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


def fitting(choices: Iterable[tuple[str, str]], fragment: str, *, before: str = "") -> tuple[Completion, ...]:
    """Returns the choices (value, label) that have all the words; labels that begin with them come first."""
    words = fold(fragment).split()
    matches = [
        (not fold(label).startswith(fold(fragment)), place, value, label)
        for place, (value, label) in enumerate(choices)
        if all(word in fold(f"{value} {label}") for word in words)
    ]
    return tuple(Completion(label=label, arguments=f"{before}{value}") for *_, value, label in sorted(matches)[:MOST])


def buttons(name: str, choices: Sequence[Completion], *, most: int = 5) -> tuple[Action, ...]:
    """Returns the first choices as buttons, without those that are too long for one."""
    short_choices = [choice for choice in choices if is_carried(choice.arguments)]
    return tuple(
        Action(name=name, label=shorten(choice.label, _LONGEST_LABEL), arguments=choice.arguments)
        for choice in short_choices[:most]
    )


def of_values(*values: str) -> Completions:
    """One of these, which are read as they are typed."""

    async def complete(_services: Services, command: Command) -> tuple[Completion, ...]:
        return fitting(((value, value) for value in values), command.arguments.strip())

    return complete


def category(services: Services, fragment: str, *, before: str = "", lead: str = "") -> tuple[Completion, ...]:
    """Categories by code and by name, and feeds; those that channels begin with, where nothing is typed."""
    fragment = fragment.strip()
    feeds = [(f"{lead}feed:{name}", f"feed:{name}") for name in services.feeds or ()]
    if not fragment:
        likely = [(f"{lead}{_as_one_word(name)}", _category_label(name)) for name in LIKELY]
        return fitting([*likely, *feeds], "", before=before)
    by_words = [(f"{lead}{_as_one_word(name)}", _category_label(name)) for name in find_categories(fragment, most=5)]
    by_spelling = fitting(
        [*((f"{lead}{_as_one_word(name)}", _category_label(name)) for name in _category_names()), *feeds],
        fragment,
        before=before,
    )
    words = tuple(Completion(label=label, arguments=f"{before}{value}") for value, label in by_words)
    by_code = tuple(completion for completion in by_spelling if fold(completion.label).startswith(fold(fragment)))
    return tuple(dict.fromkeys((*by_code, *words, *by_spelling)))[:MOST]


async def people(
    services: Services,
    command: Command,
    fragment: str,
    *,
    before: str = "",
    form: str = "{}",
    are_followed: bool | None = None,
) -> tuple[Completion, ...]:
    """Whom the channel follows, and authors of stored papers, or only one of both; `form` is how a name is typed."""
    subscriptions = await services.store.subscriptions(command.place)
    followed_names = dict.fromkeys(name for subscription in subscriptions for name in subscription.authors)
    names = {} if are_followed is False else dict(followed_names)
    words = tuple(fold(fragment).replace(",", " ").split())
    if not are_followed and words and len(fragment.strip()) >= _FEWEST:
        terms = tuple(Term(words=(word,), prefix=True) for word in words)
        results = await services.store.search(SearchQuery(typed=fragment, terms=terms), limit=MOST)
        authors = (name for hit in results.hits for name in hit.authors)
        names |= dict.fromkeys(name for name in authors if are_followed is None or name not in followed_names)
    fit = [clip_text(name, 80) for name in names if all(word in fold(name) for word in words)]
    return fitting([(form.format(name.replace('"', "")), name) for name in fit], "", before=before)


async def papers(services: Services, command: Command) -> tuple[Completion, ...]:
    """Papers by words of their titles: those that the channel was brought lately, then all that are stored."""
    fragment = command.arguments.strip()
    since = services.clock.now() - _RECENT
    decisions = await services.store.chosen_papers(command.place, since=since.date())
    ids = list(dict.fromkeys(decision.paper for decision in reversed(decisions)))[:_MOST_RECENT]
    by_id = {paper.id: paper for paper in await services.store.papers_by_id(ids)}
    recent = [by_id[id] for id in ids if id in by_id]
    completions = list(fitting(map(_paper_choice, recent), fragment))
    words = fold(fragment).split()
    if len(fragment) >= _FEWEST and len(completions) < MOST:
        terms = tuple(Term(words=(word,), prefix=word == words[-1]) for word in words)
        hits = (await services.store.search(SearchQuery(typed=fragment, terms=terms), limit=MOST)).hits
        completions += [Completion(label=clip_text(hit.title, 100), arguments=str(hit.id)) for hit in hits]
    return tuple({completion.arguments: completion for completion in reversed(completions)}.values())[::-1][:MOST]


async def filters(services: Services, command: Command) -> tuple[Completion, ...]:
    """The filter at the end of a search."""
    match = _FILTER.fullmatch(command.arguments)
    if match is None:
        return ()
    before, name, fragment = match["before"], match["name"], match["value"].strip()
    match name:
        case "in":
            return category(services, fragment, before=before, lead="in:")
        case "author":
            return await people(services, command, fragment, before=before, form='author:"{}"')
        case "from":
            sources = ((f"from:{source.name}", source.title) for source in services.store.traits)
            return fitting(sources, fragment, before=before)
    days = ("7d", "yesterday", "monday", "last week", "2w", "30d", "1y")  # not said: typed
    return fitting(((f'since:"{day}"' if " " in day else f"since:{day}", day) for day in days), fragment, before=before)


async def searches(services: Services, command: Command) -> tuple[Completion, ...]:
    """The filter or the word at the end of a search; where nothing is typed, what the channel is interested in.

    Nobody's searches are offered: none is kept with a name.
    """
    line = command.arguments
    if not line.strip():
        return await _interests(services, command)
    if values := await filters(services, command):
        return values
    match = _WORD_AT_END.search(line)
    if match is None:
        return ()
    before = line[: match.start()]
    words = await services.store.words_begun(match[0], limit=MOST)
    return tuple(Completion(label=f"{before}{word}", arguments=f"{before}{word}") for word in words)


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
        lines |= dict.fromkeys(f"since:7d in:{_as_one_word(category)}" for category in digest.categories)
    return tuple(Completion(label=line, arguments=line) for line in lines)[:MOST]


async def wishes(services: Services, command: Command) -> tuple[Completion, ...]:
    """What can be subscribed to, after what was typed already; a rule is the person's own affair."""
    line = command.arguments
    if "rule:" in line.lower():
        return ()
    if match := re.fullmatch(r"((?:.*\s)?)author:\"?([^\"]*)", line, re.DOTALL | re.IGNORECASE):
        return await people(services, command, match[2].strip(), before=match[1], form='author:"{}"')
    words = line.split(" ")
    start = 0
    while start < len(words) - 1 and _is_category(words[start]):
        start += 1
    before = "".join(f"{word} " for word in words[:start])
    return category(services, " ".join(words[start:]), before=before)


async def subscription_parts(services: Services, command: Command) -> tuple[Completion, ...]:
    """What the channel's digest has, which can be taken away."""
    choices: dict[str, str] = {}
    for subscription in await services.store.subscriptions(command.place):
        choices |= {_as_one_word(category): describe_category(category) for category in subscription.categories}
        choices |= {f'author:"{name}"': clip_text(name, 80) for name in subscription.authors}
        choices |= {name: _(words) for name, words in _TAKEN_AWAY.items() if getattr(subscription, name)}
    choices["yes"] = _("end the digest")
    return fitting(choices.items(), command.arguments.strip())


def zones(fragment: str, *, before: str = "") -> tuple[Completion, ...]:
    """Time zones by their city or their name."""
    fragment = fold(fragment.strip()).replace(" ", "_")
    matches = sorted(
        (not zone.rpartition("/")[2].lower().startswith(fragment), zone)
        for zone in _zones()
        if fragment in zone.lower()
    )
    return tuple(Completion(label=zone, arguments=f"{before}{zone}") for _place, zone in matches[:MOST])


def setting_values(name: str, fragment: str) -> tuple[Completion, ...]:
    """The values that a setting can have, where there are few, or some of them."""
    before = f"{name} "
    if name == "zone":
        return zones(fragment, before=before)
    if name == "language":
        return fitting(
            ((language.tag, f"{language.name} ({language.tag})") for language in LANGUAGES), fragment, before=before
        )
    return fitting(((value, value) for value in _VALUES.get(name, ())), fragment, before=before)


@cache
def _zones() -> tuple[str, ...]:
    areas = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/", "UTC")
    return tuple(zone for zone in known_zones() if zone.startswith(areas))


@cache
def _category_names() -> Sequence[str]:
    return (*NAMES, *SUBJECT_AREAS)


def _is_category(word: str) -> bool:
    try:
        canonical(word.strip(","))
    except BadCategory:
        return False
    return True


def _as_one_word(category: str) -> str:
    """Returns the category as one word, so that more words can follow it."""
    return category.replace(" ", "_")


def _category_label(category: str) -> str:
    return describe_category(category) if category in NAMES else category


def _paper_choice(paper: Paper) -> tuple[str, str]:
    return str(paper.id), shorten(clip_text(paper.title, 100), 100)


#: what can be taken away of a digest beside its categories and people
_TAKEN_AWAY: Final = {"rule": N_("the rule"), "interest": N_("the interest")}
_ON_OFF: Final = ("on", "off")
#: settings whose values are offered as buttons
WITH_BUTTONS: Final = frozenset(
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
