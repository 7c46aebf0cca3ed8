// The emoji that people and the bridge use by name. An unknown name stays as it was written.

export const EMOJI = {
  eyes: "👀",
  hourglass: "⌛",
  hourglass_flowing_sand: "⏳",
  white_check_mark: "✅",
  heavy_check_mark: "✔️",
  x: "❌",
  warning: "⚠️",
  tada: "🎉",
  thumbsup: "👍",
  "+1": "👍",
  thumbsdown: "👎",
  "-1": "👎",
  heart: "❤️",
  rocket: "🚀",
  fire: "🔥",
  bulb: "💡",
  raised_hands: "🙌",
  pray: "🙏",
  thinking_face: "🤔",
  smile: "😄",
  slightly_smiling_face: "🙂",
  joy: "😂",
  wave: "👋",
  ok_hand: "👌",
  clap: "👏",
  100: "💯",
  red_circle: "🔴",
  large_yellow_circle: "🟡",
  large_green_circle: "🟢",
  no_entry: "⛔",
  no_entry_sign: "🚫",
  stop_button: "⏹️",
  double_vertical_bar: "⏸️",
  arrow_forward: "▶️",
  wrench: "🔧",
  gear: "⚙️",
  question: "❓",
  exclamation: "❗",
  speech_balloon: "💬",
  no_bell: "🔕",
  bell: "🔔",
  lock: "🔒",
  memo: "📝",
  paperclip: "📎",
  package: "📦",
  chart_with_upwards_trend: "📈",
  moneybag: "💰",
  bug: "🐛",
  construction: "🚧",
};

/** What the picker offers first. */
export const QUICK = ["+1", "eyes", "white_check_mark", "tada", "rocket", "heart", "pray", "x"];

const NAME = /:([a-z0-9_+'-]{1,40})(?:::skin-tone-[2-6])?:/g;

/** Return `text` with the emoji that have a name here. */
export function withEmoji(text) {
  return text.replace(NAME, (whole, name) => EMOJI[name] ?? whole);
}

/** Return the character of a reaction's name, or the name between colons. */
export function reaction(name) {
  return EMOJI[name.split("::")[0]] ?? `:${name}:`;
}
