// Slack's own status of an agent's thread, with its stop button.

import { h, icon } from "../dom.js";
import { ICONS } from "../icons.js";
import { act } from "../server.js";

const SAID = { processing: "Neo is working…", suspended: "Neo waits for you", active: "Neo is ready", closed: "Closed" };

/** Return the chip that a root shows in its channel, while there is something to wait for. */
export function sessionChip(message, context) {
  const status = message.agent_session?.status;
  if (context.inThread || !["processing", "suspended"].includes(status)) return null;
  return h("div", { class: `session ${status}` }, h("span", { class: "pulse" }), SAID[status]);
}

/** Return the bar of an open thread. */
export function sessionBar(root) {
  const session = root?.agent_session;
  if (!session) return null;
  const stoppable = session.agent_statuses?.some((each) => each.is_stoppable);
  const stop = () => act("stop", { channel: root.channel, ts: root.ts });
  const button = stoppable && h("button", { type: "button", class: "button small", "data-tool": "native-stop", "aria-label": "Stop Neo", onclick: stop }, icon(ICONS.stop), "Stop");
  return h("div", { class: `session-bar ${session.status}`, role: "status" }, h("span", { class: "pulse" }), h("span", { class: "session-said" }, SAID[session.status] ?? session.status), button);
}
