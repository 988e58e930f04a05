"""What can be wrong with the service itself, or with a request before a room sees it."""

from __future__ import annotations

from dfs.foundation.errors import ErrorKind, define

ADDRESS = define(
    "web.address",
    "The service cannot listen on this address.",
    "Choose another with --host and --port, or end what listens there.",
)
FORBIDDEN = define(
    "web.forbidden",
    "This is not for you.",
    "Ask the observatory for the role that it needs.",
    ErrorKind.FORBIDDEN,
)
FOREIGN = define(
    "web.foreign-request",
    "Another site sent this request in your name.",
    "Use the forms of this service; programs send a token instead of the cookie.",
    ErrorKind.FORBIDDEN,
)
INVALID = define(
    "web.invalid-request",
    "The request cannot be understood.",
    "Send what the interface describes; /openapi.json has it all.",
)
NOT_STORABLE = define(
    "web.not-storable",
    "A value in the request cannot be kept.",
    "Leave out control characters and numbers that are out of all range.",
)
TOO_LARGE = define(
    "web.too-large",
    "More was sent than is read.",
    "Send less at a time; service.document_mb and service.upload_mb are the limits.",
    ErrorKind.TOO_LARGE,
)
BUSY = define(
    "web.busy",
    "The service cannot do this now.",
    "Try again in a moment.",
    ErrorKind.UNAVAILABLE,
)
