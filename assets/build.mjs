// Builds the styles and scripts into internal/web/dist: bundled, with the hash
// of their content in their names, and compressed ahead of time.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import zlib from "node:zlib";
import * as esbuild from "esbuild";
import { corpus, readSources } from "./build/scan.mjs";
import { purge } from "./build/purge.mjs";
import { sprite } from "./build/sprite.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const src = path.join(here, "src");
const out = path.join(here, "../internal/web/dist");
const manifest = {};

const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);

await clean();
const sources = await readSources(path.join(here, "../internal"), src);
await addStyles("app.css", sources);
await addStyles("map.css", null);
await addStyles("board.css", null);
await addStyles("outcome.css", null);
await addScript("app.js");
await addScript("chart.js");
await addScript("board.js");
await addScript("outcome.js");
await add("map-worker.js", await readFile(path.join(here, "node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs")));
await addScript("map.js", { WORKER_URL: url("map-worker.js") });
await add("icons.svg", await sprite(path.join(here, "node_modules/@tabler/icons/icons"), sources));
await addImages();
await add("manifest.webmanifest", webManifest());
await addScript("sw.js", { SHELL: ["app.css", "app.js", "icons.svg", "favicon.svg"].map(url), ICON: url("icon-192.png") });
await copyCardFont();
await writeFile(path.join(out, "manifest.json"), JSON.stringify(manifest, null, 1));
console.log(`${Object.keys(manifest).length} assets in ${path.relative(process.cwd(), out)}`);

// clean empties dist but for the .keep that lets the program compile without it.
async function clean() {
  await mkdir(out, { recursive: true });
  for (const name of await readdir(out)) {
    if (name !== ".keep") await rm(path.join(out, name), { recursive: true });
  }
}

// add writes one file under its hashed name, with its compressed forms.
async function add(name, content) {
  const body = Buffer.from(content);
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 10);
  const { name: stem, ext } = path.parse(name);
  const hashed = `${stem}.${hash}${ext}`;
  manifest[name] = hashed;
  await writeFile(path.join(out, hashed), body);
  if (!/\.(css|js|svg|webmanifest)$/.test(name) || body.length < 600) return;
  const quality = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 } };
  await writeFile(path.join(out, hashed + ".br"), await brotli(body, quality));
  await writeFile(path.join(out, hashed + ".gz"), await gzip(body, { level: 9 }));
}

function url(name) {
  return `/static/${manifest[name]}`;
}

async function addStyles(name, used) {
  const result = await esbuild.build({
    entryPoints: [path.join(src, "css", name)],
    bundle: true,
    minify: true,
    write: false,
    target: "es2021",
    logLevel: "warning",
    plugins: used ? [purgeTabler(used)] : [],
  });
  await add(name, result.outputFiles[0].text);
}

// purgeTabler drops the rules of Tabler that no page uses: nine tenths of it.
function purgeTabler(used) {
  const words = corpus(used);
  return {
    name: "purge-tabler",
    setup(build) {
      build.onLoad({ filter: /tabler\.css$/ }, async ({ path: file }) => ({
        contents: purge(await readFile(file, "utf8"), words),
        loader: "css",
      }));
    },
  };
}

async function addScript(name, constants = {}) {
  const define = Object.fromEntries(Object.entries(constants).map(([k, v]) => [k, JSON.stringify(v)]));
  const result = await esbuild.build({
    entryPoints: [path.join(src, name)],
    bundle: true,
    minify: true,
    write: false,
    format: name === "map.js" ? "esm" : "iife",
    target: "es2021",
    logLevel: "warning",
    define,
  });
  await add(name, result.outputFiles[0].text);
}

// copyCardFont puts the door cards' Chinese font where doorcard embeds it: a
// page never loads it.
async function copyCardFont() {
  const name = "NotoSansSC_500Medium.ttf";
  const from = path.join(here, "node_modules/@expo-google-fonts/noto-sans-sc/500Medium", name);
  await copyFile(from, path.join(here, "../internal/doorcard/fonts", name));
}

async function addImages() {
  for (const file of ["favicon.svg", "icon-192.png", "icon-512.png"]) {
    await add(file, await readFile(path.join(src, "img", file)));
  }
  await add("favicon.ico", ico(await readFile(path.join(src, "img/icon-32.png"))));
}

// ico wraps a 32-pixel PNG in the header that old browsers ask for.
function ico(png) {
  const head = Buffer.alloc(22);
  head.writeUInt16LE(1, 2); // type: icon
  head.writeUInt16LE(1, 4); // one picture
  head.writeUInt8(32, 6);
  head.writeUInt8(32, 7);
  head.writeUInt16LE(1, 10); // planes
  head.writeUInt16LE(32, 12); // bits
  head.writeUInt32LE(png.length, 14);
  head.writeUInt32LE(head.length, 18);
  return Buffer.concat([head, png]);
}

function webManifest() {
  return JSON.stringify({
    name: "比邻 Bilin",
    short_name: "比邻",
    description: "每户人家，都有一位可以找的邻长",
    lang: "zh-CN",
    id: "/",
    start_url: "/",
    scope: "/",
    display: "standalone",
    background_color: "#f6f3ec",
    theme_color: "#0b5d4e",
    icons: [
      { src: url("favicon.svg"), sizes: "any", type: "image/svg+xml" },
      { src: url("icon-192.png"), sizes: "192x192", type: "image/png", purpose: "any maskable" },
      { src: url("icon-512.png"), sizes: "512x512", type: "image/png", purpose: "any maskable" },
    ],
  });
}
