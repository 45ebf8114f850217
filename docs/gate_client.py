"""Ask the gate before an order is sent: plain pyzmq and msgpack, nothing of Palisade's. Copy what you need.

    python docs/gate_client.py tcp://127.0.0.1:5610 ACCOUNT SIM:CL:FUT:202701 10

Buys 10 contracts (a negative quantity sells) if the gate lets them pass: asks, "sends" the order, reports the fill.
The messages are described in feeds/gate_messages.py: msgpack arrays, the type's name first, integers only.
"""

import sys
import uuid

import msgpack
import zmq

VERSION = 1
CLIENT = "example"
TIME_OUT = 1_000  # milliseconds; no answer in time means: do not send
SECOND = 1_000_000_000
VERDICT, REASONS, LARGEST, RESERVATION = 3, 4, 5, 12  # places in the answer to a check


class Gate:
    """One connection to the gate."""

    def __init__(self, endpoint):
        """Connect; the gate may come up later."""
        self.endpoint = endpoint
        self.context = zmq.Context()
        self.socket = None
        self.connect()

    def connect(self):
        """Connect anew: after a silence the old connection is not to be trusted."""
        if self.socket is not None:
            self.socket.close(linger=0)
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.connect(self.endpoint)

    def ask(self, kind, *fields, attempts=3):
        """The answer to one message, or None: the same bytes may be sent again without being counted twice."""
        request = uuid.uuid4().bytes
        body = msgpack.packb([kind, VERSION, CLIENT, request, *fields])
        for _ in range(attempts):
            self.socket.send(body)
            while self.socket.poll(TIME_OUT):
                answer = msgpack.unpackb(self.socket.recv())
                if answer[2] == request:
                    return answer
            self.connect()
        return None

    def close(self):
        """End the connection."""
        self.socket.close(linger=0)
        self.context.term()


def say(*words):
    """Print a line."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")


def main(endpoint, account, contract, quantity):
    """Ask for one order; 0 where it passed."""
    gate = Gate(endpoint)
    try:
        order = [contract, int(quantity), False]  # the last: whether it closes what is held on the other side
        # The reservation ends after 10 seconds: the order must have been filled or withdrawn by then.
        answer = gate.ask("gate-check", account, [order], False, 10 * SECOND)
        if answer is None or answer[0] != "gate-reply" or answer[VERDICT] != "passes":
            say("do not send:", answer and answer[1:6])
            return 1
        say("passes; the order is sent to the exchange now, and filled")
        filled = gate.ask("gate-filled", answer[RESERVATION], [abs(int(quantity))])
        say("reservation:", filled and filled[4])
        return 0
    finally:
        gate.close()


if __name__ == "__main__":
    if len(sys.argv) != 5:  # what to write stands at the top
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
