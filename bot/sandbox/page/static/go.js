// Where the page is: the channel, the thread, and on a narrow window which of them is in sight.

import { markRead } from "./reads.js";
import { state, tell } from "./store.js";

/** Open a channel. */
export function openChannel(channel) {
  state.place = channel;
  state.thread = "";
  arrive("channel");
}

/** Open a thread of a channel. */
export function openThread(channel, root) {
  state.place = channel;
  state.thread = root;
  arrive("thread");
}

/** Close the thread. */
export function closeThread() {
  state.thread = "";
  arrive("channel");
}

/** Bring a pane into sight where there is room for one only. */
export function showPane(name) {
  document.body.dataset.pane = name;
}

/** Mark what is in sight as read. */
export function readHere() {
  if (document.hidden || !state.place) return;
  markRead(state.place);
  if (state.thread) markRead(state.place, state.thread);
}

/** Return the place that the address names. */
export function fromAddress() {
  const [channel, root = ""] = decodeURIComponent(location.hash.slice(1)).split("/");
  return { channel, root };
}

function arrive(pane) {
  const address = state.thread ? `${state.place}/${state.thread}` : state.place;
  history.replaceState(null, "", `#${address}`);
  showPane(pane);
  tell("place");
  readHere();
  tell("reads");
}
