// Reads the sources in which class and icon names are written.
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

// readSources returns the text of every template, web package and own script.
export async function readSources(internal, src) {
  const texts = [];
  for (const entry of await readdir(internal, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const relevant = /\.html$/.test(file) || (/web[^/]*\/.*\.go$/.test(file) && !/_test\.go$/.test(file));
    if (entry.isFile() && relevant && !/\/(dist|testdata)\//.test(file)) texts.push(await readFile(file, "utf8"));
  }
  for (const entry of await readdir(src)) {
    if (entry.endsWith(".js")) texts.push(await readFile(path.join(src, entry), "utf8"));
  }
  return texts;
}

// corpus is every word that might be a class name.
export function corpus(texts) {
  return new Set(texts.flatMap((text) => text.match(/[A-Za-z][\w-]*/g) ?? []));
}

// iconNames finds the drawings asked for, as {{icon "x"}}, "icon" "x" or Icon: "x".
export function iconNames(texts) {
  const found = new Set();
  for (const text of texts) {
    for (const match of text.matchAll(/\b(?:icon"?|Icon:)\s+"([a-z0-9-]+)"/g)) found.add(match[1]);
  }
  return [...found].sort();
}
