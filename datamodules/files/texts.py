"""Text files, as people save them."""

import re
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

UTF8 = "utf-8"
FIRST = 200  # bytes in which an XML file declares its encoding
DECLARED = re.compile(rb"encoding=[\"']([\w.-]+)")
WIDEST = dict.fromkeys(("gb2312", "gbk"), "gb18030")  # what is declared as the former is mostly more than that


class NotUtf8(ValueError):
    """A text file in another encoding: which one, nothing in it says."""

    def __init__(self, file: Path, error: UnicodeDecodeError) -> None:
        super().__init__(
            f"cannot read {file}: byte {error.start} is {error.object[error.start]:#x}, which is not UTF-8; save it as"
            " UTF-8 (of text in GBK: iconv -f GB18030 -t UTF-8 OLD > NEW)"
        )


def read_text(file: Path) -> str:
    """The text of a file in UTF-8, with or without the mark that some editors put before it.

    Raises:
        NotUtf8: If it is in another encoding.
    """
    content = file.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotUtf8(file, error) from error


def read_xml(file: Path) -> Element:
    """The root of an XML file, in the encoding that it declares.

    Raises:
        ValueError: If it cannot be read.
    """
    content = file.read_bytes()
    declared = DECLARED.search(content, 0, FIRST)
    encoding = declared[1].decode().lower() if declared else UTF8
    try:
        try:
            return ElementTree.fromstring(content)
        except ValueError:  # an encoding of several bytes, of which expat knows none
            return ElementTree.fromstring(content.decode(WIDEST.get(encoding, encoding)))
    except (ElementTree.ParseError, ValueError, LookupError) as error:  # the last of an encoding that none knows
        if encoding == UTF8:
            read_text(file)  # which says so if it is another
        raise ValueError(f"cannot read {file}: {error}") from error
