"""The emoji that channels chose, with the record of who did; and Telegram's reactions by their emoji."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

#: what stood for each feeling on Telegram until now, where only the feeling was on record
_EMOJI = {"bookmark": "✍", "more": "👍", "less": "👎", "done": "👌"}


def upgrade() -> None:
    op.create_table(
        "channel_signs",
        sa.Column("channel", sa.Text(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.add_column("setting_changes", sa.Column("signs_before", sa.Text(), nullable=True))
    op.add_column("setting_changes", sa.Column("signs_after", sa.Text(), nullable=True))
    reactions = sa.table("reactions", sa.column("channel", sa.Text()), sa.column("emoji", sa.Text()))
    for feeling, emoji in _EMOJI.items():
        mine = (reactions.c.channel.startswith("telegram:"), reactions.c.emoji == feeling)
        op.execute(sa.update(reactions).where(*mine).values(emoji=emoji))
