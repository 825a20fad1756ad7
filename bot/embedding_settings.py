"""The section `embeddings` of the settings."""

from __future__ import annotations

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr


class EmbeddingsSettings(BaseModel):
    """The model that tells what papers mean; used where `model` is set. Paid ones are within the budgets of `model`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: `local` for a small one on this machine, else PROVIDER/MODEL in litellm's words: openai/text-embedding-3-small
    model: str | None = None
    #: those of `model` unless one of them is set, where both models are of one provider
    api_base: AnyHttpUrl | None = None
    api_key: SecretStr | None = None
    #: seconds that a digest waits for vectors of papers that have none yet
    digest_wait_s: float = Field(default=10.0, ge=0, le=300)
    #: seconds that one answer may take
    timeout_s: float = Field(default=30.0, gt=0, le=600)
