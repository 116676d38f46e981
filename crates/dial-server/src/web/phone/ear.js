// Plays what the line sends, and tells to the sample what has sounded. It runs beside the page, on the thread of
// the sound, where nothing that the page does can make it stumble.

// ITU-T G.711: eight bits of mu-law are a sign, three bits of a segment and four of a step, all inverted.
const SAMPLES = Float32Array.from({ length: 256 }, (_, byte) => {
  const code = ~byte & 0xff;
  const size = ((((code & 0x0f) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84;
  return (code & 0x80 ? -size : size) / 32768;
});

class Ear extends AudioWorkletProcessor {
  constructor() {
    super();
    this.parts = [];
    this.at = 0;
    this.since = 0;
    this.keys = 0;
    this.port.onmessage = ({ data }) => this.take(data);
  }

  take(told) {
    if (told.part) {
      const { keys, number, sound } = told.part;
      // What was sent before the last key is not heard.
      if (keys === this.keys) this.parts.push({ number, sound });
      return;
    }
    const since = Math.floor((this.since * 1000) / sampleRate);
    this.parts = [];
    this.at = 0;
    this.since = 0;
    if (told.press) {
      this.keys += 1;
      this.port.postMessage({ press: told.press, since });
    } else {
      this.port.postMessage({ hang_up: true, since });
    }
  }

  process(_, [[ear]]) {
    for (let place = 0; place < ear.length; place += 1) {
      this.end();
      const part = this.parts[0];
      if (!part) break;
      ear[place] = SAMPLES[part.sound[this.at]];
      this.at += 1;
      this.since += 1;
    }
    this.end();
    return true;
  }

  // Parts that are over have sounded.
  end() {
    while (this.parts.length > 0 && this.at >= this.parts[0].sound.length) {
      const { number } = this.parts.shift();
      this.at = 0;
      this.since = 0;
      this.port.postMessage({ sounded: number });
    }
  }
}

registerProcessor("ear", Ear);
