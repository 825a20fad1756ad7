"""Summaries to rows and back. Nothing here touches a database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from pydantic import TypeAdapter

from core.channels import Depth
from core.papers.identifiers import PaperId
from core.papers.paper import Evidence, Summary
from core.text.storable import safe
from storage import rows

_EVIDENCE: Final = TypeAdapter(tuple[Evidence, ...])


def summary_values(summary: Summary, *, paper_id: int) -> rows.Values:
    """A summary as a row of `summaries`."""
    return {
        "paper_id": paper_id,
        "language": summary.language,
        "version": summary.version,
        "made_by": summary.made_by,
        "gist": summary.gist,
        "motivation": summary.motivation,
        "method": summary.method,
        "result": summary.result,
        "conclusion": summary.conclusion,
        "readers": summary.readers,
        "novelty": summary.novelty,
        "depth": summary.depth.value,
        "recipe": summary.recipe,
        "evidence": _EVIDENCE.dump_json(tuple(_safe_evidence(summary.evidence))).decode(),
    }


def _safe_evidence(evidence: Sequence[Evidence]) -> Iterable[Evidence]:
    return (Evidence(claim=safe(pair.claim), quote=safe(pair.quote)) for pair in evidence)


def summary_of(row: rows.Row, *, paper: PaperId) -> Summary:
    """A row of `summaries` as a value."""
    return Summary(
        paper=paper,
        version=row.version,
        language=row.language,
        gist=row.gist,
        motivation=row.motivation,
        method=row.method,
        result=row.result,
        conclusion=row.conclusion,
        readers=row.readers,
        novelty=row.novelty,
        depth=Depth(row.depth),
        recipe=row.recipe,
        evidence=_EVIDENCE.validate_json(row.evidence),
        made_by=row.made_by,
    )
