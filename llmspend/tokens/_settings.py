"""TokenSettings: what LiteLLM's token counter takes from the environment and from its globals."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from llmspend.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_MEGABYTE: Final = 1024 * 1024


def _read(variable: str, default: float, minimum: int = 0, maximum: int | None = None) -> Any:  # noqa: ANN401 - a dataclass field
    """Make a field of the environment; outside of its limits LiteLLM takes the default."""
    limits = {"variable": variable, "minimum": minimum, "maximum": maximum}
    return field(default=default, metadata=limits)


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """Limits and constants of counting, with LiteLLM's defaults.

    Attributes
    ----------
    slice_characters
        LiteLLM counts tiktoken's encodings in slices of so many characters.
    max_exact_characters
        Above it LiteLLM counts samples and extrapolates.
    image_tokens
        What an image counts where `use_default_image_token_count` is set.
    image_width, image_height
        Taken for images that do not tell their size, pixels.
    short_side, long_side
        An image in high detail is fitted into them, pixels.
    tile_width, tile_height
        Size of the tiles that it is then cut into, pixels.
    max_image_megabytes
        Larger images are not fetched.
    disable_token_counter
        LiteLLM's switch: every count is 0.
    disable_hf_tokenizer_download
        LiteLLM's switch: tiktoken's encodings count everything.

    Examples
    --------
    >>> TokenSettings().slice_characters
    1024
    >>> TokenSettings.of_environment({"MAX_TILE_WIDTH": "256"}).tile_width
    256
    """

    slice_characters: int = _read("TIKTOKEN_ENCODE_CHUNK_SIZE_CHARS", 1024, 1, 4096)
    max_exact_characters: int = _read("TOKEN_COUNTER_MAX_EXACT_CHARS", 4_000_000, 1, 1_000_000_000)
    image_tokens: int = _read("DEFAULT_IMAGE_TOKEN_COUNT", 250)
    image_width: int = _read("DEFAULT_IMAGE_WIDTH", 300)
    image_height: int = _read("DEFAULT_IMAGE_HEIGHT", 300)
    short_side: int = _read("MAX_SHORT_SIDE_FOR_IMAGE_HIGH_RES", 768)
    long_side: int = _read("MAX_LONG_SIDE_FOR_IMAGE_HIGH_RES", 2000)
    tile_width: int = _read("MAX_TILE_WIDTH", 512, 1)
    tile_height: int = _read("MAX_TILE_HEIGHT", 512, 1)
    max_image_megabytes: float = _read("MAX_IMAGE_URL_DOWNLOAD_SIZE_MB", 50.0)
    disable_token_counter: bool = False
    disable_hf_tokenizer_download: bool = False

    @property
    def max_image_bytes(self) -> int:
        """`max_image_megabytes`, in bytes."""
        return int(self.max_image_megabytes * _MEGABYTE)

    @classmethod
    def of_environment(cls, environ: Mapping[str, str] | None = None) -> TokenSettings:
        """Read LiteLLM's environment variables.

        Parameters
        ----------
        environ
            Variable → value; None for those of this process.

        Returns
        -------
        TokenSettings
            Defaults stand in for what is not set, or is outside of its limits.

        Raises
        ------
        InputError
            When a variable is set to something that is no number.

        Examples
        --------
        >>> TokenSettings.of_environment({"TIKTOKEN_ENCODE_CHUNK_SIZE_CHARS": "9999"})
        TokenSettings(slice_characters=1024, ...)
        """
        environ = os.environ if environ is None else environ
        given: dict[str, Any] = {}
        for one in fields(cls):
            if one.metadata.get("variable", "") not in environ:
                continue
            text = environ[one.metadata["variable"]]
            try:
                number = float(text) if isinstance(one.default, float) else int(text)
            except ValueError:
                variable = one.metadata["variable"]
                raise InputError(f"{variable} is {text!r}; it takes a number.") from None
            maximum = one.metadata["maximum"]
            if one.metadata["minimum"] <= number and (maximum is None or number <= maximum):
                given[one.name] = number
        return cls(**given)
