"""What can be wrong with accounts."""

from __future__ import annotations

from dfs.foundation.errors import ErrorKind, define

USERNAME = define(
    "accounts.username",
    "The name cannot be that of a user.",
    "Use 2 to 64 letters, digits, dots, hyphens or underscores.",
)
USERNAME_TAKEN = define(
    "accounts.username-taken",
    "There is a user of this name.",
    "Choose another name; `dfs user list` shows who there is.",
    ErrorKind.CONFLICT,
)
PASSWORD = define(
    "accounts.password",
    "The password is too short or too long.",
    "Use 10 to 256 characters.",
)
UNKNOWN_USER = define(
    "accounts.unknown-user",
    "There is no user of this name.",
    "`dfs user list` shows who there is; `dfs user add` makes one.",
    ErrorKind.ABSENT,
)
UNKNOWN_ROLE = define(
    "accounts.unknown-role",
    "There is no such role.",
    "Roles are astronomer, support, operator, archive, panel and administrator.",
)
REFUSED = define(
    "accounts.refused",
    "The name or the password is wrong.",
    "Try again; the observatory can set a new password.",
    ErrorKind.UNAUTHENTICATED,
)
THROTTLED = define(
    "accounts.throttled",
    "There were too many attempts to sign in.",
    "Wait as long as the message says, and try again.",
    ErrorKind.THROTTLED,
)
