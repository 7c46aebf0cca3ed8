// The channel: its name, its messages, and a field to write in.

import { fill, h, icon } from "../dom.js";
import { openThread, showPane } from "../go.js";
import { ICONS } from "../icons.js";
import { readUntil } from "../reads.js";
import { act } from "../server.js";
import { on, placeName, rootsOf, state } from "../store.js";
import { Composer } from "./composer.js";
import { homeTab, tabs } from "./home.js";
import { MessageList } from "./list.js";

/** Build the pane and keep it in step. */
export function begin() {
  const pane = document.getElementById("channel");
  const head = h("header", { class: "head" });
  const list = new MessageList("Messages of the channel", { inThread: false, open: (message) => openThread(message.channel, message.ts) });
  const notice = h("div", { class: "notice", hidden: true });
  const composer = new Composer(() => ({ channel: state.place, root: "" }));
  const { panel, choose } = homeTab([list.element, composer.element]);
  const turn = (home) => (choose(home), showHead(head, !panel.hidden, turn));
  pane.append(head, panel, list.element, notice, composer.element);
  const shown = { place: "", me: "", from: "" };
  const refresh = () => state.place && list.show(rootsOf(state.place), shown.from);
  on("messages", refresh);
  on("place", () => {
    if (shown.place !== state.place || shown.me !== state.me) {
      const until = readUntil(state.place);
      Object.assign(shown, { place: state.place, me: state.me, from: rootsOf(state.place).some((each) => each.ts > until && each.user !== state.me) ? until : "" });
      choose(false);
      list.clear();
      composer.arrive();
    }
    showHead(head, !panel.hidden, turn);
    showNotice(notice);
    refresh();
  });
  on("channels", () => (showHead(head, !panel.hidden, turn), showNotice(notice)));
}

function showHead(head, isHome, turn) {
  const channel = state.channels.get(state.place);
  if (!channel) return;
  const menu = h("button", { type: "button", class: "tool narrow-only", "aria-label": "Channels and people", onclick: () => showPane("sidebar") }, icon(ICONS.menu));
  const topic = channel.kind === "im" ? "Every message starts a task in its own thread" : state.topics[channel.id];
  fill(head, menu, h("h1", {}, placeName(channel)), channel.kind === "im" && tabs(isHome, turn), h("span", { class: "topic dim" }, topic));
}

/** Say what a person has to know before writing: that Neo is not here, or the channel is closed. */
function showNotice(notice) {
  const channel = state.channels.get(state.place);
  const absent = channel && !channel.members.includes(state.bot);
  notice.hidden = !absent && !channel?.archived;
  if (channel?.archived) fill(notice, "This channel is archived.");
  else if (absent) fill(notice, "Neo is not in this channel. ", h("button", { type: "button", class: "button small", onclick: () => act("say", { channel: channel.id, text: "/invite @Neo" }) }, "Invite Neo"));
}
