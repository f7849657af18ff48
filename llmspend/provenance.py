"""Where the prices of charges come from, kept in the metadata of files and said in reports."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from llmspend._version import __version__
from llmspend.price_choice import OwnPricing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspend.custom_pricing import CustomPricing
    from llmspend.rate_card import RateCard

_PREFIX = "llmspend."


@dataclass(frozen=True, slots=True)
class Provenance:
    """How charges were computed; None is unknown.

    Attributes
    ----------
    version
        The llmspend that priced them.
    cost_map
        Where the cost map is from.
    cost_map_date
        Its date (ISO).
    cost_map_sha256
        Digest of its JSON.
    quirks
        Names of the quirks of LiteLLM that were reproduced, with spaces between; empty for none.
    own_prices
        How many prices of one's own there were, in words; ``"none"`` for none.
    """

    version: str | None = None
    cost_map: str | None = None
    cost_map_date: str | None = None
    cost_map_sha256: str | None = None
    quirks: str | None = None
    own_prices: str | None = None

    @classmethod
    def of(cls, card: RateCard) -> Provenance:
        """Describe a rate card.

        Parameters
        ----------
        card
            What prices the charges.

        Returns
        -------
        Provenance
            Nothing in it is unknown but perhaps the date of the cost map.

        Examples
        --------
        >>> from llmspend.pricing import default_card
        >>> Provenance.of(default_card()).own_prices
        'none'
        """
        return cls(
            __version__,
            card.cost_map.source,
            card.cost_map.date,
            card.cost_map.sha256,
            " ".join(sorted(card.reproduce)),
            _own_prices(card.custom),
        )

    @classmethod
    def of_metadata(cls, metadata: Mapping[str, str]) -> Provenance:
        """Read it from the metadata of a Parquet file.

        Parameters
        ----------
        metadata
            As `metadata` writes them, among others.

        Returns
        -------
        Provenance
            What is not there is unknown.
        """
        return cls(*(metadata.get(_PREFIX + name) for name in cls.__dataclass_fields__))

    def metadata(self) -> dict[str, str]:
        """Write it for the metadata of a Parquet file.

        Returns
        -------
        dict
            What is known.
        """
        return {_PREFIX + name: value for name, value in asdict(self).items() if value is not None}


def _own_prices(custom: CustomPricing) -> str:
    """Count the prices of one's own."""
    overrides: set[str] = set()
    deployments = set(custom.deployments)
    if isinstance(custom, OwnPricing):
        overrides = {s.deployment for s in custom.overrides}
        deployments = {s.deployment for s in custom.configured}
    counts = {
        "deployment": len(deployments),
        "override": len(overrides),
        "discount": len(custom.discounts),
        "margin": len(custom.margins),
    }
    parts = [f"{n} {what}{'s' * (n > 1)}" for what, n in counts.items() if n]
    return ", ".join(parts) or "none"
