"""A headless browser, where there is one."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
QUIET = ("--disable-background-networking", "--disable-component-update", "--virtual-time-budget=3000", "--dump-dom")
DARK = "--blink-settings=preferredColorScheme=0"
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")


def answered(page: Path, *flags: str) -> Any:
    """What a page's script wrote into its first <pre> as JSON."""
    command = [CHROMIUM, *FLAGS, *QUIET, *flags, f"--user-data-dir={page.parent / 'profile'}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)
    return json.loads(unescape(re.search("<pre>(.*?)</pre>", done.stdout, re.DOTALL)[1]))
