"""Large files take no memory once they were read."""

import subprocess
import sys

FILES = """
import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from gql.files.platform_files import PlatformFiles

PlatformFiles("file:///", timeout_seconds=1, answer_seconds=1)

def read():
    for size in range(4 << 20, 12 << 20, 1 << 20):
        b"x" * size
    all_read.wait()

all_read = Barrier(8)
with ThreadPoolExecutor(8) as threads:
    before = int(Path("/proc/self/statm").read_text().split()[1])
    for thread in [threads.submit(read) for _ in range(8)]:
        thread.result()
    print(int(Path("/proc/self/statm").read_text().split()[1]) - before)
"""


def test_memory_of_large_files_is_returned_by_each_thread() -> None:
    done = subprocess.run([sys.executable, "-c", FILES], check=True, capture_output=True, text=True)

    assert int(done.stdout) * 4096 < 10 << 20
