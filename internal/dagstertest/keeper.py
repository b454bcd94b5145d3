# Keeps the processes of one Dagster: starts one after the other and stops all as it is told by the lines of its input, and ends them and
# removes their folder when the input is closed (also when the test binary was killed).
#
# Arguments: the folder, then the commands, each ended by a semicolon.
import os
import shutil
import signal
import subprocess
import sys

folder, words = sys.argv[1], sys.argv[2:]
commands = []
while ";" in words:
    end = words.index(";")
    commands.append(words[:end])
    words = words[end + 1 :]
running = []


def start():
    """Starts the next command: a second one would make the tables of an empty storage at the same time."""
    command = commands[len(running)]
    with open(os.path.join(folder, "log"), "ab") as log:
        # A session for each: its code servers and runs are in it, so that all of them end together.
        running.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True))


def stop():
    for process in running:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
    running.clear()


def ended():
    return any(process.poll() is not None for process in running)


try:
    for line in sys.stdin:
        {"start": start, "stop": stop, "alive": lambda: None}[line.strip()]()
        print("ended" if ended() else "done", flush=True)
finally:
    stop()
    shutil.rmtree(folder, ignore_errors=True)
