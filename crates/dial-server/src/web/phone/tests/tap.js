// Listens to what the page plays, between its telephone and the loudspeaker, and keeps every sample of it.
window.heard = [];
window.told = [];
const TAP = `registerProcessor("tap", class extends AudioWorkletProcessor {
  process([[ear]]) {
    if (ear) this.port.postMessage(Int16Array.from(ear, (sample) => Math.round(sample * 32768)));
    return true;
  }
});`;
const { addModule } = AudioWorklet.prototype;
AudioWorklet.prototype.addModule = async function (address) {
  await addModule.call(this, URL.createObjectURL(new Blob([TAP], { type: "text/javascript" })));
  return addModule.call(this, address);
};
const { connect } = AudioNode.prototype;
AudioNode.prototype.connect = function (to, ...more) {
  if (to instanceof AudioDestinationNode && this instanceof AudioWorkletNode) {
    const tap = new AudioWorkletNode(this.context, "tap");
    tap.port.onmessage = ({ data }) => window.heard.push(data);
    connect.call(this, tap);
    connect.call(tap, to);
  }
  return connect.call(this, to, ...more);
};
window.WebSocket = class extends WebSocket {
  constructor(address) {
    super(address);
    this.addEventListener("message", ({ data }) => typeof data === "string" && window.told.push(data));
  }
};
window.keep = () => {
  const bytes = new Uint8Array(window.heard.flatMap((samples) => [...new Uint8Array(samples.buffer)]));
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
};
