// Draws every [data-chart] from the JSON of the same id, in the colours of the theme. Needs vendor/echarts.min.js.
// Tooltips are drawn on the canvas: their HTML form would need inline styles, which the content policy forbids.

const style = getComputedStyle(document.documentElement);
/** @param {string} name */
const token = (name) => style.getPropertyValue(name).trim();
const font = getComputedStyle(document.body).fontFamily;
const PALETTE = ["#0c5560", "#b07a2e", "#3f6fa0", "#7a8c3a", "#9c4a3c", "#6a5b8c", "#4f9a94", "#8a8577"];
const RAMP = ["#eef3ee", "#bcd7d3", "#7fb2b0", "#3f8286", "#0c5560"];

const axis = {
  axisLine: { lineStyle: { color: token("--line-2") } },
  axisTick: { show: false },
  axisLabel: { color: token("--ink-2"), fontSize: 12 },
  nameTextStyle: { color: token("--ink-3"), fontSize: 12 },
  splitLine: { lineStyle: { color: token("--line") } },
};
const theme = {
  color: PALETTE,
  textStyle: { fontFamily: font, color: token("--ink") },
  categoryAxis: { ...axis, splitLine: { show: false } },
  valueAxis: { ...axis, axisLine: { show: false } },
  timeAxis: axis,
  logAxis: axis,
  legend: { textStyle: { color: token("--ink-2") }, itemWidth: 14, itemHeight: 8 },
  tooltip: {
    renderMode: "richText", confine: true, backgroundColor: token("--sheet"), borderColor: token("--line-2"),
    textStyle: { color: token("--ink"), fontSize: 13 },
  },
  visualMap: { textStyle: { color: token("--ink-2") }, inRange: { color: RAMP } },
  line: { symbolSize: 6, lineStyle: { width: 2 } },
  bar: { barMaxWidth: 28, itemStyle: { borderRadius: [2, 2, 0, 0] } },
  map: {
    itemStyle: { areaColor: "#eef3ee", borderColor: token("--line-2") },
    emphasis: { itemStyle: { areaColor: "#e9d5ad" }, label: { color: token("--ink") } },
    select: { itemStyle: { areaColor: "#e9d5ad" } },
  },
};

/** @type {any} ECharts, loaded by a classic script before this module. */
const echarts = /** @type {any} */ (window).echarts;
echarts.registerTheme("quanheng", theme);

/** The outlines of a region under their name, fetched once. @param {string} name @param {string} address */
async function needMap(name, address) {
  if (echarts.getMap(name)) return;
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  echarts.registerMap(name, await answer.json());
}

/** @param {HTMLElement} box */
async function draw(box) {
  const option = JSON.parse(document.getElementById(box.dataset.chart ?? "")?.textContent ?? "{}");
  if (box.dataset.map) await needMap(box.dataset.map, box.dataset.mapAddress ?? "");
  const chart = echarts.init(box, "quanheng", { renderer: "canvas" });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  chart.setOption({ animation: !calm, animationDuration: 400, ...option });
  new ResizeObserver(() => chart.resize()).observe(box);
}

for (const box of document.querySelectorAll("[data-chart]")) void draw(/** @type {HTMLElement} */ (box));
