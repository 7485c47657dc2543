"""What a worker tool in Python needs (`mode: worker`): one function that answers a call.

    from lib.worker import serve
    serve(lambda args, call: ORDERS.get(args["order_number"], "There is no such order."))

The runner starts the script once and gives it call after call. Copy this file next to your tools; nothing else
belongs to it, and it wants nothing but Python 3.8.
"""
import json
import os
import sys
import threading

_KINDS = ("invalid_arguments", "unavailable", "not_allowed", "misconfigured", "failed")
# What the exit code of a script means; any other is "failed".
_EXITS = {64: _KINDS[0], 65: _KINDS[0], 69: _KINDS[1], 75: _KINDS[1], 77: _KINDS[2], 78: _KINDS[3]}


class ToolError(Exception):
    """Raise it to say how a call failed; any other exception is "failed". The model reads the message."""

    def __init__(self, kind, message):
        super().__init__(message)
        if kind not in _KINDS:
            raise ValueError("kind must be one of " + ", ".join(_KINDS))
        self.kind = kind


class Call:
    """What is known of a call besides its arguments."""

    def __init__(self, request):
        self.id = request["id"]
        self.session = request["session"]  # the conversation
        self.deadline_ms = request["deadline_ms"]  # Unix time at which nobody waits for the answer any more
        self.cancelled = threading.Event()  # set when the call is cancelled or its deadline is over


def serve(answer):
    """Answers calls until the runner closes the input. A str is answered as it is, any other value as JSON.

    Each call has a thread of its own, so a slow one keeps nobody waiting. sys.exit() ends the call alone, as it
    would end a script.
    """
    lines, out = _take_pipes()
    lock = threading.Lock()
    calls = {}

    def say(message):
        with lock:
            out.write(json.dumps(message) + "\n")
            out.flush()

    def take(args, call):
        try:
            output = answer(args, call)
            if not isinstance(output, str):
                output = "" if output is None else json.dumps(output)
            say({"id": call.id, "output": output})
        except SystemExit as end:
            if not end.code:
                say({"id": call.id, "output": ""})
            elif isinstance(end.code, int):
                kind = _EXITS.get(end.code, "failed")
                say({"id": call.id, "error": {"kind": kind, "message": f"exit code {end.code}"}})
            else:
                say({"id": call.id, "error": {"kind": "failed", "message": str(end.code)}})
        except Exception as error:
            kind = error.kind if isinstance(error, ToolError) else "failed"
            say({"id": call.id, "error": {"kind": kind, "message": str(error) or type(error).__name__}})
        finally:
            calls.pop(call.id, None)

    say({"ready": 1})
    for line in lines:
        try:
            request = json.loads(line)
        except ValueError:  # Python reads no whole number of more than 4,300 digits
            problem = {"kind": "invalid_arguments", "message": "a number in the arguments has too many digits"}
            say({"id": json.loads(line, parse_int=str)["id"], "error": problem})
            continue
        if "cancel" in request:
            if request["cancel"] in calls:
                calls[request["cancel"]].cancelled.set()
            continue
        call = Call(request)
        calls[call.id] = call
        threading.Thread(target=take, args=(request["args"], call)).start()


def _take_pipes():
    """Standard input and output belong to the runner. What this process prints, and what programs that it starts
    print, goes to the log; who reads finds nothing."""
    sys.stdout.flush()
    lines = os.fdopen(os.dup(0), encoding="utf-8")
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return lines, out
