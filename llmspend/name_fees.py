"""Names that cost something without an entry's rates: by duration, and routers' fees.

Both are told from the name alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ByDuration:
    """Models that are billed by how long a call took, where the cost map does not have them.

    Attributes
    ----------
    part
        What their names have in them, in this case.
    names
        Further names.
    usd_per_second
        The price.
    source
        Where in LiteLLM 1.106.2 the rule is.
    """

    part: str
    names: frozenset[str]
    usd_per_second: float
    source: str

    def has(self, name: str) -> bool:
        """Tell whether a name is one of theirs.

        Parameters
        ----------
        name
            Of a model that the cost map does not have.

        Returns
        -------
        bool
            Case matters.

        Examples
        --------
        >>> BY_DURATION.has("replicate/acme/large"), BY_DURATION.has("REPLICATE/acme/large")
        (True, False)
        """
        return self.part in name or name in self.names


BY_DURATION: Final = ByDuration(
    part="replicate",
    names=frozenset(
        f"{name}:{version}"
        for name, version in (
            (
                "a16z-infra/llama-2-13b-chat",
                "2a7f981751ec7fdf87b5b91ad4db53683a98082e9ff7bfd12c8cd5ea85980a52",
            ),
            (
                "meta/codellama-13b",
                "1c914d844307b0588599b8393480a3ba917b660c7e9dfae681542b5325f228db",
            ),
            (
                "joehoover/instructblip-vicuna13b",
                "c4c54e3c8c97cd50c2d2fec9be3b6065563ccf7d43787fb99f84151b867178fe",
            ),
            (
                "daanelson/flan-t5-large",
                "ce962b3f6792a57074a601d3979db5839697add2e4e02696b3ced4c022d4767f",
            ),
            (
                "replit/replit-code-v1-3b",
                "b84f4c074b807211cd75e3e8b1589b6399052125b4c27106e43d47189e8415ad",
            ),
        )
    ),
    usd_per_second=0.0014,
    source="cost_calculator.get_replicate_completion_pricing; constants.replicate_models",
)


@dataclass(frozen=True, slots=True)
class RouterFee:
    """A fee on every prompt token of calls that a router passes on to some model.

    Attributes
    ----------
    parts
        What a router's name has one of in it, in any case.
    provider
        Whose entry holds the fee, as its input rate; its own calls pay it on the input side.
    entries
        Names of that entry; a router by neither name pays the fee of the last.
    added_for
        Providers whose calls pay it as an additional cost, when only the requested name is a
        router's.
    not_for
        Requested names with this in them pay none.
    source
        Where in LiteLLM 1.106.2 the rule is.
    """

    parts: tuple[str, ...]
    provider: str
    entries: tuple[str, ...]
    added_for: tuple[str, ...]
    not_for: str
    source: str

    def is_router(self, name: str) -> bool:
        """Tell whether a name is a router's.

        Parameters
        ----------
        name
            Of a model, with or without provider.

        Returns
        -------
        bool
            True for ``Model-Router``, ``azure_ai/model_router/gpt-4o`` …

        Examples
        --------
        >>> ROUTER_FEE.is_router("azure_ai/my-Model-Router"), ROUTER_FEE.is_router("gpt-4o")
        (True, False)
        """
        folded = name.lower()
        return any(part in folded for part in self.parts)

    def entry_of(self, name: str) -> str | None:
        """Return which of `entries` a name is, if any.

        Parameters
        ----------
        name
            Of a model, with or without provider.

        Returns
        -------
        str or None
            The entry's name without provider.

        Examples
        --------
        >>> ROUTER_FEE.entry_of("azure_ai/Model-Router"), ROUTER_FEE.entry_of("my-model-router")
        ('model-router', None)
        """
        folded = name.lower().removeprefix(f"{self.provider}/")
        return folded if folded in self.entries else None


ROUTER_FEE: Final = RouterFee(
    parts=("model-router", "model_router"),
    provider="azure_ai",
    entries=("model-router", "model_router"),
    added_for=("azure_ai", "azure"),
    not_for="agents/",
    source="llms/azure_ai/cost_calculator.py; cost_calculator._get_additional_costs",
)
