// Charts: every table marked with data-chart gets a drawing above it, made from
// the table's own cells. Without this file the table says the same.
//
//   <table data-chart="bar|line|stack" data-unit="%" data-label="…">
//     <caption>, and in the head <th data-series>: the columns that are drawn
//     <th scope="row">: what a line is about; <td data-value="87.8">: a number,
//     without data-value: nothing to draw. Lines in tfoot are left out.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

// The policy for content forbids markup with style attributes, which the usual
// tips are made of; here a tip is part of the drawing.
echarts.use([BarChart, LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

// Told apart by people who don't see red or green, and by their brightness on paper.
const colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#777777"];
const brighter = ["#56b4e9", "#e69f00", "#2fc39a", "#e59bc8", "#f0e442", "#ff8a5c", "#b3b3b3"]; // on the wall
const symbols = ["circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect"];
const narrow = 560; // pixels; a phone
const slot = 33; // pixels that a line needs beside the next, its name aslant
const onPaper = 660; // pixels across a printed page

for (const table of document.querySelectorAll("table[data-chart]")) draw(table);

function draw(table) {
  const data = read(table);
  if (data.names.length === 0 || data.series.every((s) => s.values.every((v) => v === null))) return;
  const box = document.createElement("div");
  box.className = "chart";
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", table.dataset.label ?? table.caption?.textContent ?? "");
  (table.closest(".table-wrap") ?? table).before(box);
  let chart;
  const show = (width) => {
    const lying = lies(data, width);
    const height = heightOf(data, lying);
    box.style.height = `${height}px`;
    chart ??= echarts.init(box, null, { renderer: "svg", width, height });
    chart.resize({ width, height });
    chart.setOption(option(data, lying, width, look(table)), true);
  };
  show(box.clientWidth);
  new ResizeObserver(() => {
    if (box.clientWidth && box.clientWidth !== chart.getWidth()) show(box.clientWidth);
  }).observe(box);
  addEventListener("beforeprint", () => show(Math.min(onPaper, box.clientWidth)));
  addEventListener("afterprint", () => show(box.clientWidth));
}

// read takes the numbers out of a table.
function read(table) {
  const heads = [...table.tHead.rows[0].cells];
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => row.cells.length === heads.length);
  const series = heads
    .map((head, at) => ({ head, at }))
    .filter(({ head }) => head.hasAttribute("data-series"))
    .map(({ head, at }) => ({
      name: head.textContent.trim(),
      values: rows.map((row) => (row.cells[at].dataset.value ? Number(row.cells[at].dataset.value) : null)),
      words: rows.map((row) => row.cells[at].textContent.trim().replace(/\s+/g, " ")),
    }));
  return { kind: table.dataset.chart, unit: table.dataset.unit ?? "", names: rows.map((row) => row.cells[0].textContent.trim()), series };
}

// lies says whether bars lie on their side: where names would not fit beside each other.
function lies(data, width) {
  return data.kind !== "line" && (width < narrow || data.names.length * slot > width);
}

function heightOf(data, lying) {
  if (!lying) return 320;
  const bars = data.kind === "stack" ? 1 : data.series.length;
  return 90 + data.names.length * Math.max(26, 12 + bars * 11);
}

// look takes colours and type from the page, so that every face and size of letters is followed.
function look(table) {
  const root = getComputedStyle(document.documentElement);
  const of = (name) => root.getPropertyValue(name).trim();
  const size = Math.min(20, Math.max(13, parseFloat(getComputedStyle(table.tHead.rows[0].cells[0]).fontSize)));
  return {
    colours: root.colorScheme === "dark" ? brighter : colours,
    ink: of("--ink"),
    muted: of("--muted"),
    line: of("--line"),
    surface: of("--surface"),
    font: getComputedStyle(document.body).fontFamily,
    size,
  };
}

function option(data, lying, width, style) {
  const text = { color: style.ink, fontFamily: style.font, fontSize: style.size };
  const longest = Math.max(...data.names.map((name) => across(name, style.size)));
  const aslant = !lying && longest + 8 > width / data.names.length;
  const names = {
    type: "category",
    data: data.names,
    inverse: lying,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: style.line } },
    axisLabel: { ...text, width: Math.min(160, width * 0.34), overflow: "truncate", rotate: aslant ? 40 : 0, interval: 0 },
  };
  const values = {
    type: "value",
    min: 0,
    max: data.unit === "%" ? 100 : undefined,
    interval: data.unit === "%" ? (width < narrow ? 50 : 20) : undefined,
    minInterval: 1,
    splitNumber: width < narrow ? 3 : 5,
    splitLine: { lineStyle: { color: style.line } },
    axisLabel: { ...text, color: style.muted, formatter: `{value}${data.unit}` },
  };
  return {
    animation: false,
    color: style.colours,
    textStyle: text,
    aria: { enabled: true, label: { enabled: false }, decal: { show: data.kind === "stack" } },
    grid: { left: 4, right: 20, top: legendHeight(data, width, style.size) + 12, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, right: 0, itemGap: 14, textStyle: text, inactiveColor: style.muted },
    tooltip: tip(data, style, text),
    xAxis: lying ? values : names,
    yAxis: lying ? names : values,
    series: data.series.map((s, i) => line(data, s, i)),
  };
}

// legendHeight guesses how many lines the names of the series take.
function legendHeight(data, width, size) {
  const total = data.series.reduce((sum, s) => sum + 44 + across(s.name, size), 0);
  return Math.ceil(total / Math.max(1, width - 8)) * (size + 12);
}

// across guesses how wide a text is: a Chinese character is a square.
function across(text, size) {
  return [...text].reduce((width, c) => width + (c > "\u2e80" ? 1 : 0.56) * size, 0);
}

// tip says what stands in the table's cells: the share with its denominator.
function tip(data, style, text) {
  return {
    trigger: "axis",
    renderMode: "richText",
    confine: true,
    axisPointer: { type: data.kind === "line" ? "line" : "shadow" },
    backgroundColor: style.surface,
    borderColor: style.line,
    textStyle: text,
    formatter: (points) => [data.names[points[0].dataIndex], ...data.series.map((s) => `${s.name}  ${s.words[points[0].dataIndex]}`)].join("\n"),
  };
}

function line(data, s, i) {
  if (data.kind === "line") {
    return { type: "line", name: s.name, data: s.values, symbol: symbols[i % symbols.length], symbolSize: 9, lineStyle: { width: 2.5, type: i % 2 ? "dashed" : "solid" } };
  }
  return { type: "bar", name: s.name, data: s.values, stack: data.kind === "stack" ? "all" : undefined, barMaxWidth: data.kind === "stack" ? 28 : 16, barGap: "10%" };
}
