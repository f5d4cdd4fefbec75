// The phone page: one call at a time, over the socket that docs/WebPhone.md describes.
"use strict";

const page = (id) => document.getElementById(id);
const address = new URL(location.pathname.replace(/\/$/, "") + "/socket", location.href);
address.protocol = address.protocol.replace("http", "ws");

let call = null;

// --- Sound ------------------------------------------------------------------------------------------------------------

// The microphone, the speaker and the worklet between them and the line.
async function openSound(onMessage) {
  if (!navigator.mediaDevices) throw new Error("The microphone needs https or localhost.");
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  });
  const open = async (options) => {
    const context = new AudioContext({ latencyHint: "interactive", ...options });
    try {
      const source = context.createMediaStreamSource(stream); // Some browsers refuse here when the rates differ.
      const code = new Blob([page("worklet").textContent], { type: "text/javascript" });
      const url = URL.createObjectURL(code);
      await context.audioWorklet.addModule(url);
      URL.revokeObjectURL(url);
      const node = new AudioWorkletNode(context, "phone", { outputChannelCount: [1] });
      source.connect(node).connect(context.destination);
      node.port.onmessage = ({ data }) => onMessage(data);
      await context.resume();
      return { context, stream, post: (message, transfer) => node.port.postMessage(message, transfer) };
    } catch (error) {
      await context.close();
      throw error;
    }
  };
  try {
    return await open({ sampleRate: 16000 });
  } catch {
    return await open({}); // The worklet changes the rate instead.
  }
}

function closeSound(sound) {
  sound?.stream.getTracks().forEach((track) => track.stop());
  sound?.context.close();
}

// --- The call ---------------------------------------------------------------------------------------------------------

async function dial() {
  const mine = (call = { socket: null, sound: null, began: 0, muted: false });
  show("calling", "Opening the microphone …");
  page("captions").replaceChildren();
  try {
    mine.sound = await openSound((message) => fromSound(mine, message));
  } catch (error) {
    const refused = error.name === "NotAllowedError";
    return hangUp(mine, "failed", refused ? "The microphone was not allowed." : error.message);
  }
  if (call !== mine) return closeSound(mine.sound);
  show("calling", "Calling …");
  const socket = (mine.socket = new WebSocket(address));
  socket.binaryType = "arraybuffer";
  const asked = new URLSearchParams(location.search);
  socket.onopen = () => say(mine, { type: "start", to: asked.get("to") ?? "", from: asked.get("from") ?? "" });
  socket.onmessage = ({ data }) =>
    typeof data === "string" ? fromLine(mine, JSON.parse(data)) : mine.sound?.post({ audio: data }, [data]);
  socket.onclose = ({ code, reason }) => {
    if (code === 1000) hangUp(mine, "idle", "The call has ended.");
    else hangUp(mine, "failed", mine.began ? "The connection was lost." : reason || "Nobody can be reached.");
  };
}

function say(mine, message) {
  if (mine.socket?.readyState === WebSocket.OPEN) mine.socket.send(JSON.stringify(message));
}

function fromLine(mine, message) {
  switch (message.type) {
    case "ringing": return show("calling", "Ringing …");
    case "answered":
      mine.began = performance.now();
      return show("talking", clock(mine));
    case "mark": return mine.sound?.post({ mark: message.name });
    case "clear": return mine.sound?.post({ clear: true });
    case "transcript": return caption(message);
    case "hangup": {
      const why = { busy: "The line is busy.", declined: "The call was declined.", "no answer": "Nobody answered." };
      return hangUp(mine, "idle", why[message.reason] ?? "The call has ended.");
    }
  }
}

function fromSound(mine, message) {
  if (message.frame) {
    if (mine.began && mine.socket?.readyState === WebSocket.OPEN) mine.socket.send(message.frame);
    meters.you.push(message.you);
    meters.agent.push(message.agent);
    quality.stock = message.stock;
  }
  if (message.mark !== undefined) say(mine, { type: "mark", name: message.mark });
  if (message.cleared !== undefined) say(mine, { type: "cleared", dropped: message.cleared });
  if (message.answer !== undefined) answered(message.answer);
}

function hangUp(mine, state, text) {
  if (call !== mine) return;
  call = null;
  say(mine, { type: "hangup" });
  mine.socket?.close(1000);
  closeSound(mine.sound);
  page("captions").querySelectorAll(".interim").forEach((line) => line.classList.remove("interim"));
  show(state, text);
}

// --- What the page shows ----------------------------------------------------------------------------------------------

function show(state, text) {
  document.body.dataset.state = state;
  page("status").textContent = text;
  page("call").setAttribute("aria-label", state === "idle" || state === "failed" ? "Call" : "Hang up");
  for (const id of ["keys", "mute"]) page(id).disabled = state !== "talking";
  if (state !== "talking") {
    page("pad").hidden = true;
    page("keys").setAttribute("aria-expanded", "false");
    page("mute").setAttribute("aria-pressed", "false");
  }
}

function clock(mine) {
  const seconds = Math.floor((performance.now() - mine.began) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

// An interim is replaced by what comes after it from the same speaker.
function caption({ speaker, text, final }) {
  const captions = page("captions");
  const kind = speaker === "user" ? "user" : "agent";
  let line = [...captions.querySelectorAll(`.${kind}.interim`)].at(-1);
  if (!text) return line?.remove();
  if (!line) {
    line = document.createElement("li");
    captions.append(line);
    while (captions.children.length > 200) captions.firstChild.remove();
  }
  line.className = final ? kind : `${kind} interim`;
  line.textContent = text;
  captions.scrollTop = captions.scrollHeight;
}

const quality = { last: 0, all: [], stock: 0 };

function answered(seconds) {
  if (seconds > 10) return;
  quality.all.push(seconds);
  const sorted = [...quality.all].sort((a, b) => a - b);
  const ms = (value) => `${Math.round(value * 1000)} ms`;
  page("latency").textContent =
    `Answered after ${ms(seconds)} · median ${ms(sorted[sorted.length >> 1])} · buffer ${ms(quality.stock)}`;
}

// Two strips of the last five seconds of sound.
class Meter {
  constructor(canvas, colour) {
    this.canvas = canvas;
    this.colour = colour;
    this.levels = new Array(60).fill(0);
    this.pending = [];
  }

  push(peak) {
    this.pending.push(peak);
    if (this.pending.length < 4) return;
    this.levels.push(Math.max(...this.pending));
    this.levels.shift();
    this.pending = [];
    this.draw();
  }

  draw() {
    const { width, height } = this.canvas, pen = this.canvas.getContext("2d"), step = width / this.levels.length;
    pen.clearRect(0, 0, width, height);
    pen.fillStyle = getComputedStyle(document.body).getPropertyValue(this.colour);
    this.levels.forEach((peak, i) => {
      const tall = Math.max(2, Math.min(1, Math.sqrt(peak)) * height); // The root, so that soft speech shows as well.
      pen.fillRect(i * step, (height - tall) / 2, step - 1.5, tall);
    });
  }
}

const meters = { you: new Meter(page("you"), "--you"), agent: new Meter(page("agent"), "--go") };
Object.values(meters).forEach((meter) => meter.draw());

// --- Hands ------------------------------------------------------------------------------------------------------------

function press(digit) {
  if (call?.began) say(call, { type: "dtmf", digit });
}

for (const digit of "123456789*0#") {
  const key = document.createElement("button");
  key.type = "button";
  key.textContent = digit;
  key.onclick = () => press(digit);
  page("pad").append(key);
}

page("call").onclick = () => (call ? hangUp(call, "idle", "The call has ended.") : dial());

page("keys").onclick = () => {
  page("pad").hidden = !page("pad").hidden;
  page("keys").setAttribute("aria-expanded", String(!page("pad").hidden));
};

page("mute").onclick = () => {
  if (!call) return;
  call.muted = !call.muted;
  call.sound?.post({ muted: call.muted });
  page("mute").setAttribute("aria-pressed", String(call.muted));
};

document.onkeydown = ({ key, ctrlKey, metaKey, altKey }) => {
  if (!ctrlKey && !metaKey && !altKey && "0123456789*#".includes(key)) press(key);
};

setInterval(() => { if (call?.began) show("talking", clock(call)); }, 500);
window.addEventListener("pagehide", () => call && hangUp(call, "idle", ""));
