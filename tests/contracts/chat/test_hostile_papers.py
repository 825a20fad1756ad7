"""What others write reaches people as text and as nothing else, wherever it stands and on whichever platform.

A paper, its history, a digest's sources and a page of hits carry hostile text in every field that is shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

from bot.origins import SOURCES
from core.channels import ChannelRef, Layout, Subscription
from core.choose.reasons import Reason, ReasonKind
from core.choose.verdicts import Fate, Fit, Standing
from core.converse.hits import search_results
from core.deliver import card, compose, html_pages, pages
from core.deliver.briefings import ChannelBriefing, Recent, briefing_post
from core.deliver.content import MOST_NAMED, Digest, Fits, Item
from core.deliver.ledger import Counts
from core.errors import PaperboyError
from core.ingest.state import SourceState, State
from core.papers.identifiers import PaperId
from core.papers.paper import Dossier, Event, EventKind, Evidence, Paper, Signals, Summary
from core.papers.search import Found, Hit, SearchQuery
from core.posts.messages import MessageRef
from core.posts.tree import Facts, ListBlock, Post
from core.summarise.briefing import Briefing, Statement, ThemeBriefing, Tone
from tests.fakes.papers import AT, DAY
from tests.fakes.platform_drivers import PlatformDriver
from tests.fakes.problems import failed
from tests.standins.judges import telegram_html

HOSTILE = (
    "\x1b[31m\x07\x00\x9b2J \u202egnp.exe\u202c \u2066x\u2069 \u200b\ufeff @everyone <!channel> <@U123|u> <@&1> <#C1>"
    " [click](https://evil.example/a) <https://evil.example/b|bank> <a href='https://evil.example/c'>x</a>"
    " **b** __u__ ~~s~~ ||s|| `c` ```d``` &lt;b&gt; &amp; :wave: <:x:1> <t:0:R> </unsubscribe:1> /unsubscribe"
    "\r\n# heading\n> quote\n-# small\n<script>alert(1)</script> [bold]no[/bold]"
)
#: addresses that are none, or that try to end the link that they are in
WHERE = 'https://paper.example/x")<@U1>|](https://evil.example/d)\x1b\u202e'
ID = PaperId("doi", "10.1101/2026.01.02.573001")
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def hostile_text(field: str, size: int = 1) -> str:
    """Hostile text that names its field, so that one can see that the field is shown."""
    return f"seen-{field}-{HOSTILE * size}"


def a_paper(size: int = 1) -> Paper:
    return Paper(
        id=ID,
        title=hostile_text("title"),
        abstract=hostile_text("abstract"),
        authors=(hostile_text("author", size),),
        categories=(hostile_text("category", size),),
        published=AT,
        announced=DAY,
        url=WHERE,
        pdf_url=WHERE,
        journal=hostile_text("journal", size),
        licence=WHERE,
        comment=f"Withdrawn: {hostile_text('comment', size)}",
        identifiers=(PaperId("doi", "10.5555/a)<b>](https://evil.example/e)"),),
        sources=("biorxiv",),
        signals=Signals(upvotes=1, code_url=WHERE, stars=3, keywords=(hostile_text("keyword", size),) * size),
    )


def unlike_others(field: str) -> str:
    """Hostile words with so many of their own that they do not repeat another field, which would not be told twice."""
    return hostile_text(field) + "".join(f" {field}{number}" for number in range(30))


def a_summary() -> Summary:
    return Summary(
        paper=ID,
        version=1,
        language=hostile_text("language"),
        gist=unlike_others("gist"),
        motivation=unlike_others("motivation"),
        evidence=(Evidence(claim=hostile_text("claim"), quote=hostile_text("quote")),),
        made_by=hostile_text("author-of-summary"),
    )


def a_dossier(size: int = 1) -> Dossier:
    happened = enumerate([*EventKind] * size)
    events = (
        Event(number=number, paper=ID, kind=kind, detail=hostile_text(f"event-{kind}", size), source="biorxiv", at=AT)
        for number, kind in happened
    )
    leads = Event(number=0, paper=ID, kind=EventKind.CODE, detail=WHERE, source="huggingface", at=AT)
    provenance = {"title": "biorxiv", "comment": "crossref", "seen": "nobody"}
    return Dossier(paper=a_paper(), records=(), provenance=provenance, readings=(), events=(*events, leads))


def sources(size: int = 1) -> tuple[SourceState, ...]:
    """One in each state, each with an error: a good listing may lack something."""
    return tuple(
        SourceState(
            source=source,
            scope=hostile_text(f"scope-{state}", size),
            state=state,
            checked_at=AT,
            listing_day=DAY,
            listed=7,
            problems=failed(hostile_text(f"error-{state}", size)),
        )
        for state in State
        for source in ("arxiv", "feeds")
    )


def a_digest(size: int = 1) -> Digest:
    subscription = Subscription(channel=ChannelRef("terminal", "", "main"), layout=Layout.BY_CATEGORY)
    item = Item(
        paper=a_paper(size),
        score=0.5,
        reasons=(
            Reason(kind=ReasonKind.INTEREST, text=hostile_text("reason", size), subject=hostile_text("reason", size)),
        ),
        summary=a_summary(),
        standing=Standing(fate=Fate.CHOSEN, fit=Fit.NEAR),
        siblings=(replace(a_paper(size), title=hostile_text("sibling", size)),),
    )
    return Digest(
        subscription=subscription,
        day=DAY,
        counts=Counts(candidates=22, kept=22, posted=1),
        sources=sources(size),
        traits=SOURCES,
        items=(item,),
        is_sample=False,
        fits=Fits(matching=0, near=22),
        more=(replace(a_paper(size), title=hostile_text("further", size)),) * MOST_NAMED,
        more_total=MOST_NAMED,
    )


def hits(size: int = 1) -> Post:
    hit = Hit(
        id=ID,
        title=hostile_text("hit"),
        score=1.0,
        published=DAY,
        snippet=hostile_text("snippet"),
        url=WHERE,
        authors=(hostile_text("author", size),),
        categories=(hostile_text("category", size),),
        withdrawn=True,
    )
    found = Found(
        query=SearchQuery(typed=hostile_text("typed")), total=1, hits=(hit,), troubles=(hostile_text("trouble"),)
    )
    return search_results(found)


def a_briefing(size: int = 1) -> Post:
    """Two papers, which a model wrote on, and a third one that is told by its gist."""
    (item,) = a_digest(size).items
    ids = (ID, PaperId("doi", "10.1101/2"), PaperId("doi", "10.1101/3"))
    items = tuple(replace(item, paper=replace(item.paper, id=id)) for id in ids)
    said = Statement(tone=Tone.NEW, text=hostile_text("statement"), papers=ids[:1], evidence=())
    written = ThemeBriefing(
        label=hostile_text("theme", size), papers=ids[:2], statements=(said,), made_by=hostile_text("model", size)
    )
    briefing = Briefing(themes=(written, ThemeBriefing(label="", papers=ids[2:])))
    recent = Recent(items=items, total=3, is_posted=True)
    return briefing_post(ChannelBriefing(recent=recent, days=7, briefing=briefing))


def posts() -> Iterator[Post]:
    yield a_briefing()
    yield compose.digest(a_digest())
    yield from compose.digest(a_digest()).replies
    yield card.paper(a_paper(), a_summary(), a_dossier(), traits=SOURCES)
    yield card.abstract(a_paper())
    yield compose.notice(a_digest())
    yield compose.quiet(a_digest())
    yield hits()
    yield compose.error(PaperboyError(hostile_text("error"), hint=hostile_text("hint")))


async def test_what_others_write_is_only_text(driver: PlatformDriver) -> None:
    """No field of a paper, its history, a source or a hit mentions, links, formats, reorders or hides anything."""
    for number, post in enumerate(posts()):
        sent: dict[str, MessageRef] = {}
        for outgoing in driver.chat.plan(driver.channel, post, key=f"{number}"):
            parent = sent[outgoing.parent_key] if outgoing.parent_key else None
            sent[outgoing.key] = await driver.chat.send(driver.channel, outgoing, parent)
            JUDGES[driver.chat.platform](outgoing.payload)
    seen = driver.seen()
    assert not UNSEEN.search(seen.replace("\u2060", ""))
    fields = {field for post in posts() for one in (post, *post.replies) for field in shown_fields(one)}
    assert len(fields) >= 30
    flat = "".join(seen.split()).replace("│", "").replace("▎", "")
    assert not {field for field in fields if field not in flat}


def shown_fields(post: Post) -> set[str]:
    return set(re.findall(r"seen-[a-z-]+-", json.dumps(texts(post))))


def texts(post: Post) -> list[str]:
    found: list[str] = []
    for block in post.blocks:
        rows = block.items if isinstance(block, ListBlock) else [getattr(block, "spans", ())]
        rows = [value for _, value in block.rows] if isinstance(block, Facts) else rows
        found += [span.text for spans in rows for span in spans]
    return found


def judge_slack(payload: Any) -> None:
    """Rich text is never read as markup; what is must be a link of ours."""
    for element in elements(payload):
        kind = element.get("type")
        assert kind not in ("user", "usergroup", "broadcast", "channel", "emoji", "date")
        if kind == "link":
            assert element["url"].startswith(("https://paper.example/", "https://doi.org/10.5555/"))
        if kind == "mrkdwn":
            assert re.fullmatch(r"<https://(paper\.example|doi\.org)/[^<>|]*\|[^<>]*>", element["text"])
    assert not re.search("[<>]", payload["text"])


def elements(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from elements(one)


def judge_discord(payload: Any) -> None:
    """Every mark in somebody else's words is escaped."""
    assert payload["body"]["allowed_mentions"] == {"parse": []}
    for embed in payload["body"]["embeds"]:
        bare = re.sub(r"\\[^0-9A-Za-z\s]", "·", embed["description"])
        for where in re.findall(r"\]\(([^)]*)\)", bare):
            assert where.startswith(("https://paper.example/", "https://doi.org/10.5555/"))
        unlinked = re.sub(r"\]\([^)]*\)", "]", bare)
        assert not re.search(r"[@<>~|]|__|://", re.sub("^> ", "", unlinked, flags=re.MULTILINE))
        assert not re.search(r"^(#+|>|-#) ?(heading|quote|small)", unlinked, re.MULTILINE)


def judge_telegram(payload: Any) -> None:
    """Tags are ours, links lead where ours do, and nothing is left that Telegram would make a link of by itself."""
    html = payload["html"]
    assert set(re.findall(r"</?([a-z-]+)", html)) <= {"a", "b", "i", "code", "blockquote"}
    for where in re.findall(r'href="([^"]*)"', html):
        assert where.startswith(("https://paper.example/", "https://doi.org/10.5555/"))
    plain = unescape(re.sub(r"<[^>]*>", "", html))
    assert not re.search(r"(?<!\w)@\w|(?<![\w/<>])/unsubscribe", plain)
    parse = telegram_html()
    assert parse is None or parse(html)["@type"] == "formattedText"


def judge_terminal(payload: Any) -> None:
    """The terminal is judged by what it prints."""
    assert payload["blocks"]


JUDGES = {"slack": judge_slack, "discord": judge_discord, "telegram": judge_telegram, "terminal": judge_terminal}


def test_pages_are_only_text() -> None:
    """The HTML page carries neither control characters nor directions nor tags of others."""
    page = html_pages.html(a_digest())
    assert not UNSEEN.search(unescape(page))
    assert not re.search(r"<script|<a href='|href=\"(?!#|https://paper\.example/)", page)
    foot = pages.markdown(a_digest()).rpartition("\n---\n")[2]
    assert "seen-error-failed-" in foot
    assert not re.search(r"&#(8238|27);|<script", foot)


def test_nobody_talks_without_end() -> None:
    """Errors, comments, venues, names, keywords and a long history are shortened, however long they are."""
    size = 40
    for post in (
        a_briefing(size),
        compose.digest(a_digest(size)),
        card.paper(a_paper(size), a_summary(), a_dossier(size), traits=SOURCES),
        hits(size),
    ):
        alone = replace(post, replies=())
        assert sum(map(len, texts(alone))) < 14_000
        assert max(map(len, texts(alone))) < 1_200
