#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""heap MB FILE: parses Python's own library until it takes MB of memory, makes a second process of
that, which writes to all of it, makes FILE, and stays."""
import ast
import gc
import glob
import os
import resource
import sys
import time

trees = []
limit = int(sys.argv[1]) * 1024
for path in sorted(glob.glob("/usr/lib/python3*/**/*.py", recursive=True)):
    if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > limit:
        break
    try:
        with open(path, "rb") as file:
            source = file.read()
        trees.append((source, ast.parse(source)))
    except (OSError, SyntaxError, ValueError):
        pass    # a link to elsewhere; a file that is there to be tested with
gc.disable()
if not os.fork():
    # Each object's count is written, and so its page copied.
    held = [list(ast.walk(tree)) for _, tree in trees]
    gc.collect()
    open(sys.argv[2], "w").close()
while True:
    time.sleep(1000)
