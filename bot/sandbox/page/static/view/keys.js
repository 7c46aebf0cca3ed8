// Keys that work everywhere: F6 goes from pane to pane, as in Slack.

const PANES = ["sidebar", "channel", "thread", "inspector"];
const STARTS = { sidebar: "button", channel: "textarea", thread: "textarea", inspector: "button" };

export function begin() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F6") return;
    event.preventDefault();
    const shown = PANES.filter((name) => document.getElementById(name).getClientRects().length);
    const now = shown.findIndex((name) => document.getElementById(name).contains(document.activeElement));
    const next = shown[(now + (event.shiftKey ? shown.length - 1 : 1)) % shown.length];
    document.getElementById(next).querySelector(STARTS[next])?.focus();
  });
}
