"""`paperboy privacy`: what is kept of people, workspaces and channels, for whoever operates Paperboy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import AsJson, run_with_app

if TYPE_CHECKING:
    from datetime import datetime

    from bot.wire import App
    from core.channels import UserRef
    from core.converse.privacy.kept import PersonalRecords

privacy = typer.Typer(help="What is kept of people and places; delete it.", no_args_is_help=True)

Person = Annotated[str, typer.Argument(help="platform:workspace/person, like slack:T123/U456 or telegram:77.")]


async def _records(app: App, person: UserRef) -> tuple[PersonalRecords, datetime]:
    return await app.store.personal_records(person), app.clock.now()


@privacy.command("export")
def privacy_export(context: typer.Context, person: Person) -> None:
    """Print everything that is kept of a person, as JSON: what `/privacy export` gives them."""
    from bot.output import screen
    from core.channels import UserRef
    from core.converse.privacy.posts import as_json

    who = UserRef.parse(person)
    records, at = run_with_app(context, lambda app: _records(app, who))
    screen.data(as_json(records, at=at))


@privacy.command("forget")
def privacy_forget(
    context: typer.Context,
    whom: Annotated[str, typer.Argument(help="A workspace (slack:T123), a channel, or with --person a person.")],
    person: Annotated[bool, typer.Option("--person", help="It is a person, as in slack:T123/U456.")] = False,
    is_sure: Annotated[bool, typer.Option("--yes", help="Really delete it; there is no way back.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete everything that is kept of a workspace, a channel or a person, at once."""
    from bot.output import screen
    from core.channels import UserRef
    from core.converse.privacy.forgetting import forget_now, place_of
    from core.errors import UsageError
    from core.text.readable import quantity

    place = UserRef.parse(whom) if person else place_of(whom)
    if not is_sure:
        raise UsageError(f"This deletes everything that is kept of {whom}.", hint="Add --yes; there is no way back.")
    if isinstance(place, UserRef):
        records = run_with_app(context, lambda app: app.store.forget_person(place)).records
    else:
        records = run_with_app(context, lambda app: forget_now(app.store, place))
    if as_json:
        screen.data({"forgotten": str(place), "records": records})
    elif records:
        screen.say(f"Deleted {quantity(records, 'record')} of {place}. Backups that you made still hold them.")
    else:
        screen.say(f"Nothing is kept of {place}.")
