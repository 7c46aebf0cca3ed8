// What was read, what not, and what of that calls for somebody.

import { channelMessages, isRoot, state } from "./store.js";

const APPROVE = "neo_approve";

/** Mark a channel, or a thread of it, as read up to its last message. */
export function markRead(channel, root = "") {
  const last = [...channelMessages(channel).values()].filter((each) => (root ? inThread(each, root) : isRoot(each))).at(-1);
  if (last) state.reads.set(key(channel, root), last.ts);
}

/** Return until where a channel or thread was read. */
export function readUntil(channel, root = "") {
  return state.reads.get(key(channel, root)) ?? "0";
}

/** Mark all as read that was there before the page opened, for each person. */
export function beginRead() {
  const me = state.me;
  for (const actor of state.actors) {
    state.me = actor;
    for (const channel of state.channels.keys()) {
      markRead(channel);
      for (const message of channelMessages(channel).values()) if (message.reply_count) markRead(channel, message.ts);
    }
  }
  state.me = me;
}

/** Return whether a channel has something new, and how much of it is meant for me. */
export function unread(channel) {
  let fresh = false;
  let calls = 0;
  for (const message of channelMessages(channel.id).values()) {
    if (message.user === state.me || message.hidden) continue;
    const root = isRoot(message);
    if (message.ts <= readUntil(channel.id, root ? "" : message.thread_ts)) continue;
    fresh ||= root;
    if (channel.kind === "im" || mentionsMe(message)) calls++;
  }
  return { fresh: fresh || calls > 0, calls };
}

/** Tell whether a message calls for the acting person. */
export function mentionsMe(message) {
  const token = `<@${state.me}>`;
  return message.text?.includes(token) || JSON.stringify(message.blocks ?? []).includes(token);
}

/** Tell whether a message asks for an approval that is still open. */
export function asksApproval(message) {
  return (message.blocks ?? []).some((block) => block.type === "actions" && block.elements?.some((each) => each.action_id === APPROVE));
}

function inThread(message, root) {
  return message.ts === root || message.thread_ts === root;
}

function key(channel, root) {
  return `${state.me} ${channel} ${root}`;
}
