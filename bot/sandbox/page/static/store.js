// What the page knows. The server says what changed; views listen for the kinds they show.

const listeners = new Map();

export const state = {
  bot: "",
  actors: [],
  titles: {},
  topics: {},
  prompts: [],
  me: "",
  people: new Map(),
  /** The handles of user groups, by the groups' ids. */
  groups: {},
  channels: new Map(),
  /** By channel, then by `ts`. */
  messages: new Map(),
  ephemerals: [],
  dismissed: new Set(),
  /** The modals that the app has opened, for whomever. */
  modals: [],
  /** The app's Home tab of each person, as it was published last. */
  homes: [],
  status: null,
  traffic: [],
  connected: false,
  /** The channel and the thread that are open. */
  place: "",
  thread: "",
  /** Until which `ts` each person has read each channel and thread. */
  reads: new Map(),
};

/** Call `listener` with what came whenever something of a kind changed. */
export function on(kind, listener) {
  if (!listeners.has(kind)) listeners.set(kind, []);
  listeners.get(kind).push(listener);
}

/** Tell whoever listens for a kind. */
export function tell(kind, what) {
  for (const listener of listeners.get(kind) ?? []) listener(what);
}

const TAKE = { hello: takeHello, people: takePeople, groups: takeGroups, channels: takeChannels, messages: takeMessages, ephemerals: takeEphemerals, traffic: takeTraffic, status: takeStatus, modals: takeModals, homes: takeHomes };
const ROWS_KEPT = 1500;

/** Take what the server told: an object with news by kind. */
export function take(news) {
  for (const [kind, what] of Object.entries(news)) TAKE[kind]?.(what);
}

/** Forget what the next connection tells anew. */
export function forget() {
  state.people.clear();
  state.channels.clear();
  state.messages.clear();
  state.ephemerals = [];
  state.modals = [];
  state.homes = [];
  state.traffic = [];
}

function takeHello(hello) {
  Object.assign(state, hello);
  const remembered = sessionStorage.getItem("me");
  state.me = hello.actors.includes(remembered) ? remembered : hello.actors[0];
  tell("hello");
}

function takePeople(people) {
  for (const person of people) state.people.set(person.id, person);
  tell("people");
}

function takeGroups(groups) {
  state.groups = groups;
  tell("people");
}

function takeChannels(channels) {
  state.channels = new Map(channels.map((channel) => [channel.id, channel]));
  tell("channels");
}

function takeMessages(messages) {
  const fresh = [];
  for (const message of messages) {
    const channel = channelMessages(message.channel);
    if (!channel.has(message.ts) && !message.gone) fresh.push(message);
    if (message.gone) channel.delete(message.ts);
    else channel.set(message.ts, message);
  }
  tell("messages", fresh);
}

function takeEphemerals(ephemerals) {
  state.ephemerals.push(...ephemerals);
  tell("messages", []);
}

function takeTraffic(rows) {
  const known = new Map(state.traffic.map((row, index) => [row.key, index]));
  const fresh = [];
  for (const row of rows) {
    if (known.has(row.key)) state.traffic[known.get(row.key)] = row;
    else fresh.push(row);
  }
  state.traffic = [...state.traffic, ...fresh].slice(-ROWS_KEPT);
  tell("traffic", rows);
}

function takeHomes(homes) {
  state.homes = homes;
  tell("homes");
}

function takeModals(modals) {
  state.modals = modals;
  tell("modals");
}

function takeStatus(status) {
  state.status = status;
  tell("status");
}

/** Return a channel's messages by `ts`. */
export function channelMessages(channel) {
  if (!state.messages.has(channel)) state.messages.set(channel, new Map());
  return state.messages.get(channel);
}

/** Tell whether a message stands in the channel itself. */
export function isRoot(message) {
  return !message.thread_ts || message.thread_ts === message.ts;
}

/** Return what the channel shows: roots, and what only I see there, oldest first. */
export function rootsOf(channel) {
  const roots = [...channelMessages(channel).values()].filter(isRoot);
  return inOrder([...roots, ...mine((each) => each.channel === channel && !each.thread_ts)]);
}

/** Return what the thread shows: its root, replies, and what only I see there, oldest first. */
export function threadOf(channel, root) {
  const all = [...channelMessages(channel).values()].filter((each) => each.ts === root || each.thread_ts === root);
  return inOrder([...all, ...mine((each) => each.channel === channel && each.thread_ts === root)]);
}

function mine(wanted) {
  return state.ephemerals.filter((each) => each.for === state.me && !state.dismissed.has(each.ts) && wanted(each));
}

function inOrder(messages) {
  return messages.sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
}

/** How texts name people and channels. */
export const names = {
  get me() {
    return state.me;
  },
  person: (id) => state.people.get(id)?.realName,
  channel: (id) => state.channels.get(id)?.name || id,
  group: (id) => state.groups[id] ?? id,
};

/** Return the name of a channel, or of the person that a direct message is with. */
export function placeName(channel) {
  if (!channel) return "";
  return channel.kind === "im" ? (names.person(state.bot) ?? "Neo") : `#${channel.name}`;
}

/** Return the channels that the acting person is in. */
export function myChannels(kind) {
  return [...state.channels.values()].filter((each) => each.kind === kind && each.members.includes(state.me));
}
