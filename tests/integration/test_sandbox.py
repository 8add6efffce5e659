"""The sandbox: what comes of code, and that nothing else comes of it. Behind the kernel's walls, and behind the audit hook."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from steps.sandbox import Limits, Ran, Sandbox, run_code, run_tests, run_tests_async

SHORT = Limits(seconds=0.5)


def body(code: str) -> dict[str, str]:
    """A file of two tests: one that passes, and one of the given lines."""
    lines = "".join(f"    {line}\n" for line in code.splitlines())
    return {"test_it.py": f"import os, socket, subprocess, sys, time\n\ndef test_before():\n    pass\n\ndef test_it(tmp_path):\n{lines}"}


@pytest.fixture(scope="module")
def kernel() -> Iterator[Sandbox]:
    """The best sandbox that there is here."""
    sandbox = Sandbox(2)
    yield sandbox
    sandbox.close()


@pytest.fixture(scope="module")
def hook() -> Iterator[Sandbox]:
    """One whose walls are left to the audit hook."""
    sandbox = Sandbox(1, kernel=False)
    yield sandbox
    sandbox.close()


@pytest.fixture(params=["kernel", "hook"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return request.getfixturevalue(request.param)


def ran(sandbox: Sandbox, files: dict[str, str], limits: Limits = Limits()) -> Ran:
    return sandbox.submit(files, None, "", limits).result()


def test_tests_are_named_by_what_came_of_them(sandbox: Sandbox) -> None:
    tests = "import pytest\n\n@pytest.mark.parametrize('n', [1, 2])\ndef test_n(n):\n    assert n == 1\n\nclass TestIt:\n    def test_in_a_class(self):\n        pass\n"
    assert (found := ran(sandbox, {"test_it.py": tests})) == Ran(("TestIt.test_in_a_class",), ("test_n",), "failed", found.text)


def test_the_text_is_what_a_terminal_shows(sandbox: Sandbox) -> None:
    files = {"lib/ages.py": "class Age:\n    pass\n", "test_age.py": "from lib.ages import Age\n\ndef test_age():\n    assert Age() == 3\n"}
    assert ran(sandbox, files).text == (
        "F                                                                        [100%]\n"
        "=================================== FAILURES ===================================\n"
        "___________________________________ test_age ___________________________________\n"
        "test_age.py:4: in test_age\n"
        "    assert Age() == 3\n"
        "E   assert <lib.ages.Age object at 0x7f3c5a1e4d60> == 3\n"
        "E    +  where <lib.ages.Age object at 0x7f3c5a1e4d60> = Age()\n"
        "=========================== short test summary info ============================\n"
        "FAILED test_age.py::test_age - assert <lib.ages.Age object at 0x7f3c5a1e4d60>...\n"
        "1 failed in 0.03s\n"
    )


def test_the_same_code_has_the_same_text_everywhere(kernel: Sandbox, hook: Sandbox) -> None:
    code = (
        "import random, tempfile\nfolders = [tempfile.mkdtemp() for _ in range(3)]\n"
        "print(os.getcwd(), os.listdir(tmp_path.parent), {*'abc'}, os.stat('test_it.py'))\n"
        "assert random.random() > 1, (folders, object())"
    )
    texts = {ran(sandbox, body(code)).text for sandbox in (kernel, hook)}
    assert len(texts) == 1
    text = texts.pop()
    assert "/tmp/tmp" in text and "sandbox" not in text and str(Path(sys.prefix)) not in text


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("open(os.path.join(os.path.dirname(os.environ['HOME']), '..', 'outside'), 'w')", "PermissionError: [Errno 13]"),
        ("open('/outside', 'w')", "PermissionError: [Errno 13]"),
        ("os.remove(os.__file__)", "PermissionError: [Errno 13]"),
        ("os.mkdir('/outside')", "PermissionError: [Errno 13]"),
        ("os.environ['SANDBOX_KEY']", "KeyError: 'SANDBOX_KEY'"),
        ("sys.exit(0)", "SystemExit: 0"),
        ("os.kill(os.getppid(), 9)", "PermissionError: [Errno 1]"),
        ("with open('large', 'wb') as file:\n    while True:\n        file.write(bytes(1 << 22))", "OSError: [Errno 27] File too large"),
    ],
)
def test_what_is_forbidden_fails_the_test_that_does_it(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, code: str, shown: str) -> None:
    monkeypatch.setenv("SANDBOX_KEY", "secret")
    found = ran(sandbox, body(code))
    assert (found.passed, found.failed, found.ended) == (("test_before",), ("test_it",), "failed")
    assert f"E   {shown}" in found.text


def test_there_is_no_network_not_even_to_this_machine(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        found = ran(sandbox, body(f"socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 1)"))
        with pytest.raises(TimeoutError):
            server.accept()
    assert (found.failed, found.ended) == (("test_it",), "failed")


def test_event_loops_threads_and_databases_work(sandbox: Sandbox) -> None:
    code = (
        "import asyncio, sqlite3, threading\nasyncio.run(asyncio.sleep(0))\n"
        "for _ in range(20):\n    threading.Thread(target=time.sleep, args=(0.1,)).start()\n"
        "sqlite3.connect(tmp_path / 'a.db').execute('create table a (b)')"
    )
    assert ran(sandbox, body(code)).ended == "passed"


@pytest.mark.parametrize(
    ("code", "ended"),
    [
        ("while True:\n    pass", "timeout"),
        ("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)", "timeout"),
        ("hog = []\nwhile True:\n    hog.append(bytearray(1 << 24))", "memory"),
        ("for _ in range(100):\n    print('x' * (1 << 20))", "output"),
        ("while True:\n    os.write(1, bytes(1 << 20))", "output"),
        ("os._exit(0)", "exit"),
        ("import ctypes\nctypes.string_at(0)", "killed"),
    ],
)
def test_what_goes_too_far_is_ended_by_its_name(sandbox: Sandbox, code: str, ended: str) -> None:
    found = ran(sandbox, body(code), SHORT if ended == "timeout" else Limits(memory=160 << 20))
    assert (found.passed, found.failed, found.ended) == (("test_before",), ("test_it",), ended)
    assert len(found.text) < 50_000


def test_a_timeout_says_so_in_the_text(kernel: Sandbox) -> None:
    assert ran(kernel, body("time.sleep(60)"), SHORT).text.endswith("Timeout: stopped after 0.5 seconds\n")


def test_no_more_processes_are_made_than_the_limit(kernel: Sandbox) -> None:
    held(kernel)
    code = "made = 0\ntry:\n    while True:\n        if os.fork() == 0:\n            time.sleep(60)\n        made += 1\nexcept BlockingIOError:\n    assert made == 8"
    assert ran(kernel, body(code), Limits(processes=8)).ended == "passed"


def test_a_fork_bomb_is_dead_when_the_answer_comes(kernel: Sandbox) -> None:
    held(kernel)
    assert ran(kernel, body("while True:\n    os.fork()"), SHORT).failed == ("test_it",)
    assert [psutil.Process(worker.process.pid).children(recursive=True) for worker in kernel.idle] == [[]] * len(kernel.idle)


def test_where_the_kernel_holds_nothing_no_process_is_started(hook: Sandbox) -> None:
    assert hook.isolation() == {"network": "audit hook", "processes": "audit hook", "files": "audit hook", "limits": "rlimits"}
    for code in ("os.fork()", "subprocess.run(['true'])", "os.system('true')", "os.execv('/bin/true', ['true'])"):
        assert "PermissionError: [Errno 1] the sandbox has one process" in ran(hook, body(code)).text


def test_a_process_that_outlives_its_parent_is_dead_when_the_answer_comes(kernel: Sandbox) -> None:
    held(kernel)
    code = (
        "program = 'import time; time.sleep(1234.5)'\n"
        "subprocess.Popen([sys.executable, '-c', program], start_new_session=True, stdout=subprocess.DEVNULL)\n"
        "if os.fork() == 0:\n    os.setsid()\n    time.sleep(1234.5)"
    )
    assert ran(kernel, body(code)).ended == "passed"
    assert not [process for process in psutil.process_iter(["cmdline"]) if "time.sleep(1234.5)" in " ".join(process.info["cmdline"] or ())]


def test_programs_have_the_same_walls(kernel: Sandbox) -> None:
    held(kernel)
    program = (
        "import os, socket\\nfor act in (lambda: open('/outside', 'w'), lambda: socket.create_connection(('1.1.1.1', 53), 1)):\\n"
        "    try:\\n        act()\\n    except OSError as error:\\n        print(error.errno)"
    )
    found = ran(kernel, body(f'assert subprocess.run([sys.executable, "-c", "{program}"], capture_output=True, text=True).stdout == "13\\n101\\n"'))
    assert found.ended == "passed", found.text


def test_a_full_disk_fails_the_test_that_fills_it(kernel: Sandbox) -> None:
    held(kernel)
    found = ran(kernel, body("for number in range(10**6):\n    open(str(number), 'wb').write(bytes(1 << 20))"), Limits(file=4 << 20))
    assert (found.passed, found.failed, found.ended) == (("test_before",), ("test_it",), "failed")
    assert "OSError: [Errno 28] No space left on device" in found.text


def test_a_folder_that_was_closed_is_removed_and_the_next_job_runs(sandbox: Sandbox) -> None:
    assert ran(sandbox, body("os.mkdir('closed')\nopen('closed/file', 'w')\nos.chmod('closed', 0)")).ended == "passed"
    assert ran(sandbox, body("assert not os.path.exists('closed')")).ended == "passed"


def test_files_of_the_machine_cannot_be_read(kernel: Sandbox, tmp_path: Path) -> None:
    held(kernel)
    (tmp_path / "secret").write_text("key")
    for file in (tmp_path / "secret", Path(__file__), Path("/proc/self/environ")):
        assert "PermissionError: [Errno 13] Permission denied" in ran(kernel, body(f"open({str(file)!r}).read()")).text


@pytest.mark.parametrize(
    ("files", "ended", "failed"),
    [
        ({"test_it.py": "def test_it(:\n"}, "collection", ("collection",)),
        ({"test_it.py": "import nothing_of_the_name\n"}, "collection", ("collection",)),
        ({"test_it.py": "import sys\nsys.exit(0)\n"}, "exit", ()),
        ({"test_it.py": "x = 1\n"}, "empty", ()),
        ({}, "empty", ()),
        ({"../test_it.py": ""}, "refused", ()),
        ({"/tmp/test_it.py": ""}, "refused", ()),
        ({"a": "", "a/b": ""}, "refused", ()),
        ({"a\0": ""}, "refused", ()),
        ({"a": "\ud800"}, "refused", ()),
    ],
)
def test_folders_without_tests_that_run_are_named(sandbox: Sandbox, files: dict[str, str], ended: str, failed: tuple[str, ...]) -> None:
    found = ran(sandbox, files)
    assert (found.passed, found.ended, found.failed) == ((), ended, failed)
    assert "sandbox" not in found.text


def test_a_script_prints_what_it_prints() -> None:
    files = {
        "main.py": "import sys\nfrom lib import double\nif __name__ == '__main__':\n    print(double(int(input())))\n    print('so', file=sys.stderr)\n",
        "lib.py": "def double(n):\n    return 2 * n\n",
    }
    assert run_code(files, "main.py", "21\n") == Ran((), (), "passed", "42\nso\n")


@pytest.mark.parametrize(
    ("code", "ended", "text"),
    [
        (
            "def f():\n    return 1 / 0\nf()",
            "failed",
            'Traceback (most recent call last):\n  File "/home/dev/project/main.py", line 3, in <module>\n    f()\n'
            '  File "/home/dev/project/main.py", line 2, in f\n    return 1 / 0\n           ~~^~~\nZeroDivisionError: division by zero\n',
        ),
        ("import sys\nsys.exit(0)", "passed", ""),
        ("import sys\nsys.exit('no')", "failed", "no\n"),
        ("import os\nos._exit(0)", "exit", ""),
        (
            "x = bytearray(1 << 33)",
            "memory",
            'Traceback (most recent call last):\n  File "/home/dev/project/main.py", line 1, in <module>\n    x = bytearray(1 << 33)\n        ^^^^^^^^^^^^^^^^^^\nMemoryError\n',
        ),
    ],
)
def test_a_script_ends_by_its_exit_code(code: str, ended: str, text: str) -> None:
    assert run_code({"main.py": code}, "main.py") == Ran((), (), ended, text)


def test_a_script_that_is_not_there_fails() -> None:
    assert run_code({}, "main.py").ended == "failed"


def test_jobs_of_many_threads_come_back_to_those_who_asked() -> None:
    found: dict[int, str] = {}

    def ask(number: int) -> None:
        [one] = run_tests([{"test_it.py": f"def test_{number}():\n    pass\n"}])
        found[number] = one.passed[0]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: f"test_{number}" for number in range(6)}


def test_an_event_loop_goes_on_meanwhile() -> None:
    async def both() -> list[str]:
        order: list[str] = []

        async def tests() -> None:
            await run_tests_async([{"test_it.py": "import time\n\ndef test_it():\n    time.sleep(0.2)\n"}])
            order.append("tests")

        async def other() -> None:
            order.append("other")

        await asyncio.gather(tests(), other())
        return order

    assert asyncio.run(both()) == ["other", "tests"]


def test_the_same_job_is_run_once_and_one_that_was_stopped_again() -> None:
    sandbox = Sandbox(1)
    once, again = body("import time\nassert time.time_ns() == 0"), body("import time\nprint(time.time_ns())\ntime.sleep(9)")
    assert ran(sandbox, once) is ran(sandbox, once)
    assert ran(sandbox, again, Limits(seconds=0.5)) is not ran(sandbox, again, Limits(seconds=0.5))
    sandbox.close()


@pytest.mark.parametrize("how", ["", "; os._exit(0)"])
def test_nothing_is_left_when_the_program_ends_however_it_ends(tmp_path: Path, how: str) -> None:
    program = f"import os; from steps.sandbox import *; run_tests([{{}}]); print(*(worker.process.pid for worker in shared().idle), flush=True){how}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ | {"TMPDIR": str(tmp_path)})
    assert len(pids := done.stdout.split()) == 1
    assert gone(int(pids[0]))
    assert list(tmp_path.iterdir()) == []


def held(sandbox: Sandbox) -> None:
    """Skip where the kernel does not give what is tested."""
    if "audit hook" in sandbox.isolation().values():
        pytest.skip("the kernel does not hold all walls here")


def gone(pid: int) -> bool:
    """Whether a process ends within some seconds."""
    try:
        psutil.Process(pid).wait(5)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True
