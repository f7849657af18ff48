"""What a chart of spend says in words: title, subtitle, description."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmspend.text import date_text, usd, whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import polars as pl

    from llmspend.charts._members import Member
    from llmspend.charts._periods import SpendByPeriod

_LEADS: Final = 0.5
_TWO_LEAD: Final = 0.75
_MUCH: Final = 0.1
_NEARLY_ALL: Final = 0.995
_NEARLY_NOTHING: Final = 0.005
_TENTH: Final = 0.001


def noun(by: str, *, plural: bool = False) -> str:
    """Write the name of a dimension.

    Parameters
    ----------
    by
        The dimension.
    plural
        Whether there are several.

    Returns
    -------
    str
        In words.

    Examples
    --------
    >>> [noun(by, plural=True) for by in ("end_user", "status", "key", "oddity")]
    ['end users', 'statuses', 'keys', 'oddities']
    """
    word = by.replace("_", " ")
    if not plural:
        return word
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith("s") else f"{word}s"


def percent(share: float) -> str:
    """Write a share without rounding it to nothing or to everything.

    Parameters
    ----------
    share
        From 0 to 1.

    Returns
    -------
    str
        In whole percent.

    Examples
    --------
    >>> percent(0.599), percent(0.999), percent(1.0), percent(0.0001)
    ('60%', 'more than 99%', '100%', 'less than 1%')
    """
    if _NEARLY_ALL <= share < 1:
        return "more than 99%"
    if 0 < share < _NEARLY_NOTHING:
        return "less than 1%"
    return f"{share:.0%}"


def tenths(share: float) -> str:
    """Write a share with one decimal, without rounding it to nothing or to everything.

    Parameters
    ----------
    share
        From 0 to 1.

    Returns
    -------
    str
        In percent.

    Examples
    --------
    >>> tenths(0.5988), tenths(0.00001), tenths(0.9999), tenths(1)
    ('59.9%', '<0.1%', '>99.9%', '100%')
    """
    if share in (0, 1):
        return f"{share:.0%}"
    if share < _TENTH:
        return f"<{_TENTH:.1%}"
    return f">{1 - _TENTH:.1%}" if share > 1 - _TENTH else f"{share:.1%}"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a chart covers.

    Attributes
    ----------
    requests
        How many there are; None if unknown: a table made by hand may not count them.
    unpriced_requests
        How many of them have no known cost.
    first_at, last_at
        When the first and the last of them began, on the clock of the zone; None if unknown.
    zone
        Whose clock; None if the data do not say.
    """

    requests: int | None
    unpriced_requests: int
    first_at: datetime | None
    last_at: datetime | None
    zone: str | None

    @classmethod
    def of(cls, table: pl.DataFrame, zone: str | None) -> Scope:
        """Read the scope off a breakdown.

        Parameters
        ----------
        table
            With the measures ``requests, unpriced_requests, first_at, last_at``; no request is in
            two of its rows.
        zone
            Its zone.

        Returns
        -------
        Scope
            Of all its rows.
        """
        first, last = (
            moments.dt.replace_time_zone(None).to_list()
            for moments in (table["first_at"].drop_nulls(), table["last_at"].drop_nulls())
        )
        uncounted = table.height > 0 and table["requests"].null_count() == table.height
        return cls(
            None if uncounted else int(table["requests"].sum()),
            int(table["unpriced_requests"].sum()),
            min(first, default=None),
            max(last, default=None),
            zone,
        )

    @property
    def unpriced_share(self) -> float:
        """Share of the requests without a known cost, 0 to 1."""
        unpriced = self.unpriced_requests
        return unpriced and unpriced / max(self.requests or 0, unpriced)

    @property
    def is_unknown(self) -> bool:
        """Whether there are requests and none has a price: what they cost is unknown, not zero."""
        return self.unpriced_share == 1

    def in_all(self, spend: float) -> str:
        """Write the whole.

        Parameters
        ----------
        spend
            USD.

        Returns
        -------
        str
            For `lines`.
        """
        return "Unknown spend" if self.is_unknown and not spend else f"{usd(spend)} in all"

    @property
    def of_the_spend(self) -> str:
        """How a title speaks of the whole: that of priced requests, where many are not."""
        return f"of the {'priced ' if self.unpriced_share >= _MUCH else ''}spend"

    def lines(self, amount: str, *more: str) -> list[str]:
        """Write a subtitle.

        Parameters
        ----------
        amount
            What is drawn, such as "$12.00 in all".
        *more
            What else there is to say in the first line.

        Returns
        -------
        list of str
            Amount, dates and zone, then `more`; in a second line the requests without a price.
        """
        if self.first_at is None and self.requests == 0:
            return ["There are no requests to show."]
        zone = f" ({self.zone})" if self.zone else ""
        if self.first_at is not None and self.last_at is not None:
            amount = f"{amount}, {dates(self.first_at, self.last_at)}{zone}"
        first = "; ".join([amount, *more])
        if not self.unpriced_requests:
            return [first]
        unpriced = requests(self.unpriced_requests)
        share = percent(self.unpriced_share)
        return [first, f"Not counting {unpriced} ({share}) that could not be priced"]


def title(spend: SpendByPeriod, members: Sequence[Member], by: str) -> str:
    """State what the chart shows.

    Parameters
    ----------
    spend
        What is drawn.
    members
        Whose spend, as `fold` gives them.
    by
        The dimension.

    Returns
    -------
    str
        Who has half of the spend, or which two have three quarters, if so; else what is drawn.
    """
    plain = f"{spend.interval.adjective} spend by {noun(by)}"
    if not members or any(m.spend < 0 for m in members):
        return plain  # of sums with credits in them, shares make no sense
    named = [m for m in members if not m.is_other]
    total = sum(m.spend for m in members)
    of_spend = _scope_of(spend).of_the_spend
    first = named[0]
    if first.spend >= _LEADS * total:
        share = "all" if len(members) == 1 else percent(first.spend / total)
        if first.is_none:
            return f"{share} {of_spend} has no {noun(by)}".capitalize()
        return f"{first.label} is {share} {of_spend}"
    two = sum(m.spend for m in named[:2]) / total
    if two >= _TWO_LEAD and not any(m.is_none for m in named[:2]):
        return f"{named[0].label} and {named[1].label} are {percent(two)} {of_spend}"
    return plain


def subtitle(spend: SpendByPeriod, members: Sequence[Member], by: str) -> list[str]:
    """State the scope, in one line or two.

    Parameters
    ----------
    spend, members, by
        As for `title`.

    Returns
    -------
    list of str
        Total, dates, zone and how many members; and what could not be priced, if anything.
    """
    scope = _scope_of(spend)
    if not members:
        return scope.lines(requests(scope.requests or 0))
    in_all = f"{usd(sum(m.spend for m in members))} in all"
    return scope.lines(in_all, *_shown(spend, members, by))


def _scope_of(spend: SpendByPeriod) -> Scope:
    first, last = spend.covered() or (None, None)
    counts = int(spend.total("requests")), int(spend.total("unpriced_requests"))
    return Scope(*counts, first, last, spend.zone)


def requests(count: int) -> str:
    """Write a number of requests.

    Parameters
    ----------
    count
        How many.

    Returns
    -------
    str
        In words.

    Examples
    --------
    >>> requests(1), requests(1200)
    ('1 request', '1,200 requests')
    """
    return "1 request" if count == 1 else f"{whole(count)} requests"


def strange(rows: int) -> list[str]:
    """Say that some rows cannot be taken apart.

    Parameters
    ----------
    rows
        How many: their rates now come to another cost.

    Returns
    -------
    list of str
        None, or one line.

    Examples
    --------
    >>> strange(0), strange(3)
    ([], ['3 requests were priced by another cost map: say which with cost_map='])
    """
    what = "was" if rows == 1 else "were"
    line = f"{requests(rows)} {what} priced by another cost map: say which with cost_map="
    return [line] if rows else []


def _shown(spend: SpendByPeriod, members: Sequence[Member], by: str) -> list[str]:
    named = [m for m in members if not m.is_other]
    if len(named) == len(members):
        return []
    everyone = spend.rows.filter(spend.rows["spend"] != 0)["member"].n_unique()
    return [f"top {len(named)} of {everyone} {noun(by, plural=True)}"]


def dates(first: datetime, last: datetime) -> str:
    """Write a span of days.

    Parameters
    ----------
    first, last
        Moments on the first and the last day.

    Returns
    -------
    str
        In English, whatever the locale of the process.

    Examples
    --------
    >>> from datetime import datetime
    >>> dates(datetime(2026, 5, 4), datetime(2026, 6, 25, 13))
    'May 4 to Jun 25, 2026'
    >>> dates(datetime(2026, 5, 4), datetime(2026, 5, 4, 13))
    'May 4, 2026'
    """
    begin, end = date_text(first), date_text(last)
    if begin == end:
        return end
    return f"{begin.removesuffix(f', {last.year}')} to {end}"


def description(
    headline: str, lines: Sequence[str], members: Sequence[Member], kind: str = "Stacked bars"
) -> str:
    """Write the chart for those who do not see it.

    Parameters
    ----------
    headline, lines
        Title and subtitle.
    members
        Whose spend.
    kind
        What stands for it.

    Returns
    -------
    str
        Both, and the spend of each member.
    """
    each = ", ".join(f"{m.label} {usd(m.spend)}" for m in members)
    return described(headline, *lines, *([f"{kind}: {each}"] if each else []))


def described(*sentences: str) -> str:
    """Put sentences together for those who do not see a chart.

    Parameters
    ----------
    *sentences
        Title, subtitle, and what is drawn.

    Returns
    -------
    str
        One paragraph.
    """
    return ". ".join(sentences) + "."
