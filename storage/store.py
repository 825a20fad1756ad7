"""`SqlStore`: everything that Paperboy remembers, in one database; the only name of this folder that `bot.wire` uses.

It puts the parts of the port together, each of which has a module of its own, and opens the database that they share.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Final

from core.converse.ports import Store
from storage.annotations import SqlAnnotations
from storage.backfills import SqlBackfills
from storage.bookmarks import SqlBookmarks
from storage.day_readings import SqlDays
from storage.deliveries import SqlDeliveries
from storage.dossiers import SqlDossiers
from storage.engine import BUSY_TIMEOUT_S, Database
from storage.enrichments import SqlEnrichments
from storage.event_notices import SqlEventNotices
from storage.feedback import SqlFeedback
from storage.full_texts import SqlFullTexts
from storage.grades import SqlGrades
from storage.hints import SqlHints
from storage.operation import SqlOperation
from storage.papers import SqlPapers
from storage.privacy import SqlPrivacy
from storage.profiles import SqlProfiles
from storage.reactions import SqlReactions
from storage.rule_lists import SqlRuleLists
from storage.schedule import SqlSchedule
from storage.searches import SqlSearches
from storage.settings_log import SqlSettings
from storage.signs import SqlSigns
from storage.sources import SqlSources
from storage.spending import SqlSpending
from storage.stand_ins import SqlStandIns
from storage.subscriptions import SqlSubscriptions
from storage.summaries import SqlSummaries
from storage.tallies import SqlTallies
from storage.updates import SqlUpdates
from storage.vectors import SqlVectors

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

    Any number of tasks and processes may use one database at a time. `pragmas` are for SQLite, over our own. Raises
    BadSetting for the URL of another database.
    """

    def __init__(
        self, database_url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S, pragmas: Mapping[str, str | int] = _NONE
    ) -> None:
        super().__init__(Database(database_url, busy_timeout_s=busy_timeout_s, pragmas=pragmas))

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Store]:
        """Open the database, bring its schema up to date, and close it at the end, as the port says."""
        async with self.database.opened():
            yield self
