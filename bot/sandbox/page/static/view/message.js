// One message: who, when, what it shows, and what can be done with it.

import { showBlocks } from "../blocks/index.js";
import { h, icon } from "../dom.js";
import { ICONS } from "../icons.js";
import { act } from "../server.js";
import { names, state, tell } from "../store.js";
import { mrkdwn } from "../text/mrkdwn.js";
import { reaction } from "../text/emoji.js";
import { avatar } from "./avatar.js";
import { timeOf } from "./times.js";
import { fileElement } from "./files.js";
import { sessionChip } from "./session.js";
import { tools } from "./tools.js";

/** Return a message's element. `context` has `inThread`, and `open(message)` for its thread. */
export function messageElement(message, compact, context) {
  const kind = `${compact ? " compact" : ""}${message.for ? " ephemeral" : ""}`;
  const who = names.person(message.user) ?? message.user;
  const element = h("article", { class: `message${kind}`, role: "listitem", tabindex: -1, "data-ts": message.ts, "aria-label": `${who}, ${timeOf(message.ts)}` });
  element.append(compact ? h("span", { class: "gutter" }, timeOf(message.ts)) : avatar(message.user));
  const body = h("div", { class: "body" }, !compact && heading(message, who), content(message, element), extras(message, context));
  element.append(body);
  if (!message.hidden) element.append(tools(message, context, element));
  return element;
}

function heading(message, who) {
  const app = state.people.get(message.user)?.isBot && h("span", { class: "app" }, "APP");
  return h("header", {}, h("b", { class: "who" }, who), app, h("time", { class: "dim" }, timeOf(message.ts)));
}

function content(message) {
  if (message.hidden) return h("div", { class: "dim" }, "This message was deleted.");
  const scene = sceneOf(message);
  const said = message.blocks?.length ? showBlocks(message.blocks, scene) : message.text && h("div", { class: "block said" }, mrkdwn(message.text, names));
  const edited = message.edited && state.actors.includes(message.edited.user) && h("span", { class: "dim" }, " (edited)");
  return h("div", { class: "content" }, said, edited);
}

/** Return what the blocks of a message need: names, and what is done when something is pressed. */
function sceneOf(message) {
  const place = { channel: message.channel, ts: message.ts };
  return {
    names,
    act: (element, label) => {
      const what = { ...place, action: element.action_id };
      return label === undefined ? act("click", what) : act("choose", { ...what, label });
    },
  };
}

function extras(message, context) {
  const files = (message.files ?? []).map(fileElement);
  return [files.length ? h("div", { class: "files" }, files) : null, onlyForYou(message), reactions(message), sessionChip(message, context), summary(message, context)];
}

function onlyForYou(message) {
  if (!message.for) return null;
  const dismiss = () => {
    state.dismissed.add(message.ts);
    tell("messages", []);
  };
  return h("div", { class: "dim small" }, "Only visible to you · ", h("button", { type: "button", class: "link", onclick: dismiss }, "Dismiss"));
}

function reactions(message) {
  if (!message.reactions?.length) return null;
  const marks = message.reactions.map(({ name, users, count }) => {
    const mine = users.includes(state.me);
    const who = users.map((id) => names.person(id) ?? id).join(", ");
    return h(
      "button",
      { type: "button", class: `reaction${mine ? " mine" : ""}`, title: `${who} reacted with :${name}:`, "aria-pressed": String(mine), "data-tool": `reaction-${name}`, onclick: () => act("react", { channel: message.channel, ts: message.ts, name }) },
      reaction(name),
      h("span", { class: "count" }, count),
    );
  });
  return h("div", { class: "reactions" }, marks);
}

function summary(message, context) {
  if (context.inThread || !message.reply_count) return null;
  const faces = (message.reply_users ?? []).slice(0, 4).map((id) => avatar(id, "tiny"));
  const count = `${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}`;
  return h("button", { type: "button", class: "replies", "data-tool": "replies", onclick: () => context.open(message) }, faces, h("b", {}, count), h("span", { class: "dim" }, `Last reply at ${timeOf(message.latest_reply)}`));
}

/** The icon button of a toolbar. */
export function toolButton(name, label, paths, onclick) {
  return h("button", { type: "button", class: "tool", "data-tool": name, "aria-label": label, title: label, onclick }, icon(ICONS[paths]));
}
