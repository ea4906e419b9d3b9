// Puts the Tabler drawings that are used into one SVG of symbols.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { iconNames } from "./scan.mjs";

export async function sprite(dir, sources) {
  const symbols = await Promise.all(iconNames(sources).map((name) => symbol(dir, name)));
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

async function symbol(dir, name) {
  const svg = await readFile(path.join(dir, "outline", `${name}.svg`), "utf8").catch(() => {
    throw new Error(`there is no Tabler icon named "${name}"; see https://tabler.io/icons`);
  });
  const drawing = svg.replace(/<!--[\s\S]*?-->/g, "").match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1];
  const paths = drawing.replace(/\s+/g, " ").trim();
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${paths}</symbol>`;
}
