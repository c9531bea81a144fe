"""Small file systems in memory, which are really full or really read-only."""

import subprocess


def call(*command):
    subprocess.run([*map(str, command)], check=True, capture_output=True, timeout=60)
