"""`make bench`: every benchmark, each figure beside a named baseline of the same run."""

from tests.benchmarks import (
    choose,
    desk,
    digest,
    fanout,
    ingest,
    matching,
    million,
    model,
    month,
    platforms,
    profiles,
    rules,
    schedule,
    search,
    search_postgresql,
    sharing,
    summaries,
    titles,
    year,
)
from tests.benchmarks.figures import show
from tests.shared import SHARED

if SHARED.is_dir():
    show(f"Ingest of {ingest.DAY}: from bytes to stored, searchable papers (limit: ratio {ingest.LIMIT})", ingest.run())
    show(
        f"The replayed year, from bytes to stored, searchable papers (limits: {year.FASTEST:,} per CPU second,"
        f" {year.PEAK_MB} MB)",
        year.run(),
    )
    show(f"Adding to a large store and to one of {million.FEW:,} (limit: ratio {million.LIMIT})", million.run())
    show(f"The desk (limits: {desk.LIMIT_MS} ms, {desk.LIMIT_PER_S} a second)", desk.run())
    show("Matching", matching.run())
    show(titles.TITLE, titles.run())
    show("Choosing", choose.run())
    show(f"Rules of {rules.CHANNELS:,} channels (limit: {rules.LIMIT_S:.0f} s)", rules.run())
    show(
        f"Learned profiles (limits: {profiles.LIMIT_S} s, {profiles.LIMIT_MB} MB, {profiles.LEARN_LIMIT_S} s to learn)",
        profiles.run(),
    )
    show("Digest and start", digest.run())
    show("Summaries by a model that counts, over a replayed month", summaries.run())
    show("The schedule", schedule.run())
    show(f"A month of service, {month.CHANNELS} channels (limit: ratio {month.LIMIT})", month.run())
    show("Platforms", platforms.run())
    show(f"A language model, {model.ANSWER_S} s a call", model.run())
    show(f"Fan-out to 2,000 channels, {fanout.FACTOR} times as fast as in life", fanout.run())
    show(sharing.TITLE, sharing.run())
    show(search.TITLE, search.run())
    show(search_postgresql.TITLE, search_postgresql.run())
else:
    print("The benchmarks measure on real days of ../shared, which is not here.")  # noqa: T201 - there is no table to show
