// Puts the page together.

import { fromAddress, openChannel, openThread, readHere, showPane } from "./go.js";
import { beginRead } from "./reads.js";
import { connect } from "./server.js";
import { channelMessages, isRoot, myChannels, on, placeName, state, tell } from "./store.js";
import { begin as beginChannel } from "./view/channel.js";
import { begin as beginInspector } from "./view/inspector.js";
import { begin as beginKeys } from "./view/keys.js";
import { begin as beginModals } from "./view/modals.js";
import { begin as beginSidebar } from "./view/sidebar.js";
import { applyTheme } from "./view/theme.js";
import { begin as beginThread } from "./view/thread.js";
import { announce } from "./view/toasts.js";

let begun = false;

applyTheme();
for (const begin of [beginSidebar, beginChannel, beginThread, beginInspector, beginModals, beginKeys]) begin();
on("messages", (fresh) => {
  if (!begun) return arrive();
  readHere();
  announce(fresh);
  followMyTask(fresh);
  tell("reads");
});
on("place", title);
on("reads", title);
on("people", () => tell("place"));
document.addEventListener("visibilitychange", () => {
  readHere();
  tell("reads");
});
window.addEventListener("hashchange", () => {
  const { channel, root } = fromAddress();
  if (channel !== state.place || root !== state.thread) go(channel, root);
});
connect();

/** The first messages are there: what they say is no news. */
function arrive() {
  begun = true;
  beginRead();
  const { channel, root } = fromAddress();
  go(channel, root);
}

function go(channel, root) {
  const known = state.channels.has(channel) ? channel : myChannels("channel")[0]?.id;
  if (root && channelMessages(known).has(root)) openThread(known, root);
  else openChannel(known);
}

/** Open the thread of what I just asked, when Neo begins to answer and nothing else is open. */
function followMyTask(fresh) {
  if (state.thread) return;
  const answer = fresh.find((each) => each.user === state.bot && !isRoot(each) && each.channel === state.place);
  const root = answer && channelMessages(answer.channel).get(answer.thread_ts);
  if (!root || (root.user !== state.me && !root.text?.includes(`<@${state.me}>`))) return;
  const pane = document.body.dataset.pane;
  openThread(answer.channel, root.ts);
  if (pane !== "channel") showPane(pane);
}

function title() {
  const place = placeName(state.channels.get(state.place));
  const calls = state.calls ? `(${state.calls}) ` : "";
  document.title = `${calls}${place || "neo-slack"} · neo-slack sandbox`;
}
