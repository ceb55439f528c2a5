"""Runs a command on a terminal of its own: terminal.py COLUMNS ROWS COMMAND…

What it writes goes to our standard output, as it is. Lines of JSON on our standard input say what to do:
{"keys": "…"}, {"size": [columns, rows]}, {"signal": "TERM"}. When it stops, or goes on, or ends, standard error says
so in a line of JSON: {"stopped": true}, {"ended": status}.
"""

import fcntl, json, os, pty, select, signal, struct, sys, termios


def resize(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def tell(what):
    os.write(2, (json.dumps(what) + "\n").encode())


columns, rows, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
master, slave = pty.openpty()
resize(slave, columns, rows)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(slave, fd)
    os.closerange(3, 256)
    os.execvp(command[0], command)
before = termios.tcgetattr(slave)
pending = b""
while True:
    ready, _, _ = select.select([master, 0], [], [], 0.05)
    if master in ready:
        os.write(1, os.read(master, 65536))
    if 0 in ready:
        read = os.read(0, 65536)
        if read == b"":
            os.kill(child, signal.SIGKILL)
        pending += read
        *orders, pending = pending.split(b"\n")
        for order in map(json.loads, orders):
            if "keys" in order:
                os.write(master, order["keys"].encode())
            if "size" in order:
                resize(master, *order["size"])
            if "signal" in order:
                os.kill(child, getattr(signal, "SIG" + order["signal"]))
    pid, status = os.waitpid(child, os.WNOHANG | os.WUNTRACED)
    if pid != 0 and os.WIFSTOPPED(status):
        tell({"stopped": True, "restored": termios.tcgetattr(slave)[3] == before[3]})
    elif pid != 0:
        while select.select([master], [], [], 0.1)[0]:
            os.write(1, os.read(master, 65536))
        code = os.waitstatus_to_exitcode(status)
        tell({"ended": code, "restored": termios.tcgetattr(slave)[3] == before[3]})
        break
