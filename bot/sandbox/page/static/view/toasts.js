// Short notices at the edge: what went wrong, and what calls for the acting person elsewhere.

import { h } from "../dom.js";
import { openChannel, openThread } from "../go.js";
import { asksApproval, mentionsMe } from "../reads.js";
import { isRoot, placeName, state } from "../store.js";
import { plainOf } from "./plain.js";

const PROBLEM_MS = 7000;
const CALL_MS = 20000;

/** Say what went wrong. */
export function problem(words) {
  toast("problem", PROBLEM_MS, h("span", {}, words));
}

/** Tell of new messages: aloud where they are in sight, at the edge where they call for me. */
export function announce(fresh) {
  for (const message of fresh) {
    if (message.user === state.me) continue;
    const inSight = message.channel === state.place && (isRoot(message) || message.thread_ts === state.thread);
    if (inSight) say(plainOf(message));
    else if (mentionsMe(message)) call(message);
  }
}

function say(words) {
  document.getElementById("said").textContent = words.slice(0, 300);
}

function call(message) {
  const where = placeName(state.channels.get(message.channel));
  const what = asksApproval(message) ? "Neo asks for your approval" : "Neo mentions you";
  const show = () => (isRoot(message) ? openChannel(message.channel) : openThread(message.channel, message.thread_ts));
  const button = h("button", { type: "button", class: "button primary", onclick: (event) => (event.currentTarget.closest(".toast").remove(), show()) }, "Show");
  toast("call", CALL_MS, h("span", {}, h("b", {}, what), ` in ${where}`), button);
}

function toast(kind, time, ...content) {
  const close = h("button", { type: "button", class: "quiet", "aria-label": "Dismiss", onclick: () => notice.remove() }, "✕");
  const notice = h("div", { class: `toast ${kind}` }, ...content, close);
  document.getElementById("toasts").append(notice);
  setTimeout(() => notice.remove(), time);
}
