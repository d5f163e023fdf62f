"""The Python runtime inside an execution environment.

It comes up before any function is known, waits for one, loads it and runs its invocations. Frames:
src/compute/frames.ts. Behaviour: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
Standard library only; Python 3.8 and newer.
"""

import importlib
import json
import logging
import os
import resource
import select
import struct
import sys
import time
import traceback

# What nearly every function needs is loaded before there is a function.
import base64  # noqa: F401
import datetime  # noqa: F401
import decimal
import urllib.request  # noqa: F401
import uuid  # noqa: F401

import _brume_code

INIT, INVOKE, RESTORE = 1, 2, 3
BOOTED, INITIALIZED, INIT_FAILED, RESULT, FAILED, LOG = 1, 2, 3, 4, 5, 6
CODE, RESTORED, RESTORE_FAILED = 9, 10, 11
request_id = None
RUNTIME_DIR = os.path.dirname(os.path.abspath(__file__))


def read_exactly(size):
    parts = []
    while size > 0:
        part = os.read(3, min(size, 1 << 20))
        if not part:
            os._exit(0)
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def read_frame():
    (size,) = struct.unpack(">I", read_exactly(4))
    body = read_exactly(size)
    return body[0], body[1:]


def send(kind, *bodies):
    data = b"".join(bodies)
    data = struct.pack(">IB", len(data) + 1, kind) + data
    view = memoryview(data)
    while view:
        view = view[os.write(4, view):]


def send_log(text):
    if text:
        send(LOG, text.encode("utf-8", "replace"))


def memory():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return struct.pack(">I", peak // 1024 if sys.platform == "darwin" else peak)


class LogStream:
    """stdout and stderr: a line is a log event."""

    encoding = "utf-8"
    errors = "replace"
    closed = False

    def __init__(self, descriptor):
        self.descriptor = descriptor
        self.rest = ""

    def write(self, text):
        self.rest += text
        *lines, self.rest = self.rest.split("\n")
        for line in lines:
            send_log(line)
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        pass

    def finish(self):
        """What came without a line's end before the invocation ended is an event too."""
        rest, self.rest = self.rest, ""
        send_log(rest)

    def isatty(self):
        return False

    def writable(self):
        return True

    def readable(self):
        return False

    def fileno(self):
        return self.descriptor


class LambdaLogHandler(logging.Handler):
    """The root logger's handler, in the formats of the Text and JSON log settings."""

    def emit(self, record):
        try:
            send_log(self.format(record))
        except Exception:
            self.handleError(record)


class TextFormatter(logging.Formatter):
    def __init__(self):
        super().__init__("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime

    def format(self, record):
        record.aws_request_id = request_id or ""
        return super().format(record)


class JsonFormatter(logging.Formatter):
    def __init__(self):
        super().__init__(datefmt="%Y-%m-%dT%H:%M:%SZ")
        self.converter = time.gmtime

    def format(self, record):
        event = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": request_id,
        }
        if record.exc_info:
            kind, error, trace = record.exc_info
            event["errorType"] = kind.__name__
            event["errorMessage"] = str(error)
            event["stackTrace"] = traceback.format_tb(trace)
        return json.dumps({name: value for name, value in event.items() if value is not None}, default=str)


def install_logging():
    sys.stdout = LogStream(1)
    sys.stderr = LogStream(2)
    handler = LambdaLogHandler()
    handler.setFormatter(TextFormatter())
    logging.getLogger().addHandler(handler)
    return handler


class CognitoIdentity:
    def __init__(self, values):
        self.cognito_identity_id = values.get("cognitoIdentityId")
        self.cognito_identity_pool_id = values.get("cognitoIdentityPoolId")


class Client:
    def __init__(self, values):
        for name in ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"):
            setattr(self, name, values.get(name))


class ClientContext:
    def __init__(self, values):
        self.client = Client(values["client"]) if isinstance(values.get("client"), dict) else None
        self.custom = values.get("custom")
        self.env = values.get("env")


class LambdaContext:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, head):
        self.aws_request_id = head["requestId"]
        self.invoked_function_arn = head["functionArn"]
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.client_context = ClientContext(json.loads(head["clientContext"])) if head.get("clientContext") else None
        self.identity = CognitoIdentity(json.loads(head["cognitoIdentity"]) if head.get("cognitoIdentity") else {})
        self.tenant_id = head.get("tenantId")
        self._deadline = time.monotonic() + head["timeoutMs"] / 1000

    def get_remaining_time_in_millis(self):
        return max(0, int((self._deadline - time.monotonic()) * 1000))

    def log(self, message):
        for stream in (sys.stdout,):
            stream.write(str(message) + "\n")


class RuntimeFault(Exception):
    """An error of the runtime itself, named as AWS names it."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind = kind
        self.trace = list(trace)


def load_handler(task_root, name):
    if "." not in name:
        raise RuntimeFault("Runtime.MalformedHandlerName", "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    module_name, function_name = name.rsplit(".", 1)
    module_name = module_name.replace("/", ".")
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise RuntimeFault("Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name)
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise RuntimeFault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error), frames_of(error))
    except SyntaxError as error:
        where = ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)]
        raise RuntimeFault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), where)
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise RuntimeFault("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name))


def frames_of(error):
    """The traceback without our own frames and those of the import system."""
    frames = traceback.extract_tb(error.__traceback__)
    kept = [frame for frame in frames if frame.filename != __file__ and not frame.filename.startswith("<frozen importlib")]
    own = [frame for frame in kept if "/importlib/" not in frame.filename]
    return traceback.format_list(own)


def error_object(error):
    if isinstance(error, RuntimeFault):
        return {"errorMessage": str(error), "errorType": error.kind, "requestId": request_id or "", "stackTrace": error.trace}
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request_id or "",
        "stackTrace": frames_of(error),
    }


def log_error(problem):
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON":
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        send_log(json.dumps({"timestamp": stamp, "log_level": "ERROR", **problem}))
        return
    text = "[ERROR] %s: %s" % (problem["errorType"], problem["errorMessage"])
    if problem["stackTrace"]:
        text += "\nTraceback (most recent call last):\n" + "".join(problem["stackTrace"]).rstrip("\n")
    send_log(text)


def encode(value):
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def init(message, log_handler):
    os.environ.update(message["variables"])
    time.tzset()
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON":
        log_handler.setFormatter(JsonFormatter())
        level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "INFO")
        logging.getLogger().setLevel({"TRACE": "DEBUG", "FATAL": "CRITICAL"}.get(level, level))
    opt = message["opt"]
    version = "python%d.%d" % sys.version_info[:2]
    sys.path[0:1] = [
        message["taskRoot"],
        opt + "/python/lib/" + version + "/site-packages",
        opt + "/python",
    ]
    if os.path.isdir(message["sdk"]):
        # What a function packages, or a layer brings, comes before the runtime's own copy.
        sys.path.append(message["sdk"])
    # Hooks of SnapStart are registered through the runtime's own package, after all others.
    sys.path.append(RUNTIME_DIR)
    importlib.invalidate_caches()
    code = message.get("code")
    _brume_code.begin(code, (message["taskRoot"], opt))
    handler = load_handler(message["taskRoot"], message["handler"])
    made = _brume_code.handed(code)
    if made is not None:
        send(CODE, made)
    if message.get("snapStart"):
        run_hooks("get_before_snapshot", "Runtime.BeforeSnapshotError")
    return handler


def run_hooks(which, kind):
    hooks = sys.modules.get("snapshot_restore_py")
    if hooks is None:
        return
    try:
        for func, args, kwargs in getattr(hooks, which)():
            func(*args, **kwargs)
    except Exception as error:
        raise RuntimeFault(kind, "%s: %s" % (type(error).__name__, error), frames_of(error))


def restore():
    try:
        run_hooks("get_after_restore", "Runtime.AfterRestoreError")
    except BaseException as error:
        problem = error_object(error)
        finish_streams()
        log_error(problem)
        send(RESTORE_FAILED, json.dumps(problem).encode("utf-8"))
        os._exit(1)
    finish_streams()
    send(RESTORED)


def finish_streams():
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, LogStream):
            stream.finish()


def invoke(handler, body):
    global request_id
    (size,) = struct.unpack(">I", body[:4])
    head = json.loads(body[4:4 + size])
    request_id = head["requestId"]
    if head.get("traceId"):
        os.environ["_X_AMZN_TRACE_ID"] = head["traceId"]
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    try:
        try:
            event = json.loads(body[4 + size:] or b"{}")
        except ValueError as error:
            raise RuntimeFault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)
        result = handler(event, LambdaContext(head))
        try:
            answer = json.dumps(result, default=encode, ensure_ascii=False).encode("utf-8")
        except (TypeError, ValueError, UnicodeError) as error:
            raise RuntimeFault("Runtime.MarshalError", "Unable to marshal response: %s" % error)
    except SystemExit as error:
        finish_streams()
        status = error.code if isinstance(error.code, int) else (0 if error.code is None else 1)
        os._exit(status & 255)
    except BaseException as error:
        problem = error_object(error)
        finish_streams()
        log_error(problem)
        send(FAILED, memory(), b"\0", json.dumps(problem).encode("utf-8"))
        return
    finish_streams()
    send(RESULT, memory(), answer)


# What boto3 and most functions import of the standard library: it takes time once, and here nobody waits.
WARM_MODULES = (
    "typing", "dataclasses", "inspect", "copy", "pathlib", "csv", "hmac", "secrets", "gzip", "zipfile", "mimetypes",
    "subprocess", "concurrent.futures.thread", "importlib.metadata", "importlib.resources", "xml.etree.ElementTree",
    "html.parser", "configparser", "shlex", "getpass", "multiprocessing.pool", "multiprocessing.managers",
)


def warm_modules():
    """Imports them one by one, for as long as there is nothing better to do."""
    for name in WARM_MODULES:
        if select.select([3], [], [], 0)[0]:
            return
        try:
            importlib.import_module(name)
        except Exception:
            pass  # Older versions of Python don't have them all.


def main():
    for descriptor in (3, 4):
        os.set_inheritable(descriptor, False)
    log_handler = install_logging()
    send(BOOTED)
    warm_modules()
    handler = None
    while True:
        kind, body = read_frame()
        if kind == INVOKE:
            invoke(handler, body)
            continue
        if kind == RESTORE:
            restore()
            continue
        try:
            handler = init(json.loads(body), log_handler)
        except SystemExit as error:
            finish_streams()
            os._exit(error.code if isinstance(error.code, int) else 1)
        except BaseException as error:
            problem = error_object(error)
            finish_streams()
            log_error(problem)
            send(INIT_FAILED, json.dumps(problem).encode("utf-8"))
            os._exit(1)
        finish_streams()
        send(INITIALIZED, memory())


main()
