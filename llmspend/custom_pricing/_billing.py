"""What a proxy bills by: deployments with prices, discounts and margins."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from llmspend.custom_pricing._register import Overlay
from llmspend.entries import as_rate
from llmspend.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspend.cost_map import CostMap
    from llmspend.custom_pricing._deployments import Deployment
    from llmspend.entries import Entry

GLOBAL: Final = "global"
"""The margin of every provider without one of its own; discounts have no such thing."""

_HIGHEST: Final[Mapping[str, float]] = {
    "discount": 1.0,
    "percentage": 10.0,
    "fixed_amount": float("inf"),
}
"""What may be set → the highest value LiteLLM's own settings page accepts; the lowest is 0."""


class Terms(NamedTuple):
    """What comes off a cost and on top of it.

    ``x = cost - cost·discount``, then ``x + (x·margin + fixed_margin)``, in this order: that is
    LiteLLM's result to the last bit, also where only some of the three are set.

    Attributes
    ----------
    discount, margin
        Shares, 0.05 for 5 %.
    fixed_margin
        USD per request.
    """

    discount: float = 0.0
    margin: float = 0.0
    fixed_margin: float = 0.0


@dataclass(frozen=True)
class CustomPricing:
    """What a proxy bills by, beside the cost map.

    Attributes
    ----------
    deployments
        Id → deployment.
    discounts
        Provider → share taken off.
    margins
        Provider, or ``"global"`` for all others → share put on top, or ``{"percentage": share,
        "fixed_amount": USD per request}``.

    Examples
    --------
    >>> from llmspend import load_cost_map
    >>> costs = load_cost_map({"acme/small": {"litellm_provider": "acme"}})
    >>> custom = CustomPricing.of(costs, discounts={"acme": 0.05}, margins={"global": 0.1})
    >>> custom.terms("acme")
    Terms(discount=0.05, margin=0.1, fixed_margin=0.0)
    """

    deployments: Mapping[str, Deployment] = field(default_factory=dict)
    discounts: Mapping[str, float] = field(default_factory=dict)
    margins: Mapping[str, float | Mapping[str, float]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        cost_map: CostMap,
        deployments: Iterable[Deployment] = (),
        discounts: Mapping[str, Any] | None = None,
        margins: Mapping[str, Any] | None = None,
    ) -> CustomPricing:
        """Check the parts and put them together.

        Parameters
        ----------
        cost_map
            Its providers, and those of the deployments, may have discounts and margins.
        deployments
            As from `complete_deployment`.
        discounts, margins
            As for the attributes; numbers may be given as text.

        Returns
        -------
        CustomPricing
            With all numbers as floats.

        Raises
        ------
        InputError
            When two deployments have the same id, a provider or a setting does not exist, or a
            number is out of range; the message names it.
        """
        by_id: dict[str, Deployment] = {}
        for deployment in deployments:
            if by_id.setdefault(deployment.model_id, deployment) is not deployment:
                raise InputError(f"two deployments have the id {deployment.model_id!r}.")
        providers = {
            *cost_map.providers,
            *filter(None, (entry.get("litellm_provider") for entry in cost_map.entries.values())),
            *filter(None, (deployment.provider for deployment in by_id.values())),
        }
        for table, known in ((discounts, providers), (margins, providers | {GLOBAL})):
            for provider in table or ():
                if provider not in known:
                    raise UnknownNameError.of("provider", provider, known)
        return cls(
            by_id,
            {p: _share("discount", p, value) for p, value in (discounts or {}).items()},
            {p: _margin(p, value) for p, value in (margins or {}).items()},
        )

    def terms(self, provider: str | None) -> Terms:
        """Return the discount and the margin of a provider's calls.

        Parameters
        ----------
        provider
            ``custom_llm_provider``, or None when unknown.

        Returns
        -------
        Terms
            All 0 where nothing is set.
        """
        margin = self.margins.get(provider or "", self.margins.get(GLOBAL, 0.0))
        parts = {"percentage": margin} if isinstance(margin, float) else dict(margin)
        return Terms(
            self.discounts.get(provider or "", 0.0),
            parts.get("percentage", 0.0),
            parts.get("fixed_amount", 0.0),
        )


def _share(setting: str, provider: str, value: Any) -> float:  # noqa: ANN401 - parsed YAML
    number = as_rate(value)
    if number is None or not 0 <= number <= _HIGHEST[setting]:
        highest = f" to {_HIGHEST[setting]:g}" if setting != "fixed_amount" else " up"
        raise InputError(
            f"{setting} of provider {provider!r}: {value!r} is not a number from 0{highest}."
        )
    return number


def _margin(provider: str, value: Any) -> float | dict[str, float]:  # noqa: ANN401 - parsed YAML
    if not isinstance(value, dict):
        return _share("percentage", provider, value)
    settings = _HIGHEST.keys() - {"discount"}
    if not value:
        raise InputError(f"margin of provider {provider!r}: empty, give {' or '.join(settings)}.")
    for name in value:
        if name not in settings:
            raise UnknownNameError.of(f"margin setting of provider {provider!r}", name, settings)
    return {name: _share(name, provider, amount) for name, amount in value.items()}


def entries_with(cost_map: CostMap, custom: CustomPricing) -> Mapping[str, Entry]:
    """Lay a proxy's deployments over a cost map, as its router does at the start.

    Each deployment adds an entry under its id, and one without prices under the name of its
    model. As in LiteLLM, an id that *is* a model's key changes that model's entry, for all calls.

    Parameters
    ----------
    cost_map
        Stays as it is.
    custom
        Its deployments, in order.

    Returns
    -------
    Mapping
        Key or id → entry.

    Examples
    --------
    >>> from llmspend import load_cost_map
    >>> from llmspend.custom_pricing import complete_deployment
    >>> costs = load_cost_map({"acme/small": {"mode": "chat"}})
    >>> params = {"model": "acme/new", "output_cost_per_token": 1e-06}
    >>> custom = CustomPricing.of(costs, [complete_deployment(costs, params, {"id": "mine"})])
    >>> entries_with(costs, custom)
    {'acme/small': {'mode': 'chat'}, 'mine': {'output_cost_per_token': 1e-06}, 'acme/new': {}}
    """
    overlay = Overlay(cost_map)
    for deployment in custom.deployments.values():
        overlay.register(deployment.model_id, deployment.entry, deployment.declared_provider)
        shared = deployment.shared_entry
        mode = overlay.entries.get(deployment.shared_key, {}).get("mode")
        if (mode, shared.get("mode")) == ("responses", "chat"):  # one cannot downgrade all others
            shared = shared | {"mode": mode}
        for key in dict.fromkeys(
            (deployment.shared_key, deployment.shared_key.replace("responses/", ""))
        ):
            overlay.register(key, shared)
    return overlay.entries
