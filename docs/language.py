"""Gives the pages below `zh/` Chinese navigation, and a browser the language whose glyphs it takes: a hook of mkdocs."""

from typing import Any


def on_page_context(context: Any, *, page: Any, config: Any, nav: Any) -> None:
    """Set the language of the theme for the page that is rendered next."""
    config.theme["language"] = "zh" if page.file.src_uri.startswith("zh/") else "en"
