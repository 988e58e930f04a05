"""What the pages of all rooms share: who asks, the services, pages with a JSON twin."""

from dfs.ui.web.pages import page, see_other, view
from dfs.ui.web.replies import error_reply, reply
from dfs.ui.web.services import (
    Id,
    Services,
    Signed,
    optional_principal,
    principal,
    services,
    wants_html,
)

__all__ = [
    "Id",
    "Services",
    "Signed",
    "error_reply",
    "optional_principal",
    "page",
    "principal",
    "reply",
    "see_other",
    "services",
    "view",
    "wants_html",
]
