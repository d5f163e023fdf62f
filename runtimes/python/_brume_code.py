"""Bytecode of the function's modules from environments before this one, and what this one compiles for those after it.

/var/task is read-only, so that Python would compile a package that brings no bytecode in every environment anew. The
host keeps it, by function and content: src/compute/codeCache.ts.
"""

import hashlib
import json
import marshal
import os
import struct
import sys
import time
import zlib
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)

KEPT = "/var/launch/keptCode"
# What loads faster than this wouldn't gain by being kept. Seconds.
WORTH_KEEPING = 0.008

compiled = []
kept = frozenset()
began = 0.0


def name_of(path):
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:40]


class KeptSourceLoader(SourceFileLoader):
    """Asks what is kept first. The host keeps it by the content of the code: the source needn't be looked at."""

    def get_code(self, fullname):
        name = name_of(self.path)
        if name in kept:
            try:
                with open(os.path.join(KEPT, name), "rb") as file:
                    data = file.read()
                # A power cut may have left half of it.
                if struct.pack(">I", zlib.crc32(data[4:])) == data[:4]:
                    return marshal.loads(data[4:])
            except (OSError, ValueError, EOFError, TypeError):
                pass
        return super().get_code(fullname)

    def source_to_code(self, data, path, **options):
        code = super().source_to_code(data, path, **options)
        compiled.append((str(path), code))
        return code


def checked(data):
    return struct.pack(">I", zlib.crc32(data)) + data


def begin(state, roots):
    """Before the function is loaded. Roots: folders whose content the host knows by its hash."""
    global kept, began
    began = time.monotonic()
    if state == "kept":
        kept = frozenset(os.listdir(KEPT))
    elif state != "wanted":
        return
    finder = FileFinder.path_hook(
        (ExtensionFileLoader, EXTENSION_SUFFIXES),
        (KeptSourceLoader, SOURCE_SUFFIXES),
        (SourcelessFileLoader, BYTECODE_SUFFIXES),
    )

    def hook(path):
        if not any(path == root or path.startswith(root + "/") for root in roots):
            raise ImportError("only what the host knows", path=path)
        return finder(path)

    sys.path_hooks.insert(0, hook)
    sys.path_importer_cache.clear()


def handed(state):
    """What was compiled, as the host takes it; nothing when it isn't worth it."""
    if state != "wanted" or not compiled or time.monotonic() - began < WORTH_KEEPING:
        return None
    entries = [(name_of(path), checked(marshal.dumps(code))) for path, code in compiled]
    head = json.dumps([[name, len(code)] for name, code in entries]).encode()
    compiled.clear()
    return struct.pack(">I", len(head)) + head + b"".join(code for _, code in entries)
