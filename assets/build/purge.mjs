// Drops the CSS rules whose classes no page mentions.

// purge keeps a rule if at least one of its selectors could match: one whose
// every class is among the words. Rules without classes always stay.
export function purge(css, words) {
  const kept = blocks(css.replace(/\/\*[\s\S]*?\*\//g, ""), words);
  return dropUnusedFrames(kept);
}

function blocks(css, words) {
  let out = "";
  let at = 0;
  while (at < css.length) {
    const open = css.indexOf("{", at);
    const semicolon = css.indexOf(";", at);
    if (open < 0) return out;
    if (semicolon >= 0 && semicolon < open) { // @charset and @import
      out += css.slice(at, semicolon + 1);
      at = semicolon + 1;
      continue;
    }
    const close = matching(css, open);
    out += block(css.slice(at, open).trim(), css.slice(open + 1, close), words);
    at = close + 1;
  }
  return out;
}

function block(head, body, words) {
  if (/^@(media|supports|layer|container)/.test(head)) {
    const inner = blocks(body, words);
    return inner.trim() ? `${head}{${inner}}` : "";
  }
  if (head.startsWith("@")) return `${head}{${body}}`;
  const selectors = split(head).filter((selector) => possible(selector, words));
  return selectors.length ? `${selectors.join(",")}{${body}}` : "";
}

function possible(selector, words) {
  const classes = selector.replace(/\\./g, "_").match(/\.[A-Za-z_][\w-]*/g) ?? [];
  return classes.every((name) => words.has(name.slice(1)));
}

// split cuts a selector list at its commas outside of brackets.
function split(head) {
  const parts = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < head.length; i++) {
    if ("([".includes(head[i])) depth++;
    if (")]".includes(head[i])) depth--;
    if (head[i] === "," && depth === 0) {
      parts.push(head.slice(start, i).trim());
      start = i + 1;
    }
  }
  return [...parts, head.slice(start).trim()];
}

// matching finds the brace that closes the one at open, past strings.
function matching(css, open) {
  let depth = 0;
  for (let i = open; i < css.length; i++) {
    if (css[i] === '"' || css[i] === "'") i = endOfString(css, i);
    else if (css[i] === "{") depth++;
    else if (css[i] === "}" && --depth === 0) return i;
  }
  throw new Error("purge: a brace is not closed");
}

function endOfString(css, start) {
  for (let i = start + 1; i < css.length; i++) {
    if (css[i] === "\\") i++;
    else if (css[i] === css[start]) return i;
  }
  throw new Error("purge: a string is not closed");
}

function dropUnusedFrames(css) {
  return css.replace(/@(?:-webkit-)?keyframes\s+([\w-]+)\s*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}/g, (rule, name) =>
    css.split(name).length > 2 ? rule : "");
}
