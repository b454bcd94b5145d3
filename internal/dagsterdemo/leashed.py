# Runs pip, and ends when the input is closed, which the system does however the demo ends.
import os
import runpy
import sys
import threading


def leash():
    sys.stdin.read()
    os._exit(1)


threading.Thread(target=leash, daemon=True).start()
runpy.run_module("pip", run_name="__main__", alter_sys=True)
