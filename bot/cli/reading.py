"""Commands that only look: papers, search, reasons, reading lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import AsJson, Channel, Name, day_of, run_with_app

if TYPE_CHECKING:
    from bot.wire import App
    from core.papers.paper import Paper


papers = typer.Typer(help="What the store holds.", invoke_without_command=True)
bookmarks = typer.Typer(help="Reading lists.", no_args_is_help=True)


@papers.callback()
def papers_list(
    context: typer.Context,
    day: Annotated[str | None, typer.Option(help="A listing day, like 2026-02-04.")] = None,
    category: Annotated[str | None, typer.Option(help="Only this category or archive.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="How many; 0 is all.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List what the store holds, the latest first."""
    if context.invoked_subcommand:
        return
    from bot.output import contract, screen
    from core.papers.categories import canonical

    only = canonical(category) if category else None
    page = run_with_app(context, lambda app: app.store.papers(day=day_of(day), category=only, limit=limit or None))
    if as_json:
        screen.data(contract.papers(page))
    else:
        screen.papers(page)


@papers.command("split")
def papers_split(
    context: typer.Context,
    id: Annotated[
        str, typer.Argument(metavar="ID", help="The identifier, or the address, that does not belong to the paper.")
    ],
    as_json: AsJson = False,
) -> None:
    """Undo a wrong merge: what was told under this identifier becomes a paper of its own, and stays apart."""
    from bot.output import contract, screen
    from core.papers.identifiers import PaperId

    PaperId.parse(id)  # a title says nothing of what was told under which identifier

    async def split(app: App) -> tuple[Paper, Paper]:
        return await app.store.split(await app.lookup.identifier(id), at=app.clock.now())

    rest_of_paper, apart = run_with_app(context, split)
    if as_json:
        screen.data({"kept": contract.paper(rest_of_paper), "split": contract.paper(apart)})
    else:
        screen.say(f"{apart.id} is a paper of its own again: {apart.title}")
        screen.say(f"It was taken out of {rest_of_paper.id}: {rest_of_paper.title}")


def paper(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="An identifier, an address or a title.")],
    language: Annotated[str, typer.Option(help="The summary's language.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Show one paper with its summary."""
    from bot.output import contract, screen
    from core.deliver import card
    from core.ingest.traits import Sources
    from core.papers.paper import Dossier, Summary
    from core.summarise.languages import parse_language
    from core.summarise.summaries import Summariser

    tag = parse_language(language).tag

    async def work(app: App) -> tuple[Paper, Summary, Dossier | None, Sources]:
        paper = await app.lookup.paper(id)
        outcome = await Summariser(app.store, app.requests).summarise_paper(paper, language=tag)
        return paper, outcome.summary, await app.store.dossier(paper.id), app.store.traits

    paper, summary, dossier, traits = run_with_app(context, work)
    if as_json:
        screen.data(contract.paper_with_summary(paper, summary, dossier))
    else:
        screen.post(card.paper(paper, summary, dossier, traits=traits))


def ask(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="An identifier, an address or a title.")],
    question: Annotated[list[str], typer.Argument(help="What you want to know.")],
    language: Annotated[str, typer.Option(help="The answer's language, where a model writes it.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Answer a question from a paper's text, with quoted passages."""
    from bot.output import contract, screen
    from core.converse.answers import answer_post
    from core.summarise.answering import Answer, answer_question
    from core.summarise.languages import parse_language

    tag = parse_language(language).tag

    async def work(app: App) -> Answer:
        text = await app.texts.read(await app.lookup.paper(id))
        return await answer_question(" ".join(question), text, language=tag, calls=app.summariser.calls, channel=None)

    answer = run_with_app(context, work)
    if as_json:
        screen.data(contract.answer(answer))
    else:
        screen.post(answer_post(answer))


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help='Words, "phrases", prefix*, in:cs.CL author:NAME since:7d.')],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 10,
    category: Annotated[str | None, typer.Option(help="Only this category or archive.")] = None,
    since: Annotated[str | None, typer.Option(help="Not older: 7d, 2w, 2026-02-04.")] = None,
    as_json: AsJson = False,
) -> None:
    """Search all papers."""
    from bot import tasks
    from bot.output import contract, screen
    from core.converse.hits import search_results

    hits, took_ms = run_with_app(
        context, lambda app: tasks.search(app, query, category=category, since=since, limit=limit)
    )
    if as_json:
        screen.data(contract.search(hits, took_ms))
    else:
        screen.post(search_results(hits))
    raise typer.Exit(tasks.IN_PART if hits.troubles else 0)


def brief(
    context: typer.Context,
    channel: Channel,
    days: Annotated[int, typer.Option(min=1, max=31, help="How many days.")] = 7,
    name: Name = "main",
    as_json: AsJson = False,
) -> None:
    """Tell the themes of a channel's last days: what is new, and what to read first."""
    from bot import tasks
    from bot.output import contract_briefing, screen
    from core.deliver import briefings

    async def work(app: App) -> briefings.ChannelBriefing:
        subscription = await tasks.find_subscription(app, channel, name)
        today = subscription.at.local_day(app.clock.now())
        return await briefings.brief(
            subscription, days=days, today=today, store=app.store, summariser=app.summariser, meanings=app.meanings
        )

    briefing = run_with_app(context, work)
    if as_json:
        screen.data(contract_briefing.briefing(briefing))
    else:
        screen.post(briefings.briefing_post(briefing))


def why(
    context: typer.Context,
    channel: Channel,
    id: Annotated[str, typer.Argument(metavar="PAPER", help="An identifier, an address or a title.")],
    name: Name = "main",
    as_json: AsJson = False,
) -> None:
    """Tell why a paper was, or was not, posted in a channel: every stage, with its reason."""
    from bot import tasks
    from bot.output import contract, screen
    from core.converse import explain, replies

    async def work(app: App) -> explain.Explanation:
        subscription = await tasks.find_subscription(app, channel, name)
        return await explain.why(subscription, str(await app.lookup.identifier(id)), store=app.store)

    explanation = run_with_app(context, work)
    if as_json:
        screen.data(contract.why(explanation))
        return
    stages = [(stage.name, stage.is_passed, stage.detail) for stage in explanation.stages]
    title = explanation.paper.title if explanation.paper else id
    screen.post(replies.why(title, stages, is_posted=explanation.is_posted))


@bookmarks.command("list")
def bookmarks_list(
    context: typer.Context,
    user: Annotated[str | None, typer.Option(help="Whose, like terminal:you; everybody's unless given.")] = None,
    as_json: AsJson = False,
) -> None:
    """List bookmarked papers, newest first."""
    from bot.output import contract, screen
    from core.channels import UserRef
    from core.converse import replies

    owner = str(UserRef.parse(user)) if user else None
    saved_papers = run_with_app(context, lambda app: app.store.bookmarks(user=owner))
    if as_json:
        screen.data({"bookmarks": [contract.bookmark(bookmark) for bookmark in saved_papers]})
    else:
        screen.post(replies.bookmarks(saved_papers, of=f"Reading list of {owner}" if owner else "All reading lists"))


@bookmarks.command("export")
def bookmarks_export(
    context: typer.Context,
    user: Annotated[str | None, typer.Option(help="Whose, like terminal:you; everybody's unless given.")] = None,
    channel: Annotated[str | None, typer.Option(help="What was saved openly in a channel, with its notes.")] = None,
    format: Annotated[str, typer.Option(help="bibtex, ris, csl-json or markdown.")] = "bibtex",
) -> None:
    """Print reading lists for other programs: `paperboy bookmarks export --format ris > list.ris`."""
    from bot.output import screen
    from bot.tasks import export_lists
    from core.papers.citations.export import parse_format

    export_format = parse_format(format)
    screen.raw(run_with_app(context, lambda app: export_lists(app, export_format, user=user, channel=channel)))
