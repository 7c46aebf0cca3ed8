// The way to the server: what is done goes out by POST, what is new comes in by one WebSocket.

import { forget, state, take, tell } from "./store.js";
import { problem } from "./view/toasts.js";

const AGAIN_MS = 700;

/** Do one thing in the acting person's name; what is refused is said, and returned as false. */
export async function act(verb, what = {}) {
  const body = JSON.stringify({ user: state.me, ...what });
  let answer;
  try {
    answer = await (await fetch(`/do/${verb}`, { method: "POST", body })).json();
  } catch {
    answer = { ok: false, error: "The sandbox does not answer. Is `neo-slack demo` still running?" };
  }
  if (!answer.ok) problem(answer.error);
  return answer.ok && answer;
}

/** Stay connected for as long as the page is open. */
export function connect() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/socket`);
  let begun = false;
  socket.addEventListener("message", (event) => {
    if (!begun) forget();
    begun = true;
    take(JSON.parse(event.data));
    if (!state.connected) connected(true);
  });
  socket.addEventListener("close", () => {
    connected(false);
    setTimeout(connect, AGAIN_MS);
  });
}

function connected(is) {
  state.connected = is;
  tell("connected");
}
