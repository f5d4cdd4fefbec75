#!/usr/bin/env python3
"""A phone for the web phone's socket: plays a WAV file (16 kHz, mono, 16 bit) as the caller, prints what is said, records the agent.

    pip install websockets;  phone-caller.py ws://127.0.0.1:8080/phone/socket question.wav heard.wav
"""
import asyncio, json, sys, time, wave
import websockets

async def main(url, question, heard):
    sound = wave.open(question).readframes(1 << 30)
    with wave.open(heard, "wb") as record:
        record.setparams((1, 2, 16000, 0, "NONE", ""))
        async with websockets.connect(url) as line:
            await line.send(json.dumps({"type": "start"}))
            speaking, marks, ends = None, [], 0.0          # `ends`: when what was received so far will have been played
            async for message in line:
                now = time.monotonic()
                if isinstance(message, bytes):
                    record.writeframes(message)
                    ends = max(ends, now) + len(message) / 32000
                    continue
                event = json.loads(message)
                if event["type"] == "answered":
                    speaking = asyncio.create_task(speak(line, sound))
                elif event["type"] == "mark":              # a mark is answered when it would have been heard
                    marks.append(asyncio.create_task(later(line, message, ends - now)))
                elif event["type"] == "clear":
                    await line.send(json.dumps({"type": "cleared", "dropped": int(max(0, ends - now) * 16000)}))
                    ends = now
                    for mark in marks: mark.cancel()
                elif event["type"] == "transcript" and event["final"]:
                    print(f"{event['speaker']:>5}: {event['text']}")
            if speaking:
                speaking.cancel()

async def later(line, message, seconds):
    await asyncio.sleep(seconds)
    await line.send(message)

async def speak(line, sound):
    """The question once, then silence: 20 ms every 20 ms, by absolute deadlines."""
    began = time.monotonic()
    for i in range(1 << 30):
        await line.send(sound[i * 640:(i + 1) * 640].ljust(640, b"\0"))
        await asyncio.sleep(began + (i + 1) * 0.02 - time.monotonic())

asyncio.run(main(*sys.argv[1:4]))
