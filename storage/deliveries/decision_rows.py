"""Decisions to rows and back: what a delivery decided on each paper that its rule kept, and why.

The modules of this folder call these, as they call `rows`. Thousands of decisions are stored each day, so that
what says nothing is left out of their JSON. Nothing here touches a database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.choose.reasons import Reason, ReasonKind
from core.choose.verdicts import Contribution, Decision, Fate, Fit, Standing
from storage.rows import Row, Values, id_of, key_of


def decision_values(decision: Decision, *, delivery_id: int, paper_id: int) -> Values:
    """A decision as a row of `decisions`."""
    return {
        "delivery_id": delivery_id,
        "paper_id": paper_id,
        "score": decision.score,
        "reasons": reasons_text(decision.reasons),
        "place": decision.place,
        "chosen": decision.chosen,
        "standing": _standing_text(decision),
    }


def _standing_text(decision: Decision) -> str | None:
    """What became of a paper as JSON, without what says nothing; thousands of them are stored each day."""
    standing = decision.standing
    if standing is None:
        return None
    parts = [[part.feature, part.value, part.amount, part.words] for part in decision.contributions]
    values = {
        "fate": standing.fate.value,
        "fit": standing.fit.value if standing.fit else None,
        "like": key_of(standing.like) if standing.like else None,
        "parts": parts,
        "left_out": list(decision.left_out),
    }
    return json.dumps({name: value for name, value in values.items() if value}, ensure_ascii=False)


def _contribution_of(part: Sequence[Any]) -> Contribution:
    feature, value, amount, words = part
    return Contribution(feature=feature, value=value, amount=amount, words=words)


def reasons_text(reasons: Iterable[Reason]) -> str:
    """Reasons as a JSON list: of strings where the text says all, else of objects."""
    return json.dumps([_reason_value(reason) for reason in reasons], ensure_ascii=False)


def reasons_of(text: str) -> tuple[Reason, ...]:
    """The reasons of a stored list; older databases hold strings alone."""
    return tuple(
        Reason(text=reason)
        if isinstance(reason, str)
        else Reason(kind=ReasonKind(reason["kind"]), text=reason["text"], subject=reason["subject"])
        for reason in json.loads(text)
    )


def _reason_value(reason: Reason) -> str | Values:
    if reason == Reason(text=reason.text):
        return reason.text
    return {"kind": reason.kind.value, "text": reason.text, "subject": reason.subject}


def decision_of(row: Row) -> Decision:
    """A row of `decisions`, joined with its paper's key, as a value."""
    values: Mapping[str, Any] = json.loads(row.standing) if row.standing else {}
    return Decision(
        paper=id_of(row.key),
        score=row.score,
        reasons=reasons_of(row.reasons),
        place=row.place,
        chosen=row.chosen,
        standing=_standing_of(values) if values else None,
        contributions=tuple(map(_contribution_of, values.get("parts", ()))),
        left_out=tuple(values.get("left_out", ())),
    )


def _standing_of(values: Mapping[str, Any]) -> Standing:
    fit, like = values.get("fit"), values.get("like")
    return Standing(fate=Fate(values["fate"]), fit=Fit(fit) if fit else None, like=id_of(like) if like else None)
