"""Sets the language of a page, for its navigation and its glyphs: those below `zh/` are Chinese. A hook of mkdocs."""

from typing import Any


def on_page_context(context: Any, *, page: Any, config: Any, nav: Any) -> None:
    """Set the language of the theme for the page that is rendered next."""
    config.theme["language"] = "zh" if page.file.src_uri.startswith("zh/") else "en"
