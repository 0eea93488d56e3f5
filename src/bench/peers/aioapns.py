"""Sends with aioapns, and prints how it went as JSON."""

import asyncio
import json
import logging
import ssl
import sys
import time

from aioapns import APNs, NotificationRequest, PushType
from aioapns.connection import APNsProductionClientProtocol

JOB = json.loads(sys.argv[1])
PAYLOAD = json.loads(JOB["payload"])


def token(n: int) -> str:
    """The push token with this number, as the benchmark makes them; so many in a hundred are dead."""
    return f"dead{n:060x}" if n * 37 % 100 < JOB["dead"] else f"{n:064x}"


class Tally:
    """What came of the pushes."""

    def __init__(self) -> None:
        self.refused, self.lost, self.why, self.waits = 0, 0, None, []


async def lane(client: APNs, numbers, tally: Tally) -> None:
    for n in numbers:
        request = NotificationRequest(
            device_token=token(n), message=PAYLOAD, time_to_live=3600, priority=10, push_type=PushType.ALERT
        )
        sent = time.perf_counter()
        try:
            answer = await client.send_notification(request)
            failed = None if answer.is_successful else answer.description or answer.status
        except Exception as error:
            failed = repr(error)
        tally.waits.append((time.perf_counter() - sent) * 1e3)
        if failed == "Unregistered":
            tally.refused += 1
        elif failed is not None:
            tally.lost += 1
            tally.why = tally.why or failed


async def lanes(client: APNs, numbers: range) -> Tally:
    tally, shared = Tally(), iter(numbers)
    await asyncio.gather(*(lane(client, shared, tally) for _ in range(JOB["atOnce"])))
    return tally


async def main() -> None:
    logging.disable(logging.CRITICAL)
    # Where it connects is fixed in the classes of its connections.
    APNsProductionClientProtocol.APNS_SERVER = "localhost"
    APNsProductionClientProtocol.APNS_PORT = JOB["port"]
    tls = ssl.create_default_context(cafile=JOB["ca"])
    tls.set_alpn_protocols(["h2"])
    client = APNs(
        key=JOB["key"],
        key_id=JOB["keyId"],
        team_id=JOB["teamId"],
        topic=JOB["topic"],
        max_connections=JOB["connections"],
        ssl_context=tls,
    )
    await lanes(client, range(JOB["warmUp"]))
    started = time.perf_counter()
    tally = await lanes(client, range(JOB["warmUp"], JOB["warmUp"] + JOB["pushes"]))
    ms = (time.perf_counter() - started) * 1e3
    waits = sorted(tally.waits)
    report = {
        "ms": ms,
        "refused": tally.refused,
        "lost": tally.lost,
        "why": tally.why,
        "p50": waits[len(waits) // 2],
        "p99": waits[len(waits) * 99 // 100],
    }
    print(json.dumps(report))


asyncio.run(main())
