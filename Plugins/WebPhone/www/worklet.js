// The sound side of the phone, on the browser's audio thread: microphone to 20 ms frames, received frames to the speaker.
"use strict";

const LINE = 16000, FRAME = 320;

// Changes the rate of a stream with a windowed sinc; only used where the browser cannot run its audio at 16 kHz.
class Rate {
  constructor(from, to) {
    this.step = from / to;
    this.cut = Math.min(1, to / from);
    this.half = Math.ceil(12 / this.cut);
    this.past = new Float32Array(2 * this.half);
    this.at = this.half;
  }

  push(input) {
    if (this.step === 1) return input;
    const all = new Float32Array(this.past.length + input.length);
    all.set(this.past);
    all.set(input, this.past.length);
    const out = [];
    for (; this.at + this.half < all.length; this.at += this.step) {
      const middle = Math.floor(this.at);
      let sum = 0;
      for (let i = middle - this.half + 1; i <= middle + this.half; i++) {
        const x = (i - this.at) * this.cut, window = Math.cos((Math.PI * (i - this.at)) / (2 * this.half)) ** 2;
        sum += all[i] * window * this.cut * (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
      }
      out.push(sum);
    }
    const keep = Math.max(0, Math.floor(this.at) - this.half);
    this.past = all.slice(keep);
    this.at -= keep;
    return Float32Array.from(out);
  }
}

// Holds the agent's speech until it is played. Waits for a little stock before it begins, more after each gap that was heard.
class Jitter {
  constructor(tell) {
    this.tell = tell;
    this.ring = new Float32Array(1 << 17); // Eight seconds; the host is never more than a fraction of one ahead.
    this.written = 0;
    this.read = 0;
    this.marks = [];
    this.stock = 0.06 * LINE;
    this.playing = false;
    this.waited = 0;
    this.sinceGap = Infinity;
  }

  get waiting() { return this.written - this.read; }

  push(samples) {
    // A gap that is followed by more sound at once was no end of a speech but a network too slow for our stock.
    if (this.sinceGap < 0.2 * LINE) this.stock = Math.min(this.stock + 0.02 * LINE, 0.2 * LINE);
    this.sinceGap = Infinity;
    for (const sample of samples) this.ring[this.written++ & (this.ring.length - 1)] = sample / 32768;
    if (this.waiting > this.ring.length) this.read = this.written - this.ring.length;
  }

  mark(name) { this.marks.push({ name, at: this.written }); }

  clear() {
    const dropped = this.waiting;
    this.read = this.written;
    this.marks = [];
    this.playing = false;
    this.waited = 0;
    this.sinceGap = Infinity;
    return dropped;
  }

  // Fills a block; where there is nothing, silence.
  pull(block) {
    if (!this.playing && this.waiting > 0) {
      this.waited += block.length;
      this.playing = this.waiting >= this.stock || this.waited >= this.stock;
    }
    const count = this.playing ? Math.min(block.length, this.waiting) : 0;
    for (let i = 0; i < block.length; i++) block[i] = i < count ? this.ring[this.read++ & (this.ring.length - 1)] : 0;
    while (this.marks.length && this.marks[0].at <= this.read) this.tell({ mark: this.marks.shift().name });
    if (this.playing && this.waiting === 0) {
      this.playing = false;
      this.waited = 0;
      this.sinceGap = 0;
    } else if (this.sinceGap < Infinity) {
      this.sinceGap += block.length;
    }
    return count;
  }
}

class Phone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.jitter = new Jitter((message) => this.port.postMessage(message));
    this.toLine = new Rate(sampleRate, LINE);
    this.toSpeaker = new Rate(LINE, sampleRate);
    this.spare = new Float32Array(0);
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
    this.muted = false;
    this.peaks = [0, 0];
    this.clock = 0;
    this.lastSaid = 0;
    this.lastHeard = -Infinity;
    this.port.onmessage = ({ data }) => this.receive(data);
  }

  receive(message) {
    if (message.audio) this.jitter.push(new Int16Array(message.audio));
    if (message.mark !== undefined) this.jitter.mark(message.mark);
    if (message.clear) this.port.postMessage({ cleared: this.jitter.clear() });
    if (message.muted !== undefined) this.muted = message.muted;
  }

  process([input], [output]) {
    const speaker = output[0];
    this.clock += speaker.length / sampleRate;
    if (input[0]) this.say(this.toLine.push(input[0]));
    this.hear(speaker);
    for (let i = 1; i < output.length; i++) output[i].set(speaker);
    return true;
  }

  say(samples) {
    for (const sample of samples) {
      const value = this.muted ? 0 : Math.max(-1, Math.min(1, sample));
      this.frame[this.filled++] = Math.round(value * 32767);
      this.peaks[0] = Math.max(this.peaks[0], Math.abs(value));
      if (this.filled === FRAME) this.send();
    }
  }

  send() {
    if (this.peaks[0] > 0.03) this.lastSaid = this.clock;
    this.port.postMessage({ frame: this.frame.buffer, you: this.peaks[0], agent: this.peaks[1], stock: this.jitter.stock / LINE },
      [this.frame.buffer]);
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
    this.peaks = [0, 0];
  }

  hear(speaker) {
    let at = 0;
    while (at < speaker.length) {
      if (this.spare.length === 0) {
        const block = new Float32Array(128);
        this.jitter.pull(block);
        this.spare = this.toSpeaker.push(block);
      }
      const part = this.spare.subarray(0, speaker.length - at);
      speaker.set(part, at);
      at += part.length;
      this.spare = this.spare.subarray(part.length);
    }
    const peak = speaker.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    this.peaks[1] = Math.max(this.peaks[1], peak);
    if (peak > 0.01) {
      // The first sound after a silence answers what was said last: the time between is what the caller waited. Sound that
      // comes while the caller still speaks is no answer.
      const waited = this.clock - this.lastSaid;
      if (this.clock - this.lastHeard > 0.4 && this.lastSaid > this.lastHeard && waited > 0.1) this.port.postMessage({ answer: waited });
      this.lastHeard = this.clock;
    }
  }
}

registerProcessor("phone", Phone);
