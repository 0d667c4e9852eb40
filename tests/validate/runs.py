# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs programs, each with limits, and tells its status and its peak of memory.

As a program it is the process that starts them: the peak of a child counts what its parent held when
it forked, so that has to be little.
"""
import json
import os
import resource
import signal
import sys

# Within 10 s of each of two CPUs: on a busy machine that may be longer by the clock.
CPU, CLOCK = 20, 60
LATE = -signal.SIGKILL
# Without a quarantine of the size of many dumps: what is freed is not counted as in use.
ASAN_OPTIONS = 'detect_leaks=1:max_allocation_size_mb=4000:quarantine_size_mb=8'


def start(line, out, err):
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for fd, path in (1, out), (2, err):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), fd)
        os.execv(line[0], line)
    finally:
        os._exit(127)


def serve():
    for request in sys.stdin:
        line, out, err = json.loads(request)
        pid = os.fork()
        if not pid:
            start(line, out, err)
        signal.signal(signal.SIGALRM, lambda *_, pid=pid: os.kill(pid, signal.SIGKILL))
        signal.alarm(CLOCK)
        _, status, usage = os.wait4(pid, 0)
        signal.alarm(0)
        print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss]), flush=True)


class Runner:
    def __init__(self, folder):
        import subprocess # not by the process that starts them: it has to be small
        self.out, self.err = os.path.join(folder, 'out'), os.path.join(folder, 'err')
        environment = dict(os.environ, ASAN_OPTIONS=ASAN_OPTIONS)
        self.server = subprocess.Popen([sys.executable, '-S', '-E', __file__], env=environment,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, line):
        """status (negative: the signal), KiB, standard output, standard error"""
        print(json.dumps([line, self.out, self.err]), file=self.server.stdin, flush=True)
        status, peak = json.loads(self.server.stdout.readline())
        with open(self.out, 'rb') as out, open(self.err, 'rb') as err:
            return status, peak, out.read(), err.read()

    def close(self):
        self.server.stdin.close()
        self.server.wait()


if __name__ == '__main__':
    serve()
