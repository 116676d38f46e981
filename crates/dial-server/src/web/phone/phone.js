// The telephone of the page: rings the line, shows what it says, and sends the keys.

const RATE = 8000;
const MOST_ROWS = 200;

const phone = document.getElementById("phone");
const state = document.getElementById("state");
const verb = document.getElementById("verb");
const screen = document.getElementById("screen");
const keys = [...document.querySelectorAll("[data-key]")];

let call = null;

function show(text, kind) {
  const row = document.createElement("p");
  row.textContent = text;
  if (kind) row.className = kind;
  screen.append(row);
  while (screen.childElementCount > MOST_ROWS) screen.firstElementChild.remove();
  screen.scrollTop = screen.scrollHeight;
}

function time(ms) {
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

const told = {
  say: ({ text }) => show(text),
  begins: ({ title, from_ms: from }) => show(`♪ ${title || "A recording"}, from ${time(from)}`, "plays"),
  key: ({ key }) => show(`You pressed ${{ "*": "star", "#": "hash" }[key] ?? key}.`, "pressed"),
  hangup: ({ by }) => by === "line" && end("The line has hung up."),
};

function calling(text) {
  phone.dataset.state = "calling";
  state.textContent = text;
  verb.textContent = "Hang up";
}

function end(text) {
  if (!call) return;
  const { context, socket } = call;
  call = null;
  // A page that closes its sound at once cuts off the last word.
  context.close();
  socket.close();
  phone.dataset.state = "idle";
  state.textContent = text;
  verb.textContent = "Call";
  const lost = keys.includes(document.activeElement);
  for (const key of keys) key.disabled = true;
  if (lost) document.getElementById("call").focus();
}

async function ring() {
  screen.replaceChildren();
  calling("Ringing …");
  let context;
  try {
    context = new AudioContext({ sampleRate: RATE });
    call = { context, socket: { close() {} } };
    await context.audioWorklet.addModule("/phone/ear.js");
  } catch {
    context?.close();
    call = { context: { close() {} }, socket: { close() {} } };
    end("This browser cannot play the sound.");
    return;
  }
  if (call?.context !== context) return;
  await context.resume();
  const ear = new AudioWorkletNode(context, "ear", { numberOfInputs: 0, outputChannelCount: [1] });
  ear.connect(context.destination);
  const address = new URL(`/phone/${phone.dataset.line}/call`, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  call = { context, socket, ear };
  ear.port.onmessage = ({ data }) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(data));
    if (data.hang_up) end("You have hung up.");
  };
  socket.onopen = () => {
    state.textContent = "Connected.";
    for (const key of keys) key.disabled = false;
  };
  socket.onclose = ({ wasClean }) => {
    if (call?.socket === socket) end(wasClean ? "The call has ended." : "The line could not be reached, or was cut off.");
  };
  socket.onmessage = ({ data }) => {
    if (call?.socket !== socket) return;
    if (typeof data === "string") {
      const event = JSON.parse(data);
      told[event.event]?.(event);
      return;
    }
    const head = new DataView(data, 0, 8);
    const part = { keys: head.getUint32(0), number: head.getUint32(4), sound: new Uint8Array(data, 8) };
    ear.port.postMessage({ part });
  };
}

function press(key) {
  if (call?.ear && !keys[0].disabled) call.ear.port.postMessage({ press: key });
}

function hangUp() {
  if (call.ear && call.socket.readyState === WebSocket.OPEN) call.ear.port.postMessage({ hangUp: true });
  else end("You have hung up.");
}

document.getElementById("call").addEventListener("click", () => (call ? hangUp() : ring()));
for (const key of keys) key.addEventListener("click", () => press(key.dataset.key));
phone.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (/^[0-9*#]$/.test(event.key)) {
    event.preventDefault();
    press(event.key);
  }
});
