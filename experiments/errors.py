"""Errors that are said in one line, and the exit codes of commands."""

import errno
import os
import sys
from collections.abc import Callable

# What no program can be blamed for: the disk is full, read-only, broken or gone.
DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE, errno.EACCES, errno.EPERM, errno.ENOTDIR}
NAMES = {errno.ENAMETOOLONG, errno.ELOOP}  # a path that no system takes
LONGEST = 400  # characters of a line: a value may be of any length
DEVICE = 71  # exit code of a training that its GPU failed; of EX_OSERR
COMPLAINT = "trickbench: error: "  # the start of each such line
TO_UTF8 = "save it as UTF-8 (of text in GBK: iconv -f GB18030 -t UTF-8 OLD > NEW)"
STOPPED, UNHEARD = 130, 141  # as the shell calls SIGINT and SIGPIPE


class UserError(Exception):
    """Bad input: one clear line that says what was wrong, the value received and what would be right."""


class DiskError(Exception):
    """The disk is full or a folder is lost: nothing that another input would mend."""


class ServerError(Exception):
    """A server cannot be reached, or does not let one in: nothing that another input would mend either."""


def told(call: Callable[[], int]) -> int:
    """Make a call, and say in one line where input, disk, a server or the user ended it; a bug keeps its traceback.

    Returns:
        What it returns; 2 after bad input, 1 where disk or server fails, 130 after Ctrl-C, 141 where nobody reads.
    """
    try:
        code = call()
        sys.stdout.flush()
        return code
    except UserError as error:
        return _say(str(error), 2)
    except (DiskError, ServerError) as error:
        return _say(str(error), 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still to be flushed
        return UNHEARD
    except OSError as error:
        if error.errno not in DISK | NAMES:
            raise
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
        return _say(what, 2 if error.errno in NAMES else 1)
    except KeyboardInterrupt:
        return _say("stopped by Ctrl-C", STOPPED)


def _say(message: str, code: int) -> int:
    line = " ".join(message.splitlines())
    print(f"{COMPLAINT}{line if len(line) <= LONGEST else f'{line[:LONGEST]}…'}", file=sys.stderr)
    return code
