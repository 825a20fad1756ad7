import gzip
import json
from pathlib import Path

from bot.evaluate.learn_terms import learn, read
from core.choose.interest import vocabulary


def month(folder: Path, name: str, abstracts: list[str]) -> None:
    """A month's listings of invented papers."""
    with gzip.open(folder / f"arxiv-{name}.jsonl.gz", "wt", encoding="utf-8") as file:
        for number, abstract in enumerate(abstracts):
            title = (
                "Folding willow cranes: origami simulation models" if "crane" in abstract else f"Of thing {number % 3}"
            )
            file.write(json.dumps({"title": title, "summary": abstract}) + "\n")


CRANES = "We fold willow cranes with pleated wings. Origami simulation models (OSMs) of the origami simulation model."
OTHERS = "Extensive experiments demonstrate that thing {} has many wings and models."


def test_what_is_learned(tmp_path: Path) -> None:
    """Phrases, what titles have of them, what goes with what, and abbreviations are learned; rhetoric is no phrase."""
    month(tmp_path, "2025-01", [CRANES if n % 20 == 0 else OTHERS.format(n) for n in range(500)])
    month(tmp_path, "2025-02", ["Later months are not read."] * 30)
    learned = learn(read(tmp_path, until="2025-01"))
    assert learned.papers == 500
    assert learned.frequencies["willow crane"] == 25
    assert learned.title_shares["willow crane"] == 1
    assert "crane" in learned.frequencies
    assert learned.forms["origami simulation model"] == ("osm",)
    assert "extensive experiment" not in learned.frequencies
    assert "later" not in learned.frequencies
    assert learned.weight("crane") > learned.weight("experiment")
    assert vocabulary.parse(learned.as_text()).frequencies == learned.frequencies
    assert learn(read(tmp_path, until="2025-01")).as_text() == learned.as_text()
