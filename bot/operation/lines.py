"""What `paperboy run` says in one line each: events of the log -> sentences for people. Pure.

The program logs an event by its name and its facts as fields. An event that has a sentence here is shown by the running
service without `--verbose`; every other event is for those who look for a cause. JSON lines carry both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from core.text.readable import quantity, some

Facts = Mapping[str, Any]


class Tone(StrEnum):
    """How a line is marked."""

    GOOD = "good"
    PLAIN = "plain"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Line:
    """One line for people."""

    tone: Tone
    sentence: str


#: events that many channels have at once: of those with the same problem one is shown
COMMON_TROUBLES: Final = ("digest failed", "digest given up", "digest waiting", "improving a digest failed")


def line_of(facts: Facts) -> Line | None:
    """The line of an event; None where it has none."""
    template = _LINES.get(str(facts.get("event")))
    if template is None:
        return None
    tone, sentence = template
    return Line(tone, sentence if isinstance(sentence, str) else sentence(facts))


def moment(at: datetime) -> str:
    """A moment on this machine's clock: `09:00`, and its day where it is not today's."""
    return f"{at.astimezone():%a %H:%M}"


def _end_sentence(sentence: object) -> str:
    """What others wrote, as a sentence that another one can follow."""
    text = str(sentence).strip()
    return text if text.endswith((".", "!", "?", ")")) else f"{text}."


def _start(facts: Facts) -> str:
    return f"Paperboy {facts['version']} runs as process {facts['pid']}: {', '.join(facts['platforms'])}."


def _worker_start(facts: Facts) -> str:
    at_once = quantity(facts["at_once"], "job")
    return f"Paperboy {facts['version']} works as process {facts['pid']}, on {at_once} at a time."


def _job_failure(facts: Facts) -> str:
    return f"A job failed ({facts['task']}): {_end_sentence(facts['problem'])} It is tried again."


def _job_given_up(facts: Facts) -> str:
    tries = quantity(facts["tries"], "try")
    return f"A job was given up after {tries} ({facts['task']}): {_end_sentence(facts['problem'])}"


def _job_takeover(facts: Facts) -> str:
    return f"A process is gone, and its job is done here ({facts['task']})."


def _connection(facts: Facts) -> str:
    return f"{facts['platform']} is connected as {facts['identity']}."


def _down(facts: Facts) -> str:
    return f"{facts['platform']} is down: {_end_sentence(facts['problem'])} Trying again in {facts['pause_s']:.0f} s."


def _waiting(facts: Facts) -> str:
    return (
        f"{facts['platform']} is served by another process ({facts['host']}, {facts['pid']}) since "
        f"{moment(facts['since'])}; this one waits and takes over when it stops."
    )


def _deafness(facts: Facts) -> str:
    problem = _end_sentence(facts["problem"])
    return f"This process does not hear {facts['platform']}: {problem} Trying again in {span(facts['pause_s'])}."


def _takeover(facts: Facts) -> str:
    return f"Another process serves {facts['platform']} now; this one stopped serving it."


def _sharing(facts: Facts) -> str:
    return (
        f"Another installation with a database of its own uses the token of {facts['platform']}. Stop one of them, or "
        "give it a bot of its own: channels get the digests of both, and nobody knows which of them answers."
    )


def _next(facts: Facts) -> str:
    digests: Sequence[tuple[str, datetime]] = facts["digests"]
    if not digests:
        return "No digest is due: no channel is subscribed. paperboy channels add CHANNEL --category cs.CL"
    appointments = ", ".join(f"{where} {at:%a %H:%M} {at.tzinfo}" for where, at in digests)
    return f"Next: {appointments}{', and more' if facts.get('more') else ''}."


def _post(facts: Facts) -> str:
    late = f", {span(facts['late_s'])} late" if facts.get("late_s", 0) >= _LATE_S else ""
    papers = f" with {quantity(facts['papers'], 'paper')}" if "papers" in facts else ""
    without = f", without {some(facts['missing'])}" if facts.get("missing") else ""
    return f"The digest of {facts['day']} was posted to {facts['channel']}{papers}{late}{without}."


def _waiting_for(facts: Facts) -> str:
    more = facts["digests"] - 1
    digests = (
        f"The digests for {facts['channel']} and {more:,} more wait"
        if more
        else f"The digest for {facts['channel']} waits"
    )
    return f"{digests} for {some(facts['missing'])}, until {moment(facts['until'])} at most."


def _failure(facts: Facts) -> str:
    return f"The digest for {facts['channel']} could not be posted: {facts['problem']}"


def _resumption(facts: Facts) -> str:
    return f"A digest for {facts['channel']} that was interrupted is complete now."


def _improvement(facts: Facts) -> str:
    return f"Better summaries for {facts['channel']}: {quantity(facts['messages'], 'message')} edited."


def _not_improved(facts: Facts) -> str:
    return f"Messages in {facts['channel']} could not be edited: {_end_sentence(facts['problem'])}"


def _given_up(facts: Facts) -> str:
    sentence = f"A digest for {facts['channel']} was given up: {_end_sentence(facts['problem'])}"
    return f"{sentence} Its papers come with the next digest."


def _database_down(facts: Facts) -> str:
    return f"{_end_sentence(facts['problem'])} Nothing is posted meanwhile; Paperboy goes on when it is back."


def _database_up(facts: Facts) -> str:
    return f"The database works again after {span(facts['down_s'])}."


def _clock_jump(facts: Facts) -> str:
    way = "forward" if facts["seconds"] > 0 else "back"
    return f"The machine's clock jumped {way} by {span(abs(facts['seconds']))}, or the machine slept."


def _trouble(facts: Facts) -> str:
    return str(facts["sentence"])


def _lost_lines(facts: Facts) -> str:
    return f"{quantity(facts['lines'], 'line')} of the log went lost: nobody read them."


def _without_doers(facts: Facts) -> str:
    jobs = quantity(facts["jobs"], "job")
    verb = "waits" if facts["jobs"] == 1 else "wait"
    return (
        f"{jobs} {verb}, the oldest for {span(facts['oldest_s'])}, and no process does them. Start paperboy worker, or "
        "this gateway without --no-jobs."
    )


def _stopping(facts: Facts) -> str:
    second_signal = "; Ctrl-C again ends at once" if facts["signal"] == "SIGINT" else ""
    return f"Stopping: finishing or handing back what is held (at most {facts['longest_s']:.0f} s{second_signal})."


def _hanging(facts: Facts) -> str:
    return f"{facts['what']} did not close within {facts['longest_s']:.0f} s and is left."


def _without_model(facts: Facts) -> str:
    return f"Summaries are made without {facts['model']}: {_end_sentence(facts['problem'])}"


def _serving_web(facts: Facts) -> str:
    return f"Health and metrics are at http://{facts['host']}:{facts['port']}/healthz, /readyz, /metrics."


#: below it nobody calls a digest late, in seconds
_LATE_S: Final = 300.0

_LINES: Final[Mapping[str, tuple[Tone, str | Callable[[Facts], str]]]] = MappingProxyType(
    {
        "service started": (Tone.PLAIN, _start),
        "worker started": (Tone.PLAIN, _worker_start),
        "job failed": (Tone.TROUBLE, _job_failure),
        "job given up": (Tone.TROUBLE, _job_given_up),
        "job taken over": (Tone.TROUBLE, _job_takeover),
        "web served": (Tone.PLAIN, _serving_web),
        "platform connected": (Tone.GOOD, _connection),
        "platform down": (Tone.TROUBLE, _down),
        "platform waiting": (Tone.PLAIN, _waiting),
        "platform shared": (Tone.TROUBLE, _sharing),
        "platform lost": (Tone.TROUBLE, _takeover),
        "listening failed": (Tone.TROUBLE, _deafness),
        "digests next": (Tone.PLAIN, _next),
        "digest posted": (Tone.GOOD, _post),
        "digest waiting": (Tone.TROUBLE, _waiting_for),
        "digest failed": (Tone.TROUBLE, _failure),
        "digest resumed": (Tone.GOOD, _resumption),
        "digest given up": (Tone.TROUBLE, _given_up),
        "digest improved": (Tone.GOOD, _improvement),
        "improving a digest failed": (Tone.TROUBLE, _not_improved),
        "database down": (Tone.TROUBLE, _database_down),
        "database up": (Tone.GOOD, _database_up),
        "clock jumped": (Tone.TROUBLE, _clock_jump),
        "model unusable": (Tone.TROUBLE, _without_model),
        "alert begun": (Tone.TROUBLE, _trouble),
        "alert over": (Tone.GOOD, _trouble),
        "log lines lost": (Tone.TROUBLE, _lost_lines),
        "jobs undone": (Tone.TROUBLE, _without_doers),
        "service stopping": (Tone.PLAIN, _stopping),
        "service hanging": (Tone.TROUBLE, _hanging),
        "service stopped": (Tone.PLAIN, "Stopped."),
    }
)


def span(seconds: float) -> str:
    """How long, in the unit that fits."""
    if seconds < 90:
        return quantity(round(seconds), "second")
    if seconds < 5_400:
        return quantity(round(seconds / 60), "minute")
    return quantity(round(seconds / 3_600), "hour")
