"""`paperboy channels`: what each channel reads, and when."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import AsJson, Channel, Name, run_with_app

if TYPE_CHECKING:
    from bot.tasks import Timetable
    from bot.wire import App
    from core.channels import Subscription
    from core.choose.profile.signs import Correction, KeptProfile
    from core.converse.settings.fitted import FitResult


channels = typer.Typer(help="What each channel reads, and when.", no_args_is_help=True)

Category = Annotated[list[str] | None, typer.Option(help="A category or archive; may be repeated.")]
Author = Annotated[list[str] | None, typer.Option(help="An author to follow; may be repeated.")]


def _changes(
    category: Category,
    rule: str | None,
    interest: str | None,
    author: Author,
    at: str | None,
    zone: str | None,
    weekdays: str | None,
    size: int | None,
    language: str | None,
    depth: str | None,
    layout: str | None,
    patience: int | None,
    quiet_day: str | None,
    late_day: str | None,
    brief: bool | None,
    rerank: bool | None,
    explore: bool | None,
) -> dict[str, str]:
    """The options that were given, as the settings that chat commands change."""
    options = {
        "categories": ",".join(category) if category else None,
        "rule": rule,
        "interest": interest,
        "authors": ",".join(f'"{person}"' for person in author) if author else None,
        "at": at,
        "zone": zone,
        "weekdays": weekdays,
        "size": None if size is None else str(size),
        "language": language,
        "depth": depth,
        "layout": layout,
        "patience": None if patience is None else str(patience),
        "quiet-day": quiet_day,
        "late-day": late_day,
        "brief": None if brief is None else "on" if brief else "off",
        "rerank": None if rerank is None else "on" if rerank else "off",
        "explore": None if explore is None else "on" if explore else "off",
    }
    return {name: value for name, value in options.items() if value is not None}


@channels.command("add")
def channels_add(
    context: typer.Context,
    channel: Channel,
    name: Name = "main",
    category: Category = None,
    rule: Annotated[str | None, typer.Option(help='A filter: "world model" AND NOT survey.')] = None,
    interest: Annotated[str | None, typer.Option(help="What the channel cares about, in plain words.")] = None,
    author: Author = None,
    at: Annotated[str | None, typer.Option(help="Local time of the digest, like 09:00.")] = None,
    zone: Annotated[str | None, typer.Option(help="IANA time zone, like Europe/Berlin.")] = None,
    weekdays: Annotated[str | None, typer.Option(help="Like mon-fri.")] = None,
    size: Annotated[int | None, typer.Option(help="Papers per digest, 1 to 50.")] = None,
    language: Annotated[str | None, typer.Option(help="Language tag, like en.")] = None,
    depth: Annotated[str | None, typer.Option(help="How much a summary tells: line, parts or full.")] = None,
    layout: Annotated[str | None, typer.Option(help="ranked or by-category.")] = None,
    patience: Annotated[int | None, typer.Option(help="Minutes to wait for late sources; 0 is never.")] = None,
    quiet_day: Annotated[str | None, typer.Option(help="nothing, or line: say so when nothing is new.")] = None,
    late_day: Annotated[str | None, typer.Option(help="post, or skip: a digest that missed its hour.")] = None,
    brief: Annotated[
        bool | None, typer.Option("--brief/--no-brief", help="Begin a weekly digest with its themes.")
    ] = None,
    rerank: Annotated[
        bool | None, typer.Option("--rerank/--no-rerank", help="Let a language model have a say in the order.")
    ] = None,
    explore: Annotated[
        bool | None, typer.Option("--explore/--no-explore", help="One place for something else than is usually saved.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Subscribe a channel; an existing subscription is updated."""
    from bot import tasks

    changes = _changes(
        category,
        rule,
        interest,
        author,
        at,
        zone,
        weekdays,
        size,
        language,
        depth,
        layout,
        patience,
        quiet_day,
        late_day,
        brief,
        rerank,
        explore,
    )
    _save(context, channel, name, lambda app: tasks.subscribe(app, channel, name, changes), as_json=as_json)


@channels.command("set")
def channels_set(
    context: typer.Context,
    channel: Channel,
    setting: Annotated[str, typer.Argument(help="Which setting: size, rule, layout ...")],
    value: Annotated[str, typer.Argument(help="Its value; none empties it.")],
    name: Name = "main",
    as_json: AsJson = False,
) -> None:
    """Change one setting of a subscription."""
    from bot import tasks

    _save(context, channel, name, lambda app: tasks.change(app, channel, name, {setting: value}), as_json=as_json)


@channels.command("rule")
def channels_rule(
    context: typer.Context,
    channel: Channel,
    rule: Annotated[str | None, typer.Argument(help="A rule to try; without one, the channel's own.")] = None,
    name: Name = "main",
    as_json: AsJson = False,
) -> None:
    """Try a rule on the last month's papers: how much it keeps, and what is odd about it. Nothing is saved."""
    from bot import tasks
    from bot.output import contract_rules, screen

    trial = run_with_app(context, lambda app: tasks.try_rule(app, channel, name, rule))
    if as_json:
        screen.data(contract_rules.tried_rule(trial))
        return
    screen.say(f"rule: {trial.rule or 'none'}", is_copied=True)
    for remark in trial.remarks or ("No papers of the last month are stored to try it on.",):
        screen.say(remark)


@channels.command("lists")
def channels_lists(
    context: typer.Context,
    channel: Channel,
    list_name: Annotated[str | None, typer.Argument(metavar="LIST", help="Which list to change.")] = None,
    rule: Annotated[str | None, typer.Argument(help='What it says: planning, "world model"; none removes it.')] = None,
    as_json: AsJson = False,
) -> None:
    """Show the lists that rules of the channel's workspace may name as list:NAME, or change one."""
    from bot import tasks
    from bot.output import screen
    from core.errors import UsageError

    if list_name and not rule:
        raise UsageError(f"What should the list {list_name} say?", hint='Write it like planning, "world model".')
    lists = run_with_app(context, lambda app: tasks.rule_lists(app, channel, list_name or "", rule or ""))
    if as_json:
        screen.data({"lists": [{"name": name, "rule": text} for name, text in lists.items()]})
        return
    for name, text in lists.items():
        screen.say(f"list:{name}: {text}", is_copied=True)
    if not lists:
        screen.say("There are no lists.")


@channels.command("list")
def channels_list(context: typer.Context, as_json: AsJson = False) -> None:
    """List all subscriptions, with their next and last digests."""
    from bot import tasks
    from bot.output import contract, screen

    timetables = run_with_app(context, tasks.timetables)
    if as_json:
        screen.data({"subscriptions": [contract.timetable(timetable) for timetable in timetables]})
    else:
        screen.timetables(timetables)


@channels.command("show")
def channels_show(
    context: typer.Context,
    channel: Channel,
    name: Name = "main",
    as_json: AsJson = False,
) -> None:
    """Show one subscription, with its next and last digests, and what the channel has taught it."""
    from bot import tasks
    from bot.output import contract, contract_choice, screen
    from core.channels import is_private_chat
    from core.choose.profile.opinions import taste_of
    from core.converse.learning.taste import corrections_in_words, sentence

    async def work(app: App) -> tuple[Timetable, KeptProfile | None, Sequence[Correction], int]:
        timetable = await tasks.timetable(app, channel, name)
        place = timetable.subscription.channel
        store = app.store
        seeds = len(await store.seeds(place))
        return timetable, await store.kept_profile(place), await store.corrections(place), seeds

    timetable, profile, corrections, seeds = run_with_app(context, work)
    if as_json:
        taste = taste_of(profile, corrections)
        lessons = {"learned": contract_choice.taste_facts(taste) if taste else None, "seeds": seeds}
        correction_rows = [
            {"term": row.term or None, "paper": str(row.paper) if row.paper else None, "wanted": row.wanted.value}
            for row in corrections
        ]
        screen.data({**contract.timetable(timetable), **lessons, "corrections": correction_rows})
        return
    screen.timetables([timetable])
    if lesson := sentence(profile, corrections, is_private=is_private_chat(timetable.subscription.channel)):
        screen.say(lesson)
    if seeds:
        screen.say(f"Papers of a library that teach it: {seeds:,}.")
    if corrections:
        screen.say(f"Corrected: {corrections_in_words(corrections)}.")


@channels.command("seed")
def channels_seed(
    context: typer.Context,
    channel: Channel,
    teachers: Annotated[
        list[str],
        typer.Argument(metavar="FILE|ORCID|ID...", help="A BibTeX, RIS, CSL-JSON or Zotero file; an ORCID; papers."),
    ],
    name: Name = "main",
    as_json: AsJson = False,
) -> None:
    """Teach a channel papers that its people wrote or like. They are examples alone, and never posted."""
    from bot import seeding
    from bot.output import screen
    from bot.tasks import IN_PART
    from core.text.readable import quantity, readable

    seeds = run_with_app(context, lambda app: seeding.seed(app, channel, name, teachers, show=not as_json))
    if as_json:
        missing = [{"where": reference.where, "reason": reference.reason} for reference in seeds.missing]
        papers = [{"id": str(paper.id), "title": readable(paper.title)} for paper in seeds.papers]
        screen.data({"channel": channel, "new": seeds.new, "papers": papers, "missing": missing})
    else:
        screen.seeds(seeds.papers, [(reference.where, reference.reason) for reference in seeds.missing])
        screen.say(f"{channel} learns from {quantity(len(seeds.papers), 'paper')} ({seeds.new:,} of them new).")
        for trouble in seeds.troubles:
            screen.warn(trouble)
    if seeds.missing:
        raise typer.Exit(IN_PART)


@channels.command("remove")
def channels_remove(
    context: typer.Context,
    channel: Channel,
    name: Name = "main",
    as_json: AsJson = False,
) -> None:
    """End a subscription; what was posted stays on record, and its settings for a month."""
    from bot import tasks

    subscription = run_with_app(context, lambda app: tasks.unsubscribe(app, channel, name))
    _show_subscription(
        subscription,
        as_json=as_json,
        heading="Removed. Its settings are kept for a month: /subscribe again in the channel brings them back.",
    )


def _save(
    context: typer.Context,
    channel: str,
    name: str,
    change: Callable[[App], Awaitable[FitResult]],
    *,
    as_json: bool,
) -> None:
    """Change a subscription and show it, with the way back.

    Says which categories were chosen, and where nothing writes its language.
    """
    from bot import tasks
    from bot.output import screen
    from core.choose.reranking import setting_note
    from core.summarise.languages import unserved_note

    async def work(app: App) -> tuple[Subscription | None, FitResult, bool, tuple[str, ...]]:
        old, new = await tasks.existing(app, channel, name), await change(app)
        return old, new, bool(app.models), await tasks.remarks(app, old, new.subscription)

    before, fit, has_model, remarks = run_with_app(context, work)
    subscription = fit.subscription
    _show_subscription(subscription, as_json=as_json)
    if before and not as_json:
        _show_changes(before, subscription)
    if fit.note:
        screen.warn(fit.note.replace("`", ""))
    for remark in remarks:
        screen.warn(remark)
    notes = unserved_note(subscription.language, has_model=has_model), setting_note(subscription, has_model=has_model)
    for note in notes:
        if note:
            screen.warn(note)


def _show_changes(before: Subscription, after: Subscription) -> None:
    """What was and what is, and the command that restores what was."""
    from bot.output import screen
    from core.converse.settings.changes import changes_between

    name_option = f" --name {after.name}" if after.name != "main" else ""
    for change in changes_between(before, after):
        screen.say(f"{change.name}: {change.before} → {change.after}")
        back = f"paperboy channels set {after.channel} {change.name} {quote(change.before)}{name_option}"
        screen.say(f"  back: {back}", is_copied=True)


def _show_subscription(subscription: Subscription, *, as_json: bool, heading: str = "") -> None:
    from bot.output import contract, screen

    if as_json:
        screen.data(contract.subscription(subscription))
    else:
        screen.subscriptions([subscription], heading=heading)
