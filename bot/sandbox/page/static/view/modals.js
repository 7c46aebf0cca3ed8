// The modals that the app opens for the acting person.

import { act } from "../server.js";
import { names, on, state } from "../store.js";
import { modal } from "./dialog.js";

let shown = null;

/** Keep the open modal in step. */
export function begin() {
  for (const kind of ["modals", "place"]) on(kind, refresh);
}

function refresh() {
  const wanted = state.modals.find((each) => each.for === state.me);
  if (shown && shown.key === wanted?.key) return;
  // Closed by the app or for the other person: nobody pressed anything.
  shown?.dialog.close("yes");
  shown = wanted ? { key: wanted.key, dialog: open(wanted) } : null;
}

function open({ id, view }) {
  const scene = { names, act: (element) => act("press", { modal: id, action: element.action_id }) };
  const submit = async (values) => {
    const answer = await act("submit", { modal: id, values });
    return answer ? answer.problems : { "": "not sent" };
  };
  return modal(view, scene, { submit, cancel: () => act("dismiss", { modal: id }) });
}
