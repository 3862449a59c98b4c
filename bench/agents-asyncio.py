"""The sleeps of the agents benchmark in bare asyncio, without an agent around them. Writes the seconds they take."""

import asyncio
import sys
import time

MODEL_SECONDS = 1.2
TOOL_SECONDS = (0.8, 0.5)
MEMORY_WRITE_SECONDS = 0.2


async def answer(writes: set[asyncio.Task[None]]) -> None:
    await asyncio.sleep(MODEL_SECONDS)
    await asyncio.gather(*(asyncio.sleep(seconds) for seconds in TOOL_SECONDS))
    writes.add(asyncio.create_task(asyncio.sleep(MEMORY_WRITE_SECONDS)))


async def main(runs: int) -> None:
    writes: set[asyncio.Task[None]] = set()
    began = time.perf_counter()
    await asyncio.gather(*(answer(writes) for _ in range(runs)))
    print(time.perf_counter() - began)
    await asyncio.gather(*writes)


asyncio.run(main(int(sys.argv[1])))
