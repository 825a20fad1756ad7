"""`SqlStore`: everything that Paperboy remembers, in one database; the only name of this folder that `bot.wire` uses.

It puts the parts of the port together, each of which has a module of its own, and opens the database that they share.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Final

from core.converse.ports import Store
from core.ingest.traits import Sources
from storage.channels.profiles import SqlProfiles
from storage.channels.rule_lists import SqlRuleLists
from storage.channels.settings_log import SqlSettings
from storage.channels.signs import SqlSigns
from storage.deliveries.day_readings import SqlDays
from storage.deliveries.schedule import SqlSchedule
from storage.deliveries.stand_ins import SqlStandIns
from storage.deliveries.store import SqlDeliveries
from storage.deliveries.subscriptions import SqlSubscriptions
from storage.engine.database import BUSY_TIMEOUT_S, Database
from storage.operation.services import SqlOperation
from storage.operation.spending import SqlSpending
from storage.operation.updates import SqlUpdates
from storage.papers.dossiers import SqlDossiers
from storage.papers.enrichments import SqlEnrichments
from storage.papers.full_texts import SqlFullTexts
from storage.papers.grades import SqlGrades
from storage.papers.store import SqlPapers
from storage.papers.summaries import SqlSummaries
from storage.papers.vectors import SqlVectors
from storage.people.annotations import SqlAnnotations
from storage.people.bookmarks import SqlBookmarks
from storage.people.event_notices import SqlEventNotices
from storage.people.feedback import SqlFeedback
from storage.people.hints import SqlHints
from storage.people.privacy import SqlPrivacy
from storage.people.reactions import SqlReactions
from storage.people.searches import SqlSearches
from storage.people.tallies import SqlTallies
from storage.sources.backfills import SqlBackfills
from storage.sources.states import SqlSources

_NONE: Final[Mapping[str, str | int]] = MappingProxyType({})


class SqlStore(
    SqlPapers,
    SqlSummaries,
    SqlSpending,
    SqlDossiers,
    SqlEnrichments,
    SqlSources,
    SqlBackfills,
    SqlDays,
    SqlSubscriptions,
    SqlRuleLists,
    SqlSettings,
    SqlSchedule,
    SqlDeliveries,
    SqlStandIns,
    SqlBookmarks,
    SqlAnnotations,
    SqlEventNotices,
    SqlReactions,
    SqlTallies,
    SqlHints,
    SqlSigns,
    SqlFeedback,
    SqlProfiles,
    SqlPrivacy,
    SqlFullTexts,
    SqlGrades,
    SqlSearches,
    SqlUpdates,
    SqlOperation,
    SqlVectors,
    Store,
):
    """The store in an SQL database: SQLite in a file or, with `sqlite://`, in memory; or `postgresql://...`.

    `traits` says what the sources of its rows are like. Any number of tasks and processes may use one database at a
    time. `pragmas` are for SQLite, over our own. Raises BadSetting for the URL of another database.
    """

    def __init__(
        self,
        database_url: str,
        *,
        traits: Sources,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        pragmas: Mapping[str, str | int] = _NONE,
    ) -> None:
        super().__init__(Database(database_url, busy_timeout_s=busy_timeout_s, pragmas=pragmas), traits)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Store]:
        """Open the database, bring its schema up to date, and close it at the end, as the port says."""
        async with self.database.open():
            yield self
