"""Runs a command of keras_s2p again and again, each time in a process of its own.

python tests/forks.py MODULE [MORE ...] imports all of them once. Each line that comes
is a JSON list of arguments; a fork of this process runs the first module's main with
them, and its id and, at its end, its exit code are printed.
"""

import importlib
import json
import os
import sys


def main(modules):
    run = [importlib.import_module(module) for module in modules][0].main
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            null = os.open(os.devnull, os.O_RDWR)
            for number in (0, 1):
                os.dup2(null, number)
            try:
                code = run(json.loads(line))
            except SystemExit as error:
                code = error.code
            except BaseException as error:
                sys.stderr.write(f"{error!r}\n")
                code = 99
            sys.stderr.flush()
            os._exit(code or 0)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
