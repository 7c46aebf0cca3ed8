// The thread: its root and replies, Slack's status of the agent, and a field to reply in.

import { fill, h, icon } from "../dom.js";
import { closeThread } from "../go.js";
import { ICONS } from "../icons.js";
import { channelMessages, on, placeName, state, threadOf } from "../store.js";
import { Composer } from "./composer.js";
import { MessageList } from "./list.js";
import { sessionBar } from "./session.js";

/** Build the pane and keep it in step. */
export function begin() {
  const pane = document.getElementById("thread");
  const head = h("header", { class: "head" });
  const bar = h("div", { class: "bar" });
  const list = new MessageList("Messages of the thread", { inThread: true });
  const composer = new Composer(() => ({ channel: state.place, root: state.thread }));
  pane.append(head, list.element, bar, composer.element);
  let shown = "";
  const refresh = () => {
    if (!state.thread) return;
    list.show(threadOf(state.place, state.thread));
    showBar(bar);
    showHead(head);
  };
  on("messages", refresh);
  on("place", () => {
    pane.hidden = !state.thread;
    document.body.classList.toggle("with-thread", Boolean(state.thread));
    const now = `${state.place} ${state.thread} ${state.me}`;
    if (now !== shown) {
      list.clear();
      composer.arrive();
    }
    shown = now;
    refresh();
  });
  pane.addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && closeThread());
}

let lastHead = "";

function showHead(head) {
  const root = channelMessages(state.place).get(state.thread);
  const title = root?.agent_session?.title || "Thread";
  const where = placeName(state.channels.get(state.place));
  if (lastHead === title + where && head.firstChild) return;
  lastHead = title + where;
  const back = h("button", { type: "button", class: "tool narrow-only", "aria-label": "Back to the channel", onclick: closeThread }, icon(ICONS.back));
  const close = h("button", { type: "button", class: "tool wide-only", "aria-label": "Close the thread", onclick: closeThread }, icon(ICONS.close));
  fill(head, back, h("h2", {}, title), h("span", { class: "topic dim" }, where), close);
}

let lastBar = "";

/** Built anew only when it changes: a focused stop button shall stay where it is. */
function showBar(bar) {
  const root = channelMessages(state.place).get(state.thread);
  const now = JSON.stringify([state.place, state.thread, root?.agent_session]);
  if (now === lastBar) return;
  lastBar = now;
  fill(bar, sessionBar(root));
}
