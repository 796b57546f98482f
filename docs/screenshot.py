"""Pictures the head of a report's page. Needs Chromium."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

WIDTH, HEIGHT = 1280, 900
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-sync")


def picture(page: Path, out: Path) -> None:
    """Write the head of a page as a PNG of few colours.

    Raises:
        FileNotFoundError: Without a browser.
    """
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        raise FileNotFoundError("Chromium is needed to picture a page")
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder, "shot.png")
        size = (f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={shot}", f"--user-data-dir={folder}/profile")
        subprocess.run([browser, *FLAGS, *size, page.resolve().as_uri()], check=True, capture_output=True, timeout=180)
        out.parent.mkdir(parents=True, exist_ok=True)
        Image.open(shot).convert("RGB").quantize(64).save(out, optimize=True)
