"""The file of a bundle, in either form: what is not as it was is named, and nothing is unpacked where it must not."""

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments import cli
from experiments.report.bundle.archive import MANIFEST
from tests.experiments.report.bundle.packs import named, pack, verified, zipped
from tests.experiments.tiny import complaint
from tests.packed import Files, packed


def test_files_that_were_added_lost_or_damaged_are_named_in_a_bundle_of_the_first_form(
    files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = verified(zipped(tmp_path / "whole.bundle", files), capsys)
    assert (code, "recomputed to the byte" in said) == (0, True), said
    lost, damaged = named(files, "/result.json"), named(files, "ledger.jsonl")
    kept = {name: content for name, content in files.items() if name != lost}
    bundle = zipped(tmp_path / "x.bundle", {**kept, "more.yaml": b"a: 1"})
    raw = bytearray(bundle.read_bytes())
    raw[raw.index(files[damaged]) + 5] ^= 1
    bundle.write_bytes(raw)
    code, said = verified(bundle, capsys)
    assert code == 1
    assert said.splitlines()[:3] == ["more.yaml was added", f"{lost} is missing", f"{damaged} was changed"]


def test_files_that_were_added_or_lost_are_named(
    files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = named(files, "/result.json")
    kept = {name: content for name, content in files.items() if name != lost}
    code, said = verified(pack(tmp_path / "x.bundle", {**kept, "more.yaml": b"a: 1"}), capsys)
    assert code == 1
    assert said.splitlines()[:2] == ["more.yaml was added", f"{lost} is missing"]


@pytest.mark.parametrize("form", [pack, zipped])
@pytest.mark.parametrize(
    "name", ["../x.yaml", "/x.yaml", "a/../../x.yaml", "./x.yaml", "wandb.py", "ablation.yaml/x.yaml"]
)
def test_nothing_is_unpacked_of_what_no_bundle_holds(
    name: str,
    form: Callable[[Path, Files, bool], Path],
    files: Files,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (place := tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(place))
    bundle = form(tmp_path / "x.bundle", {**files, name: b"a: 1"}, True)
    assert cli.main(["verify", str(bundle)]) == 2
    assert complaint(capsys) == f"{bundle} is not a bundle: it holds {name!r}, which none does; nothing was unpacked"
    assert {path.name for path in tmp_path.rglob("*")} == {"a", "b", "x.bundle"}


def test_a_link_is_not_unpacked(files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    link = tarfile.TarInfo("tricks/x.yaml")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
    assert cli.main(["verify", str(packed(tmp_path / "x.bundle", files, link))]) == 2
    assert "it holds 'tricks/x.yaml', which none does; nothing was unpacked" in complaint(capsys)


def test_what_is_no_bundle_is_said_in_a_line(files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = pack(tmp_path / "whole", files).read_bytes()
    newer = pack(tmp_path / "newer", files, honest=True, version=3)
    first = zipped(tmp_path / "first", files).read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "cut zip").write_bytes(first[: len(first) // 2])
    middle = len(whole) // 2
    (tmp_path / "damaged").write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    (tmp_path / "start").write_bytes(whole[:20])
    (tmp_path / "text").write_text("arm,seed\n", encoding="utf-8")
    (tmp_path / "empty").touch()
    pack(tmp_path / "tar", {"x.yaml": b"a: 1"})
    zipped(tmp_path / "zip", {"x.yaml": b"a: 1"})
    pack(tmp_path / "other", {MANIFEST: b"{}"})
    said = {
        **dict.fromkeys(("cut", "cut zip", "damaged", "start"), "is cut off or damaged"),
        "text": "is not a bundle",
        "empty": "is not a bundle",
        **dict.fromkeys(("tar", "zip"), "is not a bundle: it has no manifest.json"),
        "other": "is not a bundle: its manifest.json is another program's",
        newer.name: "made by a newer trickbench: its format is 3, this one knows up to 2",
        "nowhere": "cannot be read (No such file or directory)",
        ".": "cannot be read (Is a directory)",
    }
    for name, words in said.items():
        assert cli.main(["verify", str(tmp_path / name)]) == 2
        assert words in complaint(capsys)
