"""What can be wrong with instrument plugins, as codes."""

from __future__ import annotations

from dfs.foundation.errors import define

UNKNOWN = define(
    "plugin.unknown",
    "No installed plugin has this id or serves this INSTRUME.",
    "Run `dfs plugin list` to see what is installed; install the instrument's plugin with pip.",
)
NOT_READY = define(
    "plugin.not-ready",
    "The instrument's plugin is installed but was not admitted.",
    "Run `dfs plugin list`; correct what it reports, or update the plugin.",
)
REQUIRED = define(
    "plugin.required",
    "A plugin that the settings require is not ready.",
    "Install or repair it, or take it from `plugins.required` in the settings.",
)
NO_SIMULATOR = define(
    "plugin.no-simulator",
    "The instrument's plugin cannot simulate frames.",
    "Choose an instrument whose plugin implements dfs_simulate.",
)
NO_SURVEYS = define(
    "plugin.no-surveys",
    "The instrument's plugin cannot make blocks from a survey's area definition.",
    "Choose an instrument whose plugin implements dfs_expand_survey.",
)
BAD_SURVEY = define(
    "plugin.bad-survey",
    "The instrument's plugin cannot use the survey's area definition.",
    "Correct the document as the message says.",
)
RESOURCE_UNREADABLE = define(
    "plugin.resource",
    "A data file of an instrument plugin cannot be read.",
    "Reinstall the plugin; if that does not help, report it to its authors.",
)
