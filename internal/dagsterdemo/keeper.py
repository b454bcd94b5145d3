# Keeps the processes of the demo's Dagster: starts the next one at each line of its input, says which ended, and ends all when its input is
# closed, which the system does however the demo ends.
#
# Arguments: the log file, then the commands, each ended by a semicolon.
import os
import signal
import subprocess
import sys
import threading
import time

PATIENCE = 3  # seconds in which the processes may end by themselves

log, words = sys.argv[1], sys.argv[2:]
commands = []
while ";" in words:
    end = words.index(";")
    commands.append(words[:end])
    words = words[end + 1 :]
running = []


def watch(process, name):
    code = process.wait()
    print(f"ended {name} {code}", flush=True)


def start():
    command = commands[len(running)]
    with open(log, "ab") as out:
        # A session for each: its code servers and runs are in it, so that all of them end together.
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
    running.append(process)
    threading.Thread(target=watch, args=(process, os.path.basename(command[0]))).start()


def send(process, number):
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def stop():
    for process in running:
        send(process, signal.SIGTERM)
    until = time.monotonic() + PATIENCE
    for process in running:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            pass
    for process in running:  # also what a process that ended has left behind
        send(process, signal.SIGKILL)
        process.wait()


def pass_by(number, frame):
    """The demo decides when all of it ends. Ignoring the signals instead would be inherited, and runs are ended by SIGINT."""


for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
    signal.signal(number, pass_by)
try:
    for line in sys.stdin:
        start()
finally:
    stop()
