"""What people want more and less of: the `FeedbackStore` part of `SqlStore`."""

from __future__ import annotations

from core.channels import ChannelRef, UserRef
from core.converse.lists.feedback import Feedback
from core.converse.ports import FeedbackStore
from core.posts.reactions import Feeling
from storage import rows
from storage.engine.database import OnDatabase, uninterrupted
from storage.engine.statements import add_missing
from storage.papers.store import rows_of
from storage.tables import feedback as feedback_table


class SqlFeedback(OnDatabase, FeedbackStore):
    """The feedback in the database."""

    @uninterrupted
    async def add_feedback(self, feedback: Feedback) -> bool:
        """Record it, once per person, paper, feeling and channel, as the port says."""
        async with self.database.writing() as connection:
            paper_id = (await rows_of(connection, (feedback.paper,)))[feedback.paper]
            return await add_missing(connection, feedback_table, [feedback_values(feedback, paper_id=paper_id)]) > 0


def feedback_values(feedback: Feedback, *, paper_id: int) -> rows.Values:
    """Feedback as columns of `feedback`."""
    return {
        "person": str(feedback.user),
        "paper_id": paper_id,
        "feeling": feedback.feeling.value,
        "channel": str(feedback.where),
        "at": feedback.at,
        "public": feedback.public,
    }


def feedback_of(row: rows.Row) -> Feedback:
    """A row of `feedback`, joined with its paper's key, as a value."""
    return Feedback(
        user=UserRef.from_store(row.person),
        paper=rows.id_of(row.key),
        feeling=Feeling(row.feeling),
        where=ChannelRef.from_store(row.channel),
        at=row.at,
        public=row.public,
    )
