"""The tables of a LiteLLM proxy's database that say who is who, and what each may spend.

Names and columns as of LiteLLM 1.106.2 (``proxy/schema.prisma``). Older installations lack some of
them, and a careful administrator grants only a few: what is not there, or not granted, is left out.
Columns with secrets (``litellm_params``, ``password``, ``metadata`` …) are not in these tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SPEND_LOGS_TABLE: Final = "LiteLLM_SpendLogs"
BUDGETS_TABLE: Final = "LiteLLM_BudgetTable"
"""Budgets that several may share; ``budget_id`` leads there."""

TEXTS: Final = ("messages", "response", "proxy_server_request")
"""Columns of the spend logs with prompts and responses: never loaded unless asked for."""


@dataclass(frozen=True, slots=True)
class NameTable:
    """A table with names.

    Attributes
    ----------
    kind
        What it names; tables of the same kind complete each other, the first has the last word.
    table
        Its name.
    columns
        What is read of it; the first is the id.
    state
        What an entry of it is: active, deleted, or rotated (replaced by another key).
    newest_by
        Where an id may be there several times: the column by which the latest is taken.
    successor
        Where an entry has no names of its own: the column with the id that replaced it.
    """

    kind: str
    table: str
    columns: tuple[str, ...]
    state: str = "active"
    newest_by: str | None = None
    successor: str | None = None


_KEY: Final = ("token", "key_alias", "key_name", "user_id", "team_id", "organization_id")
_TEAM: Final = ("team_id", "team_alias", "organization_id")

NAME_TABLES: Final = (
    NameTable("keys", "LiteLLM_VerificationToken", _KEY),
    # a rotated key's hash is kept in both of these, in the second while its time of grace lasts
    NameTable("keys", "LiteLLM_DeletedVerificationToken", _KEY, "deleted", newest_by="deleted_at"),
    NameTable(
        "keys",
        "LiteLLM_DeprecatedVerificationToken",
        ("token", "active_token_id"),
        "rotated",
        successor="active_token_id",
    ),
    NameTable("teams", "LiteLLM_TeamTable", _TEAM),
    NameTable("teams", "LiteLLM_DeletedTeamTable", _TEAM, "deleted", newest_by="deleted_at"),
    NameTable(
        "users", "LiteLLM_UserTable", ("user_id", "user_alias", "user_email", "organization_id")
    ),
    NameTable(
        "organizations", "LiteLLM_OrganizationTable", ("organization_id", "organization_alias")
    ),
    NameTable("projects", "LiteLLM_ProjectTable", ("project_id", "project_alias", "team_id")),
    NameTable("end_users", "LiteLLM_EndUserTable", ("user_id", "alias")),
)
"""Where names are."""


@dataclass(frozen=True, slots=True)
class BudgetTable:
    """A table whose rows may have a budget, their own or one of LiteLLM_BudgetTable.

    Attributes
    ----------
    entity
        What a row of it is.
    table
        Its name.
    id_column
        The column with its id.
    alias
        The column with its name.
    within
        The column with that inside which the budget holds.
    """

    entity: str
    table: str
    id_column: str
    alias: str | None = None
    within: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """What is read of it."""
        named = (self.id_column, self.alias, self.within, "budget_id", "spend", *BUDGET_COLUMNS)
        return tuple(c for c in named if c)


BUDGET_COLUMNS: Final = ("max_budget", "soft_budget", "budget_duration", "budget_reset_at")
"""What a budget says: of the row's own, else of the shared one."""

BUDGET_TABLES: Final = (
    BudgetTable("key", "LiteLLM_VerificationToken", "token", "key_alias"),
    BudgetTable("team", "LiteLLM_TeamTable", "team_id", "team_alias"),
    BudgetTable("user", "LiteLLM_UserTable", "user_id", "user_alias"),
    BudgetTable(
        "organization", "LiteLLM_OrganizationTable", "organization_id", "organization_alias"
    ),
    BudgetTable("project", "LiteLLM_ProjectTable", "project_id", "project_alias"),
    BudgetTable("end_user", "LiteLLM_EndUserTable", "user_id", "alias"),
    BudgetTable("tag", "LiteLLM_TagTable", "tag_name"),
    BudgetTable("team_member", "LiteLLM_TeamMembership", "user_id", within="team_id"),
    BudgetTable(
        "organization_member", "LiteLLM_OrganizationMembership", "user_id", within="organization_id"
    ),
)
"""Who may have a budget."""

TABLES: Final = frozenset(
    {SPEND_LOGS_TABLE, BUDGETS_TABLE}
    | {t.table for t in NAME_TABLES}
    | {t.table for t in BUDGET_TABLES}
)
"""Every table that is ever looked at."""
